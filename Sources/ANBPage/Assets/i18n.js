// Two languages. Every text in the document knows its key, so a switch changes texts in place: a video plays on.
import es from "./words-es.js";
import en from "./words-en.js";

const words = { es, en };
const KEPT = "anb.language";
const valuesOf = new WeakMap();

let language = kept() ?? preferred();

function kept() {
  const name = localStorage.getItem(KEPT);
  return name in words ? name : null;
}

function preferred() {
  const wanted = (navigator.languages ?? [navigator.language]).map(name => name.slice(0, 2).toLowerCase());
  return wanted.find(name => name in words) ?? "es";
}

export const currentLanguage = () => language;

export function useLanguage(name) {
  language = name;
  localStorage.setItem(KEPT, name);
  relabel();
}

export const has = key => key in words[language];

/** The text of a key. Values replace {names}; a key may have a form for one and another for many `count`. */
export function t(key, values = {}) {
  let text = words[language][key] ?? key;
  if (typeof text === "object") text = text[new Intl.PluralRules(language).select(values.count)] ?? text.other;
  return text.replace(/\{(\w+)\}/g, (_, name) => show(values[name]));
}

/** Values are texts, numbers, or functions of the language. */
function show(value) {
  if (typeof value === "function") return value();
  return typeof value === "number" ? number(value) : value ?? "";
}

/** Gives a node its text, or its label, in the language of now and of later. */
export function say(node, key, values, target = "text") {
  node.dataset[target === "label" ? "tLabel" : "t"] = key;
  if (values) valuesOf.set(node, values);
  else valuesOf.delete(node);
  write(node);
}

function write(node) {
  const values = valuesOf.get(node);
  if (node.dataset.t) node.textContent = t(node.dataset.t, values);
  if (node.dataset.tLabel) node.setAttribute("aria-label", t(node.dataset.tLabel, values));
}

/** @param root  What has been off screen, where a switch does not reach; the whole page unless given. */
export function relabel(root = document) {
  document.documentElement.lang = language;
  root.querySelectorAll("[data-t], [data-t-label]").forEach(write);
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === language));
  }
}

export const number = (value, digits = 0) => value.toLocaleString(language, { maximumFractionDigits: digits });

export function megabytes(bytes) {
  return bytes < 2 ** 20 ? `${number(bytes / 1024, 0)} KB` : `${number(bytes / 2 ** 20, bytes < 10 * 2 ** 20 ? 1 : 0)} MB`;
}

/** 8.2 → "8.2 s", 75 → "1:15 min", 14400 → "4 h". */
export function seconds(value) {
  if (value >= 3600) return `${number(value / 3600, 1)} h`;
  if (value < 60) return `${number(value, value < 10 ? 1 : 0)} s`;
  const whole = Math.round(value);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")} min`;
}

/** A day and a time, where the reader is. */
export const moment = text => new Date(text).toLocaleString(language, { dateStyle: "medium", timeStyle: "short" });

export const day = text => new Date(text).toLocaleDateString(language, { dateStyle: "medium" });

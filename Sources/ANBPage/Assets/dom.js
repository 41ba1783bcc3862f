// Builds elements. Text from people only ever becomes a text node.
import { failureWords } from "./failures.js";
import { say } from "./i18n.js";

/**
 * @param {string} tag  element name, with classes after dots: "p.muted"
 * @param {object} [what]  t: key of a text, tp: its values, label: key of aria-label, on: listeners, the rest: attributes
 */
export function h(tag, what = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const node = document.createElement(name);
  if (classes.length) node.className = classes.join(" ");
  for (const [key, value] of Object.entries(what)) apply(node, key, value, what);
  node.append(...children.flat().filter(child => child != null && child !== false));
  return node;
}

function apply(node, key, value, what) {
  if (value == null || value === false) return;
  if (key === "t") say(node, value, what.tp);
  else if (key === "label") say(node, value, what.tp, "label");
  else if (key === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
  else if (key !== "tp") node.setAttribute(key, value === true ? "" : value);
}

/** A picture that vanishes when it cannot be loaded, so that what lies behind shows. */
export function picture(url, what = {}) {
  if (!url) return null;
  const image = h("img", { alt: "", loading: "lazy", decoding: "async", ...what, src: url });
  image.addEventListener("error", () => image.remove(), { once: true });
  return image;
}

/** Other nodes in a place. Who had the focus there goes on from `landing`; the browser would put them before the whole page. */
export function refill(place, nodes, landing) {
  const hadFocus = place.contains(document.activeElement);
  place.replaceChildren(...nodes);
  if (hadFocus) landing.focus({ preventScroll: true });
}

let hideToast;

/** Says something short to everybody, screen readers too. */
export function announce(key, values) {
  const live = document.getElementById("live");
  say(live, key, values);
  live.classList.add("shown");
  clearTimeout(hideToast);
  hideToast = setTimeout(() => live.classList.remove("shown"), 4000);
}

/** A problem as people read it: ours in their language, the server's own words where we have none. */
export function problemText(problem) {
  const node = h("p.problem", { role: "alert" });
  const ours = failureWords(problem.failureCode) ?? (problem.key ? problem : null);
  if (ours) say(node, ours.key, ours.values);
  else {
    node.lang = "en";
    node.textContent = problem.detail;
  }
  return node;
}

/** Why a video failed, in the reader's language; or as a moderator wrote it, in whatever language that is. */
export function sayFailure(node, code, text) {
  const words = failureWords(code);
  if (words) return say(node, words.key, words.values);
  delete node.dataset.t;
  node.lang = code === "rejected" ? "" : "en";
  node.textContent = text;
}

/** A question with two answers. */
export function confirmed(questionKey, values, yesKey) {
  return new Promise(resolve => {
    const dialog = h("dialog.card-dialog", { "aria-labelledby": "dialog-question" },
      h("p", { id: "dialog-question", t: questionKey, tp: values }),
      h("form", { method: "dialog", class: "row" },
        h("button.button", { value: "yes", t: yesKey }),
        h("button.button.quiet", { value: "no", t: "no", autofocus: true })));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

let fieldCount = 0;

/** A labelled input. `hint` is a text key below it. */
export function field(labelKey, attributes, { hint, hintValues } = {}) {
  const id = attributes.id ?? `field-${++fieldCount}`;
  const input = h("input", { id, ...attributes, "aria-describedby": hint && `${id}-hint` });
  const node = h("div.field", {}, h("label", { for: id, t: labelKey }), input,
    hint && h("p.hint", { id: `${id}-hint`, t: hint, tp: hintValues }));
  return { node, input };
}

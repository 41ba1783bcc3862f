// Starts the page: which view an address shows, the header, and where the focus goes.
import { logOut, Problem, restoreSession, rules, session } from "./api.js";
import { announce, h, problemText } from "./dom.js";
import { currentLanguage, relabel, t, useLanguage } from "./i18n.js";
import { gallery } from "./view-gallery.js";
import { player } from "./view-player.js";
import { ranking } from "./view-ranking.js";
import { logIn, signUp } from "./view-account.js";
import { password } from "./view-password.js";
import { upload } from "./view-upload.js";
import { mine } from "./view-mine.js";
import { moderation } from "./view-moderation.js";
import { status } from "./view-status.js";

const routes = [
  { path: /^\/$/, tab: "gallery", view: gallery },
  { path: /^\/videos\/([\w-]+)$/, tab: "gallery", view: player },
  { path: /^\/ranking$/, tab: "ranking", view: ranking },
  { path: /^\/upload$/, tab: "upload", view: upload, signedIn: true },
  { path: /^\/mine$/, tab: "mine", view: mine, signedIn: true },
  { path: /^\/moderation$/, tab: "moderation", view: moderation, signedIn: true },
  { path: /^\/status$/, view: status, signedIn: true },
  { path: /^\/password$/, view: password, signedIn: true },
  { path: /^\/login$/, view: logIn },
  { path: /^\/signup$/, view: signUp },
];

const main = document.getElementById("main");
let shown = null; // the view on screen: { title, node, leave? }
let visit = null; // aborted when the visitor leaves the view

/** Goes to an address of the page. */
export function go(address, { replace = false } = {}) {
  history[replace ? "replaceState" : "pushState"](null, "", address);
  return show();
}

async function show({ isFirst = false, scroll = 0 } = {}) {
  const address = new URL(location.href);
  const route = routes.find(({ path }) => path.test(address.pathname));
  if (route?.signedIn && !session.user) {
    return go(`/login?next=${encodeURIComponent(address.pathname + address.search)}`, { replace: true });
  }
  visit?.abort();
  visit = new AbortController();
  const { signal } = visit;
  main.setAttribute("aria-busy", "true");
  const view = await make(route, address, signal);
  if (signal.aborted) return;
  shown?.leave?.();
  shown = view;
  main.replaceChildren(view.node);
  relabel(main); // the language may have changed while it was made, or away
  main.removeAttribute("aria-busy");
  markTab(route?.tab);
  title();
  if (!isFirst) arrive(scroll);
}

async function make(route, address, signal) {
  try {
    if (!route) throw new Problem(404, "not_found", "");
    const parts = route.path.exec(address.pathname).slice(1);
    return await route.view({ query: address.searchParams, parts, signal, go, refresh: () => show({ isFirst: true }) });
  } catch (problem) {
    if (!(problem instanceof Problem) && problem.name !== "AbortError") console.error(problem);
    return failure(problem);
  }
}

function failure(problem) {
  const isMissing = problem.status === 404;
  const heading = h("h1", { tabindex: -1, t: isMissing ? "missingTitle" : "brokenTitle" });
  const text = isMissing ? h("p", { t: "missingText" })
    : problemText(problem instanceof Problem ? problem : Object.assign(problem, { key: "problemOurs" }));
  const again = isMissing ? h("a.button", { href: "/", t: "toGallery" })
    : h("button.button", { t: "tryAgain", on: { click: () => show() } });
  return { title: () => heading.textContent, node: h("section.panel.narrow", {}, heading, text, again) };
}

function title() {
  const text = shown?.title?.();
  document.title = text ? `${text} · ANB` : "ANB Rising Stars Showcase";
}

/** Screen readers hear the new heading, keyboards start there. */
function arrive(scroll) {
  (main.querySelector("h1") ?? main).focus({ preventScroll: true });
  window.scrollTo(0, scroll);
}

// MARK: Header

function markTab(tab) {
  for (const link of document.querySelectorAll("[data-tab]")) {
    if (link.dataset.tab === tab) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

function showSession() {
  const isIn = session.user !== null;
  document.getElementById("log-in").hidden = isIn;
  document.getElementById("log-out").hidden = !isIn;
  document.querySelector('[data-tab="moderation"]').hidden = !(rules.has_moderation && session.isModerator);
  document.getElementById("status-link").hidden = !session.isAdmin;
  document.getElementById("password-link").hidden = !isIn;
}

document.getElementById("log-out").addEventListener("click", async () => {
  try { await logOut(); } catch { /* signed out here whatever the server says */ }
  announce("loggedOut");
  go("/");
});

for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => {
    if (button.dataset.language === currentLanguage()) return;
    useLanguage(button.dataset.language);
    title();
    announce("languageChanged");
  });
}

// MARK: Navigation

document.addEventListener("click", event => {
  const link = event.target.closest?.("a[href]");
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!link || !isPlain || event.defaultPrevented || link.origin !== location.origin || link.target) return;
  if (link.classList.contains("skip")) {
    event.preventDefault();
    return main.focus();
  }
  if (!routes.some(({ path }) => path.test(link.pathname))) return;
  event.preventDefault();
  history.replaceState({ scroll: window.scrollY }, "");
  go(link.pathname + link.search);
});

history.scrollRestoration = "manual";
window.addEventListener("popstate", event => show({ scroll: event.state?.scroll ?? 0 }));

session.onChange(() => {
  const wasSignedIn = !document.getElementById("log-out").hidden;
  showSession();
  const needsSession = routes.find(({ path }) => path.test(location.pathname))?.signedIn;
  if (wasSignedIn && !session.user && needsSession) show();
});

relabel();
await restoreSession();
showSession();
await show({ isFirst: true });

import { call, get, logIn as openSession, rules, session } from "./api.js";
import { announce, field, h, problemText } from "./dom.js";
import { t } from "./i18n.js";

/** Where to go on after signing in: a path of this page and nothing else. */
function nextOf(query) {
  const next = query.get("next") ?? "";
  return /^\/(?![/\\])/.test(next) ? next : "/";
}

const carrying = (path, query) => query.has("next") ? `${path}?next=${encodeURIComponent(nextOf(query))}` : path;

/** A form that shows what went wrong and is busy while it works. */
export function form(buttonKey, parts, submit) {
  const problems = h("div");
  const button = h("button.button.big.wide", { t: buttonKey });
  return h("form", {
    class: "stack", novalidate: true, on: {
      submit: async event => {
        event.preventDefault();
        problems.replaceChildren();
        button.disabled = true;
        try {
          await submit();
        } catch (problem) {
          problems.replaceChildren(problemText(problem));
          button.disabled = false; // else it takes no focus
          (problem.input ?? button).focus();
        }
        button.disabled = false;
      },
    },
  }, parts, problems, button);
}

/** A problem in our words, at the input that it is about. */
export function ours(key, input, values) {
  input.setAttribute("aria-invalid", "true");
  return Object.assign(new Error(key), { key, input, values: { field: () => input.labels[0].textContent, ...values } });
}

export function required(inputs) {
  for (const input of inputs) input.setAttribute("aria-invalid", String(input.value.trim() === ""));
  const empty = inputs.find(input => input.value.trim() === "");
  if (empty) throw ours("problemEmpty", empty);
  const mistyped = inputs.find(input => input.type === "email" && !isAddress(input.value));
  if (mistyped) throw ours("problemEmail", mistyped);
}

/** Browsers refuse letters like é before the @; the server takes them. */
const isAddress = text => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text.trim());

export function logIn({ query, go }) {
  if (session.user) {
    go(nextOf(query), { replace: true });
    return { node: h("div") };
  }
  const email = field("email", { type: "email", name: "email", autocomplete: "username", required: true });
  const password = field("password", {
    type: "password", name: "password", autocomplete: "current-password", required: true,
  });
  const submit = async () => {
    required([email.input, password.input]);
    try {
      await openSession(email.input.value, password.input.value);
    } catch (problem) {
      throw problem.status === 401 ? ours("problemLogIn", password.input) : problem;
    }
    announce("welcome", { name: session.user.first_name });
    await go(nextOf(query), { replace: true });
  };
  const node = h("section.panel.narrow.jersey", {},
    h("h1", { tabindex: -1, t: "logInTitle" }),
    query.has("next") && h("p.hint", { t: "logInFirst" }),
    form("logIn", [email.node, password.node], submit),
    h("p", {}, h("span", { t: "noAccount" }), " ", h("a", { href: carrying("/signup", query), t: "signUp" })));
  return { title: () => t("logInTitle"), node };
}

export async function signUp({ query, go, signal }) {
  const name = (key, attributes) => field(key, { type: "text", required: true, maxlength: rules.name_characters_max, ...attributes });
  const first = name("firstName", { name: "first_name", autocomplete: "given-name" });
  const last = name("lastName", { name: "last_name", autocomplete: "family-name" });
  const email = field("email", { type: "email", name: "email", autocomplete: "username", required: true });
  const city = name("city", { name: "city", autocomplete: "address-level2", list: "cities" });
  const country = name("country", { name: "country", autocomplete: "country-name", value: "Colombia" });
  const passwords = newPasswordFields("password");
  const all = [first, last, email, city, country, ...passwords];

  const submit = async () => {
    required(all.map(({ input }) => input));
    checkNewPassword(passwords);
    const body = Object.fromEntries(all.map(({ input }) => [input.name, input.value]));
    try {
      await call("POST", "/api/auth/signup", { body });
    } catch (problem) {
      if (problem.code === "conflict") throw ours("problemEmailTaken", email.input);
      throw refusedField(problem, all) ?? refusedPassword(problem, passwords);
    }
    await openSession(body.email, body.password1);
    announce("welcome", { name: session.user.first_name });
    await go(nextOf(query), { replace: true });
  };

  const node = h("section.panel.narrow.jersey", {},
    h("h1", { tabindex: -1, t: "signUpTitle" }),
    h("p.hint", { t: "signUpLead" }),
    form("signUp", [
      h("div.pair", {}, first.node, last.node), email.node, h("div.pair", {}, city.node, country.node),
      ...passwords.map(({ node }) => node), h("datalist", { id: "cities" }),
    ], submit),
    h("p", {}, h("span", { t: "haveAccount" }), " ", h("a", { href: carrying("/login", query), t: "logIn" })));
  suggestCities(node.querySelector("datalist"), signal);
  return { title: () => t("signUpTitle"), node };
}

/** A password to be, and the same again. */
export function newPasswordFields(key) {
  const secret = { type: "password", autocomplete: "new-password", required: true };
  return [
    field(key, { name: "password1", ...secret }, { hint: "passwordHint", hintValues: { least: rules.password_characters_min } }),
    field("passwordAgain", { name: "password2", ...secret }),
  ];
}

export function checkNewPassword([{ input }, { input: repeated }]) {
  const text = input.value;
  const isGood = [...text].length >= rules.password_characters_min && /\p{L}/u.test(text) && /[^\p{L}]/u.test(text);
  if (!isGood) throw ours("passwordHint", input, { least: rules.password_characters_min });
  if (text !== repeated.value) throw ours("problemPasswordsDiffer", repeated);
}

/** In our words, when the server refuses a password that anybody would guess; its own are English. */
export function refusedPassword(problem, [{ input }]) {
  if (problem.code !== "invalid_request" || !/^The password (is easy to guess|must not be)/.test(problem.detail)) return problem;
  return ours("problemPassword", input);
}

/** In our words, when the server refuses what is in a field: its own begin with the field's name. */
function refusedField(problem, fields) {
  const name = problem.code === "invalid_request" && /^(\w+) must /.exec(problem.detail)?.[1];
  const input = fields.find(({ input }) => input.name === name)?.input;
  return input && ours(input.type === "email" ? "problemEmail" : "problemName", input, { most: rules.name_characters_max });
}

async function suggestCities(list, signal) {
  try {
    const { data } = await get("/api/public/cities", { signal });
    list.append(...data.map(({ city }) => h("option", { value: city })));
  } catch { /* only a help */ }
}

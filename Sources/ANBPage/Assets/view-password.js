import { call, session } from "./api.js";
import { announce, field, h } from "./dom.js";
import { t } from "./i18n.js";
import { checkNewPassword, form, newPasswordFields, ours, refusedPassword, required } from "./view-account.js";

/** Another password for who is signed in; wherever else they are signed in, they are no longer. */
export function password({ go }) {
  const current = field("passwordNow", { type: "password", name: "password", autocomplete: "current-password", required: true });
  const fields = newPasswordFields("passwordNew");
  const submit = async () => {
    required([current.input, ...fields.map(({ input }) => input)]);
    checkNewPassword(fields);
    const inputs = [current, ...fields].map(({ input }) => input);
    const body = Object.fromEntries(inputs.map(input => [input.name, input.value]));
    try {
      await call("POST", "/api/auth/me/password", { signed: true, body });
    } catch (problem) {
      throw problem.code === "forbidden" ? ours("problemPasswordNow", current.input) : refusedPassword(problem, fields);
    }
    announce("passwordChanged");
    await go("/mine", { replace: true });
  };
  // Password managers want to know whose it is.
  const whose = h("input", { type: "email", name: "username", autocomplete: "username", value: session.user.email, hidden: true, readonly: true });
  const node = h("section.panel.narrow.jersey", {},
    h("h1", { tabindex: -1, t: "passwordTitle" }), h("p.hint", { t: "passwordLead" }),
    form("passwordSave", [whose, current.node, ...fields.map(({ node }) => node)], submit));
  return { title: () => t("passwordTitle"), node };
}

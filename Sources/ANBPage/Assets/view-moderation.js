import { call, get, Problem, rules, session } from "./api.js";
import { announce, field, h, picture, problemText } from "./dom.js";
import { t } from "./i18n.js";

export async function moderation({ signal, refresh }) {
  if (!rules.has_moderation || !session.isModerator) throw new Problem(404, "not_found", "");
  const { data } = await get("/api/moderation/videos", { signed: true, signal });
  const node = h("section.floor", {}, h("h1", { tabindex: -1, t: "moderationTitle" }),
    data.length ? h("ul.mine", {}, data.map(video => entry(video, refresh))) : h("p.panel.empty", { t: "emptyModeration" }));
  return { title: () => t("moderationTitle"), node };
}

function entry(video, refresh) {
  const reason = field("rejectReason", { type: "text", name: "reason" });
  const problems = h("div");
  const decide = async decision => {
    problems.replaceChildren();
    const text = reason.input.value.trim();
    if (decision === "reject" && !text) {
      problems.replaceChildren(problemText({ key: "problemReason" }));
      return reason.input.focus();
    }
    try {
      await call("POST", `/api/moderation/videos/${video.video_id}/${decision}`, { signed: true, body: { reason: text } });
      announce(decision === "publish" ? "moderationPublished" : "moderationRejected");
      await refresh();
      document.querySelector("#main h1")?.focus();
    } catch (problem) {
      problems.replaceChildren(problemText(problem));
    }
  };
  const url = video.processed_url;
  return h("li.mine-entry", {},
    h("div.poster", {}, url ? h("video", { src: url, controls: true, playsinline: true, preload: "none",
      poster: video.thumbnail_url, label: "videoLabel", tp: { title: video.title } }) : picture(video.thumbnail_url)),
    h("div.mine-text", {},
      h("h2", {}, video.title),
      h("p.facts", {}, h("span", {}, video.player_name ?? video.username ?? ""), h("span", {}, video.city ?? "")),
      reason.node, problems,
      h("div.row", {},
        h("button.button.small", { t: "publish", on: { click: () => decide("publish") } }),
        h("button.button.small.quiet", { t: "reject", on: { click: () => decide("reject") } }))));
}

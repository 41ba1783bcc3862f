import { call, get } from "./api.js";
import { announce, confirmed, h, picture, problemText, sayFailure } from "./dom.js";
import { day, t } from "./i18n.js";
import { follow } from "./progress.js";
import { stageBoard } from "./stages.js";
import { stopWatching } from "./view-upload.js";

export async function mine({ signal, refresh }) {
  const page = await get("/api/videos?limit=100", { signed: true, signal });
  const list = h("ul.mine", {}, page.data.map(video => entry(video, { signal, refresh })));
  const node = h("section.floor", {},
    h("div.bar", {}, h("h1", { tabindex: -1, t: "mineTitle" }), h("a.button", { href: "/upload", t: "heroUpload" })),
    page.data.length ? list : h("p.panel.empty", { t: "emptyMine" }));
  return { title: () => t("mineTitle"), node };
}

function entry(video, context) {
  const isOut = video.status === "processed";
  const address = `/videos/${video.video_id}`;
  const details = h("div.details");
  const problems = h("div");
  const watching = new AbortController();
  context.signal.addEventListener("abort", () => watching.abort());
  const node = h("li.mine-entry", { "data-status": video.status },
    h("div.poster", {}, isOut && picture(`${address}/poster.jpg`)),
    h("div.mine-text", {},
      h("h2", {}, isOut ? h("a", { href: address }, video.title) : video.title),
      h("p.facts", {}, h("span.chip", { t: `status_${video.status}` }),
        h("span", { t: "uploadedOn", tp: { day: () => day(video.uploaded_at) } })),
      details, problems,
      h("div.row", {}, isOut ? h("a.button.small", { href: address, t: "watch" })
        : h("button.button.small.quiet", {
          t: "remove", on: { click: () => remove(video, { watching, problems, refresh: context.refresh }) },
        }))));
  if (["failed", "rejected"].includes(video.status)) explain(video, details, watching.signal);
  else if (["queued", "processing"].includes(video.status)) watch(video, details, { ...context, signal: watching.signal });
  return node;
}

async function explain(video, details, signal) {
  try {
    const { data } = await get(`/api/videos/${video.video_id}`, { signed: true, signal });
    const words = h("span");
    sayFailure(words, data.failure_code, data.error ?? "");
    details.append(h("p.reason", {}, h("b", { t: "reason" }), " ", words));
  } catch { /* the status says enough */ }
}

async function watch(video, details, { signal, refresh }) {
  const board = stageBoard();
  details.append(board.node);
  try {
    await follow({ videoID: video.video_id }, board.update, signal);
    if (!signal.aborted) await refresh();
  } catch (problem) {
    details.replaceChildren(problemText(problem));
  }
}

async function remove(video, { watching, problems, refresh }) {
  if (!await confirmed("removeQuestion", { title: video.title }, "remove")) return;
  watching.abort();
  stopWatching(video.video_id);
  try {
    await call("DELETE", `/api/videos/${video.video_id}`, { signed: true });
    announce("removed");
    await refresh();
    document.querySelector("#main h1")?.focus();
  } catch (problem) {
    problems.replaceChildren(problemText(problem));
  }
}

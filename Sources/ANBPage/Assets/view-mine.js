import { call, get } from "./api.js";
import { pages } from "./cards.js";
import { announce, confirmed, h, picture, problemText, refill, sayFailure } from "./dom.js";
import { day, t } from "./i18n.js";
import { follow } from "./progress.js";
import { stageBoard } from "./stages.js";
import { stopWatching } from "./view-upload.js";

export async function mine({ signal, refresh }) {
  const options = { signed: true, signal };
  const first = await get("/api/videos?limit=100", options);
  const list = h("ul.mine");
  const more = pages(list, first, video => entry(video, { signal, refresh }), options);
  const node = h("section.floor", {},
    h("div.bar", {}, h("h1", { tabindex: -1, t: "mineTitle" }), h("a.button", { href: "/upload", t: "heroUpload" })),
    first.data.length ? list : h("p.panel.empty", { t: "emptyMine" }), more);
  return { title: () => t("mineTitle"), node };
}

function entry(video, context) {
  const node = h("li.mine-entry");
  fill(node, video, context);
  return node;
}

function fill(node, video, context) {
  const isOut = video.status === "processed";
  const address = `/videos/${video.video_id}`;
  const details = h("div.details");
  const problems = h("div");
  const watching = new AbortController();
  context.signal.addEventListener("abort", () => watching.abort());
  const heading = h("h2", { tabindex: -1 }, isOut ? h("a", { href: address }, video.title) : video.title);
  node.dataset.status = video.status;
  refill(node, [
    h("div.poster", {}, isOut && picture(`${address}/poster.jpg`)),
    h("div.mine-text", {},
      heading,
      h("p.facts", {}, h("span.chip", { t: `status_${video.status}` }),
        h("span", { t: "uploadedOn", tp: { day: () => day(video.uploaded_at) } })),
      details, problems,
      h("div.row", {}, isOut ? h("a.button.small", { href: address, t: "watch" })
        : h("button.button.small.quiet", {
          t: "remove", on: { click: () => remove(video, { watching, problems, refresh: context.refresh }) },
        }))),
  ], heading);
  if (["failed", "rejected"].includes(video.status)) explain(video, details, watching.signal);
  else if (["queued", "processing"].includes(video.status)) {
    watch(video, details, watching.signal, made => fill(node, made, context));
  }
}

async function explain(video, details, signal) {
  try {
    const { data } = await get(`/api/videos/${video.video_id}`, { signed: true, signal });
    const words = h("span");
    sayFailure(words, data.failure_code, data.error ?? "");
    details.append(h("p.reason", {}, h("b", { t: "reason" }), " ", words));
  } catch { /* the status says enough */ }
}

/** Shows the processing, and at its end what became of the video: in its place, whatever people do elsewhere in the list. */
async function watch(video, details, signal, onEnd) {
  const board = stageBoard();
  details.append(board.node);
  try {
    await follow({ videoID: video.video_id }, board.update, signal);
    if (!signal.aborted) onEnd((await get(`/api/videos/${video.video_id}`, { signed: true, signal })).data);
  } catch (problem) {
    if (problem.name !== "AbortError") details.replaceChildren(problemText(problem));
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

import { get, myVotes, session, vote, withQuery } from "./api.js";
import { card } from "./cards.js";
import { announce, h, problemText } from "./dom.js";
import { say } from "./i18n.js";

const OTHERS = 4;

export async function player({ parts: [id], signal, go }) {
  const { data: video } = await get(`/api/public/videos/${id}`, { signal });
  const others = h("section.floor", { hidden: true });
  fillOthers(others, video, signal);
  const screen = theatre(video);
  const node = h("div", {},
    h("article.game", {},
      h("div.screen", {}, screen),
      h("div.side", {},
        h("h1", { tabindex: -1 }, video.title),
        h("p.player-line", {}, h("span", {}, video.player_name), h("span.city", {}, video.city)),
        await votingBoard(video, { signal, go }),
        h("div.row", {}, h("button.button.quiet", { t: "share", on: { click: () => share(video) } })))),
    others);
  return { title: () => video.title, node, leave: () => screen.pause() };
}

/** The clip has no sound, so it needs no captions. A link lives an hour; a player left open gets a new one. */
function theatre(video) {
  const screen = h("video", {
    controls: true, playsinline: true, preload: "metadata", poster: `/videos/${video.video_id}/poster.jpg`,
    src: video.processed_url, label: "videoLabel", tp: { title: video.title },
  });
  let hasNewLink = false;
  screen.addEventListener("error", async () => {
    if (hasNewLink) return;
    hasNewLink = true;
    const at = screen.currentTime;
    try {
      screen.src = (await get(`/api/public/videos/${video.video_id}`)).data.processed_url;
      screen.addEventListener("loadedmetadata", () => { screen.currentTime = at; hasNewLink = false; }, { once: true });
    } catch { announce("videoBroken"); }
  });
  return screen;
}

async function votingBoard(video, { signal, go }) {
  const digits = h("b.digits", {}, String(video.votes));
  const word = h("span", { t: "votesWord", tp: { count: video.votes } });
  const button = h("button.button.big.vote");
  const problems = h("div");
  // Without an answer the video is still there, and a second vote is refused.
  let isVoted = session.user !== null && (await myVotes().catch(() => new Set())).has(video.video_id);

  function label() {
    const key = !session.user ? "voteLogIn" : isVoted ? "voteTakeBack" : "voteGive";
    say(button, key);
    button.classList.toggle("given", isVoted);
  }

  button.addEventListener("click", async () => {
    if (!session.user) return go(`/login?next=/videos/${video.video_id}`);
    button.disabled = true;
    problems.replaceChildren();
    try {
      const count = await vote(video.video_id, !isVoted);
      isVoted = !isVoted;
      digits.textContent = String(count);
      say(word, "votesWord", { count });
      announce(isVoted ? "voteCounted" : "voteTaken");
    } catch (problem) {
      if (["problemVoted", "problemNotVoted"].includes(problem.key)) isVoted = !isVoted; // in another tab
      problems.replaceChildren(problemText(problem));
    }
    button.disabled = false;
    button.focus();
    label();
  });
  label();
  const isOwn = session.user?.username === video.username;
  return h("div.scorebox", {}, h("p.count", {}, digits, word),
    isOwn ? h("p.own", { t: "voteOwn" }) : button, problems);
}

async function share(video) {
  const url = `${location.origin}/videos/${video.video_id}`;
  try {
    if (navigator.share) return await navigator.share({ title: video.title, url });
    await navigator.clipboard.writeText(url);
    announce("linkCopied");
  } catch (error) {
    if (error.name !== "AbortError") announce("linkIs", { url });
  }
}

/** More of the same city; nothing when there is nothing, or no answer. */
async function fillOthers(section, video, signal) {
  try {
    const { data } = await get(withQuery("/api/public/videos", { city: video.city, limit: OTHERS + 1 }), { signal });
    const others = data.filter(other => other.video_id !== video.video_id).slice(0, OTHERS);
    if (!others.length) return;
    section.append(h("h2", { t: "moreFrom", tp: { city: video.city } }),
      h("ul.cards", {}, others.map(other => card(other, "h3"))));
    section.hidden = false;
  } catch { /* the video itself is what people came for */ }
}

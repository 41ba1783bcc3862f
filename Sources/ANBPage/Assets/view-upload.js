import { rules, session } from "./api.js";
import { announce, field, h, problemText, refill } from "./dom.js";
import { megabytes, number, say, seconds, t } from "./i18n.js";
import { checkTitle, inspect } from "./preflight.js";
import { follow } from "./progress.js";
import { stageBoard } from "./stages.js";
import { keptUpload, Transfer } from "./upload.js";

// The upload goes on while the player looks around; whoever comes back finds it as it is.
let current = null;

// What arrived is not lost, but somebody has to choose the clip again.
window.addEventListener("beforeunload", event => {
  if (current?.phase === "sending") event.preventDefault();
});

// A phone goes from hand to hand: the next person neither sees this clip nor sends it as their own.
session.onChange(() => {
  if (current && current.owner !== session.user?.id) current.leave();
});

export function upload() {
  const place = h("div");
  const showChooser = () => {
    current = null;
    const fresh = chooser((file, title) => {
      current = new Upload(file, title);
      current.start();
      showCurrent();
      current.heading.focus({ preventScroll: true });
    });
    refill(place, [fresh], fresh.querySelector("h1"));
  };
  const showCurrent = () => {
    current.onClose = showChooser;
    place.replaceChildren(current.node);
  };
  if (current) showCurrent();
  else showChooser();
  return { title: () => t("uploadTitle"), node: h("section.floor.upload", {}, place) };
}

/** Stops watching a video that is about to be deleted. */
export function stopWatching(videoID) {
  if (current?.videoID === videoID) current.leave();
}

// MARK: Choosing

function chooser(start) {
  let file = null;
  let verdicts = [];
  let inspection = 0;
  const list = h("ul.checks", { "aria-live": "polite" });
  const title = field("videoTitle", { type: "text", name: "title", autocomplete: "off", required: true });
  const button = h("button.button.big.wide", { t: "send" });
  const problems = h("div");
  const chosen = h("p.chosen", { t: "dropHere" });
  title.input.addEventListener("input", () => title.input.removeAttribute("aria-invalid"));

  async function choose(files) {
    if (!files.length) return;
    file = files[0];
    problems.replaceChildren();
    const turn = ++inspection;
    delete chosen.dataset.t;
    chosen.textContent = file.name;
    verdicts = [];
    list.replaceChildren(h("li", { "data-state": "wait", t: "checking" }));
    let found;
    try { found = await inspect(file, rules); } catch { found = [{ name: "type", state: "bad", key: "checkUnreadable" }]; }
    if (turn !== inspection) return; // another clip was chosen meanwhile
    verdicts = found;
    list.replaceChildren(...verdicts.map(line));
    const kept = keptUpload(file);
    if (kept && !verdicts.some(({ state }) => state === "bad")) return start(file, kept.title);
    if (!title.input.value) title.input.focus();
  }

  const form = h("form", {
    class: "stack", novalidate: true, on: {
      submit: event => {
        event.preventDefault();
        problems.replaceChildren();
        const refuse = (key, input, values) => {
          problems.replaceChildren(problemText({ key, values }));
          input.focus();
        };
        const name = checkTitle(title.input.value, rules);
        title.input.setAttribute("aria-invalid", String(name.state === "bad"));
        const bad = verdicts.find(({ state }) => state === "bad");
        if (!file) return refuse("problemNoFile", form.querySelector("input[type=file]"));
        if (bad) return refuse(bad.key, form.querySelector("input[type=file]"), bad.values);
        if (!verdicts.length) return refuse("checking", button);
        if (name.state === "bad") return refuse(name.key, title.input, name.values);
        start(file, title.input.value.trim());
      },
    },
  }, dropZone(choose, chosen), list, title.node, problems, button);
  return h("div", {}, h("h1", { tabindex: -1, t: "uploadTitle" }), h("p.lead", { t: "uploadLead" }), ruleList(), form);
}

const line = ({ state, key, values, name }) => h("li", { "data-state": state, "data-check": name },
  h("b", { t: `name_${name}` }), " ", h("span", { t: key, tp: values }));

function ruleList() {
  const rule = (key, values) => h("li", { t: key, tp: values });
  return h("ul.rules", {},
    rule("ruleSize", { most: () => megabytes(rules.upload_bytes_max) }),
    rule("ruleLength", { least: () => seconds(rules.seconds_min), most: () => seconds(rules.seconds_max) }),
    rules.short_side_pixels_min && rule("rulePicture", { least: String(rules.short_side_pixels_min) }),
    rule("ruleSound"));
}

function dropZone(choose, chosen) {
  const input = (key, attributes) => {
    const node = h("input", { type: "file", accept: "video/*,.mkv,.mov,.avi,.ts,.mpg", ...attributes });
    node.addEventListener("change", () => choose(node.files));
    return h("label.button", {}, h("span", { t: key }), node);
  };
  const zone = h("div.drop", {}, h("span.drop-ball", { "aria-hidden": "true" }), chosen,
    h("div.row.centre", {}, input("chooseFile", {}), input("recordClip", { capture: "environment", "data-camera": true })));
  const light = isOn => event => {
    event.preventDefault();
    zone.classList.toggle("over", isOn);
  };
  zone.addEventListener("dragover", light(true));
  zone.addEventListener("dragleave", light(false));
  zone.addEventListener("drop", event => {
    light(false)(event);
    choose(event.dataTransfer.files);
  });
  return zone;
}

// MARK: One upload

/** A clip on its way, from the first byte to the published video. */
class Upload {
  phase = "sending";
  owner = session.user.id;
  watching = new AbortController();
  onClose = () => {};

  constructor(file, title) {
    Object.assign(this, { file, title });
    this.heading = h("h1", { tabindex: -1, t: "sendingTitle" });
    this.body = h("div.stack");
    this.node = h("div.live", {}, this.heading, h("p.lead", {}, title), this.body);
  }

  async start() {
    this.phase = "sending";
    say(this.heading, "sendingTitle");
    const bar = h("progress", { max: 1, value: 0, label: "sendingLabel" });
    const sent = h("p.numbers");
    const pause = h("button.button.quiet", { t: "pause", "data-pause": true, on: {
      click: () => this.phase === "paused" ? this.transfer.resume() : this.transfer.pause(),
    } });
    this.transfer = new Transfer(this, progress => {
      this.phase = progress.state === "paused" ? "paused" : "sending";
      say(pause, this.phase === "paused" ? "resume" : "pause");
      this.#showPace(bar, sent, progress);
    });
    this.body.replaceChildren(bar, sent, h("div.row", {}, pause,
      h("button.button.quiet", { t: "cancel", "data-cancel": true, on: { click: () => this.transfer.cancel() } })));
    try {
      const accepted = await this.transfer.finished;
      if (current !== this) return;
      this.videoID = accepted.video_id;
      announce("uploadDone");
      await this.#watch(accepted);
    } catch (problem) {
      this.#stop(problem);
    }
  }

  #showPace(bar, text, { sent, total, bytesPerSecond, secondsLeft, state }) {
    bar.max = total;
    bar.value = sent;
    text.dataset.state = state;
    const key = state === "paused" ? "sentPaused" : state === "waiting" ? "sentWaiting" : sent >= total ? "sentAll"
      : secondsLeft == null ? "sentStart" : "sent";
    say(text, key, {
      percent: () => number(Math.floor((100 * sent) / total)), sent: () => megabytes(sent), total: () => megabytes(total),
      speed: () => `${megabytes(bytesPerSecond)}/s`, left: () => seconds(Math.ceil(secondsLeft)),
    });
  }

  /** Cancelled: back to the form. Refused for good: another clip. */
  #stop(problem) {
    if (current !== this) return;
    if (problem.name === "AbortError") {
      announce("cancelled");
      return this.#close();
    }
    this.phase = "stopped";
    say(this.heading, "stoppedTitle");
    this.#show(problemText(problem), h("div.row", {},
      h("button.button.quiet", { t: "otherClip", on: { click: () => this.#close() } })));
  }

  async #watch({ video_id: videoID, task_id: taskID }) {
    this.phase = "processing";
    say(this.heading, "processingTitle");
    const board = stageBoard();
    this.#show(board.node, h("p.hint", { t: "processingHint" }));
    let last = {};
    await follow({ videoID, taskID }, state => board.update(last = state), this.watching.signal);
    if (this.watching.signal.aborted) return;
    this.phase = "done";
    const isOut = last.status === "processed";
    const title = isOut ? "publishedTitle" : last.status === "pending_review" ? "reviewTitle" : "failedTitle";
    say(this.heading, title);
    announce(title);
    this.#show(board.node, h("div.row", {},
      isOut && h("a.button.big", { href: `/videos/${videoID}`, t: "watch", on: { click: () => { current = null; } } }),
      h("button.button.quiet.big", { t: "otherClip", on: { click: () => this.#close() } })));
  }

  #show(...nodes) { refill(this.body, nodes, this.heading); }

  #close() {
    current = null;
    this.onClose();
  }

  /** Lets go of it: no more is sent, nothing more is asked. */
  leave() {
    current = null;
    this.transfer.leave();
    this.watching.abort();
  }
}

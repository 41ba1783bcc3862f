// Follows the processing of a video: by events where the server has them, else by asking again and again.
import { accessToken, get, Problem, rules } from "./api.js";

const POLL_MS = 1000;
const POLL_HIDDEN_MS = 5000;
const RECONNECT_MS = 1000;
const EVENT_FAILURES_MAX = 3;
const STREAMS_MAX = 2; // browsers open six connections to one HTTP/1.1 server, over all tabs

let streams = 0;

/**
 * Reports states `{status, stage, progress, position, secondsLeft, error, failureCode}` until a final one, or until the signal.
 * @param {{videoID: string, taskID?: string}} video
 */
export async function follow(video, report, signal) {
  try {
    if (rules.has_events && streams < STREAMS_MAX) {
      streams += 1;
      try { if (await byEvents(video, report, signal)) return; } finally { streams -= 1; }
    }
    await byAsking(video, report, signal);
  } catch (error) {
    if (error.name !== "AbortError") throw error;
  }
}

/** A video has no stage of its own, a task has. */
const STAGES = { processing: "transcoding", pending_review: "processed", rejected: "processed" };

function state(answer) {
  return {
    status: answer.status, stage: answer.stage ?? STAGES[answer.status] ?? answer.status,
    progress: answer.progress ?? 0, position: answer.position_in_queue, secondsLeft: answer.eta_seconds,
    error: answer.error, failureCode: answer.failure_code,
  };
}

const isFinal = ({ status }) => ["processed", "failed", "pending_review", "rejected"].includes(status);

// MARK: Asking

async function byAsking({ videoID, taskID }, report, signal) {
  const path = taskID ? `/api/tasks/${taskID}` : `/api/videos/${videoID}`;
  while (!signal.aborted) {
    let wait = document.hidden ? POLL_HIDDEN_MS : POLL_MS;
    try {
      const now = state((await get(path, { signed: true, signal })).data);
      report(now);
      if (isFinal(now)) return;
    } catch (problem) {
      const passes = problem.status === 0 || problem.status === 429 || problem.status >= 500;
      if (!passes) throw problem;
      wait = Math.max(wait, (problem.retryAfter ?? 3) * 1000);
    }
    await pause(wait, signal);
  }
}

function pause(milliseconds, signal) {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}

// MARK: Events

/** @returns whether a final state came; false leaves the rest to asking. */
async function byEvents({ videoID }, report, signal) {
  let [lastID, wait] = ["", RECONNECT_MS];
  for (let failures = 0; failures < EVENT_FAILURES_MAX && !signal.aborted;) {
    try {
      for await (const event of events(`/api/videos/${videoID}/events`, lastID, signal)) {
        failures = 0;
        lastID = event.id ?? lastID;
        wait = event.retry ?? wait;
        if (!event.data) continue;
        const now = state(JSON.parse(event.data));
        report(now);
        if (isFinal(now)) return true;
      }
    } catch (error) {
      if (error.name === "AbortError") throw error;
      if ([403, 404].includes(error.status)) return false;
    }
    failures += 1;
    await pause(wait, signal);
  }
  return false;
}

/** Server-sent events over fetch: EventSource cannot send the access token. */
async function* events(path, lastID, signal) {
  const headers = { accept: "text/event-stream", authorization: `Bearer ${await accessToken()}` };
  if (lastID) headers["last-event-id"] = lastID;
  const response = await fetch(path, { headers, signal, cache: "no-store" });
  if (!response.ok) throw Problem.of(response.status, await response.text(), response.headers.get("retry-after"));
  if (!response.body) return; // 204: the end was told before
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  while (true) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).replace(/\r\n?/g, "\n").split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) yield parsed(block);
  }
}

function parsed(block) {
  const event = {};
  for (const line of block.split("\n")) {
    const [, name, value] = /^(\w*):? ?(.*)$/.exec(line) ?? [];
    if (name === "data") event.data = event.data === undefined ? value : `${event.data}\n${value}`;
    else if (name === "id") event.id = value;
    else if (name === "retry") event.retry = Number(value) || undefined;
  }
  return event;
}

// Brings a clip to the server. How the bytes travel is a transport: `(request, onBytes) => { finished, abort }`.
import { accessToken, Problem } from "./api.js";

/** One multipart form. Its answer is the accepted upload: video_id, task_id. */
export function formTransport({ file, title, key, token }, onBytes) {
  const request = new XMLHttpRequest();
  const finished = new Promise((resolve, reject) => {
    request.upload.addEventListener("progress", event => onBytes(event.loaded, event.total));
    request.addEventListener("load", () => {
      if (request.status === 202) return resolve(JSON.parse(request.responseText));
      reject(Problem.of(request.status, request.responseText, request.getResponseHeader("retry-after")));
    });
    request.addEventListener("error", () => reject(Problem.network()));
    request.addEventListener("abort", () => reject(new DOMException("cancelled", "AbortError")));
    request.open("POST", "/api/videos/upload");
    request.setRequestHeader("authorization", `Bearer ${token}`);
    request.setRequestHeader("idempotency-key", key);
    const form = new FormData();
    form.append("title", title);
    form.append("video_file", file);
    request.send(form);
  });
  return { finished, abort: () => request.abort() };
}

/**
 * Sends a clip. The same `key` again is the same upload for the server, so trying again after a broken connection
 * never makes a second video.
 * @param {{file: File, title: string, key: string}} request
 * @param {(progress: {sent, total, bytesPerSecond, secondsLeft}) => void} report
 */
export function send(request, report, transport = formTransport) {
  const pace = new Pace();
  let transfer = null;
  let isCancelled = false;
  const run = async () => {
    const token = await accessToken();
    if (isCancelled) throw new DOMException("cancelled", "AbortError");
    transfer = transport({ ...request, token }, (sent, total) => report(pace.after(sent, total)));
    return transfer.finished;
  };
  return {
    finished: run(),
    cancel() {
      isCancelled = true;
      transfer?.abort();
    },
  };
}

/** Speed over the last seconds, and what is left at that speed. */
export class Pace {
  static windowMs = 5000;
  #samples = [];

  after(sent, total, now = performance.now()) {
    this.#samples.push({ now, sent });
    while (this.#samples.length > 2 && now - this.#samples[0].now > Pace.windowMs) this.#samples.shift();
    const first = this.#samples[0];
    const elapsed = (now - first.now) / 1000;
    const bytesPerSecond = elapsed > 0 ? (sent - first.sent) / elapsed : 0;
    return { sent, total, bytesPerSecond, secondsLeft: bytesPerSecond > 0 ? (total - sent) / bytesPerSecond : null };
  }
}

/** A key that no other upload has. `randomUUID` exists only on secure origins. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, "0")).join("");
}

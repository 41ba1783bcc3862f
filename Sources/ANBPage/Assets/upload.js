// Brings a clip to the server by tus 1.0: what has arrived once is never sent again, whatever breaks.
import { accessToken, call, Problem, session } from "./api.js";

const PATH = "/api/videos/uploads";
const TUS = { "tus-resumable": "1.0.0" };
const KEPT = "anb.uploads";
const PAUSE_MS_MAX = 30_000;

/**
 * One clip on its way. It goes on by itself when the connection is back, and, where this browser knows the file again,
 * where another life of the page has stopped.
 * @param {{file: File, title: string}} clip
 * @param {(progress: {sent, total, bytesPerSecond, secondsLeft, state: "sending" | "waiting" | "paused"}) => void} report
 */
export class Transfer {
  #file;
  #title;
  #report;
  #owner = session.user?.id;
  #key;
  #pace = new Pace();
  #path;
  #sent = 0; // what the server is known to have
  #shown = 0;
  #state = "sending";
  #request = null;
  #wake = () => {};

  constructor({ file, title }, report) {
    this.#file = file;
    this.#title = title;
    this.#report = report;
    this.#key = keyOf(file);
    this.#path = keptUpload(file)?.path ?? null;
    this.finished = this.#run().finally(() => window.removeEventListener("online", this.#online));
    window.addEventListener("online", this.#online);
  }

  #online = () => this.#wake();

  pause() {
    this.#become("paused");
    this.#request?.abort();
  }

  resume() {
    if (this.#state !== "paused") return;
    this.#become("sending");
    this.#wake();
  }

  /** Sends no more; who began the upload may go on with it another time. */
  leave() {
    this.#state = "cancelled";
    this.#request?.abort();
    this.#wake();
  }

  /** Gives the upload up, here and on the server. */
  cancel() {
    this.leave();
    forget(this.#key);
    if (this.#path) call("DELETE", this.#path, { signed: true, headers: TUS }).catch(() => { /* it expires */ });
  }

  #become(state) {
    if (this.#state === "cancelled" || this.#state === state) return;
    this.#state = state;
    this.#pace = new Pace();
    this.#tell(this.#shown);
  }

  #tell(sent) {
    this.#shown = sent;
    this.#report({ ...this.#pace.after(sent, this.#file.size), state: this.#state });
  }

  /** Answers the accepted upload: video_id, task_id. */
  async #run() {
    for (let failures = 0; ; failures += 1) {
      const before = this.#sent;
      try {
        await this.#whilePaused();
        const accepted = await this.#attempt();
        forget(this.#key);
        return accepted;
      } catch (problem) {
        this.#stopIfOver();
        if (problem.name === "AbortError") continue; // paused
        if (isRefusal(problem)) forget(this.#key);
        if (!mayPass(problem)) throw problem;
        if (this.#sent > before) failures = 0;
        await this.#patience(problem, failures);
      }
    }
  }

  /** Cancelled, or somebody else uses this browser now: the clip is not theirs. */
  #stopIfOver() {
    if (this.#state === "cancelled" || session.user?.id !== this.#owner) throw stopped();
  }

  async #whilePaused() {
    while (this.#state === "paused") await new Promise(resolve => { this.#wake = resolve; });
    this.#stopIfOver();
  }

  /** From wherever the upload is to its end. */
  async #attempt() {
    this.#sent = this.#path ? await this.#offset() : 0;
    if (!this.#path) await this.#begin();
    this.#stopIfOver();
    this.#tell(this.#sent);
    if (this.#sent < this.#file.size) await this.#send();
    await this.#whilePaused();
    return (await call("POST", `${this.#path}/complete`, { signed: true })).data;
  }

  async #begin() {
    this.#stopIfOver();
    const { name, type, size } = this.#file;
    // Some systems call a good clip something else, and the server would refuse the name.
    const filetype = /^(video|application)\//.test(type) && type;
    const metadata = Object.entries({ title: this.#title, filename: name, filetype })
      .filter(([, value]) => value).map(([key, value]) => `${key} ${base64(value)}`).join(",");
    const { headers } = await call("POST", PATH, {
      signed: true, headers: { ...TUS, "upload-length": String(size), "upload-metadata": metadata },
    });
    this.#path = headers.get("location");
    if (this.#state === "cancelled") this.cancel();
    else keep(this.#key, { path: this.#path, title: this.#title });
  }

  /** How much the server has; an upload that it has given up begins anew. */
  async #offset() {
    try {
      const { headers } = await call("HEAD", this.#path, { signed: true, headers: TUS });
      return Number(headers.get("upload-offset"));
    } catch (problem) {
      if (problem.status !== 404 && problem.status !== 410) throw problem;
      this.#path = null;
      return 0;
    }
  }

  async #send() {
    const token = await accessToken();
    if (this.#state !== "sending") throw stopped(); // pausing found no request to abort
    const start = this.#sent;
    await new Promise((resolve, reject) => {
      const request = this.#request = new XMLHttpRequest();
      request.upload.addEventListener("progress", event => this.#tell(start + event.loaded));
      request.addEventListener("load", () => {
        if (request.status === 204) return resolve();
        reject(Problem.of(request.status, request.responseText, request.getResponseHeader("retry-after")));
      });
      request.addEventListener("error", () => reject(Problem.network()));
      request.addEventListener("abort", () => reject(stopped()));
      request.open("PATCH", this.#path);
      const fields = { ...TUS, "upload-offset": start, "content-type": "application/offset+octet-stream",
        authorization: `Bearer ${token}` };
      for (const [name, value] of Object.entries(fields)) request.setRequestHeader(name, value);
      request.send(this.#file.slice(start));
    }).finally(() => { this.#request = null; });
    this.#sent = this.#file.size;
  }

  /** Longer after each failure; shorter as soon as the browser is online again. */
  async #patience(problem, failures) {
    if (this.#state === "sending" && problem.status !== 409) this.#become("waiting");
    const milliseconds = Math.min((problem.retryAfter ?? 1) * 1000 * 2 ** failures, PAUSE_MS_MAX);
    await new Promise(resolve => {
      this.#wake = resolve;
      setTimeout(resolve, milliseconds * (0.5 + Math.random() / 2));
    });
    if (this.#state === "waiting") this.#become("sending");
  }
}

/** Whether the same may work later: a broken connection, a busy server, another request of ours that still ends. */
const mayPass = ({ status }) => status === 0 || status >= 500 || status === 408 || status === 409;

/** Whether the clip itself is why. */
const isRefusal = ({ status, code }) => status === 413 || (status === 400 && code !== "conflict");

const stopped = () => new DOMException("stopped", "AbortError");

const base64 = text => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

// MARK: Uploads that another life of the page began

const keyOf = file => [session.user?.id, file.name, file.size, file.lastModified].join("|");

function keptUploads() {
  try { return JSON.parse(localStorage.getItem(KEPT)) ?? {}; } catch { return {}; }
}

/** What this browser began to send of this file, and did not finish: path, title. */
export const keptUpload = file => keptUploads()[keyOf(file)] ?? null;

function keep(key, upload) {
  localStorage.setItem(KEPT, JSON.stringify({ ...keptUploads(), [key]: upload }));
}

function forget(key) {
  const { [key]: _, ...others } = keptUploads();
  localStorage.setItem(KEPT, JSON.stringify(others));
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

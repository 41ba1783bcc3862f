// Talks to the server, and keeps who is signed in.
// The access token lives in this page's memory only. The refresh token is in localStorage, see Docs/Decisions.
import { moment } from "./i18n.js";

const KEPT = "anb.refresh";
const REFRESH_EARLY_MS = 60_000;

/** What the server wrote into the page: limits, and which of its parts are there. */
export const rules = JSON.parse(document.querySelector('meta[name="anb-rules"]').content);

export class Problem extends Error {
  constructor(status, code, detail, retryAfter, failureCode) {
    super(detail);
    const key = Problem.refusals.find(([words]) => words.test(detail))?.[1] ?? Problem.keys[code];
    const values = { time: () => moment(/\d{4}-\d\d-\d\dT[\d:.]+Z/.exec(detail)?.[0]) };
    Object.assign(this, { status, code, detail, retryAfter, failureCode, key, values });
  }

  /** Our words for a code; a clip that is refused has words of its own, see failures.js. */
  static keys = {
    network: "problemNetwork", unauthenticated: "problemSignedOut", overloaded: "problemBusy", unavailable: "problemBusy",
    internal: "problemOurs", unknown: "problemOurs", rate_limited: "problemRate", not_found: "problemNotFound", gone: "problemNotFound",
    conflict: "problemConflict", invalid_request: "problemInvalid", forbidden: "problemForbidden", too_large: "problemTooLarge",
    request_timeout: "problemSlow", in_progress: "problemBusy", media_failed: "problemBusy",
  };

  /** What people must tell apart though its code is the same: only the server's sentences do. */
  static refusals = [
    [/^You have already voted/, "problemVoted"], [/^You have not voted/, "problemNotVoted"],
    [/^This vote is under review/, "problemVoteReview"], [/^Voting opens at/, "problemVotingEarly"],
    [/^Voting closed at/, "problemVotingOver"], [/^This is more than you may upload in one day/, "problemQuota"],
    [/^You have \d+ unfinished uploads/, "problemUnfinished"],
  ];

  static network() { return new Problem(0, "network", "The connection broke.", null); }

  static of(status, text, retryAfter) {
    let document = {};
    try { document = JSON.parse(text); } catch { /* not one of ours: a proxy's page, say */ }
    return new Problem(status, document.code ?? (status >= 500 ? "unavailable" : "unknown"),
      document.detail ?? `HTTP ${status}`, Number(retryAfter) || null, document.failure_code);
  }
}

// MARK: Session

let access = null; // { token, until }
let refreshing = null;
const listeners = new Set();

export const session = {
  user: null,
  get isKept() { return localStorage.getItem(KEPT) !== null; },
  get isModerator() { return this.user?.roles?.some(role => role === "moderator" || role === "admin") ?? false; },
  get isAdmin() { return this.user?.roles?.includes("admin") ?? false; },
  onChange(listener) { listeners.add(listener); },
};

function keep(answer) {
  access = { token: answer.access_token, until: Date.now() + answer.expires_in * 1000 };
  localStorage.setItem(KEPT, answer.refresh_token);
}

function forget() {
  access = session.user = null;
  localStorage.removeItem(KEPT);
  listeners.forEach(listener => listener());
}

async function loadUser() {
  session.user = (await call("GET", "/api/auth/me", { signed: true })).data;
  listeners.forEach(listener => listener());
}

/** Signs in again after a reload. A server that is away leaves the session for later. */
export async function restoreSession() {
  if (!session.isKept) return;
  try { await loadUser(); } catch (problem) { if (problem.status === 401) forget(); }
}

export async function logIn(email, password) {
  keep((await call("POST", "/api/auth/login", { body: { email, password } })).data);
  await loadUser();
}

export async function logOut() {
  try { await call("POST", "/api/auth/logout", { signed: true }); } finally { forget(); }
}

// Another tab logged out, or somebody else logged in there.
window.addEventListener("storage", event => {
  if (event.key !== KEPT) return;
  if (event.newValue === null && session.user) forget();
  else if (event.oldValue === null && !session.user) restoreSession();
});

/** A token with life left. One refresh at a time, over all tabs where the browser has locks: each token works once. */
export async function accessToken() {
  if (access && access.until - Date.now() > REFRESH_EARLY_MS) return access.token;
  refreshing ??= exclusively(refresh).finally(() => { refreshing = null; });
  await refreshing;
  return access.token;
}

const exclusively = work => navigator.locks ? navigator.locks.request(KEPT, work) : work();

async function refresh() {
  const token = localStorage.getItem(KEPT);
  if (!token) throw new Problem(401, "unauthenticated", "Log in first.");
  try {
    keep((await call("POST", "/api/auth/refresh", { body: { refresh_token: token } })).data);
  } catch (problem) {
    if (problem.status === 401) forget();
    throw problem;
  }
}

// MARK: Calls

/**
 * One request. Answers the JSON, the header fields, the path of the next page and the total where the server knows them.
 * @throws {Problem}
 */
export async function call(method, path, { body, signed = false, signal, headers: more = {}, isRepeat = false } = {}) {
  const headers = { ...more };
  if (body) headers["content-type"] = "application/json";
  if (signed) headers.authorization = `Bearer ${await accessToken()}`;
  let response, text;
  try {
    response = await fetch(path, { method, headers, body: body && JSON.stringify(body), signal });
    text = await response.text();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw Problem.network();
  }
  if (response.status === 401 && signed && !isRepeat) { // the server forgot its key: the refresh token may still hold
    access = null;
    return call(method, path, { body, signed, signal, headers: more, isRepeat: true });
  }
  if (!response.ok) throw Problem.of(response.status, text, response.headers.get("retry-after"));
  const next = /<([^>]+)>;\s*rel="next"/.exec(response.headers.get("link") ?? "");
  return {
    data: text ? JSON.parse(text) : null,
    headers: response.headers,
    next: next && next[1],
    total: Number(response.headers.get("x-total-count") ?? NaN),
  };
}

export const get = (path, options) => call("GET", path, options);

/** A path with a query of the values that are there. */
export function withQuery(path, values) {
  const query = new URLSearchParams(Object.entries(values).filter(([, value]) => value != null && value !== "")).toString();
  return query ? `${path}?${query}` : path;
}

// MARK: Votes

let votes = null; // ids, once loaded for this user
session.onChange(() => { votes = null; });

/** The ids of the videos this person voted for. */
export async function myVotes() {
  if (votes) return votes;
  const ids = new Set();
  for (let path = "/api/public/my-votes"; path;) {
    const page = await get(path, { signed: true });
    page.data.forEach(vote => ids.add(vote.video_id));
    path = page.next;
  }
  return votes = ids;
}

/** Answers the video's new count. */
export async function vote(id, isFor) {
  const answer = await call(isFor ? "POST" : "DELETE", `/api/public/videos/${id}/vote`, { signed: true });
  if (isFor) votes?.add(id);
  else votes?.delete(id);
  return answer.data.votes;
}

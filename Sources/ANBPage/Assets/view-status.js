import { get, Problem, session } from "./api.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";

/** How the platform is doing; for admins. */
export async function status({ signal, refresh }) {
  if (!session.isAdmin) throw new Problem(404, "not_found", "");
  const { data } = await get("/api/admin/status", { signed: true, signal });
  const time = data.time_to_publish, seconds = value => `${Math.round(value * 10) / 10} s`;
  const lines = [
    h("li", { t: "statusJobs", tp: { ...data.jobs, wait: seconds(data.jobs.oldest_due_seconds) } }),
    data.queue && h("li", { t: "statusQueue", tp: data.queue }),
    data.queue_problem && h("li", { t: "statusQueueProblem", tp: { problem: data.queue_problem } }),
    time.videos ? h("li", { t: "statusTimes", tp: { videos: time.videos, half: seconds(time.p50_seconds), most: seconds(time.p95_seconds) } })
      : h("li", { t: "statusNoTimes" }),
    h("li", { t: "statusWorkers", tp: { working: data.workers.working.length, lately: data.workers.seen_lately.length } }),
    ...data.retries.map(retry => h("li", { t: "statusRetry", tp: retry })),
    ...data.failures.map(failure => h("li", {}, `${failure.fingerprint}: ${failure.count} × ${failure.reason}`)),
    data.failures.length === 0 && h("li", { t: "statusNoFailures" }),
  ];
  const node = h("section.panel", {}, h("h1", { tabindex: -1, t: "statusTitle" }), h("p.facts", {}, data.as_of),
    h("ul", {}, lines.filter(Boolean)), h("button.button.small", { t: "tryAgain", on: { click: refresh } }));
  return { title: () => t("statusTitle"), node };
}

// Where a video's processing is: a shot clock with percent, and the steps.
import { h, sayFailure } from "./dom.js";
import { say, seconds } from "./i18n.js";

const STEPS = ["queued", "downloading", "probing", "transcoding", "uploading", "processed"];

/** A board and the function that updates it. */
export function stageBoard() {
  const clock = h("span.clock-digits", { "aria-hidden": "true" }, "0");
  const bar = h("progress", { max: 100, value: 0, label: "progressLabel" });
  const line = h("p.stage-line", { role: "status", t: "stage_queued" });
  const note = h("p.stage-note");
  const steps = STEPS.map(step => h("li", { "data-step": step, t: `step_${step}` }));
  const node = h("div.stages", { "data-stage": "queued" },
    h("div.clock", {}, clock, h("span.clock-unit", { "aria-hidden": "true" }, "%")),
    h("div.stage-text", {}, line, note, bar, h("ol.steps", {}, steps)));
  let announced = "";

  function update(state) {
    const stage = state.status === "processed" || state.status === "failed" ? state.status : state.stage;
    node.dataset.stage = stage;
    clock.textContent = String(state.progress);
    bar.value = state.progress;
    const shown = ["pending_review", "rejected"].includes(state.status) ? state.status : stage;
    if (shown !== announced) say(line, `stage_${announced = shown}`);
    describe(note, state);
    const now = STEPS.indexOf(stage);
    steps.forEach((step, index) => {
      step.classList.toggle("done", now > index || stage === "processed");
      if (index === now && stage !== "processed") step.setAttribute("aria-current", "step");
      else step.removeAttribute("aria-current");
    });
  }
  return { node, update };
}

function describe(note, state) {
  if (state.error) sayFailure(note, state.failureCode, state.error);
  else if (state.position > 1) say(note, "queuePosition", { count: state.position - 1 });
  else if (state.secondsLeft != null) say(note, "timeLeft", { time: () => seconds(state.secondsLeft) });
  else say(note, "nothing");
}

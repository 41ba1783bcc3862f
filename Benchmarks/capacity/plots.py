"""Pictures of a run, drawn in an environment that has matplotlib: plots.py FILE.json PREFIX."""

import json
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plot  # noqa: E402


def save(figure, prefix, name):
    figure.tight_layout()
    figure.savefig(f"{prefix}-{name}.png", dpi=80)
    plot.close(figure)


def ramp(api, prefix):
    figure, rates = plot.subplots(figsize=(6, 3.6))
    connections = [each["connections"] for each in api["ramp"]]
    rates.plot(connections, [each["rate"] for each in api["ramp"]], "o-", color="tab:blue")
    rates.set(xscale="log", xlabel="connections", ylabel="requests/s", title="Ramp")
    rates.set_xticks(connections, map(str, connections))
    rates.set_ylim(bottom=0)
    times = rates.twinx()
    times.plot(connections, [each["p95"] for each in api["ramp"]], "s--", color="tab:red")
    times.set_ylabel("p95 ms", color="tab:red")
    times.set_ylim(bottom=0)
    save(figure, prefix, "ramp")


def sustained(api, prefix):
    figure, rates = plot.subplots(figsize=(6, 3.6))
    moments, now = [], 0
    for each in api["sustained"]:
        now += each["seconds"]
        moments.append(now)
    rates.plot(moments, [each["rate"] for each in api["sustained"]], "o-", color="tab:blue")
    rates.set(xlabel="seconds", ylabel="requests/s", title=f"Sustained, {api['sustained'][0]['connections']} connections")
    rates.set_ylim(bottom=0)
    memory = rates.twinx()
    memory.plot(moments, [each["peak"] for each in api["sustained"]], "s--", color="tab:green")
    memory.set_ylabel("peak MiB", color="tab:green")
    memory.set_ylim(bottom=0)
    save(figure, prefix, "sustained")


def clearing(workers, prefix):
    """How many clips wait or are at work, measured and predicted."""
    figure, axes = plot.subplots(figsize=(6, 3.6))
    for color, (count, run) in zip(("tab:blue", "tab:orange", "tab:green"), workers["bursts"].items()):
        for style, ends in (("-", [job[2] for job in run["jobs"]]), (":", [job[3] for job in run["jobs"]])):
            times, left = [0.0], [len(ends)]
            for end in sorted(ends):
                times += [end, end]
                left += [left[-1], left[-1] - 1]
            axes.plot(times, left, style, color=color, label=f"{count} worker{'s' * (count != '1')}" if style == "-" else None)
    axes.plot([], [], "k:", label="predicted")
    axes.set(xlabel="seconds since the burst", ylabel="clips not published", title="Clearing a burst")
    axes.legend()
    save(figure, prefix, "clearing")


def times(workers, prefix):
    figure, axes = plot.subplots(figsize=(6, 3.6))
    jobs = workers["arrivals"]["jobs"]
    for style, column, label in (("-", 2, "measured"), (":", 3, "predicted")):
        waits = sorted(job[column] - job[0] for job in jobs)
        axes.step(waits, [100 * (index + 1) / len(waits) for index in range(len(waits))], style, where="post", label=label, color="tab:blue")
    axes.set(xlabel="seconds from 202 to published", ylabel="% of the clips", title="Clips that come at random, one worker")
    axes.set_ylim(0, 100)
    axes.set_xlim(left=0)
    axes.legend()
    save(figure, prefix, "times")


if __name__ == "__main__":
    found, prefix = json.load(open(sys.argv[1])), sys.argv[2]
    ramp(found["api"], prefix)
    sustained(found["api"], prefix)
    clearing(found["workers"], prefix)
    times(found["workers"], prefix)

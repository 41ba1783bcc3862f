"""The report of `make capacity`: tables, and what they may be compared with."""

import datetime

import model
from api_plan import MIX
from report import SOURCE

# Of the benchmark of the API: one source system (FastAPI core and auth, one uvicorn process each, PostgreSQL with fsync, as many
# rows), measured by this project on the same kind of machine, 2026-11-21.
ROUTES = {"public list": "list", "ranking": "ranking", "my videos": "mine", "vote": "vote", "login": "login"}
SOURCE_UPLOADS = {(4, 5): ("upload-4x5", "217 MB"), (4, 50): ("upload-4x50", "p95 2.5 s, 335 MB"), (96, 5): ("upload-96x5", "1,227 MB")}
SIZES = [(100, 120), (500, 60), (500, 120), (1000, 120), (5000, 60), (5000, 120)]


def source_mix():
    """What those single figures make of our mix, if nothing got in the way of anything else."""
    return 1 / sum(share / 100 / SOURCE[ROUTES[kind]] for kind, share in MIX.items())


def row(*cells):
    return f"| {' | '.join(map(str, cells))} |"


def api_rows(api):
    def line(name, figures):
        unit = "" if figures["rate"] < 100 else ",.0f"
        return row(name, f"{figures['rate']:{unit or '.1f'}}", f"{figures['p50']:.1f}", f"{figures['p95']:.1f}", figures["refused"],
                   f"{figures['cores']:.2f}", f"{figures['machine']:.2f}", f"{figures['peak']:.0f}")

    lines = [row("", "req/s", "p50 ms", "p95 ms", "errors", "cores of the API", "cores in use", "peak MiB"), "|---" * 8 + "|"]
    lines.append(line(f"smoke, {api['smoke']['connections']} connections", api["smoke"]))
    lines += [line(f"ramp, {each['connections']}", each) for each in api["ramp"]]
    lines.append(line(f"sustained, {api['sustained'][0]['connections']}, {sum(s['seconds'] for s in api['sustained']):.0f} s", {
        "rate": mean(api["sustained"], "rate"), "p50": mean(api["sustained"], "p50"), "p95": max(s["p95"] for s in api["sustained"]),
        "refused": sum(s["refused"] for s in api["sustained"]), "cores": mean(api["sustained"], "cores"),
        "machine": mean(api["sustained"], "machine"), "peak": max(s["peak"] for s in api["sustained"])}))
    lines += [line(f"upload {each['megabytes']} MB, {each['clients']} clients", each) for each in api["uploads"]]
    return lines


def mean(slices, name):
    return sum(each[name] for each in slices) / len(slices)


def drift(api):
    slices = api["sustained"]
    half = len(slices) // 2
    first, last = mean(slices[:half], "rate"), mean(slices[half:], "rate")
    best = max(api["ramp"], key=lambda each: each["rate"])
    return (f"Best of the ramp: {best['rate']:,.0f} requests a second on {best['connections']} connections. Sustained: {100 * (last / first - 1):+.1f} % requests a second from the first half to the second, memory "
            f"{slices[0]['peak']:.0f} → {slices[-1]['peak']:.0f} MiB (idle {api['idle']:.0f}); worst slice p95 {max(s['p95'] for s in slices):.1f} ms.")


def worker_rows(workers):
    lines = [row("", "clips", "videos/min", "clearing s", "predicted", "error", "p95 s to published", "predicted", "error", "failed",
                 "cores", "peak MiB"), "|---" * 12 + "|"]
    for name, run in [*((f"burst, {count} worker{'s' * (count != '1')}", run) for count, run in workers["bursts"].items()),
                      ("at random, 1 worker", workers["arrivals"])]:
        measured, predicted = run["measured"], run["predicted"]
        lines.append(row(
            name, len(run["jobs"]), f"{measured['per_minute']:.1f}", f"{measured['clear']:.1f}", f"{predicted['clear']:.1f}",
            error(predicted, measured, "clear"), f"{measured['p95']:.1f}", f"{predicted['p95']:.1f}", error(predicted, measured, "p95"),
            run["failed"], f"{run['cores']:.2f}", f"{run['peak']:.0f}"))
    return lines


def error(predicted, measured, name):
    return f"{100 * (predicted[name] / measured[name] - 1):+.1f} %"


def kind_rows(workers):
    lines = [row("clip", "MB", "seconds alone", "CPU s", "cores it uses", "runs"), "|---" * 6 + "|"]
    for name, kind in workers["kinds"].items():
        lines.append(row(name, f"{workers['clips'][name]['bytes'] / 1e6:.1f}", f"{kind['seconds']:.2f}", f"{kind['cpu']:.2f}",
                         f"{kind['cpu'] / kind['seconds']:.2f}", ", ".join(f"{run[0]:.2f}" for run in kind["runs"])))
    return lines


def size_rows(workers):
    kinds = model.kinds_of(workers)
    lines = [row("uploads an hour", "p95 to published ≤", "tasks", "simulated p95", "busy", "$ an hour", "$ for 1,000 clips"), "|---" * 7 + "|"]
    for uploads, seconds in SIZES:
        found = model.size(kinds, uploads, seconds)
        hourly = model.price(found["tasks"]) if found else 0
        lines.append(row(f"{uploads:,}", f"{seconds} s", *(
            [found["tasks"], f"{found['p95']:.0f} s", f"{100 * found['busy']:.0f} %", f"{hourly:.2f}", f"{1000 * hourly / uploads:.2f}"]
            if found else ["a clip alone takes longer", "", "", "", ""])))
    return lines


def sources(found):
    api, workers = found["api"], found["workers"]
    uploads = {(each["megabytes"], each["clients"]): each for each in api["uploads"]}
    best = max(each["rate"] for each in api["ramp"])
    burst = workers["bursts"]["1"]["measured"]
    lines = [row("figure of a source", "its machine", "ours here", "how far to trust it"), "|---" * 4 + "|"]
    lines.append(row(
        f"this mix of requests: {source_mix():.0f} req/s, worked out from its single routes", "this kind, 2 cores with its generator", f"{best:,.0f} req/s",
        "computed, not measured: ratios only. Its log-ins hold up everything else, so the truth is lower"))
    for key, (route, beside) in SOURCE_UPLOADS.items():
        each = uploads[key]
        lines.append(row(f"upload {key[0]} MB × {key[1]}: {SOURCE[route]:g}/s, {beside}", "this kind, 2 cores with its generator",
                         f"{each['rate']:.1f}/s, p95 {each['p95'] / 1000:.2f} s, {each['peak']:.0f} MiB",
                         "measured by this project on another day; it answers before the object is stored, ours after"))
    lines.append(row("upload 50 MB", "not known", f"{uploads[(50, 5)]['rate']:.1f}/s", "not comparable: no figure is known"))
    lines.append(row("one ffmpeg command, 720p only: 6.4 s for a clip of 30 s, so 9 videos/min at best", "this kind, 2 cores",
                     f"{workers['kinds'][max(workers['kinds'])]['seconds']:.1f} s for the longest clip; {burst['per_minute']:.1f} videos/min of all kinds",
                     "another clip, no 480p, no pictures, no checks: not comparable; `make bench-media` has pairs"))
    lines.append(row("a MoviePy script: 75.5 s for a clip of 30 s, so 0.8 videos/min", "this kind, 2 cores", "as above",
                     "no 480p, no pictures: ratios only"))
    lines.append(row("Celery and Redis without work: 1,309 tasks/s", "this kind, 2 cores", "–", "not comparable: no video"))
    lines.append(row("what the five sources published about their own load tests", "AWS: API 2 vCPU/4 GB, auth ½ vCPU/1 GB, worker 2 vCPU/8 GB", "–",
                     "not comparable: this project has their machine sizes, not their figures"))
    return lines


def document(found, pictures):
    api, workers = found["api"], found["workers"]
    names = ", ".join(f"{share} % {kind}" for kind, share in api["mix"].items())
    failed = sum(run["failed"] for run in [*workers["bursts"].values(), workers["arrivals"]])
    refused = sum(each["refused"] for each in [api["smoke"], *api["ramp"], *api["sustained"], *api["uploads"]])
    return "\n".join([
        f"# Capacity, {found['date']}{' (short form)' if found['quick'] else ''}", "",
        f"{found['machine']}; load {max(found['loads'].values()):.1f} or less before each part. Release build. PostgreSQL with fsync, Redis, servers, workers and load "
        f"generator share these cores. {'Seconds instead of minutes, two kinds of clips: a first look, not a record. ' if found['quick'] else ''}{refused} errors of the API, {failed} failed clips. How to read it: [Docs/Capacity.md](../../Docs/Capacity.md).", "",
        "## The API", "",
        f"{names}; 2,000 players, 5,000 videos, 200,000 votes. Uploads are answered when file and rows are on the disk.", "",
        *api_rows(api), "", drift(api), "", f"![ramp]({pictures['ramp']}) ![sustained]({pictures['sustained']})", "",
        "## Workers", "", "What a clip costs on an idle machine; the model knows nothing else:", "", *kind_rows(workers), "",
        "Runs that the model was not made from. All workers share this machine, so more of them clear a burst faster only as far as one "
        "leaves cores idle; tasks in a cloud bring cores of their own.", "", *worker_rows(workers), "",
        f"![clearing]({pictures['clearing']}) ![times]({pictures['times']})", "",
        "## How many tasks", "",
        f"Tasks of {model.CORES} vCPU as fast as these cores, {model.SLOTS} jobs at a time, clips of the kinds above in equal shares, coming at random around "
        f"the clock. Prices are {model.PRICE_SOURCE}. The simulation is {100 * found['model_error']:+.1f} % off a queue whose waits are known.", "",
        *size_rows(workers), "", "## Beside the sources", "", *sources(found), ""])


def today():
    return str(datetime.date.today())

"""The table of the API benchmark: figures, the goals of the project, and whether they are reached."""

import statistics

# One uvicorn process of the source system on the development machine: what the goals are multiples of.
SOURCE = {"ranking": 28.6, "list": 40.9, "mine": 483, "vote": 298, "hot": 298, "login": 3.1, "upload-4x5": 27, "upload-4x50": 25,
          "upload-96x5": 1.7}
NAMES = {"ranking": "ranking, 64 connections", "list": "public list, 64 connections", "mine": "my videos, 64 connections",
         "vote": "votes over 5,000 videos, 64 connections", "hot": "votes for one video, 64 connections",
         "login": "logins, 16 connections", "upload-4x5": "upload 4 MB × 5 clients", "upload-4x50": "upload 4 MB × 50 clients",
         "upload-96x5": "upload 96 MB × 5 clients"}
# Of a row: what is asked of which figure.
GOALS = {
    "ranking": [("rate", ">=", 5000), ("p99", "<=", 25), ("ratio", ">=", 4)],
    "list": [("rate", ">=", 5000), ("p99", "<=", 25), ("ratio", ">=", 4)],
    "mine": [("source", ">=", 10)], "vote": [("source", ">=", 10)], "hot": [("source", ">=", 5)], "login": [("source", ">=", 10)],
    "upload-4x5": [("source", ">=", 4)], "upload-4x50": [("source", ">=", 4), ("p95", "<=", 1000)],
    "upload-96x5": [("source", ">=", 3)],
}
WORDS = {"rate": "{:g} req/s", "p99": "p99 {:g} ms", "p95": "p95 {:g} ms", "ratio": "{:g} × reference", "source": "{:g} × source"}


def short(figures):
    return (f"{figures['rate']:.1f}/s p50 {figures['p50']:.2f} p99 {figures['p99']:.2f} ms, peak {figures.get('peak', 0):.0f} MiB, "
            f"server {figures.get('cores', 0):.2f} cores, generator {figures['generator']:.2f}"
            + (f", REFUSED {figures['refused']} {figures.get('why', '')}" if figures["refused"] else ""))


def median(figures, name):
    return statistics.median(each[name] for each in figures)


def verdict(isReached):
    return "reached" if isReached else "**missed**"


def judged(row, values):
    words = []
    for name, sign, goal in GOALS[row]:
        value = values[name]
        isReached = value >= goal if sign == ">=" else value <= goal
        words.append(f"{sign.replace('>=', '≥').replace('<=', '≤')} {WORDS[name].format(goal)}: {value:.3g} {verdict(isReached)}")
    return "; ".join(words)


def paired(found):
    lines = ["| | server | req/s | p50 ms | p95 ms | p99 ms | peak MiB | cores | generator | refused | goal |", "|---|---|---|---|---|---|---|---|---|---|---|"]
    for row in (row for row in NAMES if row in found):
        both = found[row]
        values = {name: median(both["ours"], name) for name in ("rate", "p95", "p99")}
        values["ratio"] = statistics.median(a["rate"] / b["rate"] for a, b in zip(both["ours"], both["reference"]))
        values["source"] = values["rate"] / SOURCE[row]
        for server in ("ours", "reference"):
            figures = both[server]
            cells = [f"{median(figures, name):,.{digits}f}" for name, digits in
                     (("rate", 0 if median(figures, "rate") >= 100 else 1), ("p50", 2), ("p95", 2), ("p99", 2))]
            cells += [f"{max(each['peak'] for each in figures):.0f}", f"{median(figures, 'cores'):.2f}",
                      f"{median(figures, 'generator'):.2f}", str(sum(each["refused"] for each in figures))]
            goal = f"{judged(row, values)} ({values['ratio']:.2f} × reference)" if server == "ours" else f"source system: {SOURCE[row]:g}"
            lines.append(f"| {NAMES[row] if server == 'ours' else ''} | {server} | {' | '.join(cells)} | {goal} |")
    return lines if len(lines) > 2 else []


def alone(found):
    lines = []
    if "ceiling" in found:
        figures = found["ceiling"]["ours"][0]
        lines.append(f"- The generator on `/health`: {figures['rate']:,.0f} req/s, using {figures['generator']:.2f} cores.")
    for row, both in found.get("beside-login", {}).items():
        quiet, busy = median(both["quiet"], "p99"), median(both["busy"], "p99")
        lines.append(f"- {row} beside {median(both['busy'], 'logins'):.0f} logins/s, 16 connections: p99 {quiet:.2f} → {busy:.2f} ms, "
                     f"≤ 3 ×: {busy / quiet:.2f} {verdict(busy <= 3 * quiet)}; {median(both['quiet'], 'rate'):,.0f} → "
                     f"{median(both['busy'], 'rate'):,.0f} req/s.")
    if "parallel" in found:
        figures = found["parallel"]["ours"][0]
        lines.append(f"- {figures['count']} uploads of 100 MB at once: {figures['above']:.1f} MiB above {figures['idle']:.0f} MiB idle, "
                     f"≤ 128: {verdict(figures['above'] <= 128)}; {figures['rate'] * 100:.0f} MB/s, {figures['refused']} refused.")
    if "scale" in found:
        few, many = sorted(found["scale"], key=int)
        p99 = {votes: median(found["scale"][votes], "p99") for votes in (few, many)}
        lines.append(f"- Ranking from the database for every request, 8 connections: p99 {p99[few]:.2f} ms with {int(few):,} votes, "
                     f"{p99[many]:.2f} ms with {int(many):,}, ≤ 1.5 ×: {p99[many] / p99[few]:.2f} {verdict(p99[many] <= 1.5 * p99[few])}.")
    return lines


def table(found, options):
    idle = found.get("idle", {})
    head = [
        "# API beside a reference on FastAPI", "",
        f"{found['machine']}. Servers, PostgreSQL (fsync on) and generator share these cores: trust ratios. "
        f"{options.pairs} turns of {options.seconds} s each, A B A B; medians, peak memory as the most of all turns. The reference "
        f"(Benchmarks/api/reference.py, {options.reference_workers} workers) has no access log, rate limits, session checks or probe of "
        "uploads; ours runs as it comes, with all of them. Both answer an upload when file and rows are on the disk. "
        + (f"Idle: ours {idle['ours']:.0f} MiB, reference {idle['reference']:.0f} MiB." if idle else ""), ""]
    return "\n".join(head + paired(found) + [""] + alone(found)) + "\n"

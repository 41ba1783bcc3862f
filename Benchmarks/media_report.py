"""Writes what the media benchmark measured as tables."""

import statistics

from media_batch import JOBS

MIB = 1 << 20


def middle(values):
    """Median with the extremes."""
    values = list(values)
    return f"{statistics.median(values):.2f} ({min(values):.2f}–{max(values):.2f})"


def total_bytes(run):
    return sum(run["bytes"].values())


def ratios(entry):
    """Ours over B3: of each pair for wall and CPU, of the last outputs for bytes."""
    pairs = list(zip(entry["ours"], entry["b3"]))
    return {
        "wall": statistics.median(ours["wall"] / b3["wall"] for ours, b3 in pairs),
        "cpu": statistics.median(ours["cpu"] / b3["cpu"] for ours, b3 in pairs),
        "bytes": total_bytes(pairs[-1][0]) / total_bytes(pairs[-1][1]),
    }


def speed_rows(contents):
    measured = {name: entry for name, entry in contents.items() if entry.get("ours")}
    if not measured:
        return
    yield "## Speed: ours beside B3, in pairs"
    yield ""
    yield "| content | pairs | wall s ours | wall s B3 | wall ratio | CPU s ours | CPU s B3 | CPU ratio | bytes ratio | peak MiB ours |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for name, entry in measured.items():
        ratio = ratios(entry)
        cells = [f"{middle(run[kind] for run in entry[side])}" for kind in ("wall", "cpu") for side in ("ours", "b3")]
        peak = max(run["memory"] for run in entry["ours"]) / MIB
        yield (f"| {name} | {len(entry['ours'])} | {cells[0]} | {cells[1]} | **{ratio['wall']:.2f}** | {cells[2]} | {cells[3]} | "
               f"**{ratio['cpu']:.2f}** | {ratio['bytes']:.2f} | {peak:.0f} |")
    all_ratios = [ratios(entry) for entry in measured.values()]
    summary = ", ".join(f"{kind} {middle(ratio[kind] for ratio in all_ratios)}" for kind in ("wall", "cpu", "bytes"))
    yield ""
    yield f"Ratios over {len(all_ratios)} contents, median (least–most): {summary}."
    yield ""


def quality_rows(contents):
    measured = {name: entry["quality"] for name, entry in contents.items() if "quality" in entry}
    if not measured:
        return
    yield "## Quality against the same frames before encoding (all 1,050 frames; VMAF every third)"
    yield ""
    yield "| content | 720p SSIM ours | B3 | difference | 720p VMAF ours | B3 | difference | 480p SSIM difference | 480p VMAF difference |"
    yield "|---|---|---|---|---|---|---|---|---|"
    columns = []
    for name, quality in measured.items():
        difference = [quality["ours"][size][kind] - quality["b3"][size][kind] for size in ("720", "480") for kind in ("ssim", "vmaf")]
        columns.append(difference)
        ours, b3 = quality["ours"]["720"], quality["b3"]["720"]
        yield (f"| {name} | {ours['ssim']:.4f} | {b3['ssim']:.4f} | {difference[0]:+.4f} | {ours['vmaf']:.2f} | {b3['vmaf']:.2f} | "
               f"{difference[1]:+.2f} | {difference[2]:+.4f} | {difference[3]:+.2f} |")
    medians = [statistics.median(column) for column in zip(*columns)]
    yield ""
    yield (f"Median differences: 720p SSIM {medians[0]:+.4f}, VMAF {medians[1]:+.2f}; 480p SSIM {medians[2]:+.4f}, "
           f"VMAF {medians[3]:+.2f}.")
    yield ""


def source_rows(sources):
    if not sources:
        return
    yield "## The source systems' commands, 1080p clip"
    yield ""
    yield "| command | wall s | CPU s | 720p MB | 480p MB | 720p SSIM | 720p VMAF |"
    yield "|---|---|---|---|---|---|---|"
    for name, run in sources.items():
        small = f"{run['bytes']['480'] / 1e6:.2f}" if "480" in run["bytes"] else "not made"
        yield (f"| {name} | {run['wall']:.2f} | {run['cpu']:.1f} | {run['bytes']['720'] / 1e6:.2f} | {small} | {run['ssim']:.4f} | "
               f"{run['vmaf']:.2f} |")
    yield ""


def batch_rows(batch):
    if not batch:
        return
    yield "## Eight jobs (1080p clip) through one worker with S3, SQS and PostgreSQL on the same machine"
    yield ""
    yield "One after the other: from each claim to its commit, added up. Queued: from the first claim to the last commit; the next"
    yield "clip's download and the last one's upload go on beside the encode. The worker makes the bumpers in its first job. CPU is its"
    yield "own with all children."
    yield ""
    yield "| network to S3 | way | rounds | wall s | jobs a minute | times one after the other | CPU s |"
    yield "|---|---|---|---|---|---|---|"
    for network, ways in batch.items():
        alone = statistics.median(run["wall"] for run in next(iter(ways.values())))
        for way, runs in ways.items():
            wall = statistics.median(run["wall"] for run in runs)
            yield (f"| {network} | {way} | {len(runs)} | {middle(run['wall'] for run in runs)} | {JOBS * 60 / wall:.2f} | "
                   f"**{alone / wall:.2f}** | {statistics.median(run['cpu'] for run in runs):.1f} |")
    yield ""


def server_rows(contents):
    measured = {name: entry["server"] for name, entry in contents.items() if "server" in entry}
    if not measured:
        return
    yield "## Through the API: from the answer 202 to published"
    yield ""
    yield "Estimate: time passed plus `eta_seconds` against the real end, of every answer in the second half; progress is what"
    yield "`GET /api/tasks/{id}` said, four times a second or oftener. The first clip waits for the bumpers too, which are made once."
    yield ""
    yield "| content | upload to 202 s | 202 to published s | answers | progress went back | estimate off by: median | most |"
    yield "|---|---|---|---|---|---|---|"
    for name, run in measured.items():
        end, percents = run["published"], [percent for _, percent, _ in run["seen"]]
        back = sum(later < earlier for earlier, later in zip(percents, percents[1:]))
        errors = [abs(at + eta - end) / end for at, _, eta in run["seen"] if at >= end / 2 and eta is not None]
        off = f"{statistics.median(errors):.0%} | {max(errors):.0%}" if errors else "none given |"
        yield f"| {name} | {run['accepted']:.2f} | {end:.2f} | {len(percents)} | {back} | {off} |"
    yield ""


def write_report(data, path):
    lines = [f"# Media engine, {path.stem.removeprefix('media-')}", "", f"Machine: {data['machine']}. {data['ffmpeg']}.", ""]
    lines += ["30 s of each clip, intro and outro of 2.5 s, 1,050 frames, 720p and 480p and stills. B3 is the best single ffmpeg",
              "command, `-preset veryfast -crf 23`. Ours is `anb-worker process`, release build, codecs in the child process, bumpers",
              "encoded by an earlier run. CPU is user and system time with all children.", ""]
    if "note" in data:
        lines += [data["note"], ""]
    lines += [*speed_rows(data["contents"]), *quality_rows(data["contents"]), *source_rows(data.get("sources")),
              *batch_rows(data.get("batch")), *server_rows(data["contents"])]
    path.write_text("\n".join(lines).rstrip() + "\n")

"""Compares what the clients were promised with the rows and the objects. Pure: it only reads what it is given."""

import collections
import json

OUTPUTS = ["720p.mp4", "480p.mp4", "thumbnail.jpg", "poster.jpg"]

QUERIES = {
    "videos": "SELECT id, owner_id, status, failure_reason, original_key, original_sha256, job_id, publication, votes, deleted_at FROM videos",
    "jobs": "SELECT id, kind, video_id, state, failures, worker_deaths, reason FROM jobs",
    "votes": "SELECT voter_id, video_id FROM votes",
    "tallies": "SELECT user_id, videos, votes FROM player_tallies",
}
AUDIT = "SELECT * FROM chaos_audit ORDER BY n"

CATEGORIES = [
    "uploads lost", "videos nobody uploaded", "published twice", "stale completions accepted", "orphan objects",
    "deleted videos still there", "votes missing", "votes double or unasked", "jobs not ended", "answers that contradict",
]


def judge(journal, rows, objects, audit):
    """What is wrong, by category; every category is in the answer."""
    findings = {category: [] for category in CATEGORIES}
    videos = {row["id"]: row for row in rows["videos"]}
    jobs = {row["id"]: row for row in rows["jobs"]}
    expected = set()
    for video, upload in journal.uploads.items():
        if video in journal.deleted:
            continue
        expected |= judge_upload(video, upload, videos.get(video), jobs.get(upload["job"]), objects, findings)
    for video in journal.deleted:
        left = [key for key in objects if key.split("/")[1:2] == [video]]
        if video in videos or left:
            findings["deleted videos still there"].append(f"{video}: row {video in videos}, objects {left}")
    findings["videos nobody uploaded"] += [video for video in videos if video not in journal.uploads]
    findings["orphan objects"] += sorted(set(objects) - expected)
    judge_votes(journal, rows, videos, findings)
    judge_audit(audit, findings)
    findings["jobs not ended"] += [f"{job['id']} is {job['state']}" for job in rows["jobs"]
                                   if job["state"] in ("ready", "running")]
    findings["answers that contradict"] += journal.surprises
    return findings


def judge_upload(video, upload, row, job, objects, findings):
    """The keys that a video that was accepted has to have."""
    def lost(reason):
        findings["uploads lost"].append(f"{video}: {reason}")

    if not row:
        lost("no row")
        return set()
    keys = {row["original_key"]}
    if row["owner_id"] != upload["user"] or row["job_id"] != upload["job"] or row["deleted_at"]:
        lost(f"the row is not the one that was answered: {row}")
    if row["original_sha256"] != upload["sha256"]:
        lost("the row has another SHA-256 than the bytes that were sent")
    if objects.get(row["original_key"]) != upload["sha256"]:
        lost(f"the original is {objects.get(row['original_key'], 'gone')}, sent was {upload['sha256']}")
    if row["status"] != "processed" or not row["publication"]:
        lost(f"it is {row['status']}; its job: {job}")
        return keys
    published = publication_keys(row["publication"])
    if sorted(key.rpartition("/")[2] for key in published) != sorted(OUTPUTS):
        lost(f"the publication is not whole: {published}")
    for key in published:
        if key not in objects:
            lost(f"{key} is gone")
    return keys | set(published)


def publication_keys(publication):
    parts = json.loads(publication)
    return [rendition["key"] for rendition in parts["renditions"]] + [parts["thumbnailKey"], parts["posterKey"]]


def judge_votes(journal, rows, videos, findings):
    there = {(row["voter_id"], row["video_id"]) for row in rows["votes"]}
    promised = {pair for pair, state in journal.votes.items() if state == "present"}
    unsure = {pair for pair, state in journal.votes.items() if state == "unknown"}
    findings["votes missing"] += [f"{pair}" for pair in sorted(promised - there)]
    findings["votes double or unasked"] += [f"{pair}" for pair in sorted(there - promised - unsure)]
    counts = collections.Counter(video for _, video in there)
    of_player = collections.Counter()
    published_of = collections.Counter()
    for row in videos.values():
        if row["votes"] != counts[row["id"]]:
            findings["votes double or unasked"].append(f"{row['id']} counts {row['votes']} votes of {counts[row['id']]}")
        if row["status"] == "processed":
            of_player[row["owner_id"]] += counts[row["id"]]
            published_of[row["owner_id"]] += 1
    tallies = {row["user_id"]: (row["videos"], row["votes"]) for row in rows["tallies"]}
    for player in {*tallies, *published_of}:
        if tallies.get(player, (0, 0)) != (published_of[player], of_player[player]):
            findings["votes double or unasked"].append(
                f"player {player} has the tally {tallies.get(player)}, the votes say "
                f"{(published_of[player], of_player[player])}")


def judge_audit(audit, findings):
    """A result counts only when it comes from the latest claim of its job, by the process that made that claim."""
    holder, publications = {}, collections.Counter()
    for event in audit:
        if event["kind"] == "publication":
            publications[event["video"]] += 1
            keys = publication_keys(event["publication"]) if event["publication"] else []
            fences = {int(key.split("/")[2].partition("-")[0]) for key in keys}
            if fences != {holder.get(event["job"], (None, None))[1]} or event["who"] != holder[event["job"]][0]:
                findings["stale completions accepted"].append(
                    f"{event['video']}: published by {event['who']} with fence {fences}, "
                    f"the latest claim is {holder.get(event['job'])}")
        elif is_claim(event):
            holder[event["job"]] = (event["who"], event["fence"])
        elif event["old_state"] == "running" and not event["worker_deaths_added"]:
            if holder.get(event["job"]) != (event["who"], event["fence"]):
                findings["stale completions accepted"].append(
                    f"{event['job']}: {event['new_state']} by {event['who']} with fence {event['fence']}, "
                    f"the latest claim is {holder.get(event['job'])}")
    findings["published twice"] += [video for video, count in publications.items() if count > 1]


def is_claim(event):
    return event["kind"] != "publication" and event["new_state"] == "running"


def recoveries(audit, kills):
    """For every claim that a kill cut off: when the kill was, seconds until somebody else claimed the job, and the job."""
    killed_at = dict(kills)
    claimed, cut_off = {}, []
    for event in audit:
        if event["kind"] == "publication":
            continue
        before = claimed.pop(event["job"], None)
        # A life that lost its lease before it was killed lost nothing by that.
        if before and event["at"] > killed_at.get(before["who"], event["at"]) and event["who"] != before["who"]:
            cut_off.append((killed_at[before["who"]], event["at"] - killed_at[before["who"]], event["job"]))
        if is_claim(event):
            claimed[event["job"]] = event
    never = [event["job"] for event in claimed.values() if event["who"] in killed_at]
    return cut_off, never


def percentile(values, fraction):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(fraction * len(ordered)))] if ordered else float("nan")

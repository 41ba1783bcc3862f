"""Breaks a system that was found whole, one way after the other, and looks whether the checker sees each."""

from checker import publication_keys


def breakages(stage, name, journal, rows):
    """What is done, what has to be found, and the doing."""
    videos = {row["id"]: row for row in rows["videos"]}
    whole = [videos[video] for video in journal.uploads if video in videos and videos[video]["publication"]]
    vote = next((vote for vote in rows["votes"]
                 if journal.votes.get((vote["voter_id"], vote["video_id"])) == "present"), None)
    if len(whole) < 5 or vote is None:
        raise RuntimeError("too little was made to prove the checker on")
    # The vote that goes must not be of a video whose row or whose count is touched as well.
    others = [video for video in whole if video["id"] != vote["video_id"]]
    first = others if len(others) >= 5 else [videos[vote["video_id"]], *others]
    no_rendition, no_row, no_bytes, twice, stale = first[:5]

    def sql(text, program="vandal"):
        stage.postgres.execute(name, text, program)

    return [
        ("an object is deleted by hand", "uploads lost",
         lambda: stage.mix.delete(name, publication_keys(no_rendition["publication"])[0])),
        ("an original gets other bytes", "uploads lost",
         lambda: stage.mix.put(name, no_bytes["original_key"], b"something else")),
        ("a row is deleted", "uploads lost",
         lambda: sql(f"DELETE FROM videos WHERE id = '{no_row['id']}'")),
        ("an object without a row appears", "orphan objects",
         lambda: stage.mix.put(name, f"processed/{twice['id']}/99-0123456789abcdef/720p.mp4", b"left over")),
        ("a row without an upload appears", "videos nobody uploaded",
         lambda: sql(f"INSERT INTO videos SELECT (json_populate_record(v, '{{\"id\":\"nobody\"}}')).* FROM videos v "
                     f"WHERE id = '{twice['id']}'")),
        ("a vote is deleted", "votes missing",
         lambda: sql(f"DELETE FROM votes WHERE voter_id = '{vote['voter_id']}' AND video_id = '{vote['video_id']}'")),
        ("a count is one too high", "votes double or unasked",
         lambda: sql(f"UPDATE videos SET votes = votes + 1 WHERE id = '{stale['id']}'")),
        ("a vote that nobody cast appears", "votes double or unasked",
         lambda: sql(f"INSERT INTO votes VALUES ('{twice['owner_id']}', '{twice['id']}', 0)")),
        ("a video is published again", "published twice",
         lambda: sql(f"UPDATE videos SET processed_at = processed_at + 1 WHERE id = '{twice['id']}'")),
        ("another claim comes before a completion", "stale completions accepted",
         lambda: (sql(f"UPDATE jobs SET state = 'running', fence = fence + 1 WHERE id = '{stale['job_id']}'", "second"),
                  sql(f"UPDATE jobs SET state = 'done' WHERE id = '{stale['job_id']}'", "first"))),
        ("a job is left running", "jobs not ended",
         lambda: sql(f"UPDATE jobs SET state = 'running', lease_until = 0 WHERE id = '{twice['job_id']}'")),
    ]


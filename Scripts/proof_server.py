"""A replica on one port, and people with sessions and published videos put into its database by SQL: for proofs that need no
sign-ups, only what comes after."""

import base64
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "chaos"))
from backends import free_port, wait_for  # noqa: E402

SECRET = "proof-" * 8


class API:
    """One replica on one port, started again after each kill."""

    def __init__(self, binaries, folder, **settings):
        self.binaries, self.folder, self.port = pathlib.Path(binaries), pathlib.Path(folder), free_port()
        self.environment = {
            **os.environ, "ANB_DATA_DIR": str(self.folder), "JWT_SECRET": SECRET, "HOST": "127.0.0.1", "PORT": str(self.port),
            "LOG_LEVEL": "warning", "RATE_LIMIT_VOTE": "off", "RATE_LIMIT_VOTE_NETWORK": "off", "RATE_LIMIT_UPLOAD": "off",
            "RATE_LIMIT_UPLOAD_NETWORK": "off", "MAX_UPLOADS_PER_DAY": "0", "MAX_UPLOAD_MB_PER_DAY": "0", **settings}
        self.process = None

    def start(self):
        with open(self.folder / "api.log", "ab") as log:
            self.process = subprocess.Popen(
                [self.binaries / "anb-api", "serve", "--worker", "none"], env=self.environment, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log)
        wait_for(lambda: self.send("GET", "/health")[0] == 200, "the API to answer", 60)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.terminate()
        if self.process.wait(timeout=30) != 0:
            raise RuntimeError("the API did not end well")

    def command(self, *words):
        done = subprocess.run([self.binaries / "anb-api", *words], env=self.environment, capture_output=True, text=True, timeout=120)
        return done.returncode, (done.stdout + done.stderr).strip()

    def send(self, method, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


def seed(execute, voter_count, video_count):
    """People with a session, and published videos of players of their own.

    `execute` runs a statement. Answers the people's tokens, and the videos.
    """
    def people(count):
        return [str(uuid.uuid4()) for _ in range(count)]

    voters, players, videos = people(voter_count), people(video_count), people(video_count)
    sessions = {voter: str(uuid.uuid4()) for voter in voters}
    now = int(time.time() * 1000)

    def values(rows):
        return ", ".join("(" + ", ".join(repr(value) for value in row) + ")" for row in rows)

    execute("INSERT INTO users (id, email, username, first_name, last_name, city, country, "
        "password_hash, roles, is_active, created_at, city_key) VALUES " + values(
        (person, f"{person}@example.com", person, "V", "P", "Cali", "Colombia", "-", "player", 1, now - 86_400_000, "cali")
        for person in voters + players))
    execute("INSERT INTO sessions (id, user_id, created_at, last_used_at, expires_at) VALUES " + values(
        (session, voter, now, now, now + 86_400_000) for voter, session in sessions.items()))
    execute("""INSERT INTO videos (id, owner_id, title, status, original_key, original_byte_count,
        original_sha256, original_seconds, job_id, correlation_id, uploaded_at, processed_at, votes, votes_reached_at, city_key)
        VALUES """ + values(
        (video, player, "t", "processed", f"originals/{video}/original.mov", 1, "-", 1.0, str(uuid.uuid4()), "c", now, now, 0, now,
         "cali") for video, player in zip(videos, players)))
    execute("INSERT INTO player_tallies (user_id, city_key, videos, votes, reached_at) VALUES " + values(
        (player, "cali", 1, 0, now) for player in players))
    return {voter: token(voter, session) for voter, session in sessions.items()}, videos


def token(voter, session):
    def part(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    now = int(time.time())
    claims = {"sub": voter, "user_id": voter, "sid": session, "roles": ["player"], "city": "Cali", "first_name": "V",
              "last_name": "P", "iss": "anb", "aud": "anb-api", "iat": now, "exp": now + 3600, "jti": str(uuid.uuid4()),
              "typ": "access"}
    unsigned = part(b'{"alg":"HS256","typ":"JWT"}') + b"." + part(json.dumps(claims).encode())
    return (unsigned + b"." + part(hmac.new(SECRET.encode(), unsigned, hashlib.sha256).digest())).decode()

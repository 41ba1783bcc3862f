"""The people of a chaos run, and the journal of what they were promised."""

import hashlib
import http.client
import json
import pathlib
import struct
import sys
import threading
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from anb_client import Client  # noqa: E402

ANSWER_SECONDS_MAX = 30
# How long anybody goes on asking for one thing; an outage of a minute fits in.
PATIENCE_SECONDS = 240
PASSWORD = "Hoops-and-hoops-1"


class Journal:
    """What the clients know for sure: only what an answer acknowledged."""

    def __init__(self):
        self.lock = threading.Lock()
        self.uploads = {}  # video id: {job, user, sha256, title, at}
        self.deleted = {}  # video id: when the deletion was acknowledged
        self.votes = {}  # (voter id, video id): present, absent, or unknown while no answer came
        self.surprises = []  # answers that contradict earlier ones
        self.retries = 0

    def note_upload(self, accepted, **facts):
        with self.lock:
            if accepted["video_id"] in self.uploads:
                self.surprises.append(f"two uploads were answered with one video: {accepted['video_id']}")
            self.uploads[accepted["video_id"]] = {"job": accepted["task_id"], "at": time.time(), **facts}

    def surprise(self, text):
        with self.lock:
            self.surprises.append(text)


class Person:
    """Asks any replica, and asks again until there is an answer that means something."""

    def __init__(self, name, ports, journal, random):
        self.name, self.ports, self.journal, self.random = name, ports, journal, random
        self.email = f"{name}@example.com"
        self.token = None
        self.id = None

    def ask_once(self, method, path, body=None, headers=None):
        """Status and document, or no status when the answer did not arrive."""
        client = Client(self.random.choice(self.ports))
        client.token = self.token
        try:
            status, _, data = client.send(method, path, body, headers, timeout=ANSWER_SECONDS_MAX)
            return status, json.loads(data) if data else {}
        except (OSError, http.client.HTTPException, ValueError):
            return None, {}

    def ask(self, method, path, body=None, headers=None, enough=(200,)):
        """Repeats through outages.

        Answers status, document, and whether an earlier try may have had its effect without an answer.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        unanswered, status, document = False, None, {}
        while time.monotonic() < deadline:
            status, document = self.ask_once(method, path, body, headers)
            if status in enough:
                return status, document, unanswered
            # 409 and 429 say that nothing happened; anything else may hide an effect.
            unanswered = unanswered or status not in (409, 429, 401)
            self.journal.retries += 1
            time.sleep(self.random.uniform(0.05, 0.5))
        raise TimeoutError(f"waited {PATIENCE_SECONDS} s for {method} {path}; last answer: {status} {document}")

    def sign_up(self):
        form = {"first_name": self.name, "last_name": "Player", "email": self.email, "password1": PASSWORD,
                "password2": PASSWORD, "city": "Bogotá", "country": "Colombia"}
        # 400: an earlier try whose answer was lost made the account.
        self.ask("POST", "/api/auth/signup", form, enough=(201, 400))
        _, answer, _ = self.ask("POST", "/api/auth/login", {"email": self.email, "password": PASSWORD})
        self.token = answer["access_token"]
        self.id = self.ask("GET", "/api/auth/me")[1]["user_id"]
        return self

    def upload(self, clip, title):
        """Until it is accepted; only then it is in the journal."""
        key = uuid.UUID(int=self.random.getrandbits(128)).hex
        boundary = f"----chaos{key}"
        body = (f'--{boundary}\r\nContent-Disposition: form-data; name="title"\r\n\r\n{title}\r\n'
                f'--{boundary}\r\nContent-Disposition: form-data; name="video_file"; filename="clip.mp4"\r\n\r\n'
                ).encode() + clip + f"\r\n--{boundary}--\r\n".encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Idempotency-Key": key}
        _, accepted, _ = self.ask("POST", "/api/videos/upload", body, headers, enough=(202,))
        self.journal.note_upload(accepted, user=self.id, title=title, sha256=hashlib.sha256(clip).hexdigest())
        return accepted

    def delete(self, video):
        """Only what is not published yet can be deleted; 400 says that it is."""
        status, document, unanswered = self.ask("DELETE", f"/api/videos/{video}", enough=(200, 400, 404))
        if status == 200 or (status == 404 and unanswered):
            with self.journal.lock:
                self.journal.deleted[video] = time.time()
        elif status == 404:
            self.journal.surprise(f"an accepted video is not there when its owner deletes it: {video}")

    def vote(self, video):
        self._vote("POST", video, "present")

    def take_vote_back(self, video):
        self._vote("DELETE", video, "absent")

    def _vote(self, method, video, wanted):
        pair = (self.id, video)
        before = self.journal.votes.get(pair, "absent")
        with self.journal.lock:
            self.journal.votes[pair] = "unknown"
        status, document, unanswered = self.ask(method, f"/api/public/videos/{video}/vote", enough=(200, 400, 404))
        if status == 404:
            return self.journal.surprise(f"a published video is not there for a vote: {video}")
        # 400: it was so already.
        if status == 400 and before != wanted and not unanswered:
            self.journal.surprise(f"a vote that was {before} is {wanted} without anybody's doing: {pair}: {document}")
        if status == 200 and before == wanted:
            self.journal.surprise(f"a vote was counted twice or never: {pair} was {before}, then {method} succeeded")
        with self.journal.lock:
            self.journal.votes[pair] = wanted


def unique_clip(base, random, byte_count, is_fake):
    """The same video with other bytes: MP4 readers skip a box of the type `free`, here at the end."""
    payload = random.randbytes(byte_count) + (b"CHAOS-FAKE" if is_fake else b"CHAOS-REAL")
    return base + struct.pack(">I4s", 8 + len(payload), b"free") + payload

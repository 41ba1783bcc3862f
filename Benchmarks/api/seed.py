"""The contest that the API benchmark asks for: players, videos, votes and sessions, written by the database itself."""

import base64
import hashlib
import hmac
import json
import subprocess
import time

SECRET = "a secret of the benchmark, known to all"
PASSWORD = "tiro libre 23"
# Argon2id, 19 MiB, 2 passes, of PASSWORD; the same salt for all, which only a benchmark may.
ISSUER, AUDIENCE = "anb", "anb-api"
CLASSES = 50


def uuid(kind, number):
    """As the SQL below makes it."""
    return f"01900000-000{kind}-7000-8000-{number:012x}"


def uuid_sql(kind, number):
    return f"'01900000-000{kind}-7000-8000-' || lpad(to_hex({number}), 12, '0')"


def psql(url, sql):
    subprocess.run(["psql", "-q", "-v", "ON_ERROR_STOP=1", url], input=sql, text=True, check=True, stdout=subprocess.DEVNULL)


class Contest:
    """`voters` more people have voted for nothing yet: each of them can vote for one hot video."""

    def __init__(self, players=2000, videos=5000, votes=200_000, voters=60_000):
        if votes * CLASSES != players * videos and votes % videos:
            raise ValueError("every video has as many votes")
        self.players, self.videos, self.votes, self.voters = players, videos, votes, voters

    def owner(self, video):
        return (video + 1) % self.players

    def seed(self, url, password_hash):
        """Voter v has voted for video w when v + w is a multiple of CLASSES; w - 1 is an owner's own, which is odd."""
        cities = "ARRAY['Bogotá','Cali','Medellín','Barranquilla','Cartagena','Pasto','Ibagué','Bucaramanga']"
        keys = "ARRAY['bogota','cali','medellin','barranquilla','cartagena','pasto','ibague','bucaramanga']"
        people, start = self.players + self.voters, int(time.time() * 1000) - 30 * 86_400_000
        per_video = self.votes // self.videos
        folder = f"'processed/' || {uuid_sql(2, 'n')} || '/1-0123456789abcdef/'"
        rendition = "'{\"byteCount\":2000000,\"key\":\"' || folder || '%s.mp4\",\"name\":\"%s\"}'"
        publication = " || ',' || ".join(rendition % (size, size) for size in ("720p", "480p"))
        psql(url, f"""
            BEGIN;
            INSERT INTO users SELECT {uuid_sql(1, 'n')}, 'player' || n || '@example.com', 'player.' || n, 'Player', 'Number ' || n,
                ({cities})[1 + n % 8], ({keys})[1 + n % 8], 'Colombia', '{password_hash}', 'player', 1, {start}
                FROM generate_series(0, {people - 1}) n;
            INSERT INTO sessions SELECT {uuid_sql(3, 'n')}, {uuid_sql(1, 'n')}, {start}, {start}, {start + 400 * 86_400_000}, NULL
                FROM generate_series(0, {people - 1}) n;
            INSERT INTO videos (id, owner_id, title, status, original_key, original_byte_count, original_sha256, original_seconds,
                job_id, correlation_id, uploaded_at, processed_at, publication, votes, votes_reached_at, city_key)
                SELECT {uuid_sql(2, 'n')}, {uuid_sql(1, f'((n + 1) % {self.players})')}, 'Triple desde la esquina, toma ' || n, 'processed',
                'originals/' || {uuid_sql(2, 'n')} || '/original.mp4', 8000000, repeat('0', 64), 30, {uuid_sql(4, 'n')}, 'seed',
                {start} + n, {start} + n + 20000,
                '{{"durationSeconds":35,"posterKey":"' || folder || 'poster.jpg","renditions":[' || {publication}
                || '],"thumbnailKey":"' || folder || 'thumbnail.jpg"}}',
                {per_video}, {start} + 86400000 + n, ({keys})[1 + (n + 1) % {self.players} % 8]
                FROM generate_series(0, {self.videos - 1}) n, LATERAL (SELECT {folder} AS folder) f;
            INSERT INTO votes SELECT {uuid_sql(1, f'(({CLASSES} - w % {CLASSES} + {CLASSES} * k) % {self.players + self.voters})')},
                {uuid_sql(2, 'w')}, {start} + 86400000
                FROM generate_series(0, {self.videos - 1}) w, generate_series(0, {per_video - 1}) k;
            INSERT INTO player_tallies SELECT owner_id, min(city_key), count(*), sum(votes), max(votes_reached_at)
                FROM videos GROUP BY owner_id;
            COMMIT;
            VACUUM ANALYZE;""")

    # --- requests

    def token(self, person):
        """What `anb-api` would have answered to a login of this person, an hour long."""
        now = int(time.time())
        user = uuid(1, person)
        claims = {"sub": user, "user_id": user, "sid": uuid(3, person), "roles": ["player"], "city": "Cali", "first_name": "Player",
                  "last_name": f"Number {person}", "iss": ISSUER, "aud": AUDIENCE, "iat": now - 1, "exp": now + 3600,
                  "jti": uuid(5, person), "typ": "access"}
        signed = f"{encoded({'alg': 'HS256', 'typ': 'JWT'})}.{encoded(claims)}"
        return f"{signed}.{text(hmac.new(SECRET.encode(), signed.encode(), hashlib.sha256).digest())}"

    def spread_votes(self, turn, count):
        """Votes that nobody has cast: each class of pairs is used by one turn."""
        tokens = [self.token(person) for person in range(self.players)]
        rest = 2 * (turn + 1)
        for number in range(count):
            voter, k = number % self.players, number // self.players
            video = (rest - voter + CLASSES * k) % self.videos
            yield vote(video, tokens[voter])

    def hot_votes(self, turn, count):
        """For a video of each turn's own, by people who have not voted yet."""
        for number in range(count):
            yield vote(turn, self.token(self.players + (number + turn * count) % self.voters))

    def my_videos(self):
        return [line("GET", "/api/videos", self.token(person)) for person in range(self.players)]

    def logins(self, turn):
        people = [(number * 7919 + turn * 101) % self.players for number in range(self.players)]
        return [line("POST", "/api/auth/login", "", json.dumps({"email": f"player{person}@example.com", "password": PASSWORD}))
                for person in people]


def line(method, path, token="", body=""):
    return f"{method}\t{path}\t{token}\t{body}"


def vote(video, token):
    return line("POST", f"/api/public/videos/{uuid(2, video)}/vote", token)


def text(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def encoded(value):
    return text(json.dumps(value, separators=(",", ":")).encode())

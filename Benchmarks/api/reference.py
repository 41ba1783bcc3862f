"""The reference of the API benchmark: the same routes on FastAPI, asyncpg and uvicorn, on the same schema, as good as we
could make it: prepared statements, one statement per vote, totals per player instead of sums, encoded pages kept for a
second with one maker at a time, orjson, uvloop, httptools, Argon2 on threads, uploads streamed to the disk and flushed.

It does less than ours: no access log, correlation ids, rate limits, session checks or ledger of votes, and an upload is not
probed."""

import asyncio
import concurrent.futures
import contextlib
import hashlib
import hmac
import os
import secrets
import time
import unicodedata
import uuid

import argon2
import asyncpg
import jwt
import orjson
from fastapi import Depends, FastAPI, HTTPException, Query, Request, Response
from python_multipart.multipart import MultipartParser, parse_options_header

SECRET, MEDIA_KEY = os.environ["JWT_SECRET"], os.environ["JWT_SECRET"].encode()
FOLDER = os.environ["UPLOADS"]
UPLOAD_BYTES_MAX = 100 << 20
PAGE_SECONDS = 1

hasher = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
hashing = concurrent.futures.ThreadPoolExecutor(2)
flushing = concurrent.futures.ThreadPoolExecutor(16)


@contextlib.asynccontextmanager
async def lifespan(app):
    size = max(1, 10 // int(os.environ.get("WORKERS", "1")))
    app.state.pool = await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=size, max_size=size)
    yield
    await app.state.pool.close()


app = FastAPI(lifespan=lifespan, openapi_url=None)


def now():
    return time.time_ns() // 1_000_000


def answer(value, status=200, headers=None):
    return Response(orjson.dumps(value), status, headers, "application/json")


def signed(key):
    """A link as ours: the key and its end under an HMAC."""
    expires = int(time.time()) + 3600
    code = hmac.new(MEDIA_KEY, f"GET\n{key}\n{expires}".encode(), hashlib.sha256).hexdigest()
    return f"http://127.0.0.1/media/{key}?expires={expires}&signature={code}"


def folded(city):
    text = unicodedata.normalize("NFKD", city).casefold()
    return " ".join("".join(letter for letter in text if not unicodedata.combining(letter)).split())


# --- pages that are kept

pages, making = {}, {}


async def page(key, make):
    """The encoded page: kept for a second, made by one task for all that wait."""
    kept = pages.get(key)
    if kept and kept[0] > time.monotonic():
        return kept[1]
    task = making.get(key)
    if task is None:
        task = making[key] = asyncio.ensure_future(make())
        task.add_done_callback(lambda _: making.pop(key, None))
    body, headers = await task
    if len(pages) > 1000:
        pages.clear()
    kept = Response(body, headers={**headers, "etag": f'"{hashlib.sha256(body).hexdigest()[:24]}"'}, media_type="application/json")
    pages[key] = (time.monotonic() + PAGE_SECONDS, kept)
    return kept


RANKING = """
SELECT u.username, u.city, t.votes FROM
    (SELECT user_id, votes, reached_at FROM player_tallies {} ORDER BY votes DESC, reached_at, user_id LIMIT $1 OFFSET $2) t
    JOIN users u ON u.id = t.user_id ORDER BY t.votes DESC, t.reached_at, t.user_id
"""
RANKINGS = RANKING.format(""), RANKING.format("WHERE city_key = $3")


@app.get("/api/public/rankings")
async def rankings(request: Request, city: str = "", limit: int = Query(20, ge=1, le=100), offset: int = Query(0, ge=0)):
    key = folded(city) if city else ""

    async def make():
        rows = await app.state.pool.fetch(RANKINGS[bool(key)], limit, offset, *([key] if key else []))
        return orjson.dumps([{"position": offset + place, "username": row[0], "city": row[1], "votes": row[2]}
                             for place, row in enumerate(rows, 1)]), {}

    return await page(("ranking", key, limit, offset), make)


OPEN = "v.status = 'processed' AND v.deleted_at IS NULL"
LIST = f"""
SELECT v.id, v.title, u.username, u.first_name || ' ' || u.last_name, u.city, v.publication, v.votes
FROM videos v JOIN users u ON u.id = v.owner_id WHERE {OPEN} {{}}
ORDER BY v.votes DESC, v.votes_reached_at, v.id LIMIT $1 OFFSET $2
"""
LISTS = LIST.format(""), LIST.format("AND v.city_key = $3")
COUNTS = f"SELECT COUNT(*) FROM videos v WHERE {OPEN}", f"SELECT COUNT(*) FROM videos v WHERE {OPEN} AND v.city_key = $1"


@app.get("/api/public/videos")
async def public_videos(request: Request, city: str = "", limit: int = Query(20, ge=1, le=100), offset: int = Query(0, ge=0)):
    key = folded(city) if city else ""

    async def make():
        own = [key] if key else []
        async with app.state.pool.acquire() as connection:
            rows = await connection.fetch(LISTS[bool(key)], limit, offset, *own)
            count = await connection.fetchval(COUNTS[bool(key)], *own)
        videos = []
        for id, title, username, player, town, publication, votes in rows:
            files = orjson.loads(publication)
            videos.append({"video_id": id, "title": title, "username": username, "player_name": player, "city": town,
                           "processed_url": signed(files["renditions"][0]["key"]),
                           "thumbnail_url": signed(files["thumbnailKey"]), "votes": votes})
        return orjson.dumps(videos), {"x-total-count": str(count)}

    return await page(("videos", key, limit, offset), make)


# --- people

def caller(request: Request):
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    try:
        if scheme.lower() != "bearer":
            raise jwt.InvalidTokenError
        return jwt.decode(token, SECRET, ["HS256"], audience="anb-api", issuer="anb")["sub"]
    except jwt.InvalidTokenError:
        raise HTTPException(401, "Log in first.") from None


MINE = """
SELECT id, title, status, uploaded_at, processed_at, publication FROM videos WHERE owner_id = $1 AND deleted_at IS NULL
ORDER BY uploaded_at DESC, id DESC LIMIT $2 OFFSET $3
"""
MINE_COUNT = "SELECT COUNT(*) FROM videos WHERE owner_id = $1 AND deleted_at IS NULL"


def moment(milliseconds):
    return None if milliseconds is None else time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(milliseconds / 1000)) + f".{milliseconds % 1000:03}Z"


@app.get("/api/videos")
async def my_videos(limit: int = Query(100, ge=1, le=100), offset: int = Query(0, ge=0), user: str = Depends(caller)):
    async with app.state.pool.acquire() as connection:
        rows = await connection.fetch(MINE, user, limit, offset)
        count = len(rows) if offset == 0 and len(rows) < limit else await connection.fetchval(MINE_COUNT, user)
    videos = []
    for id, title, status, uploaded, processed, publication in rows:
        video = {"video_id": id, "title": title, "status": status, "uploaded_at": moment(uploaded)}
        if publication:
            video["processed_at"] = moment(processed)
            video["processed_url"] = signed(orjson.loads(publication)["renditions"][0]["key"])
        videos.append(video)
    return answer(videos, headers={"x-total-count": str(count)})


# One turn to the server, and one commit.
VOTE = f"""
WITH target AS (SELECT v.id, v.owner_id FROM videos v WHERE v.id = $2 AND {OPEN} FOR NO KEY UPDATE),
cast_now AS (
    INSERT INTO votes (voter_id, video_id, created_at) SELECT $1, id, $3 FROM target WHERE owner_id <> $1
    ON CONFLICT DO NOTHING RETURNING video_id),
counted AS (
    UPDATE videos SET votes = votes + 1, votes_reached_at = $3 WHERE id IN (SELECT video_id FROM cast_now)
    RETURNING votes, owner_id),
tallied AS (
    UPDATE player_tallies SET votes = votes + 1, reached_at = $3 WHERE user_id IN (SELECT owner_id FROM counted))
SELECT (SELECT owner_id FROM target), (SELECT votes FROM counted)
"""


@app.post("/api/public/videos/{id}/vote")
async def vote(id: uuid.UUID, user: str = Depends(caller)):
    owner, votes = await app.state.pool.fetchrow(VOTE, user, str(id), now())
    if owner is None:
        raise HTTPException(404, "There is no such video open for voting.")
    if votes is None:
        raise HTTPException(400, "Your own video." if owner == user else "You have already voted for this video.")
    return answer({"message": "Your vote was counted.", "video_id": str(id), "votes": votes})


def matches(hash, password):
    try:
        return hasher.verify(hash, password)
    except argon2.exceptions.VerifyMismatchError:
        return False


@app.post("/api/auth/login")
async def login(request: Request):
    body = orjson.loads(await request.body())
    pool = app.state.pool
    user = await pool.fetchrow("SELECT id, password_hash, first_name, last_name, city FROM users WHERE email = $1 AND is_active = 1",
                               body["email"].strip().lower())
    loop = asyncio.get_running_loop()
    if user is None or not await loop.run_in_executor(hashing, matches, user["password_hash"], body["password"]):
        raise HTTPException(401, "The e-mail or the password is wrong.")
    session, refresh, start = str(uuid.uuid4()), secrets.token_urlsafe(32), now()
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("INSERT INTO sessions VALUES ($1, $2, $3, $3, $4, NULL)", session, user["id"], start, start + 14 * 86_400_000)
        await connection.execute("INSERT INTO refresh_tokens VALUES ($1, $2, $3, NULL, NULL)",
                                 hashlib.sha256(refresh.encode()).hexdigest(), session, start + 14 * 86_400_000)
    seconds = start // 1000
    token = jwt.encode({"sub": user["id"], "user_id": user["id"], "sid": session, "roles": ["player"], "city": user["city"],
                        "first_name": user["first_name"], "last_name": user["last_name"], "iss": "anb", "aud": "anb-api",
                        "iat": seconds, "exp": seconds + 3600, "jti": str(uuid.uuid4()), "typ": "access"}, SECRET, "HS256")
    return answer({"access_token": token, "token_type": "Bearer", "expires_in": 3600, "refresh_token": refresh,
                   "refresh_expires_in": 14 * 86_400})


# --- uploads

class Form:
    """Writes the file of a form to the disk as it comes, and keeps the title."""

    def __init__(self, path):
        self.file, self.path, self.title = open(path, "wb", 0), path, b""
        self.hash, self.count, self.header, self.field = hashlib.sha256(), 0, b"", b""

    def parser(self, boundary):
        return MultipartParser(boundary, {
            "on_header_field": self.on_name, "on_header_value": self.on_value, "on_part_data": self.on_data})

    def on_name(self, data, start, end):
        self.header = data[start:end].lower()

    def on_value(self, data, start, end):
        if self.header == b"content-disposition":
            self.field = parse_options_header(data[start:end])[1].get(b"name", b"")

    def on_data(self, data, start, end):
        if self.field == b"title":
            self.title += data[start:end]
        elif self.field == b"video_file":
            self.count += end - start
            if self.count > UPLOAD_BYTES_MAX:
                raise HTTPException(413, "The video is too large.")
            view = memoryview(data)[start:end]
            self.hash.update(view)
            self.file.write(view)

    def flush(self, path):
        os.fsync(self.file.fileno())
        self.file.close()
        os.rename(self.path, path)
        folder = os.open(os.path.dirname(path), os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)


@app.post("/api/videos/upload")
async def upload(request: Request, user: str = Depends(caller)):
    boundary = parse_options_header(request.headers["content-type"])[1].get(b"boundary")
    id, job, start = str(uuid.uuid4()), str(uuid.uuid4()), now()
    form = Form(f"{FOLDER}/{id}.part")
    try:
        parser = form.parser(boundary)
        async for chunk in request.stream():
            parser.write(chunk)
        await asyncio.get_running_loop().run_in_executor(flushing, form.flush, f"{FOLDER}/{id}")
    except BaseException:
        form.file.close()
        os.unlink(form.path)
        raise
    pool = app.state.pool
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(
            """INSERT INTO videos (id, owner_id, title, status, original_key, original_byte_count, original_sha256,
            original_seconds, job_id, correlation_id, uploaded_at, votes, votes_reached_at, city_key)
            VALUES ($1, $2, $3, 'queued', $4, $5, $6, 0, $7, '', $8, 0, $8, '')""",
            id, user, form.title.decode(), f"originals/{id}/original.mp4", form.count, form.hash.hexdigest(), job, start)
        await connection.execute(
            """INSERT INTO jobs (id, kind, video_id, user_id, correlation_id, state, created_at, ready_at, fence, failures,
            worker_deaths, stage, fraction) VALUES ($1, 'video.process', $2, $3, '', 'ready', $4, $4, 0, 0, 0, 'queued', 0)""",
            job, id, user, start)
    return answer({"message": "The video was uploaded.", "video_id": id, "task_id": job}, 202, {"location": f"/api/videos/{id}"})


@app.get("/health")
async def health():
    return answer({"status": "ok"})

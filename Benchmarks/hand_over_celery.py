"""The peer of hand_over.py: Celery tasks that do nothing.

usage: hand_over_celery.py latency COUNT RATE | fill COUNT | drained COUNT
"""

import os
import sys
import time

import redis
from celery import Celery

URL = os.environ["CELERY_BROKER"]
app = Celery("hand_over_celery", broker=URL)
app.conf.task_ignore_result = True
server = redis.Redis.from_url(URL)


@app.task
def nothing():
    pass


@app.task
def note(sent):
    server.rpush("started", time.time_ns() // 1000 - sent)


def latency(count, rate):
    """Prints the µs from the call to the task's first line, of each."""
    server.delete("started")
    start = time.monotonic()
    for number in range(count):
        time.sleep(max(0, start + number / rate - time.monotonic()))
        note.delay(time.time_ns() // 1000)
    while server.llen("started") < count:
        time.sleep(0.01)
    print(*(int(value) for value in server.lrange("started", 0, -1)))


def fill(count):
    for _ in range(count):
        nothing.delay()


def drained(count):
    """Prints tasks a second, from the first one taken to the last one acknowledged. The worker may have begun
    before we look, so the count is of what is left then."""
    left = server.llen("celery") + server.hlen("unacked")
    start = time.monotonic()
    while server.llen("celery") + server.hlen("unacked"):
        time.sleep(0.002)
    print(left / (time.monotonic() - start))


if __name__ == "__main__":
    {"latency": latency, "fill": fill, "drained": drained}[sys.argv[1]](*map(int, sys.argv[2:]))

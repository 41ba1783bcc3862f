#!/usr/bin/env python3
"""Prints requests and what botocore makes of them, for Tests/ANBAWSTests/Vectors/botocore.json.

Needs botocore: run it with the Python of the test server's environment (Scripts/test-servers/aws.py makes it).
"""
import datetime
import json
from urllib.parse import quote

import botocore
import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

NOW = datetime.datetime(2026, 11, 21, 11, 32, 5)
botocore.auth.get_current_datetime = lambda *_, **__: NOW

KEYS = [
    "a", "originals/1/original.mp4", "processed/0190/1-abc/720p.mp4", "a b", "a+b", "a=b", "a~b", "a&b", "a%b", "a%20b",
    "a/../b", "a//b", "/leading", "trailing/", "..", "./a", "ñandú/é.mp4", "日本語", "🎬.mp4", "a?b", "a#b", "(a)*!'", "a:b@c",
    "a;b,c", "a\"b", "<a>", "[a]{b}", "back\\slash", "x" * 300,
]
TOKEN = "FwoGZXIvYXdzEHMaDK//session+token==/with&awkward?bytes"


def encode(key):
    return quote(key, safe="/-_.~")


def query_string(query):
    return "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in query)


def build(case):
    url = f"{case['endpoint']}{case['path']}"
    if case["query"]:
        url += "?" + query_string(case["query"])
    request = AWSRequest(method=case["method"], url=url, data=case["body"].encode() or None)
    for name, value in case["headers"]:
        request.headers[name] = value
    return request


def expect(case):
    credentials = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", case["token"])
    request = build(case)
    arguments = (credentials, case["service"], case["region"])
    if case["expires"] is not None:
        botocore.auth.S3SigV4QueryAuth(*arguments, expires=case["expires"]).add_auth(request)
        return request.url
    signer = botocore.auth.S3SigV4Auth if case["service"] == "s3" else botocore.auth.SigV4Auth
    signer(*arguments).add_auth(request)
    return request.headers["Authorization"]


def case(method="GET", path="/", query=(), headers=(), body="", service="s3", region="eu-west-1",
         endpoint="https://bucket.s3.eu-west-1.amazonaws.com", token=None, expires=None):
    value = dict(method=method, path=path, query=list(query), headers=list(headers), body=body, service=service,
                 region=region, endpoint=endpoint, token=token, expires=expires)
    value["expected"] = expect(value)
    return value


def cases():
    for key in KEYS:
        yield case(path="/" + encode(key))
        yield case(path="/" + encode(key), expires=3600)
    local = "http://127.0.0.1:9000"
    yield case("PUT", "/bucket/a", headers=[("If-None-Match", "*"), ("Content-Type", "video/mp4")], body="hello", endpoint=local)
    yield case("PUT", "/bucket/a", headers=[("x-amz-meta-note", "  several   blanks  ")], body="x", endpoint=local, token=TOKEN)
    yield case("POST", "/bucket/a", query=[("uploads", "")], endpoint=local)
    yield case("PUT", "/bucket/a", query=[("partNumber", "2"), ("uploadId", "a/b+c==")], body="part", endpoint=local)
    yield case("PUT", "/bucket/a", query=[("partNumber", "2"), ("uploadId", "a/b+c==")], endpoint=local, expires=60)
    yield case("PUT", "/bucket/a", headers=[("Content-Type", "video/mp4")], endpoint=local, expires=60, token=TOKEN)
    yield case("GET", "/bucket", query=[("list-type", "2"), ("prefix", "a b/é&"), ("start-after", "a=b"), ("max-keys", "1000")],
               endpoint=local)
    yield case("DELETE", "/bucket/a", endpoint=local, token=TOKEN)
    yield case("HEAD", "/bucket/a", headers=[("Range", "bytes=0-9")], endpoint=local, region="us-east-1")
    yield case(path="/a", expires=604800, token=TOKEN)
    sqs = dict(service="sqs", endpoint="https://sqs.eu-west-1.amazonaws.com")
    target = [("Content-Type", "application/x-amz-json-1.0"), ("X-Amz-Target", "AmazonSQS.SendMessageBatch")]
    yield case("POST", headers=target, body='{"QueueUrl":"https://x/1/q.fifo"}', **sqs)
    yield case("POST", headers=target, body='{"a":"é"}', token=TOKEN, **sqs)
    yield case("POST", "/1234/queue%20name", headers=target, body="{}", **sqs)
    yield case("POST", "/a/./b/../c//d/", body="x", service="execute-api", endpoint=local)
    yield case("GET", "/%C3%A9/x", query=[("b", "2"), ("a", "1"), ("a", "0"), ("A", "")], service="iam", endpoint=local)


if __name__ == "__main__":
    print(json.dumps({"botocore": botocore.__version__, "now": "2026-11-21T11:32:05Z", "cases": list(cases())},
                     indent=1, ensure_ascii=False))

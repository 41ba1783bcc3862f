"""Runs in the environment of tuspy: uploads a file as any user of that client would.

usage: tuspy_upload.py URL TOKEN FILE CHUNK_BYTES
"""
import sys

from tusclient import client

url, token, path, chunk_bytes = sys.argv[1:]
tus = client.TusClient(url, headers={"Authorization": f"Bearer {token}"})
metadata = {"title": "Con tuspy", "filename": "clip.mp4", "filetype": "video/mp4"}
# The first half in one life of the client, the other in another one that knows only the address.
first = tus.uploader(path, chunk_size=int(chunk_bytes), metadata=metadata, upload_checksum=True)
first.upload(stop_at=first.get_file_size() // 2)
second = tus.uploader(path, url=first.url, chunk_size=int(chunk_bytes), upload_checksum=True)
assert second.offset == first.get_file_size() // 2, second.offset
second.upload()
print(second.url)

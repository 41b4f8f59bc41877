"""Files in an object store: the same verbs, and settings that keep the bucket shut.

The store here is a small one of our own that speaks as much of S3 as is used; the client is the
real one, where it is installed (``requirements-s3.txt``).
"""

import io
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from environs import Env, EnvError

from config.media_storage import media_storage
from messaging.files import vault

NAMES = ("BUCKET", "ENDPOINT", "REGION", "ACCESS_KEY", "SECRET_KEY")


def test_without_a_bucket_files_lie_in_a_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(f"TROCO_MEDIA_{name}", raising=False)
    assert media_storage(Env(), Path("/media")) == {
        "BACKEND": "messaging.files.vault.DiskVault",
        "OPTIONS": {"location": Path("/media")},
    }


def test_a_bucket_needs_its_keys_and_stays_shut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TROCO_MEDIA_BUCKET", "troco-media")
    with pytest.raises(EnvError):
        media_storage(Env(), Path("/media"))
    monkeypatch.setenv("TROCO_MEDIA_ACCESS_KEY", "key")
    monkeypatch.setenv("TROCO_MEDIA_SECRET_KEY", "secret")
    options = media_storage(Env(), Path("/media"))["OPTIONS"]
    assert (options["default_acl"], options["file_overwrite"]) == (None, False)


class Store(BaseHTTPRequestHandler):
    """A bucket in memory."""

    kept: dict[str, bytes] = {}

    def log_message(self, *_words: object) -> None:
        """Say nothing."""

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    @property
    def key(self) -> str:
        return unquote(urlsplit(self.path).path).removeprefix("/troco-media/")

    def do_PUT(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        if "aws-chunked" in self.headers.get("Content-Encoding", ""):
            raw = _unchunked(raw)
        self.kept[self.key] = raw
        self.answer(200, ETag='"x"')

    def do_HEAD(self) -> None:
        if self.key not in self.kept:
            return self.answer(404)
        size = str(len(self.kept[self.key]))
        when = "Wed, 25 Nov 2026 12:00:00 GMT"
        return self.answer(200, Content_Length=size, ETag='"x"', Last_Modified=when)

    def do_GET(self) -> None:
        asked = parse_qs(urlsplit(self.path).query)
        if "list-type" in asked or "delimiter" in asked or "prefix" in asked:
            return self.answer(200, self._listed(asked.get("prefix", [""])[0]))
        if self.key not in self.kept:
            return self.answer(404)
        whole, asked_for = self.kept[self.key], self.headers.get("Range", "")
        if not asked_for:
            return self.answer(200, whole, ETag='"x"')
        first, last = map(int, asked_for.removeprefix("bytes=").split("-"))
        told = f"bytes {first}-{last}/{len(whole)}"
        return self.answer(206, whole[first : last + 1], ETag='"x"', Content_Range=told)

    def do_DELETE(self) -> None:
        self.kept.pop(self.key, None)
        self.answer(204)

    def _listed(self, prefix: str) -> bytes:
        rows = "".join(
            f"<Contents><Key>{key}</Key><Size>1</Size></Contents>"
            for key in sorted(self.kept)
            if key.startswith(prefix)
        )
        return (
            f"<ListBucketResult><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>".encode()
        )


def _unchunked(raw: bytes) -> bytes:
    whole = b""
    while raw:
        head, _, raw = raw.partition(b"\r\n")
        size = int(head.split(b";")[0], 16)
        if not size:
            return whole
        whole, raw = whole + raw[:size], raw[size + 2 :]
    return whole


@pytest.fixture
def bucket(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, bytes]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Store)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Store.kept.clear()
    values = ("troco-media", f"http://127.0.0.1:{server.server_port}", "us-east-1", "key", "secret")
    for name, value in zip(NAMES, values, strict=True):
        monkeypatch.setenv(f"TROCO_MEDIA_{name}", value)
    old = settings.STORAGES
    settings.STORAGES = {**old, "media": media_storage(Env(), Path("/none"))}
    yield Store.kept
    server.shutdown()
    server.server_close()


@pytest.mark.skipif(find_spec("boto3") is None, reason="requirements-s3.txt is not installed")
def test_every_verb_works_on_a_bucket(bucket: dict[str, bytes]) -> None:
    now = datetime(2026, 11, 25, 12, tzinfo=UTC)
    key = vault.new_key(now)
    vault.put(key, io.BytesIO(b"Bom dia"))
    vault.put(vault.thumbnail_key(key), io.BytesIO(b"small"))
    assert bucket == {key: b"Bom dia", vault.thumbnail_key(key): b"small"}
    with vault.read(key) as file:
        file.seek(4)
        assert file.read() == b"dia"
    with vault.read_part(key, 4, 2) as part:
        assert part.read() == b"di"
    assert vault.size_of(key) == 7
    assert vault.written_at(key) == now
    assert vault.keys_of(now) == [key, vault.thumbnail_key(key)]
    assert vault.keys_of(now - timedelta(days=1)) == []
    vault.replace(key, io.BytesIO(b"Boa noite"))
    assert bucket[key] == b"Boa noite"
    vault.remove(key)
    vault.remove(key)
    for ask in (
        vault.read,
        vault.size_of,
        vault.written_at,
        lambda gone: vault.read_part(gone, 0, 1),
    ):
        with pytest.raises(FileNotFoundError):
            ask(key)
    assert vault.forget_incoming(before=now) == 0

"""Files that Django's side leaves to the front: only the part named, and no thread held for it."""

import io
import socket
import time
from datetime import UTC, datetime

import httpx
import pytest

from messaging.files import vault

THREADS = 4
CONTENT = bytes(range(256)) * 20_000


@pytest.fixture(scope="module")
def key() -> str:
    """Return where five megabytes lie."""
    key = vault.new_key(datetime(2026, 11, 26, tzinfo=UTC))
    vault.put(key, io.BytesIO(CONTENT))
    return key


@pytest.mark.parametrize(
    ("start", "length"), [(0, len(CONTENT)), (0, 1), (1000, 700_000), (len(CONTENT) - 5, 5)]
)
def test_the_part_that_is_named_is_sent(address: str, key: str, start: int, length: int) -> None:
    path = f"{address}/file?{key}&{start}&{length}"
    answer, head = httpx.get(path), httpx.head(path)
    assert answer.content == CONTENT[start : start + length]
    for each in (answer, head):
        assert each.status_code == 206
        assert each.headers["Content-Length"] == str(length)
        assert "X-Troco-File" not in each.headers
        assert each.headers["X-Request-Id"].startswith("req_")
    assert head.content == b""


def test_a_file_that_has_gone_is_not_there(address: str, key: str) -> None:
    answer = httpx.get(f"{address}/file?{key}0&0&10")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_readers_that_take_nothing_hold_no_thread(address: str, key: str) -> None:
    host, port = address.removeprefix("http://").split(":")
    wires = [socket.create_connection((host, int(port))) for _ in range(2 * THREADS)]
    for wire in wires:
        wire.sendall(f"GET /file?{key}&0&{len(CONTENT)} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    for wire in wires:
        assert wire.recv(100).startswith(b"HTTP/1.1 206")
    # Every thread is free: the slow path takes one of them for a second each.
    started = time.monotonic()
    assert httpx.get(f"{address}/", timeout=30).status_code == 200
    assert time.monotonic() - started < 20
    for wire in wires:
        wire.close()


def test_a_reader_that_comes_back_to_it_gets_the_rest(address: str, key: str) -> None:
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as wire:
        wire.sendall(f"GET /file?{key}&7&{len(CONTENT) - 7} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        got = wire.recv(1000)
        time.sleep(0.5)
        while len(got.partition(b"\r\n\r\n")[2]) < len(CONTENT) - 7:
            got += wire.recv(262_144)
    assert got.partition(b"\r\n\r\n")[2] == CONTENT[7:]

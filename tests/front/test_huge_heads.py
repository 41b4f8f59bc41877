"""Huge heads at ``/cloud/``: refused before anything is kept of them."""

import socket
from contextlib import suppress

import psutil
import pytest

from tests.front.own import own_front

HUGE = 2_000_000
TIMES = 40
# Forty heads that were kept would be five times as much.
ROOM = 16_000_000
START = b"POST /cloud/v21.0/1/messages HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Long: "


def told(port: int, head: bytes) -> bytes:
    """Send a head and return the status of the answer; empty where the rest cut it off."""
    heard = b""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        # Who sends on after the refusal is hung up on, and may not hear it.
        with suppress(ConnectionError):
            client.sendall(head)
        with suppress(ConnectionError):
            heard = client.recv(64)
    return heard[9:12]


@pytest.mark.django_db(transaction=True)
def test_huge_heads_are_refused_and_kept_nowhere() -> None:
    with own_front() as (port, pid):
        assert told(port, START + b"a" * 20_000 + b"\r\n\r\n") in {b"400", b"401", b"431"}
        assert told(port, START + b"a" * HUGE) in {b"400", b""}
        before = psutil.Process(pid).memory_info().rss
        seen = {told(port, START + b"a" * HUGE) for _ in range(TIMES)}
        many = b"".join(b"X-%d: a\r\n" % number for number in range(100_000))
        seen |= {told(port, START + b"a\r\n" + many)}
        grown = psutil.Process(pid).memory_info().rss - before
        assert seen <= {b"400", b""}
        assert grown < ROOM
        assert told(port, START + b"a\r\n\r\n")[:1] == b"4"

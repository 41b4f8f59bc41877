"""Addresses that would lead a call inside: nobody there hears anything, on real sockets."""

import contextlib
import selectors
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from core.http import CallFailed, tell

# Every one of them names this machine, a neighbour, or nobody; PORT is where we listen.
TARGETS = [
    "http://127.0.0.1:PORT/",
    "http://127.0.0.1.:PORT/",
    "http://127.1:PORT/",
    "http://127.0.1:PORT/",
    "http://127.255.255.254:PORT/",
    "http://2130706433:PORT/",
    "http://0x7f000001:PORT/",
    "http://0x7f.0.0.1:PORT/",
    "http://0x7f.1:PORT/",
    "http://017700000001:PORT/",
    "http://0177.0.0.1:PORT/",
    "http://0177.0.0.0x1:PORT/",
    "http://127.0.0.1%2f:PORT/",
    "http://%31%32%37.0.0.1:PORT/",
    "http://0:PORT/",
    "http://0.0.0.0:PORT/",
    "http://00.00.00.00:PORT/",
    "http://[::1]:PORT/",
    "http://[0:0:0:0:0:0:0:1]:PORT/",
    "http://[::]:PORT/",
    "http://[::ffff:127.0.0.1]:PORT/",
    "http://[::ffff:7f00:1]:PORT/",
    "http://[0:0:0:0:0:ffff:127.0.0.1]:PORT/",
    "http://[::127.0.0.1]:PORT/",
    "http://[::ffff:0:127.0.0.1]:PORT/",
    "http://[64:ff9b::127.0.0.1]:PORT/",
    "http://[64:ff9b:1::127.0.0.1]:PORT/",
    "http://[2002:7f00:1::]:PORT/",
    "http://[2001:0:7f00:1::80ff:fffe]:PORT/",
    "http://[fe80::1]:PORT/",
    "http://[fe80::1%25lo]:PORT/",
    "http://[fec0::1]:PORT/",
    "http://[fd00::1]:PORT/",
    "http://[fd00:ec2::254]:PORT/",
    "http://[ff02::1]:PORT/",
    "http://[100::1]:PORT/",
    "http://[2001:db8::1]:PORT/",
    "http://[3fff::1]:PORT/",
    "http://[5f00::1]:PORT/",
    "http://localhost:PORT/",
    "http://LOCALHOST:PORT/",
    "http://localhost.:PORT/",
    "http://ip6-localhost:PORT/",
    "http://ⓛocalhost:PORT/",
    "http://①②⑦.⓪.⓪.①:PORT/",
    "http://127。0。0。1:PORT/",
    "http://10.0.0.1:PORT/",
    "http://172.16.0.1:PORT/",
    "http://192.168.0.1:PORT/",
    "http://100.64.0.1:PORT/",
    "http://169.254.169.254:PORT/",
    "http://0xa9fea9fe:PORT/",
    "http://2852039166:PORT/",
    "http://198.18.0.1:PORT/",
    "http://192.88.99.1:PORT/",
    "http://224.0.0.1:PORT/",
    "http://255.255.255.255:PORT/",
    "http://user:pass@127.0.0.1:PORT/",
    "http://8.8.8.8@127.0.0.1:PORT/",
    "http://8.8.8.8#@127.0.0.1:PORT/",
    "http://8.8.8.8\\@127.0.0.1:PORT/",
    "http://127.0.0.1:PORT\\@8.8.8.8/",
    "http:127.0.0.1:PORT/",
    "http:///127.0.0.1:PORT/",
    "//127.0.0.1:PORT/",
    "ftp://127.0.0.1:PORT/",
    "gopher://127.0.0.1:PORT/_x",
    "file:///etc/passwd",
    "unix://127.0.0.1:PORT/",
    "https://127.0.0.1:PORT/",
]


class Listeners:
    """Every address of this machine on one port; counts who connects."""

    def __init__(self) -> None:
        self.connections = 0
        self._selector = selectors.DefaultSelector()
        self._open: list[socket.socket] = []
        self.port = self._listen(socket.AF_INET, "0.0.0.0", 0)
        with contextlib.suppress(OSError):
            self._listen(socket.AF_INET6, "::", self.port)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._count, daemon=True)
        self._thread.start()

    def _listen(self, family: int, host: str, port: int) -> int:
        own = socket.socket(family)
        if family == socket.AF_INET6:
            own.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        own.bind((host, port))
        own.listen(64)
        self._selector.register(own, selectors.EVENT_READ)
        self._open.append(own)
        return int(own.getsockname()[1])

    def _count(self) -> None:
        while not self._stop.is_set():
            for key, _events in self._selector.select(0.05):
                accepted, _address = key.fileobj.accept()  # type: ignore[union-attr]
                # Before it hears of it: whoever was hung up on asks at once.
                self.connections += 1
                accepted.close()

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        for own in self._open:
            own.close()


@pytest.fixture
def listeners() -> Iterator[Listeners]:
    made = Listeners()
    yield made
    made.close()


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Keep the tests on this machine: connections that would leave it are noted and refused."""
    gone: list[Any] = []
    truly = socket.create_connection

    def connect(address: Any, *args: Any, **kwargs: Any) -> socket.socket:
        if str(address[0]) in {"8.8.8.8", "8.8.4.4"}:
            gone.append(address)
            raise ConnectionRefusedError
        return truly(address, *args, **kwargs)

    monkeypatch.setattr(socket, "create_connection", connect)
    return gone


def told(url: str) -> str:
    """Say how a call ended that must not reach anybody."""
    try:
        tell(url, b"{}", headers={}, timeout_seconds=1.0, kept_bytes=10)
    except CallFailed as failed:
        return f"{failed.kind} {failed.sent}"
    return "answered"


def test_seventy_addresses_lead_nowhere_inside(listeners: Listeners, elsewhere: list[Any]) -> None:
    assert len(TARGETS) >= 60
    ends = {url: told(url.replace("PORT", str(listeners.port))) for url in TARGETS}
    wrong = {url: end for url, end in ends.items() if end.split(" ")[1:] != ["False"]}
    assert wrong == {}
    assert listeners.connections == 0


def test_the_listeners_count_who_does_connect(listeners: Listeners, settings: Any) -> None:
    origin = f"http://127.0.0.1:{listeners.port}"
    settings.TROCO_HTTP_ALLOWED_ORIGINS = [origin]
    assert told(f"{origin}/").startswith("broken")
    assert listeners.connections == 1
    # Only that very origin: neither with a name before it, nor another spelling of it.
    for other in (f"http://x@127.0.0.1:{listeners.port}/", f"http://127.1:{listeners.port}/"):
        assert told(other) == "refused_address False"
    assert listeners.connections == 1


@pytest.mark.parametrize(
    "found",
    [
        [["8.8.8.8"], ["127.0.0.1"]],
        [["8.8.8.8", "127.0.0.1"]],
        [["127.0.0.1", "8.8.8.8"]],
        [["::1"]],
        [["8.8.8.8"], ["169.254.169.254"]],
    ],
)
def test_a_name_that_changes_its_mind_leads_nowhere_inside(
    listeners: Listeners,
    elsewhere: list[Any],
    monkeypatch: pytest.MonkeyPatch,
    found: list[list[str]],
) -> None:
    """The first answers are for the check, whatever comes later for a second look."""
    answers = iter(found)
    last = found[-1]

    def lookup(_host: Any, port: Any, *_args: Any, **_kwargs: Any) -> list[Any]:
        addresses = next(answers, last)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    assert told(f"http://rebind.example:{listeners.port}/").endswith("False")
    assert listeners.connections == 0
    checked_and_public = len(found) == 2
    assert elsewhere == ([("8.8.8.8", listeners.port)] if checked_and_public else [])


def test_a_name_that_is_never_found_takes_no_longer_than_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stuck = threading.Event()

    def never(*_args: Any, **_kwargs: Any) -> list[Any]:
        stuck.wait(5)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", never)
    with pytest.raises(CallFailed) as failed:
        tell("http://slow.example/", b"", headers={}, timeout_seconds=0.2, kept_bytes=1)
    stuck.set()
    assert (failed.value.kind, failed.value.sent) == ("connect", False)

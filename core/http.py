"""The one door out: every call to another server goes through ``call``.

A bank, a seller's webhook and a message gateway are strangers. So a call has one deadline for
everything, follows no redirect, takes no more bytes than it was told to, and connects only to
public addresses: the name is resolved here, every address is checked, and the connection goes
to the address that was checked, so a name that changes its mind between the two cannot lead
inside (DNS rebinding). Exact origins may be allow-listed by a setting (ruling 21); the
sandbox's bank simulator on loopback is the one that is.

No connection is reused: a kept connection that the other side closed meanwhile fails after the
request was written, and then nobody can say whether a payment was heard.
"""

import io
import ipaddress
import json as jsonlib
import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any, BinaryIO, Literal
from urllib.parse import urlsplit

import httpcore
from django.conf import settings

from core.transactions import refuse_owner

SENT_AT_ONCE = 64 * 1024

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_GIVEN_OUT = ipaddress.IPv6Network("2000::/3")
# Newer than the tables of some Pythons: RFC 9637, and RFC 7526, which ended what it was for.
_FOR_DOCUMENTS = ipaddress.IPv6Network("3fff::/20")
_OLD_RELAYS = ipaddress.IPv4Network("192.88.99.0/24")

Failure = Literal["connect", "timeout", "broken", "refused_address", "too_large"]


class CallFailed(Exception):
    """A call ended without an answer.

    Attributes:
        kind: ``connect`` and ``refused_address``: nothing was sent. ``timeout``, ``broken``
            and ``too_large``: see ``sent``.
        sent: Whether the other side may have heard the request. Where money moves, True
            means the outcome is unknown.
    """

    def __init__(self, kind: Failure, *, sent: bool, detail: str = "") -> None:
        """Keep what is known of the failure."""
        self.kind = kind
        self.sent = sent
        super().__init__(f"{kind} (sent: {sent}) {detail}".strip())


@dataclass(frozen=True, slots=True)
class Response:
    """What came back: the status, the headers in lower case, and the body."""

    http_status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Any:
        """Return the body as JSON.

        Raises:
            ValueError: It is no JSON.
        """
        return jsonlib.loads(self.content)


def call(
    method: str,
    url: str,
    *,
    json: object = None,
    content: bytes | BinaryIO | None = None,
    headers: Mapping[str, str] | None = None,
    timeout_seconds: float = 10.0,
) -> Response:
    """Send one request and return the whole answer, whatever its status.

    Args:
        method: ``GET``, ``POST`` and so on.
        url: An absolute http or https address.
        json: A value to send as JSON; or
        content: bytes to send as they are, or a file, which is sent from its beginning a piece at
            a time and never as a whole in memory.
        headers: Further headers.
        timeout_seconds: The deadline for everything: resolving, connecting, sending, reading.

    Raises:
        CallFailed: There was no complete answer; ``sent`` tells whether it was heard.
        OwnershipError: A database transaction is open: nobody holds locks while talking to
            a stranger.

    Transaction: none.
    """
    refuse_owner("core.http.call")
    body = content if json is None else jsonlib.dumps(json).encode()
    sent_headers = _lower(headers or {})
    if json is not None:
        sent_headers.setdefault("content-type", "application/json")
    received = _Received(settings.TROCO_HTTP_MAX_BYTES)
    return _send((method, url, sent_headers, body), received, timeout_seconds)


def download(
    url: str,
    into: BinaryIO,
    *,
    most_bytes: int,
    headers: Mapping[str, str] | None = None,
    timeout_seconds: float = 60.0,
) -> Response:
    """Get what may be long: the body of a 200 goes into a file as it comes, not into memory.

    Args:
        url: An absolute http or https address.
        into: Where the body is written; after a failure it holds a part of it.
        most_bytes: More than so many are refused.
        headers: Further headers.
        timeout_seconds: The deadline for everything.

    Returns:
        The answer; its ``content`` is empty when the body went into the file.

    Raises:
        CallFailed: There was no complete answer.
        OwnershipError: A database transaction is open.

    Transaction: none.
    """
    refuse_owner("core.http.download")
    received = _Received(settings.TROCO_HTTP_MAX_BYTES, into, most_bytes)
    return _send(("GET", url, _lower(headers or {}), None), received, timeout_seconds)


def tell(
    url: str,
    content: bytes,
    *,
    headers: Mapping[str, str],
    timeout_seconds: float,
    kept_bytes: int,
) -> Response:
    """Post news to somebody's own server, of whose answer only the beginning is wanted.

    The rest of the answer is not read: one without end costs no more than none.

    Args:
        url: An absolute http or https address.
        content: The bytes to send as they are.
        headers: The content's type is one of them.
        timeout_seconds: The deadline for everything.
        kept_bytes: How much of the answer is kept.

    Raises:
        CallFailed: There was no answer.
        OwnershipError: A database transaction is open.

    Transaction: none.
    """
    refuse_owner("core.http.tell")
    received = _Received(kept_bytes, cuts=True)
    return _send(
        ("POST", url, _lower(headers), content),
        received,
        timeout_seconds,
    )


class _Received:
    """Takes a body in, up to its bound: into memory, or a success into a file."""

    def __init__(
        self, most: int, into: BinaryIO | None = None, most_into: int = 0, *, cuts: bool = False
    ) -> None:
        self._most = (most, most_into)
        self._cuts = cuts
        self._into = into
        self._size = 0
        self.content = bytearray()

    @property
    def is_full(self) -> bool:
        return self._cuts and len(self.content) >= self._most[0]

    def take(self, http_status: int, chunk: bytes, announced: int = 0) -> None:
        """Take the next bytes, of a body that says how many it has.

        Raises:
            CallFailed: They are more than the bound, or will be.
        """
        if self._cuts:
            self.content += chunk[: self._most[0] - len(self.content)]
            return
        is_kept = self._into is not None and http_status == HTTPStatus.OK
        self._size += len(chunk)
        if max(self._size, announced) > self._most[is_kept]:
            raise CallFailed("too_large", sent=True)
        if self._into is not None and is_kept:
            self._into.write(chunk)
        else:
            self.content += chunk


def _send(
    request: tuple[str, str, dict[str, str], bytes | BinaryIO | None],
    received: _Received,
    timeout_seconds: float,
) -> Response:
    """Open a connection for this one request, and have the answer received."""
    method, url, headers, body = request
    try:
        parts = urlsplit(url)
        is_port = parts.port != 0
    except ValueError as error:
        raise CallFailed("refused_address", sent=False, detail="not an address") from error
    is_http = parts.scheme in {"http", "https"} and bool(parts.hostname) and is_port
    if not url.isascii() or not is_http:
        raise CallFailed("refused_address", sent=False, detail="not an http address")
    headers = {"host": parts.netloc.rpartition("@")[2], **headers}
    headers["content-length"] = str(_length(body))
    guard = _Guard(f"{parts.scheme}://{parts.netloc}", time.monotonic() + timeout_seconds)
    with httpcore.ConnectionPool(
        ssl_context=_trust(), network_backend=guard, max_keepalive_connections=0
    ) as pool:
        return _exchange(pool, (method, url, headers, body), received, guard)


@cache
def _trust() -> ssl.SSLContext:
    """Return the authorities we trust; reading them costs 20 ms, so it is done once."""
    return ssl.create_default_context()


def _length(body: bytes | BinaryIO | None) -> int:
    """Return how many bytes will be sent; a file is put at its beginning."""
    if body is None or isinstance(body, bytes):
        return len(body or b"")
    length = body.seek(0, io.SEEK_END)
    body.seek(0)
    return length


def _pieces(body: bytes | BinaryIO | None) -> bytes | Iterator[bytes] | None:
    """Return a body as the connection takes it."""
    if body is None or isinstance(body, bytes):
        return body
    return iter(lambda: body.read(SENT_AT_ONCE), b"")


def _exchange(
    pool: httpcore.ConnectionPool,
    request: tuple[str, str, dict[str, str], bytes | BinaryIO | None],
    received: _Received,
    guard: "_Guard",
) -> Response:
    """Send the request and read the answer, turning every failure into ``CallFailed``."""
    method, url, headers, body = request
    try:
        with pool.stream(
            method, url, headers=list(headers.items()), content=_pieces(body)
        ) as reply:
            lower = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in reply.headers}
            length = lower.get("content-length", "")
            received.take(reply.status, b"", int(length) if length.isdecimal() else 0)
            for chunk in reply.iter_stream():
                received.take(reply.status, chunk)
                if received.is_full:
                    break
            return Response(reply.status, lower, bytes(received.content))
    except (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.UnsupportedProtocol) as error:
        raise CallFailed("connect", sent=False, detail=str(error)) from error
    except httpcore.TimeoutException as error:
        raise CallFailed("timeout", sent=guard.wrote, detail=str(error)) from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise CallFailed("broken", sent=guard.wrote, detail=str(error)) from error


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the open internet's.

    Source: the IANA special-purpose registries, as Python's ``ipaddress`` carries them, and the
    IANA IPv6 address space, of which only 2000::/3 is given out (both read 2026-11). An IPv6
    address that wraps an IPv4 one is judged by the one inside.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv4Address):
        return ip.is_global and not ip.is_multicast and ip not in _OLD_RELAYS
    inside = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
    if inside is None and ip in _NAT64:
        inside = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    if inside is not None:
        return is_public(str(inside))
    return ip in _GIVEN_OUT and ip.is_global and ip not in _FOR_DOCUMENTS


def _resolve(host: str, port: int, seconds: float) -> list[str]:
    """Return the addresses of a name, or give up in time: the system's resolver may not.

    A thread that is given up ends when the resolver does; its answer is dropped.
    """
    answers: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put([str(entry[4][0]) for entry in found])
        except (OSError, UnicodeError, ValueError) as error:
            answers.put(error)

    threading.Thread(target=ask, name="resolver", daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except queue.Empty as error:
        raise httpcore.ConnectTimeout(f"{host} was not found in time") from error
    if isinstance(answer, Exception):
        raise httpcore.ConnectError(str(answer)) from answer
    return answer


class _Guard(httpcore.NetworkBackend):
    """Connects only to addresses that were checked, and keeps one deadline for all of it."""

    def __init__(self, origin: str, deadline: float) -> None:
        self._any_address = origin in settings.TROCO_HTTP_ALLOWED_ORIGINS
        self._deadline = deadline
        self._backend = httpcore.SyncBackend()
        self.wrote = False

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - The deadline rules.
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Resolve, check every address, and connect to the first."""
        addresses = _resolve(host, port, self.left())
        if not self._any_address and not all(is_public(address) for address in addresses):
            raise CallFailed("refused_address", sent=False, detail=host)
        stream = self._backend.connect_tcp(
            addresses[0], port, self.left(), local_address, socket_options
        )
        return _Deadlined(stream, self)

    def left(self) -> float:
        """Return the seconds until the deadline, at least a thousandth."""
        return max(self._deadline - time.monotonic(), 0.001)


class _Deadlined(httpcore.NetworkStream):
    """A stream whose every step gets only the time that is left of the whole."""

    def __init__(self, stream: httpcore.NetworkStream, guard: _Guard) -> None:
        self._stream = stream
        self._guard = guard

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        """Read within what is left."""
        return self._stream.read(max_bytes, self._guard.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        """Write within what is left, and remember that something went out."""
        self._guard.wrote = True
        self._stream.write(buffer, self._guard.left())

    def close(self) -> None:
        """Close the stream inside."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        """Begin TLS within what is left; the name checked is the one that was asked for."""
        inner = self._stream.start_tls(ssl_context, server_hostname, self._guard.left())
        return _Deadlined(inner, self._guard)

    def get_extra_info(self, info: str) -> Any:
        """Pass the question to the stream inside."""
        return self._stream.get_extra_info(info)

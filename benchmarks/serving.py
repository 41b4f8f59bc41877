"""The product's web server for one run, and the connections that load it.

The server is gunicorn as the launcher starts it, reached by its Unix socket without the front that
usually stands before it, or by the front's port. The load is eight threads that send bytes made
ready beforehand and read until the answer is whole: as little Python as can be on the same two
processors.
"""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.house import ROOT

WORKERS = 2
THREADS = 4
_PATIENCE_SECONDS = 60
_CREATED = b"HTTP/1.1 201"

Address = Path | tuple[str, int]
"""A Unix socket, or a host and a port."""


class ServerSilent(RuntimeError):
    """The web server did not start or hung up."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What the load saw.

    Attributes:
        per_second: Payments made each second, of all connections.
        made: How many answers were 201.
        refused: How many were anything else.
        p50_ms: Half of all answers came within this.
        p99_ms: Nearly all of them.
    """

    per_second: float
    made: int
    refused: int
    p50_ms: float
    p99_ms: float


@contextmanager
def web_server(folder: Path) -> Iterator[tuple[Path, int]]:
    """Start gunicorn; yields the socket's path and the process id of the master."""
    path = folder / "web.sock"
    command = [sys.executable, "-m", "gunicorn", "--worker-class", "gthread"]
    command += ["--bind", f"unix:{path}", "--workers", str(WORKERS), "--threads", str(THREADS)]
    command += ["--timeout", "30", "--keep-alive", "65", "--no-control-socket", "--preload"]
    command += ["--log-level", "error", "config.wsgi:application"]
    environment = {
        **os.environ,
        "TROCO_DATABASE_POOL": str(THREADS),
        "TROCO_STATEMENT_SECONDS": "2",
    }
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        _wait(path, process)
        yield path, process.pid
    finally:
        process.terminate()
        process.wait()


@contextmanager
def front_server(upstream: Path) -> Iterator[tuple[Address, int]]:
    """Start the front before a web server; yields its address and its process id."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address: tuple[str, int] = free.getsockname()
    environment = {
        **os.environ,
        "TROCO_PORT": str(address[1]),
        "TROCO_WSGI_SOCKET": str(upstream),
    }
    command = [sys.executable, "-m", "config.serve_front"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        _wait(address, process)
        yield address, process.pid
    finally:
        process.terminate()
        process.wait()


def send_all(address: Address, requests: Sequence[bytes], connections: int) -> Answered:
    """Send every request once, over so many connections at the same time."""
    shares = [requests[number::connections] for number in range(connections)]
    times: list[list[float]] = [[] for _ in shares]
    made = [0] * connections
    gate = threading.Barrier(connections + 1)

    def drive(number: int) -> None:
        with _wire(address) as wire:
            wire.connect(_target(address))
            gate.wait()
            for request in shares[number]:
                started = time.perf_counter()
                wire.sendall(request)
                made[number] += read_answer(wire).startswith(_CREATED)
                times[number].append(time.perf_counter() - started)

    threads = [threading.Thread(target=drive, args=(number,)) for number in range(connections)]
    for thread in threads:
        thread.start()
    gate.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
    every = sorted(each for share in times for each in share)
    return Answered(
        per_second=sum(made) / seconds,
        made=sum(made),
        refused=len(requests) - sum(made),
        p50_ms=round(every[len(every) // 2] * 1000, 1),
        p99_ms=round(every[int(len(every) * 0.99)] * 1000, 1),
    )


def _wire(address: Address) -> socket.socket:
    return socket.socket(socket.AF_UNIX if isinstance(address, Path) else socket.AF_INET)


def _target(address: Address) -> str | tuple[str, int]:
    return str(address) if isinstance(address, Path) else address


def _wait(address: Address, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with _wire(address) as wire:
            if wire.connect_ex(_target(address)) == 0:
                return
        time.sleep(0.1)
    raise ServerSilent("The server did not begin to listen.")


def read_answer(wire: socket.socket) -> bytes:
    """Read one answer; its length stands in its head, or it comes in chunks."""
    answer = b""
    while (end := answer.find(b"\r\n\r\n")) < 0:
        answer += _more(wire)
    head = answer[:end].lower()
    found = head.find(b"content-length:")
    if found < 0:
        while not answer.endswith(b"0\r\n\r\n"):
            answer += _more(wire)
        return answer
    length = int(head[found + 15 :].split(b"\r\n", 1)[0])
    while len(answer) < end + 4 + length:
        answer += _more(wire)
    return answer


def _more(wire: socket.socket) -> bytes:
    read = wire.recv(65536)
    if not read:
        raise ServerSilent("The server hung up.")
    return read

"""Matrix Synapse as the peer: installed into a folder of its own, on a database of its own.

``TROCO_BENCH_SYNAPSE`` may name the Python of an environment that has the same requirements
already; it saves a minute.
"""

import hashlib
import hmac
import itertools
import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import psycopg

from benchmarks.house import House
from benchmarks.talk.load import Make, Where
from benchmarks.talk.world import WORDS
from launcher.databases import OWNER, SUPERUSER, make_url

REQUIREMENTS = Path(__file__).with_name("synapse-requirements.txt")
DATABASE = "troco_synapse"
_SECRET = "only for a measurement"  # noqa: S105 - Of a server that lives for minutes.
_START_SECONDS = 120
_NO_LIMIT = {"per_second": 1_000_000, "burst_count": 1_000_000}


class PeerSilent(RuntimeError):
    """The peer did not start."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A running Synapse.

    Attributes:
        where: Its host and port.
        process_id: Its process.
        version: Its version.
    """

    where: Where
    process_id: int
    version: str

    def call(self, method: str, path: str, body: Any = None, token: str = "") -> dict[str, Any]:
        """Ask it something, and insist on success."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = f"http://{self.where[0]}:{self.where[1]}{path}"
        answer = _client().request(method, url, json=body, headers=headers)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def join(self, name: str) -> str:
        """Register somebody and return their token."""
        path = "/_synapse/admin/v1/register"
        nonce = str(self.call("GET", path)["nonce"])
        said = b"\x00".join([nonce.encode(), name.encode(), b"word", b"notadmin"])
        mac = hmac.new(_SECRET.encode(), said, hashlib.sha1).hexdigest()
        body = {"nonce": nonce, "username": name, "password": "word", "mac": mac}
        return str(self.call("POST", path, body)["access_token"])

    def open_room(self, owner: str, *others: str) -> str:
        """Open a room by its owner's token, and let others in by theirs."""
        body = {"preset": "public_chat"}
        room = str(self.call("POST", "/_matrix/client/v3/createRoom", body, owner)["room_id"])
        for other in others:
            quoted = urllib.parse.quote(room)
            self.call("POST", f"/_matrix/client/v3/rooms/{quoted}/join", {}, other)
        return room


@cache
def _client() -> httpx.Client:
    """Return one client for all calls: making one takes longer than most of them."""
    return httpx.Client(timeout=60)


def saying(token: str, room: str) -> Make:
    """Return what makes the requests of somebody who says something again and again."""
    run, numbers = secrets.token_hex(6), itertools.count()
    body = json.dumps({"msgtype": "m.text", "body": WORDS}).encode()
    quoted = urllib.parse.quote(room)

    def make() -> bytes:
        path = f"/_matrix/client/v3/rooms/{quoted}/send/m.room.message/{run}-{next(numbers)}"
        head = (
            f"PUT {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    return make


def reading(token: str, room: str, limit: int = 50) -> Make:
    """Return what makes the requests of somebody who reads the newest of a room."""
    quoted = urllib.parse.quote(room)
    request = (
        f"GET /_matrix/client/v3/rooms/{quoted}/messages?dir=b&limit={limit} HTTP/1.1\r\n"
        f"Host: localhost\r\nAuthorization: Bearer {token}\r\n\r\n"
    ).encode()
    return lambda: request


@contextmanager
def running(house: House) -> Iterator[Peer]:
    """Install and start it; everything goes with the run's folder."""
    python = _installed(house.folder)
    folder = house.folder / "synapse"
    folder.mkdir()
    _make_database(house)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        where: Where = free.getsockname()
    config = folder / "homeserver.yaml"
    config.write_text(json.dumps(_config(house, folder, where[1])), encoding="utf-8")
    command = [python, "-m", "synapse.app.homeserver", "-c", str(config)]
    subprocess.run([*command, "--generate-keys"], check=True, cwd=folder, capture_output=True)
    with (folder / "said.log").open("wb") as said:
        process = subprocess.Popen(command, cwd=folder, stdout=said, stderr=said)
    try:
        yield Peer(where, process.pid, _wait(where, process, folder))
    finally:
        process.terminate()
        process.wait()


def _installed(folder: Path) -> str:
    given = os.environ.get("TROCO_BENCH_SYNAPSE")
    if given:
        return given
    place = folder / "peer"
    subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
    python = str(place / "bin" / "python")
    install = [python, "-m", "pip", "install", "--quiet", "-r", str(REQUIREMENTS)]
    subprocess.run(install, check=True)
    return python


def _socket(house: House) -> str:
    return (house.folder / "postgres.socket").read_text(encoding="utf-8").strip()


def _make_database(house: House) -> None:
    """Make its database with the order of letters that it insists on."""
    superuser = make_url(_socket(house), role=SUPERUSER, database="postgres")
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute(
            f"CREATE DATABASE {DATABASE} OWNER {OWNER} TEMPLATE template0"
            " ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
        )


def _config(house: House, folder: Path, port: int) -> dict[str, Any]:
    """Return its settings (JSON is YAML): no limits, no presence, no federation."""
    log = folder / "log.yaml"
    log.write_text(json.dumps({"version": 1, "root": {"level": "ERROR"}}), encoding="utf-8")
    connection = {"user": OWNER, "dbname": DATABASE, "host": _socket(house), "cp_min": 5}
    return {
        "server_name": "bench",
        "pid_file": str(folder / "pid"),
        "listeners": [
            {
                "port": port,
                "bind_addresses": ["127.0.0.1"],
                "type": "http",
                "resources": [{"names": ["client"], "compress": False}],
            }
        ],
        "database": {"name": "psycopg2", "args": {**connection, "cp_max": 10}},
        "log_config": str(log),
        "media_store_path": str(folder / "media"),
        "signing_key_path": str(folder / "signing.key"),
        "registration_shared_secret": _SECRET,
        "macaroon_secret_key": _SECRET,
        "form_secret": _SECRET,
        "report_stats": False,
        "bcrypt_rounds": 4,
        "presence": {"enabled": False},
        "trusted_key_servers": [],
        "rc_message": _NO_LIMIT,
        "rc_registration": _NO_LIMIT,
        "rc_login": {"address": _NO_LIMIT, "account": _NO_LIMIT, "failed_attempts": _NO_LIMIT},
        "rc_joins": {"local": _NO_LIMIT, "remote": _NO_LIMIT},
        "rc_joins_per_room": _NO_LIMIT,
    }


def _wait(where: Where, process: subprocess.Popen[bytes], folder: Path) -> str:
    """Return its version once it answers."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            url = f"http://{where[0]}:{where[1]}/_synapse/admin/v1/server_version"
            return str(httpx.get(url, timeout=5).json()["server_version"])
        except (httpx.HTTPError, ValueError, KeyError):
            time.sleep(0.2)
    raise PeerSilent((folder / "said.log").read_text(encoding="utf-8", errors="replace")[-2000:])

"""A whole instance in a folder of its own: started, asked, hurt by pid, and stopped."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import httpx
import psutil
import psycopg
from psycopg import sql

from launcher.children import confined
from launcher.databases import SUPERUSER, make_url
from launcher.home import Home
from launcher.instance import ROOT, answers, free_port
from tests.embedded import copy_migrated

START_SECONDS = 400
STOP_SECONDS = 90
BACK_SECONDS = 120
HOOKS = 6
CHILDREN = {"beat", "courier", "front", "postgres", "simulator", "supervisor", "web", "worker"}


def wait_until(holds: Callable[[], bool], what: str, *, seconds: float = BACK_SECONDS) -> None:
    """Ask again and again; fail with words when it does not come true in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"never came: {what}"
        time.sleep(0.02)


def quiet_ports(count: int) -> list[int]:
    """Return ports that no client is given as its own: below those that the system hands out."""
    wide = 10_000 // count
    for turn in range(wide):
        first = 20_000 + (os.getpid() + turn) % wide * count
        if not any(answers("127.0.0.1", port) for port in range(first, first + count)):
            return list(range(first, first + count))
    raise AssertionError("no port is free")


class Instance:
    """One instance and the process that supervises it."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.home.mkdir()
        copy_migrated(self.home / "postgres")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.said = folder / "said.log"
        self.supervisor: subprocess.Popen[bytes] | None = None
        # Where programs of a shop's may listen on this machine.
        self.hooks = quiet_ports(HOOKS)
        # Settings that an operator would give, such as another broker.
        self.given: dict[str, str] = {}
        self.limits: list[tuple[Any, ...]] = []

    @property
    def environment(self) -> dict[str, str]:
        """What a stranger's shell would hold: nothing of this test run's."""
        kept = {
            name: os.environ[name]
            for name in ("PATH", "HOME", "TMPDIR", "TROCO_POSTGRES_BIN")
            if name in os.environ
        }
        ours = {
            "TROCO_HOME": str(self.home),
            "TROCO_PORT": str(self.port),
            "TROCO_SEED_DAYS": "0",
            "TROCO_HTTP_ALLOWED_ORIGINS": ",".join(
                f"http://127.0.0.1:{each}" for each in self.hooks
            ),
        }
        return {**kept, **ours, **self.given}

    @property
    def whole_environment(self) -> dict[str, str]:
        """What the instance's own children read."""
        note = json.loads((self.home / "instance.json").read_text("utf-8"))
        return {**self.environment, **Home(self.home).keys(), **note}

    def start(self) -> None:
        with self.said.open("wb") as said:
            self.supervisor = subprocess.Popen(
                confined([sys.executable, "-m", "launcher", "serve", "--quiet-story"]),
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
        wait_until(self._has_started, "a ready instance", seconds=START_SECONDS)
        assert self.is_ready()
        assert set(self.pids()) == CHILDREN

    def _has_started(self) -> bool:
        words = self.said.read_text("utf-8", errors="replace")
        assert self.supervisor is not None
        assert self.supervisor.poll() is None, words[-3000:]
        return "Ctrl-C stops it" in words

    @property
    def is_started(self) -> bool:
        """Tell whether it runs; one whose broker has ended is stopped with it."""
        return self.supervisor is not None

    def restart(self, **given: str) -> None:
        """Stop in peace and start again, with other settings."""
        self.stop()
        self.given = given
        self.start()

    def stop(self) -> None:
        """Stop what was started, and nothing else; fail if anything of it lives on."""
        if self.supervisor is None:
            return
        family = self._family()
        self.supervisor.terminate()
        try:
            self.supervisor.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            for process in family:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            raise
        self.supervisor = None
        _gone, alive = psutil.wait_procs(family, timeout=10)
        assert alive == []

    def _family(self) -> list[psutil.Process]:
        """Return the supervisor's descendants; psutil tells them from later bearers of a pid."""
        assert self.supervisor is not None
        with contextlib.suppress(psutil.NoSuchProcess):
            return psutil.Process(self.supervisor.pid).children(recursive=True)
        return []

    def pids(self) -> dict[str, int]:
        text = (self.home / "processes.json").read_text("utf-8")
        return cast("dict[str, int]", json.loads(text))

    def kill(self, *names: str) -> dict[str, int]:
        """Send SIGKILL to the process groups of these children; return the pids they had."""
        pids = self.pids()
        killed = {name: pids[name] for name in names}
        for pid in killed.values():
            self._is_ours(pid)
            os.killpg(pid, signal.SIGKILL)
        return killed

    @contextlib.contextmanager
    def stopped(self, name: str) -> Iterator[None]:
        """Keep a child from doing anything for the lines inside."""
        pid = self.freeze(name)
        try:
            yield
        finally:
            os.killpg(pid, signal.SIGCONT)

    def freeze(self, name: str) -> int:
        """Keep a child from doing anything until it is killed; return its pid."""
        pid = self.pids()[name]
        self._is_ours(pid)
        os.killpg(pid, signal.SIGSTOP)
        return pid

    def _is_ours(self, pid: int) -> None:
        assert self.supervisor is not None
        assert psutil.Process(pid).ppid() == self.supervisor.pid

    def wait_for_others(self, killed: dict[str, int]) -> None:
        """Wait until other processes stand where the killed ones stood."""

        def replaced() -> bool:
            now = self.pids()
            return all(now[name] != pid and psutil.pid_exists(now[name]) for name, pid in gone)

        gone = list(killed.items())
        wait_until(replaced, f"others in place of {', '.join(killed)}")

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=10).status_code == 200
        except httpx.HTTPError:
            return False

    def wait_until_ready(self) -> None:
        wait_until(self.is_ready, "an instance that is ready again")

    def manage(self, *arguments: str, seconds: float = 120) -> "subprocess.CompletedProcess[str]":
        """Run a command of the product beside the instance."""
        return subprocess.run(
            [sys.executable, "-m", "launcher", "manage", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )

    def prove_the_books(self) -> None:
        proof = self.manage("check_ledger")
        assert proof.returncode == 0, proof.stdout + proof.stderr
        assert "The books are proven." in proof.stdout

    def connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        """Open a connection to the instance's database, as its superuser."""
        folder = (self.home / "postgres.socket").read_text("utf-8").strip()
        address = make_url(folder, role=SUPERUSER, database="troco", scheme="postgresql")
        return psycopg.connect(address, autocommit=True, connect_timeout=5)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the instance's database, on a connection for this once."""
        with self.connect() as connection:
            cursor = connection.execute(cast("sql.SQL", query), values)
            return cursor.fetchall() if cursor.description else []

    def raise_limits(self) -> None:
        """Lift every limit out of the way, and remember what it was."""
        self.limits = self.rows("SELECT value, id FROM payments_limitrule")
        self.rows("UPDATE payments_limitrule SET value = %s", 10**12)

    @contextlib.contextmanager
    def limited(self) -> Iterator[None]:
        """Give everyone the usual limits for the lines inside."""
        for value, rule in self.limits:
            self.rows("UPDATE payments_limitrule SET value = %s WHERE id = %s", value, rule)
        try:
            yield
        finally:
            self.raise_limits()

    @contextlib.contextmanager
    def locked(self, query: str, *values: object) -> Iterator[None]:
        """Hold the locks that a query takes for the lines inside."""
        with self.connect() as connection, connection.transaction():
            connection.execute(cast("sql.SQL", query), values)
            yield

    def somebody_waits(self) -> bool:
        """Tell whether a process waits for a lock that another one holds."""
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        return bool(self.one(waiting))

    def one(self, query: str, *values: object) -> Any:
        """Return the one value that a query gives."""
        ((value,),) = self.rows(query, *values)
        return value

    def bank(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Ask the simulated bank itself."""
        known = self.whole_environment
        secret = known["TROCO_SIMULATOR_SECRET"]
        headers = {"Authorization": f"Bearer {secret}", "X-Oracle": "yes"}
        url = f"{known['TROCO_SIMULATOR_URL']}{path}"
        reply = httpx.request(method, url, json=body, headers=headers, timeout=20)
        reply.raise_for_status()
        return cast("dict[str, Any]", reply.json())

    def executions(self) -> list[dict[str, Any]]:
        """Return everything that the banks truly did."""
        page = self.bank("GET", "/oracle?limit=5000")
        assert page["next"] is None
        return cast("list[dict[str, Any]]", page["executions"])

"""An embedded Postgres of our own: found, initialised, started, stopped, and cleaned up after.

It listens on a Unix socket only, in a private folder. It refuses to share: one data directory, one
server. It dies with the process that started it, by a fast shutdown.

The server refuses to run as root. As root (the usual case in a container) it is started in a user
namespace, where the kernel allows one, else as ``nobody``; see ``confine.py``.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

from launcher import databases
from launcher.binaries import Binaries, find_binaries
from launcher.confine import NOBODY
from launcher.errors import LauncherError
from launcher.folders import make_short_folder, remove_short_folder

_CONFINE = str(Path(__file__).with_name("confine.py"))
_START_SECONDS = 60
_STOP_SECONDS = 30
_ORPHAN_SECONDS = 15

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": "5432",
    # Room for 100 parallel payments of one test besides the pools of every process.
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Short payments: compiling their plans costs more than it saves.
    "jit": "off",
    # After a checkpoint the first change of each page writes the whole page to the log. Ids of
    # the books lie all over their index, so checkpoints every few seconds would double the log.
    # What was written since the last one is what a crash has to do again, and nobody is let in
    # before: at most five minutes' worth.
    "checkpoint_timeout": "5min",
    "max_wal_size": "4GB",
    "shared_buffers": "256MB",
    "log_min_duration_statement": "1000",
    "log_lock_waits": "on",
}
# After a crash every file is made to reach the disk, one after the other, before the log is read;
# there are thousands. Linux can do it for all of them at once.
_ON_LINUX = {"recovery_init_sync_method": "syncfs"}
# A crash may lose everything: for tests only.
_FAST_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum_naptime": "10min",
}


@dataclass(frozen=True)
class Urls:
    """How to reach the databases of a running server."""

    application: str
    owner: str
    broker: str
    superuser: str

    def environment(self) -> dict[str, str]:
        """Return the settings of the product that name these databases."""
        return {
            "DATABASE_URL": self.application,
            "DATABASE_OWNER_URL": self.owner,
            "CELERY_BROKER_URL": self.broker,
        }


class Postgres:
    """One data directory and the server that runs on it."""

    def __init__(
        self,
        data: Path,
        *,
        log: Path,
        fast: bool = False,
        report: Callable[[str], None] = lambda _line: None,
    ) -> None:
        """Describe a server; ``start`` starts it.

        Args:
            data: The data directory; made when it does not exist.
            log: File that receives the server's words.
            fast: Give up durability for speed; for tests only.
            report: Is told one line about each slow step.
        """
        self.data = data.absolute()
        self.log = log
        self.fast = fast
        self.report = report
        self.process: subprocess.Popen[bytes] | None = None
        self._folder = ""
        self._mode = "plain"

    @property
    def urls(self) -> Urls:
        """URLs of the databases; only after ``start``."""
        make = databases.make_url
        folder = self._folder
        return Urls(
            application=make(folder, role=databases.APPLICATION, database=databases.DATABASE),
            owner=make(folder, role=databases.OWNER, database=databases.DATABASE),
            broker=make(
                folder,
                role=databases.APPLICATION,
                database=databases.BROKER_DATABASE,
                scheme="pgmq",
            ),
            superuser=make(folder, role=databases.SUPERUSER, database="postgres"),
        )

    def start(self) -> Urls:
        """Start the server and make its roles and databases; return how to reach them.

        Raises:
            LauncherError: It cannot run here, or one already runs; the text says what to do.
        """
        self.data.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._refuse_second_server()
        binaries = self._binaries()
        self._make_data_folder()
        self._mode = _choose_mode(binaries, self.data)
        self._give_to_server(self.data)
        if self._data_major() is None:
            self._initialise(binaries)
        self._make_socket_folder()
        self._launch(binaries)
        try:
            self._wait_until_it_answers()
            databases.prepare_cluster(self._folder)
        except BaseException:
            self.stop()
            raise
        return self.urls

    def revive(self) -> None:
        """Start a server that fell, at the same address, so that its clients find it again."""
        self._refuse_second_server()
        self._launch(self._binaries())
        self._wait_until_it_answers()

    def prepare(self) -> None:
        """Make again whatever of roles and databases is gone; the server runs."""
        databases.prepare_cluster(self._folder)

    def has_fallen(self) -> bool:
        """Tell whether the server ended by itself."""
        return self.process is not None and self.process.poll() is not None

    def stop(self) -> None:
        """Stop the server by a fast shutdown, which ends open connections and loses nothing."""
        process = self.process
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                # SIGQUIT: leave at once; the next start replays the log.
                process.send_signal(signal.SIGQUIT)
                process.wait()
        self.process = None
        remove_short_folder(self._note)

    def _binaries(self) -> Binaries:
        return find_binaries(
            setting=os.environ.get("TROCO_POSTGRES_BIN", ""), data_major=self._data_major()
        )

    def _data_major(self) -> int | None:
        try:
            return int((self.data / "PG_VERSION").read_text(encoding="ascii").split(".")[0])
        except (FileNotFoundError, ValueError):
            return None

    def _refuse_second_server(self) -> None:
        """Wait for a dying server of this data directory, clear up after a killed one."""
        deadline = time.monotonic() + _ORPHAN_SECONDS
        while running := _servers_on(self.data):
            if time.monotonic() > deadline:
                message = (
                    f"Postgres (process {running[0]}) already runs on {self.data}. "
                    "Stop the server that uses it, or set TROCO_HOME to another directory."
                )
                raise LauncherError(message)
            time.sleep(0.1)
        # No server is left, so the file is stale; its number may belong to a stranger by now,
        # which would keep Postgres from starting.
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _make_data_folder(self) -> None:
        if self.data.exists() and self._data_major() is None and any(self.data.iterdir()):
            # A first start was interrupted: PG_VERSION is written before anything of worth.
            shutil.rmtree(self.data)
        self.data.mkdir(exist_ok=True)
        owner = self.data.stat().st_uid
        if os.geteuid() == 0 and owner not in {0, NOBODY}:
            # To take the files over would lock their person out of the next start.
            message = f"{self.data} belongs to another person (uid {owner}): start as them."
            raise LauncherError(message)
        self.data.chmod(0o700)

    def _give_to_server(self, folder: Path) -> None:
        """Make the identity that runs the server own a folder and what is in it."""
        if os.geteuid() != 0:
            return
        owner = NOBODY if self._mode.startswith("nobody") else 0
        for path in (folder, *folder.rglob("*")):
            if path.lstat().st_uid != owner:
                os.chown(path, owner, owner, follow_symlinks=False)

    def _initialise(self, binaries: Binaries) -> None:
        self.report(f"making a Postgres {binaries.major} data directory")
        command = [binaries.initdb, "-D", str(self.data), "-U", databases.SUPERUSER]
        command += ["--auth=trust", "--encoding=UTF8", *_locale(binaries)]
        if self.fast:
            command.append("--no-sync")
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            done = subprocess.run(  # noqa: S603 - our own command.
                self._confined(command), stdout=log, stderr=log, cwd="/", check=False
            )
        if done.returncode != 0:
            message = f"initdb failed; its last words, from {self.log}:\n{self._last_words()}"
            raise LauncherError(message)

    def _make_socket_folder(self) -> None:
        folder = make_short_folder(self._note)
        self._give_to_server(folder)
        self._folder = str(folder)

    @property
    def _note(self) -> Path:
        return self.data.with_name(f"{self.data.name}.socket")

    def _launch(self, binaries: Binaries) -> None:
        settings = _SETTINGS | (_ON_LINUX if sys.platform == "linux" else {})
        settings |= _FAST_SETTINGS if self.fast else {}
        settings["unix_socket_directories"] = self._folder
        command = [binaries.postgres, "-D", str(self.data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own command.
                self._confined(command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                process_group=0,
            )

    def _confined(self, command: list[str]) -> list[str]:
        parent = str(os.getpid())
        return [sys.executable, "-I", "-S", _CONFINE, self._mode, "INT", parent, *command]

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                psycopg.connect(self.urls.superuser, connect_timeout=5).close()
            except psycopg.OperationalError as error:
                process = self.process
                if process is None or process.poll() is not None or time.monotonic() > deadline:
                    message = f"Postgres did not start; from {self.log}:\n{self._last_words()}"
                    raise LauncherError(message) from error
                time.sleep(0.02)
            else:
                return

    def _last_words(self) -> str:
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:])


def _servers_on(data: Path) -> list[int]:
    """Return the pids of Postgres processes whose working directory is this data directory.

    Backends of a killed server count too: they hold its shared memory until they notice.
    """
    found = []
    wanted = str(data.resolve())
    for process in psutil.process_iter(["name", "cwd", "status"]):
        details = process.info
        if details["name"] == "postgres" and details["cwd"] == wanted:
            found.append(process.pid)
    return found


def _choose_mode(binaries: Binaries, data: Path) -> str:
    """Return the first mode in which the server can run and reach its files."""
    modes = _modes_to_try()
    failures = []
    for mode in modes:
        command = [sys.executable, "-I", "-S", _CONFINE, mode, "INT", "0", "--probe"]
        if mode.startswith("nobody"):
            os.chown(data, NOBODY, NOBODY)
        elif os.geteuid() == 0:
            os.chown(data, 0, 0)
        probe = subprocess.run(  # noqa: S603 - our own command.
            [*command, binaries.postgres, str(data)],
            capture_output=True,
            text=True,
            cwd="/",
            check=False,
        )
        if probe.returncode == 0:
            return mode
        failures.append(f"{mode}: {(probe.stderr.strip().splitlines() or ['failed'])[-1]}")
    message = (
        "Postgres refuses to run as root, and no way to run it as someone else works here "
        f"({'; '.join(failures)}). Run as an ordinary person, or set DATABASE_URL."
    )
    raise LauncherError(message)


def _modes_to_try() -> tuple[str, ...]:
    if os.geteuid() == 0:
        return ("userns", "nobody", "nobody-reach")
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        # initdb wants a name for its person; the namespace gives it one.
        return ("userns", "plain")
    return ("plain",)


def _locale(binaries: Binaries) -> list[str]:
    """Return locale options that sort and fold alike on every machine."""
    if binaries.major >= 17:  # noqa: PLR2004 - the first version with a locale of its own.
        return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--locale=C.UTF-8"]

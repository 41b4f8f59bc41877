"""Bring an instance up, keep it up, take it down: ``script/server``.

Everything that is started here ends here, in an order that loses nothing, and nothing else is
touched: processes are known by the handles of those who started them, never by a name.
"""

import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

import psycopg

from launcher import databases, folders, instance
from launcher.children import Child, confined
from launcher.errors import LauncherError
from launcher.home import Home
from launcher.instance import ROOT, Options
from launcher.plan import STOPPING, Site, make_children
from launcher.postgres import Postgres
from launcher.progress import Progress, put

_READY_SECONDS = 240.0
_SIMULATOR_SECONDS = 30.0
# A child that cannot start falls at once, again and again; one fall may be bad luck.
_FALLS_BEFORE_READY = 3
_LOOK_SECONDS = 0.1
_READY_LOOK_SECONDS = 0.5
_QUEUE_SECONDS = 5.0
_TRY_AGAIN_SECONDS = 5.0
_HTTP_OK = 200


class StopAskedError(Exception):
    """A signal asked us to stop."""


class Supervisor:
    """One run of one instance."""

    def __init__(self, options: Options, *, tell_story: bool) -> None:
        """Describe the run; ``run`` does it."""
        self.options = options
        self.tell_story = tell_story
        self.home = Home(options.home)
        self.progress = Progress()
        self.postgres: Postgres | None = None
        self.children: list[Child] = []
        self._environment: dict[str, str] = {}
        self._settings: dict[str, str] = {}
        self._stop_asked = False
        self._impatient = False
        self._loud = False
        self._is_up = False
        self._is_noted = True
        self._revive_at = 0.0

    def run(self) -> int:
        """Start everything, watch it until a signal, stop everything; return an exit code."""
        self.home.lock()
        try:
            with self._signals():
                try:
                    self._bring_up()
                    self._watch()
                except StopAskedError:
                    pass
                finally:
                    self._take_down()
        finally:
            self.home.unlock()
        return 0

    def _bring_up(self) -> None:
        options = self.options
        instance.refuse_taken_port(options.host, options.port)
        self.progress.say(f"home {self.home.path}, {options.mode}, port {options.port}")
        self._settle_environment()
        with self.progress.step("migrating the database"):
            self._manage("migrate", "--verbosity", "0", TROCO_DATABASE_ROLE="owner")
        self._describe_children()
        if options.mode == "sandbox":
            # Seeding pays through the services, so their bank has to answer.
            self._start([child for child in self.children if child.name == "simulator"])
            self._wait_for_simulator()
            self.progress.say("seeding the sandbox")
            # Fewer days of history than the usual ninety, for those who only need a world.
            days = os.environ.get("TROCO_SEED_DAYS")
            self._manage("seed_sandbox", *(["--days", days] if days else []))
        self._start([child for child in self.children if child.process is None])
        with self.progress.step("waiting until it can serve"):
            self._wait_until_ready()
        self.progress.say(f"ready: {options.url}")
        self._loud = self._is_up = True
        if options.mode == "sandbox":
            self._tell()

    def _tell(self) -> None:
        """Play the main job once, if wanted, and print who may sign in where."""
        if self.tell_story:
            self.progress.say("telling the story")
            code = self._try_manage("tell_story")
            if code != 0:
                self.progress.say("the story broke; the lines above say where")
        self._try_manage("show_logins")
        self.progress.say(f"serving at {self.options.url}; Ctrl-C stops it")

    def _settle_environment(self) -> None:
        """Decide every setting the children read; start Postgres when none was given."""
        settings = {
            "TROCO_HOME": str(self.home.path),
            "TROCO_HOST": self.options.host,
            "TROCO_PORT": str(self.options.port),
            "TROCO_MODE": self.options.mode,
            **self._database_settings(),
            **instance.simulator_settings(self.home, self.options),
        }
        settings.setdefault("TROCO_PUBLIC_URL", self.options.url)
        if "TROCO_PUBLIC_URL" in os.environ:
            settings["TROCO_PUBLIC_URL"] = os.environ["TROCO_PUBLIC_URL"]
        self._settings = settings
        # A key that the operator gives wins over the generated one.
        keys = {name: os.environ.get(name) or key for name, key in self.home.keys().items()}
        self._environment = {**os.environ, **keys, **settings}
        instance.write_note(self.home, settings)

    def _database_settings(self) -> dict[str, str]:
        given = os.environ.get("DATABASE_URL")
        if given:
            broker = os.environ.get("CELERY_BROKER_URL")
            if not broker:
                message = "With DATABASE_URL, set CELERY_BROKER_URL too; see docs/operations.md."
                raise LauncherError(message)
            databases.install_queue(broker)
            owner = os.environ.get("DATABASE_OWNER_URL") or given
            return {
                "DATABASE_URL": given,
                "DATABASE_OWNER_URL": owner,
                "CELERY_BROKER_URL": broker,
            }
        with self.progress.step("starting Postgres"):
            self.postgres = Postgres(
                self.home.data, log=self.home.logs / "postgres.log", report=self.progress.say
            )
            urls = self.postgres.start().environment()
        broker = os.environ.get("CELERY_BROKER_URL") or urls["CELERY_BROKER_URL"]
        return {**urls, "CELERY_BROKER_URL": broker}

    def _describe_children(self) -> None:
        folder = folders.make_short_folder(self._run_note)
        site = Site(
            home=self.home,
            options=self.options,
            wsgi_socket=folder / "web",
            environment=self._environment,
            show=self._show,
        )
        simulator = "TROCO_SIMULATOR_PORT" in self._settings
        self.children = make_children(site, simulator=simulator)

    def _start(self, children: list[Child]) -> None:
        for child in children:
            child.start()
        self._note_processes()
        if children:
            self.progress.say("started " + ", ".join(child.name for child in children))

    def _wait_for_simulator(self) -> None:
        """Wait until the simulated bank takes connections, if it is ours."""
        port = int(self._settings.get("TROCO_SIMULATOR_PORT", "0"))
        deadline = time.monotonic() + _SIMULATOR_SECONDS
        while port and not instance.answers("127.0.0.1", port):
            self._look_after()
            self._refuse_hopeless()
            if time.monotonic() > deadline:
                raise LauncherError(_last_words(self.children[0]))
            time.sleep(_LOOK_SECONDS)

    def _refuse_hopeless(self) -> None:
        """Give up when a child falls again and again before it ever served."""
        for child in self.children:
            if child.falls >= _FALLS_BEFORE_READY:
                raise LauncherError(_last_words(child))

    @property
    def _run_note(self) -> Path:
        return self.home.path / "run.folder"

    def _show(self, name: str, line: str) -> None:
        """Print a child's line, once the start is over; before that its log has it."""
        if self._loud:
            put(f"{name:>9} | {line}\n")

    def _note_processes(self) -> None:
        pids: dict[str, object] = {"supervisor": os.getpid()}
        if self.postgres is not None and self.postgres.process is not None:
            pids["postgres"] = self.postgres.process.pid
        for child in self.children:
            if child.process is not None:
                pids[child.name] = child.process.pid
        try:
            self.home.write_json("processes.json", pids)
        except OSError as error:
            if self._is_noted:
                self.progress.say(f"processes.json cannot be written: {error}")
            self._is_noted = False
        else:
            self._is_noted = True

    def _manage(self, *arguments: str, **extra: str) -> None:
        code = self._try_manage(*arguments, **extra)
        if code != 0:
            message = f"manage.py {arguments[0]} failed; the lines above say why."
            raise LauncherError(message)

    def _try_manage(self, *arguments: str, **extra: str) -> int:
        """Run a command of the product to its end and return its exit code."""
        process = subprocess.Popen(  # noqa: S603 - our own command.
            confined([sys.executable, str(ROOT / "manage.py"), *arguments]),
            env={**self._environment, **extra},
            stdin=subprocess.DEVNULL,
            process_group=0,
        )
        try:
            while process.poll() is None:
                self._look_after()
                time.sleep(_LOOK_SECONDS)
        finally:
            if process.poll() is None:
                process.terminate()
                with suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=10)
                process.kill()
                process.wait()
        return process.returncode

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while (answer := self._ask_ready()) != "":
            self._look_after()
            self._refuse_hopeless()
            if time.monotonic() > deadline:
                message = f"Not ready after {_READY_SECONDS:.0f} seconds: {answer}"
                raise LauncherError(message)
            time.sleep(_READY_LOOK_SECONDS)

    def _ask_ready(self) -> str:
        """Ask ``/readyz``; return an empty text when it is, else what it says."""
        host = self.options.url.removeprefix("http://").rsplit(":", 1)[0]
        connection = http.client.HTTPConnection(host, self.options.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            body = answer.read(2000).decode("utf-8", errors="replace")
        except (OSError, http.client.HTTPException) as error:
            return str(error)
        finally:
            connection.close()
        return "" if answer.status == _HTTP_OK else f"{answer.status} {body}"

    def _watch(self) -> None:
        threading.Thread(target=self._keep_queue, name="queue", daemon=True).start()
        while True:
            self._look_after()
            time.sleep(_LOOK_SECONDS)

    def _look_after(self) -> None:
        """Start again what fell; leave the start when a signal asked for it.

        The signal's handler only sets a flag: what it interrupts may hold a lock or half a line.
        """
        if self._stop_asked:
            raise StopAskedError
        if self.postgres is not None and self.postgres.has_fallen():
            self._revive(self.postgres)
        for child in self.children:
            child.look()
            if child.has_fallen() and child.process is not None:
                code = child.process.returncode
                delay = child.plan_restart()
                self.progress.say(f"{child.name} fell ({code}); again in {delay:.1f} s")
            if child.is_due():
                self._start_again(child)
        if not self._is_noted:
            self._note_processes()

    def _start_again(self, child: Child) -> None:
        """Start a child that fell; what the system has no room for now is tried again."""
        try:
            child.start()
        except OSError as error:
            child.restart_at = time.monotonic() + _TRY_AGAIN_SECONDS
            self.progress.say(f"{child.name} could not be started: {error}")
        else:
            self._note_processes()

    def _revive(self, postgres: Postgres) -> None:
        """Start Postgres again; where it cannot start now, try again for as long as we are up.

        A disk that is full keeps it from recovering, and will not be full for ever.
        """
        if time.monotonic() < self._revive_at:
            return
        self.progress.say("postgres fell; starting it again")
        try:
            postgres.revive()
        except LauncherError as error:
            if not self._is_up:
                raise
            self._revive_at = time.monotonic() + _TRY_AGAIN_SECONDS
            self.progress.say(f"{error}\nagain in {_TRY_AGAIN_SECONDS:.0f} s")
        else:
            self._note_processes()

    def _keep_queue(self) -> None:
        """Make the default broker's queue again when it is gone: workers wait for it for ever.

        In a thread: a database that does not answer must not keep children from being started.
        """
        broker = self._settings["CELERY_BROKER_URL"]
        while not self._stop_asked:
            time.sleep(_QUEUE_SECONDS)
            try:
                if databases.has_queue(broker):
                    continue
                if self.postgres is not None:
                    self.postgres.prepare()
                databases.install_queue(broker)
                self.progress.say("the broker's queue was gone; made it again")
            except psycopg.Error:
                continue  # Postgres itself is away; it is started again elsewhere.

    def _take_down(self) -> None:
        """Stop in the order that loses nothing: way in, work in hand, clock, bank, database."""
        self._loud = False
        self.progress.say("stopping")
        # From here on a signal means: hurry.
        self._stop_asked = True
        by_name = {child.name: child for child in self.children}
        for names in STOPPING:
            batch = [by_name[name] for name in names if name in by_name]
            for child in batch:
                child.ask_to_stop()
            for child in batch:
                child.wait_until_stopped(patient=lambda: not self._impatient)
                self.progress.say(f"stopped {child.name}")
        if self.postgres is not None:
            self.postgres.stop()
            self.progress.say("stopped postgres")
        folders.remove_short_folder(self._run_note)
        instance.remove_note(self.home)
        (self.home.path / "processes.json").unlink(missing_ok=True)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Stop in peace at the first signal, at once at the second."""
        before = {
            number: signal.signal(number, self._hear)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _hear(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the signature is Python's.
        if self._stop_asked:
            self._impatient = True
            return
        self._stop_asked = True


def _last_words(child: Child) -> str:
    lines = child.log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:]
    return f"{child.name} does not start. Its last words, from {child.log}:\n" + "\n".join(lines)


def serve(environment: Mapping[str, str], *, tell_story: bool) -> int:
    """Run an instance until it is told to stop."""
    return Supervisor(instance.read_options(environment), tell_story=tell_story).run()

"""One child of the supervisor: started in its own group, heard, restarted, stopped.

A child dies with the supervisor (the kernel sends it SIGTERM), and what it leaves behind in its
process group is killed, so that nothing of an instance outlives it.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_CONFINE = str(Path(__file__).with_name("confine.py"))
_FIRST_DELAY_SECONDS = 0.5
_LONGEST_DELAY_SECONDS = 30.0
# A child that takes no connections and lived this long did start.
_SETTLED_SECONDS = 10.0
_LARGEST_LOG_BYTES = 10_000_000


def confined(command: Sequence[str]) -> list[str]:
    """Return the command, wrapped so that it ends when this process does."""
    parent = str(os.getpid())
    return [sys.executable, "-I", "-S", _CONFINE, "plain", "TERM", parent, *command]


@dataclass
class Child:
    """A process to keep running.

    Attributes:
        name: Short name for the log and for ``processes.json``.
        command: The program by its full path, and its arguments.
        environment: All of its environment.
        stop_seconds: How long it may take to end in peace.
        log: File that receives what it prints.
        show: Is told each line it prints.
        serves: Tells whether it takes connections; None where nobody connects to it.
        has_served: Whether the process that runs, or ran last, was ever seen to serve.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    show: Callable[[str, str], None]
    stop_seconds: float = 10.0
    serves: Callable[[], bool] | None = None
    has_served: bool = False
    process: subprocess.Popen[bytes] | None = None
    falls: int = 0
    restart_at: float | None = None
    _started_at: float = 0.0
    _listeners: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Start the process; from the main thread only.

        The kernel ties the child's life to the thread that started it.
        """
        if self.log.exists() and self.log.stat().st_size > _LARGEST_LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        self.process = subprocess.Popen(  # noqa: S603 - our own command.
            confined(self.command),
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
        self.restart_at = None
        self.has_served = False
        self._started_at = time.monotonic()
        listener = threading.Thread(target=self._listen, args=(self.process,), daemon=True)
        listener.start()
        self._listeners = [each for each in self._listeners if each.is_alive()] + [listener]

    def look(self) -> None:
        """See whether it serves by now: from then on a fall is no failure to start."""
        if self.has_served or self.process is None or self.process.poll() is not None:
            return
        is_old = time.monotonic() - self._started_at > _SETTLED_SECONDS
        self.has_served = self.serves() if self.serves else is_old

    def has_fallen(self) -> bool:
        """Tell whether the process ended by itself and its restart is not yet planned."""
        return (
            self.restart_at is None and self.process is not None and self.process.poll() is not None
        )

    def plan_restart(self) -> float:
        """Sweep up after a fall and choose the moment of the restart.

        Returns:
            Seconds until then: none for one that served, however often it was killed; for one
            that does not start, doubling with each try.
        """
        self._kill_group()
        self.falls = 0 if self.has_served else self.falls + 1
        doubled = _FIRST_DELAY_SECONDS * 2.0 ** (self.falls - 1)
        delay = min(doubled, _LONGEST_DELAY_SECONDS) if self.falls else 0.0
        self.restart_at = time.monotonic() + delay
        return delay

    def is_due(self) -> bool:
        """Tell whether a planned restart should happen now."""
        return self.restart_at is not None and time.monotonic() >= self.restart_at

    def ask_to_stop(self) -> None:
        """Send SIGTERM; the process may finish what it has in hand."""
        self.restart_at = None
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def wait_until_stopped(self, *, patient: Callable[[], bool]) -> None:
        """Wait for its end; kill what remains after ``stop_seconds``, or when patience ends."""
        process = self.process
        if process is None:
            return
        deadline = time.monotonic() + self.stop_seconds
        while process.poll() is None and time.monotonic() < deadline and patient():
            time.sleep(0.02)
        self._kill_group()
        process.wait()
        for listener in self._listeners:
            listener.join(timeout=2)

    def _kill_group(self) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        stream = process.stdout
        if stream is None:
            return
        with stream, self.log.open("ab", buffering=0) as log:
            for line in stream:
                # A full disk costs lines; were nobody to listen any more, the child would stand.
                with contextlib.suppress(OSError):
                    log.write(line)
                self.show(self.name, line.decode("utf-8", errors="replace").rstrip("\n"))

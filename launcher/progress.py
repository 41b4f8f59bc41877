"""What a person sees while an instance starts: one line for each step, with the seconds so far."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_STILL_SECONDS = 10


def put(text: str) -> None:
    """Print at once, also when the output is a file; on a full disk what is said is lost."""
    with suppress(OSError):
        sys.stdout.write(text)
        sys.stdout.flush()


class Progress:
    """Prints lines that begin with the seconds since the start."""

    def __init__(self) -> None:
        """Start the watch."""
        self._start = time.monotonic()

    def say(self, line: str) -> None:
        """Print one line."""
        elapsed = time.monotonic() - self._start
        put(f"{elapsed:7.1f}s  {line}\n")

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Announce a step, and say every ten seconds that it still goes on."""
        self.say(name)
        done = threading.Event()

        def remind() -> None:
            while not done.wait(_STILL_SECONDS):
                self.say(f"… {name}")

        reminder = threading.Thread(target=remind, daemon=True)
        reminder.start()
        try:
            yield
        finally:
            done.set()
            reminder.join()

"""What happened, line by line: on the console while it happens, in Markdown afterwards."""

import time
from collections.abc import Callable


class StoryFailed(Exception):
    """A step of the story did not go as it must."""


class Transcript:
    """Collects the lines of a telling.

    Args:
        say: Where each line goes at once.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        """Begin an empty transcript."""
        self._say = say
        self._lines: list[str] = []
        self._fenced = False
        self._began = time.monotonic()
        self.steps = 0

    def chapter(self, title: str) -> None:
        """Begin a chapter."""
        self._close()
        self._write("", f"## {title}", "")

    def tell(self, sentence: str) -> None:
        """Say what is happening, for people."""
        self._close()
        self._write(sentence, "")

    def call(self, line: str) -> None:
        """Note a call and its answer."""
        if not self._fenced:
            self._fenced = True
            self._write("```text")
        self._write(line)

    def check(self, what: str, *, found: object, expected: object) -> None:
        """Let the story go on only if what was found is what must be.

        Raises:
            StoryFailed: It is not.
        """
        self.steps += 1
        if found != expected:
            raise StoryFailed(f"{what}: expected {expected!r}, found {found!r}")
        self.call(f"  ✓ {what}: {_short(found)}")

    def text(self) -> str:
        """Return the whole telling as Markdown."""
        self._close()
        return "\n".join(self._lines).strip() + "\n"

    def seconds(self) -> float:
        """Return how long it has taken so far."""
        return time.monotonic() - self._began

    def _close(self) -> None:
        if self._fenced:
            self._fenced = False
            self._write("```", "")

    def _write(self, *lines: str) -> None:
        for line in lines:
            self._lines.append(line)
            self._say(line)


def _short(value: object) -> str:
    """Write a value so that it reads: texts without quotes."""
    return value if isinstance(value, str) else repr(value)

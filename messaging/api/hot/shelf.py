"""Pages of history that were told before, each as long as the database says that it is the same.

Whoever opens a conversation again, or looks whether there is anything new, asks for a page that has
not changed since; building it is most of what a page costs. It is kept by its reader's token and
given only when the statement that finds the reader and the conversation returns the same stamp: so
what is told is never older than the question (``messaging/queries/quick.py``).
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from messaging.queries.quick import Page

MOST_PAGES: Final = 2_000
MOST_BYTES: Final = 16_000_000


@dataclass(frozen=True, slots=True)
class Kept:
    """A page as it was told, and the stamp that it had; an empty stamp where none was."""

    stamp: str
    body: bytes


_NOTHING: Final = Kept("", b"")


class Shelf:
    """The pages told last, within bounds."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        self._pages: OrderedDict[tuple[bytes, Page], Kept] = OrderedDict()
        self._bytes = 0

    def get(self, token: bytes, page: Page) -> Kept:
        """Return what a reader was told of a page."""
        key = (token, page)
        if key not in self._pages:
            return _NOTHING
        self._pages.move_to_end(key)
        return self._pages[key]

    def put(self, token: bytes, page: Page, kept: Kept) -> None:
        """Keep a page, and let go of those that were asked for longest ago."""
        earlier = self._pages.pop((token, page), _NOTHING)
        self._pages[token, page] = kept
        self._bytes += len(kept.body) - len(earlier.body)
        while self._bytes > MOST_BYTES or len(self._pages) > MOST_PAGES:
            _key, oldest = self._pages.popitem(last=False)
            self._bytes -= len(oldest.body)

    def clear(self) -> None:
        """Forget everything: the database may be another one when it is back."""
        self._pages.clear()
        self._bytes = 0

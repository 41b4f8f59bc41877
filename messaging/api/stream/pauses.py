"""How long to wait before coming back: a little longer each time, and nobody at the same moment."""

import secrets
from typing import Final

FIRST_SECONDS: Final = 0.1
LONGEST_SECONDS: Final = 2.0
_GRAINS: Final = 1000


class Pauses:
    """Pauses of a connection that breaks again and again.

    Each is a part, half at least, of a bound that doubles up to two seconds: processes that lost
    the server in one moment do not all come back in one.
    """

    def __init__(self) -> None:
        """Begin with the shortest."""
        self._bound = FIRST_SECONDS

    def next(self) -> float:
        """Return how many seconds to wait now."""
        seconds = self._bound * part()
        self._bound = min(self._bound * 2, LONGEST_SECONDS)
        return seconds

    def begin_anew(self) -> None:
        """Note that the connection stands."""
        self._bound = FIRST_SECONDS


def part() -> float:
    """Return a number from a half up to one, another each time."""
    return 0.5 + secrets.randbelow(_GRAINS) / (2 * _GRAINS)

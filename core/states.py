"""Tables of moves: which state may follow which.

A table is frozen when it is made. The tables themselves live in each app's ``states.py``,
and only that app's ``_move`` function consults them, so that the row, its history and the
news of the change are written together or not at all.

The table is checked here and again by the database (a unique index allows one newest move
for each thing), because two processes may read the same old state at the same time.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from types import MappingProxyType

from core.errors import StateConflict


class Moves:
    """A frozen table of allowed moves.

    Args:
        table: For each state the states that may follow it. A state that only appears on
            the right is final.

    Attributes:
        all: Every state the table knows.
        final: The states that nothing follows.
    """

    def __init__(self, table: Mapping[str, AbstractSet[str]]) -> None:
        """Freeze the table and work out which states are final."""
        frozen = {old: frozenset(new) for old, new in table.items()}
        self._table: Mapping[str, frozenset[str]] = MappingProxyType(frozen)
        targets = frozenset(state for new in frozen.values() for state in new)
        self.all: frozenset[str] = frozenset(frozen) | targets
        self.final: frozenset[str] = frozenset(s for s in self.all if not frozen.get(s))

    def allows(self, old: str, new: str) -> bool:
        """Tell whether ``new`` may follow ``old``."""
        return new in self._table.get(old, frozenset())

    def check(self, old: str, new: str) -> None:
        """Let an allowed move pass.

        Raises:
            StateConflict: ``new`` may not follow ``old``; both are in the problem.
        """
        if not self.allows(old, new):
            raise StateConflict(state=old, asked=new)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Yield every allowed move, in order of its names."""
        for old in sorted(self._table):
            for new in sorted(self._table[old]):
                yield old, new

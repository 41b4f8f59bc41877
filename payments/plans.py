"""Plans that do not depend on what the statistics last said.

A bank's day begins with empty tables and a minute later has a hundred thousand rows. Until they
are counted again, the planner takes them for one row, reads a table anew for each row of another,
and a job of a second takes an hour. Seen with twelve hundred lines of a statement: 402 s instead
of one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

_PINNED = ("enable_nestloop", "enable_mergejoin", "enable_seqscan", "jit")
_PIN = "; ".join(f"SET LOCAL {name} = off" for name in _PINNED)
_UNPIN = "; ".join(f"SET LOCAL {name} TO DEFAULT" for name in _PINNED)

_IN_ORDER = "SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off"
_IN_ANY_ORDER = "SET LOCAL enable_bitmapscan TO DEFAULT; SET LOCAL enable_sort TO DEFAULT"


@contextmanager
def read_in_order(cursor: "CursorWrapper") -> Iterator[None]:
    """Have the statements inside read a page along the index of its order.

    Otherwise a table taken for one row is read whole and sorted for each page: a hundred thousand
    lines in two hundred pages took ten seconds instead of two.

    Args:
        cursor: Inside a transaction.
    """
    cursor.execute(_IN_ORDER)
    yield
    cursor.execute(_IN_ANY_ORDER)


@contextmanager
def joined_by_hash(cursor: "CursorWrapper") -> Iterator[None]:
    """Have the statements inside join whole sets by hash, and read tables by an index.

    They are written for it: what they look up they ask for by all keys at once
    (``= ANY (ARRAY(…))``). A merge join would read a whole index in its order instead. Where a
    statement fails, its transaction ends and the settings with it.

    Args:
        cursor: Inside a transaction.
    """
    cursor.execute(_PIN)
    yield
    cursor.execute(_UNPIN)

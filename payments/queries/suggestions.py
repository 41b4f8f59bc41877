"""What open statement lines may have been: guesses with a score and a reason, for staff."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType

from django.db import connection
from django.utils.translation import gettext_lazy as _

MOST_FOR_EACH = 5
_SQL = Path(__file__).resolve().parents[1] / "sql" / "matching" / "suggest.sql"
_SUGGEST = _SQL.read_text(encoding="utf-8")

WHY: Mapping[str, object] = MappingProxyType(
    {
        "same_name": _("the same id, another amount"),
        "same_amount_and_day": _("the same amount and day; no line shows it"),
        "same_amount": _("the same amount on another day; no line shows it"),
        "less_charge": _("a little more than the line: the bank may have kept a charge"),
        "still_open": _("the same amount; nobody knows its outcome"),
        "came_back": _("went out with this amount; it may have come back"),
        "same_payee": _("to the same name, another amount"),
        "opposite_line": _("a line that waits too, the other way round"),
        "whole_batch": _("a whole batch that the bank may have booked as one"),
    }
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One guess.

    Attributes:
        kind: ``fact`` (a payout or an attempt), ``line`` or ``batch``.
        name: Its public id, instruction id, or reference.
        amount_minor: Its amount, without a sign.
        day: When it was made, or was first missed.
        score: 0 to 100; 100 would be certain, and would have been matched.
        why: A key of ``WHY``.
    """

    kind: str
    name: str
    amount_minor: int
    day: date
    score: int
    why: str

    @property
    def words(self) -> str:
        """Say why."""
        return str(WHY[self.why])


def suggest(line_ids: Sequence[int]) -> dict[int, list[Suggestion]]:
    """Return guesses for open lines, best first, at most five for each; one query.

    Args:
        line_ids: Keys of lines; those without a guess have no entry in the answer.
    """
    found: dict[int, list[Suggestion]] = defaultdict(list)
    if not line_ids:
        return found
    with connection.cursor() as cursor:
        cursor.execute(_SUGGEST, {"lines": list(line_ids), "most": MOST_FOR_EACH})
        for line_id, *rest in cursor.fetchall():
            found[line_id].append(Suggestion(*rest))
    return found

"""Proving the books that were just written, and how long that takes."""

import time
from dataclasses import asdict, dataclass
from typing import Any

from payments.models import LedgerTransfer
from payments.services.checking import run_checks


@dataclass(frozen=True, slots=True)
class Proof:
    """What ``check_ledger`` found.

    Attributes:
        transfers: How many lines the books have.
        seconds: How long all checks took.
        seconds_a_million: The same for a million lines.
        broken: Names of checks that found something.
    """

    transfers: int
    seconds: float
    seconds_a_million: float
    broken: tuple[str, ...]

    @property
    def is_proven(self) -> bool:
        """Whether nothing was found."""
        return not self.broken

    def plain(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)


def prove() -> Proof:
    """Run every check."""
    count = LedgerTransfer.objects.count()
    started = time.monotonic()
    broken = tuple(each.check.name for each in run_checks() if each.offenders)
    seconds = time.monotonic() - started
    return Proof(count, round(seconds, 2), round(seconds / max(count, 1) * 1e6, 2), broken)

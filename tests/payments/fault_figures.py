"""The figures of the fault programme, and the table of them in the documents.

A behaviour writes its own row when its day is over, so that one may be played again alone.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from payments.models import BreakerMove, Payment, Payout, Refund, StatementLine
from tests.payments.fault_behaviours import BEHAVIOURS, F6
from tests.payments.fault_day import Day
from tests.payments.fault_verdict import read_truth

BEGINS = "<!-- figures of the fault programme: written by script/faults -->"
ENDS = "<!-- end of the figures -->"
_HEAD = (
    "| F6 | The bank … | Seed | Struck | Completed | Failed or cancelled | Returned "
    "| Once unknown | Refunds | Payouts settled | Refused, made anew | Executions "
    "| Breaker opened | Lines explained | Wrong | Seconds |\n"
)
_THROUGH = ("completed", "partially_refunded", "refunded")
_SAYS = [each.says for each in BEHAVIOURS]


@dataclass(frozen=True)
class Row:
    """What one behaviour came to."""

    says: str
    figures: tuple[int, ...]


def measure(day: Day, wrong: int) -> Row:
    """Count what became of a day's payments, refunds, payouts and lines."""
    ends = Counter(Payment.objects.values_list("state", flat=True))
    payouts = Counter(Payout.objects.values_list("state", flat=True))
    lines = StatementLine.objects.filter(resolved_by__isnull=False)
    figures = (
        day.seed,
        day.fired,
        sum(ends[each] for each in _THROUGH),
        ends["failed"] + ends["cancelled"],
        ends["returned"],
        day.unknowns,
        Refund.objects.filter(state="completed").count(),
        payouts["settled"],
        payouts["reissued"],
        sum(read_truth(day).times.values()),
        BreakerMove.objects.filter(from_state="closed", to_state="open").count(),
        lines.count(),
        wrong,
        round(day.seconds),
    )
    return Row(day.behaviour.says, figures)


def write_row(path: Path, row: Row, *, payments: int, seed: int) -> None:
    """Put a row into the table between two marks in a document, instead of its older one."""
    text = path.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGINS)
    table, _, after = rest.partition(ENDS)
    known = {
        line.split("|")[2].strip(): line
        for line in table.splitlines()
        if line.startswith("|") and line.count("|") == _HEAD.count("|")
    }
    known[row.says] = _written(row)
    rows = [known[says] for says in _SAYS if says in known]
    words = f"{len(rows)} behaviours, {payments} payments each, the last of them with seed {seed}."
    dashes = "| --- " * (_HEAD.count("|") - 1) + "|\n"
    table = f"\n\n{words}\n\n{_HEAD}{dashes}" + "\n".join(rows) + "\n\n"
    path.write_text(f"{before}{BEGINS}{table}{ENDS}{after}", encoding="utf-8")


def _written(row: Row) -> str:
    number = _SAYS.index(row.says) + 1
    named = str(number) if number <= len(F6) else ""
    return f"| {named} | {row.says} | {' | '.join(map(str, row.figures))} |"

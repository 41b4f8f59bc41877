"""The figures of the fault programme, and the table of them in the documents."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from payments.models import Payment, Payout, Refund, StatementLine
from tests.payments.fault_day import Day
from tests.payments.fault_verdict import read_truth

BEGINS = "<!-- figures of the fault programme: written by script/faults -->"
ENDS = "<!-- end of the figures -->"
_HEAD = (
    "| The bank … | Struck | Completed | Failed or cancelled | Returned | Once unknown "
    "| Refunds | Payouts settled | Refused, made anew | Executions | Lines explained | Wrong |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
)
_THROUGH = ("completed", "partially_refunded", "refunded")


@dataclass(frozen=True)
class Row:
    """What one behaviour came to."""

    says: str
    figures: tuple[int, ...]
    seconds: float


def measure(day: Day, wrong: int) -> Row:
    """Count what became of a day's payments, refunds, payouts and lines."""
    ends = Counter(Payment.objects.values_list("state", flat=True))
    payouts = Counter(Payout.objects.values_list("state", flat=True))
    lines = StatementLine.objects.filter(resolved_by__isnull=False)
    figures = (
        day.fired,
        sum(ends[each] for each in _THROUGH),
        ends["failed"] + ends["cancelled"],
        ends["returned"],
        day.unknowns,
        Refund.objects.filter(state="completed").count(),
        payouts["settled"],
        payouts["reissued"],
        sum(read_truth(day).times.values()),
        lines.count(),
        wrong,
    )
    return Row(day.behaviour.says, figures, day.seconds)


def write_figures(path: Path, rows: list[Row], *, payments: int, seed: int) -> None:
    """Put the table between its two marks in a document."""
    text = path.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGINS)
    _, _, after = rest.partition(ENDS)
    table = "".join(
        f"| {row.says} | {' | '.join(str(figure) for figure in row.figures)} |\n" for row in rows
    )
    minutes = sum(row.seconds for row in rows) / 60
    words = (
        f"{len(rows)} behaviours, {payments} payments each, seed {seed}: "
        f"{len(rows) * payments} payments in {minutes:.0f} minutes.\n\n"
    )
    path.write_text(f"{before}{BEGINS}\n\n{words}{_HEAD}{table}\n{ENDS}{after}", encoding="utf-8")

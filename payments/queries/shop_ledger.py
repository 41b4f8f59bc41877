"""What a shop is owed, line by line, from the books: the source of its statements.

Every line is a transfer into or out of the shop's ``payable`` account. So what stood there at the
beginning, plus the lines, is what stood there at the end, and at this moment it is exactly what
``payable_now`` says.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import BigIntegerField, Case, F, Q, Sum, When
from django.db.models.functions import TruncDate

from core.money import Money
from payments.enums import LedgerKind
from payments.models import LedgerAccount, LedgerTransfer
from payments.queries.shop import currency_of


@dataclass(frozen=True, slots=True)
class OwedLine:
    """One change of what a shop is owed.

    Attributes:
        seq: Its place in the books.
        at: When.
        kind: A ``TransferKind``.
        reference: The payment, refund or payout that it belongs to.
        delta: More than nothing when the shop is owed more.
    """

    seq: int
    at: datetime
    kind: str
    reference: str
    delta: Money


@dataclass(frozen=True, slots=True)
class OwedDay:
    """What one kind of change came to on one day."""

    day: date
    kind: str
    delta: Money
    count: int


def owed_before(party_id: int, moment: datetime, currency: str = "") -> Money:
    """Return what a shop was owed at the beginning of a moment.

    Two queries where the currency is given, four else.
    """
    currency, account = _account(party_id, currency)
    lines = _lines(account).filter(at__lt=moment)
    return Money(int(lines.aggregate(sum=Sum("delta"))["sum"] or 0), currency)


def owed_lines(
    party_id: int, span: tuple[datetime, datetime], after_seq: int, limit: int
) -> list[OwedLine]:
    """Return the next lines of a span, in the order of the books; four queries.

    Args:
        party_id: The shop's party.
        span: From this moment on, and before that one.
        after_seq: The place of the last line that was read; 0 at the beginning.
        limit: How many at most.
    """
    currency, account = _account(party_id)
    rows = _between(account, span).filter(seq__gt=after_seq).order_by("seq")[:limit]
    return [
        OwedLine(
            row["seq"], row["at"], row["kind"], row["payment_ref"], Money(row["delta"], currency)
        )
        for row in rows.values("seq", "at", "kind", "payment_ref", "delta")
    ]


def count_owed_lines(party_id: int, span: tuple[datetime, datetime]) -> int:
    """Return how many lines a span has; four queries."""
    _currency, account = _account(party_id)
    return int(_between(account, span).count())


def owed_days(
    party_id: int, span: tuple[datetime, datetime], tz: str, currency: str = ""
) -> list[OwedDay]:
    """Return what each kind of change came to on each day of a span.

    Two queries where the currency is given, four else.

    Args:
        party_id: The shop's party.
        span: From this moment on, and before that one.
        tz: IANA time zone that cuts the days.
        currency: The shop's; empty: it is asked for.
    """
    currency, account = _account(party_id, currency)
    rows = (
        _between(account, span)
        .annotate(day=TruncDate("at", tzinfo=ZoneInfo(tz)))
        .values("day", "kind")
        .annotate(sum=Sum("delta"), count=Sum(Case(When(delta__isnull=False, then=1), default=0)))
        .order_by("day", "kind")
    )
    return [
        OwedDay(row["day"], row["kind"], Money(int(row["sum"]), currency), row["count"])
        for row in rows
    ]


def _account(party_id: int, currency: str = "") -> tuple[str, int]:
    """Return the currency and the key of a shop's account; 0 where nothing was booked yet."""
    currency = currency or currency_of(party_id)
    rows = LedgerAccount.objects.filter(
        kind=LedgerKind.PAYABLE, party_id=party_id, currency=currency
    )
    return currency, rows.values_list("id", flat=True).first() or 0


def _between(account: int, span: tuple[datetime, datetime]) -> Any:
    return _lines(account).filter(at__gte=span[0], at__lt=span[1])


def _lines(account: int) -> Any:
    """Return the lines of an account with their sign; the stubs cannot name what is added."""
    rows = LedgerTransfer.objects.filter(Q(debit_id=account) | Q(credit_id=account))
    signed = Case(
        When(credit_id=account, then=F("amount_minor")),
        default=-F("amount_minor"),
        output_field=BigIntegerField(),
    )
    return rows.annotate(delta=signed)

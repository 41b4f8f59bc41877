"""What a shop is owed, line by line, from the books: the source of its statements.

Every line is a transfer into or out of the shop's ``payable`` account. So what stood there at the
beginning, plus the lines, is what stood there at the end, and at this moment it is exactly what
``payable_now`` says.

A busy shop's account is marked now and then with what it had come to (``LedgerMark``). So only the
lines since the newest mark are added up, and the lines of some days lie between two marks; without
any mark all of it is exact too, and slower.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import BigIntegerField, Case, F, Q, Sum, When
from django.db.models.functions import TruncDate

from core.money import Money
from payments.enums import LedgerKind
from payments.models import LedgerAccount, LedgerMark, LedgerTransfer
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


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Where the lines of some time stand in an account, and what it had come to before.

    Attributes:
        after_seq: None of them stands at this place or before.
        until_seq: None stands behind this one; None: perhaps up to the newest.
        since: From this moment on nothing was added up yet; None: from the beginning.
        sum: What was.
    """

    after_seq: int = 0
    until_seq: int | None = None
    since: datetime | None = None
    sum: int = 0


def owed_before(party_id: int, moment: datetime, currency: str = "") -> Money:
    """Return what a shop was owed at the beginning of a moment.

    Three queries where the currency is given, five else.
    """
    currency, account = _account(party_id, currency)
    stretch = _stretch(account, (moment, moment))
    lines = _lines(account, stretch).filter(at__lt=moment)
    if stretch.since is not None:
        lines = lines.filter(at__gte=stretch.since)
    return Money(stretch.sum + int(lines.aggregate(sum=Sum("delta"))["sum"] or 0), currency)


def owed_lines(
    party_id: int, span: tuple[datetime, datetime], after_seq: int, limit: int, currency: str = ""
) -> list[OwedLine]:
    """Return the next lines of a span, in the order of the books.

    Three queries where the currency is given, five else.

    Args:
        party_id: The shop's party.
        span: From this moment on, and before that one.
        after_seq: The place of the last line that was read; 0 at the beginning.
        limit: How many at most.
        currency: The shop's; empty: it is asked for.
    """
    currency, account = _account(party_id, currency)
    stretch = _stretch(account, span)
    stretch = replace(stretch, after_seq=max(after_seq, stretch.after_seq))
    # Each side is read along its own index, in order and no further than the page.
    debits, credits_ = (
        _placed(rows, stretch)
        .filter(at__gte=span[0], at__lt=span[1])
        .order_by("seq")
        .values_list("seq", "at", "kind", "payment_ref", "delta")[:limit]
        for rows in _sides(account)
    )
    rows = debits.union(credits_, all=True).order_by("seq")[:limit]
    return [
        OwedLine(seq, at, kind, reference, Money(delta, currency))
        for seq, at, kind, reference, delta in rows
    ]


def count_owed_lines(party_id: int, span: tuple[datetime, datetime]) -> int:
    """Return how many lines a span has; five queries."""
    _currency, account = _account(party_id)
    return int(_between(account, span).count())


def owed_days(
    party_id: int, span: tuple[datetime, datetime], tz: str, currency: str = ""
) -> list[OwedDay]:
    """Return what each kind of change came to on each day of a span.

    Three queries where the currency is given, five else.

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


def _stretch(account: int, span: tuple[datetime, datetime]) -> _Stretch:
    """Return what the marks around a span say; one query."""
    marks = LedgerMark.objects.filter(account_id=account)
    before = marks.filter(until__lte=span[0]).order_by("-until")[:1]
    after = marks.filter(until__gte=span[1]).order_by("until")[:1]
    stretch = _Stretch()
    for mark in before.union(after, all=True):
        if mark.until >= span[1]:
            stretch = replace(stretch, until_seq=mark.last_seq)
        if mark.until <= span[0]:
            stretch = replace(
                stretch, after_seq=mark.first_seq - 1, since=mark.until, sum=mark.sum_minor
            )
    return stretch


def _between(account: int, span: tuple[datetime, datetime]) -> Any:
    lines = _lines(account, _stretch(account, span))
    return lines.filter(at__gte=span[0], at__lt=span[1])


def _lines(account: int, stretch: _Stretch) -> Any:
    """Return the lines of an account with their sign; the stubs cannot name what is added."""
    rows = LedgerTransfer.objects.filter(Q(debit_id=account) | Q(credit_id=account))
    signed = Case(
        When(credit_id=account, then=F("amount_minor")),
        default=-F("amount_minor"),
        output_field=BigIntegerField(),
    )
    return _placed(rows.annotate(delta=signed), stretch)


def _sides(account: int) -> tuple[Any, Any]:
    """Return the same by side: no line has the account on both."""
    taken = LedgerTransfer.objects.filter(debit_id=account).annotate(delta=-F("amount_minor"))
    given = LedgerTransfer.objects.filter(credit_id=account).annotate(delta=F("amount_minor"))
    return taken, given


def _placed(rows: Any, stretch: _Stretch) -> Any:
    if stretch.until_seq is not None:
        rows = rows.filter(seq__lte=stretch.until_seq)
    return rows.filter(seq__gt=stretch.after_seq)

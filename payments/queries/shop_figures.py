"""A shop's figures at one moment: what it sold, what it is owed, what is on its way.

Each is a question of its own, and those that stand side by side are asked in one statement, so
that nothing comes between them: what a page shows always adds up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import BigIntegerField, Count, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, TruncDate

from core.bundles import ask_together
from core.money import Money
from payments.enums import EntryKind, LedgerKind, PaymentKind, PaymentState
from payments.models import LedgerAccount, LedgerInbox, PayableEntry, Payment, Payout
from payments.queries.payments import SOLD
from payments.queries.shop import ON_THE_WAY, OWED_AGAIN, Sums, currency_of

Rows = Sequence[Mapping[str, Any]]
Day = tuple[date, Money, int]
"""A day, the gross of its completed purchases, and how many they were."""

Way = tuple[date, str, Money]
"""A day, what asked for some of its purchases (empty for nothing), and their gross."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What stands on a shop's first page.

    Attributes:
        days: Each day, days without a sale included, oldest first.
        ways: The same sales by what asked for them.
        payable: What the operator owes the shop and has not claimed for a payout.
        held: What disputes hold of the shop's money until they are decided.
        on_the_way: What was claimed for a payout and has not reached the shop's bank.
        unsettled: Sales that no payout holds yet, and what was taken from the shop since.
        failed: How many purchases were approved since ``failed_since`` and came to nothing.
    """

    days: list[Day]
    ways: list[Way]
    payable: Money
    held: Money
    on_the_way: Money
    unsettled: Sums
    failed: int


def figures(
    party_id: int,
    first_day: date,
    last_day: date,
    tz: str,
    currency: str,
    *,
    failed_since: date,
) -> Figures:
    """Return a shop's figures; one query, whatever the span.

    Args:
        party_id: The shop's party.
        first_day: The first day of sales, in ``tz``.
        last_day: The last day, in ``tz``.
        tz: IANA time zone that cuts the days.
        currency: The shop's.
        failed_since: From which day on failures are counted.
    """
    found = ask_together(
        days=_days(party_id, first_day, last_day, ZoneInfo(tz)),
        payable=_owed(party_id, currency, LedgerKind.PAYABLE),
        held=_owed(party_id, currency, LedgerKind.HELD),
        on_the_way=_payouts(party_id, currency, ON_THE_WAY),
        sold=_sold(party_id),
        taken=_taken(party_id, currency),
        failed=_failed(party_id, failed_since, last_day, ZoneInfo(tz)),
    )
    return Figures(
        days=_every_day(found["days"], first_day, last_day, currency),
        ways=[_way(row, currency) for row in found["days"]],
        payable=_one(found["payable"], "owed", currency),
        held=_one(found["held"], "owed", currency),
        on_the_way=_one(found["on_the_way"], "net", currency),
        unsettled=_sums(found["sold"], found["taken"], currency),
        failed=found["failed"][0]["count"] if found["failed"] else 0,
    )


def payable_now(party_id: int, currency: str = "") -> Money:
    """Return what the operator owes a shop and has not claimed for a payout, from the books.

    The account's balance plus what waits in its inbox, so it is exact at every moment.
    """
    currency = currency or currency_of(party_id)
    owed = _owed(party_id, currency, LedgerKind.PAYABLE)
    return _one(ask_together(payable=owed)["payable"], "owed", currency)


def unsettled(party_id: int, currency: str = "") -> Sums:
    """Return what a shop has sold, and what was taken from it, that no payout holds yet.

    Three queries; one where the currency is given.
    """
    currency = currency or currency_of(party_id)
    found = ask_together(sold=_sold(party_id), taken=_taken(party_id, currency))
    return _sums(found["sold"], found["taken"], currency)


def unsettled_and_back(party_id: int, currency: str) -> tuple[Sums, Money]:
    """Return what no payout holds yet, and what of payouts came back; one query.

    Together they are what the operator owes the shop now.
    """
    found = ask_together(
        sold=_sold(party_id),
        taken=_taken(party_id, currency),
        back=_payouts(party_id, currency, OWED_AGAIN),
    )
    return _sums(found["sold"], found["taken"], currency), _one(found["back"], "net", currency)


def _days(party_id: int, first: date, last: date, zone: ZoneInfo) -> QuerySet[Payment, Any]:
    begin, end = _span(first, last, zone)
    rows = Payment.objects.filter(
        payee_id=party_id,
        kind=PaymentKind.PURCHASE,
        state__in=SOLD,
        completed_at__gte=begin,
        completed_at__lt=end,
    )
    by_day = rows.annotate(day=TruncDate("completed_at", tzinfo=zone)).values(
        "day", asked=F("demand__kind")
    )
    return by_day.annotate(total=Sum("amount_minor"), count=Count("id")).order_by("day")


def _failed(party_id: int, first: date, last: date, zone: ZoneInfo) -> QuerySet[Payment, Any]:
    begin, end = _span(first, last, zone)
    rows = Payment.objects.filter(
        payee_id=party_id,
        kind=PaymentKind.PURCHASE,
        state=PaymentState.FAILED,
        created_at__gte=begin,
        created_at__lt=end,
    )
    return rows.order_by().values("payee_id").annotate(count=Count("id"))


def _span(first: date, last: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the moments between which some whole days of a time zone lie."""
    begin, end = (datetime.combine(day, time(), zone) for day in (first, last + timedelta(days=1)))
    return begin, end


def _every_day(rows: Rows, first: date, last: date, currency: str) -> list[Day]:
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    sold = {day: [0, 0] for day in days}
    for row in rows:
        sums = sold[date.fromisoformat(row["day"])]
        sums[0] += int(row["total"])
        sums[1] += row["count"]
    return [(day, Money(total, currency), count) for day, (total, count) in sold.items()]


def _way(row: Mapping[str, Any], currency: str) -> Way:
    total = Money(int(row["total"]), currency)
    return date.fromisoformat(row["day"]), row["asked"] or "", total


def _owed(party_id: int, currency: str, kind: LedgerKind) -> QuerySet[LedgerAccount, Any]:
    waiting = (
        LedgerInbox.objects.filter(account_id=OuterRef("id"))
        .values("account_id")
        .annotate(sum=Sum("delta_minor"))
        .values("sum")
    )
    # One statement, so one snapshot: a fold meanwhile counts nothing twice.
    account = LedgerAccount.objects.filter(kind=kind, party_id=party_id, currency=currency)
    nothing = Value(0, output_field=BigIntegerField())
    return account.values(owed=F("balance") + Coalesce(Subquery(waiting), nothing))


def _payouts(party_id: int, currency: str, states: Sequence[str]) -> QuerySet[Payout, Any]:
    rows = Payout.objects.filter(party_id=party_id, currency=currency, state__in=states)
    return rows.order_by().values("party_id").annotate(net=Sum("net_minor"))


def _one(rows: Rows, name: str, currency: str) -> Money:
    return Money(int(rows[0][name]) if rows else 0, currency)


def _sold(party_id: int) -> QuerySet[Payment, Any]:
    rows = Payment.objects.filter(
        payee_id=party_id, kind=PaymentKind.PURCHASE, state__in=SOLD, payout_item__isnull=True
    )
    sums = {"gross": Sum("amount_minor"), "fee": Sum("fee_minor"), "count": Count("id")}
    return rows.order_by().values("payee_id").annotate(**sums)


def _taken(party_id: int, currency: str) -> QuerySet[PayableEntry, Any]:
    rows = PayableEntry.objects.filter(
        party_id=party_id, currency=currency, payout_entry__isnull=True
    )
    of_refunds = Q(kind__startswith=EntryKind.REFUND.value)
    return (
        rows.order_by()
        .values("party_id")
        .annotate(
            refunds=Sum("delta_minor", filter=of_refunds),
            held=Sum("delta_minor", filter=~of_refunds),
        )
    )


def _sums(sold: Rows, taken: Rows, currency: str) -> Sums:
    sales, entries = (rows[0] if rows else {} for rows in (sold, taken))
    gross, fee = (Money(int(sales.get(name) or 0), currency) for name in ("gross", "fee"))
    refunds, held = (Money(-int(entries.get(name) or 0), currency) for name in ("refunds", "held"))
    net = gross - fee - refunds - held
    return Sums(gross, fee, refunds, held, net, sales.get("count", 0))

"""A shop's money, for its portal: what it sold, what it is owed, what was paid out.

Every figure is read from the rows that the lists behind it show, so they add up.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, QuerySet

from core.api import keyset_page
from core.bundles import count_of
from core.money import Money
from payments.enums import PayoutState
from payments.models import PayableEntry, Payout, PayoutItem
from payments.queries.countries import country_by_iso2
from payments.queries.payments import (
    PaymentFilter,
    PaymentSnapshot,
    list_payments,
    snapshots_of,
    sum_payments,
)
from people.queries import parties_by_ids

BOOKED_WITHIN = timedelta(days=62)
MOST_AROUND = 1000
ON_THE_WAY = (
    PayoutState.CLAIMED.value,
    PayoutState.SENT.value,
    PayoutState.ACCEPTED.value,
    PayoutState.UNKNOWN.value,
)
"""What such a payout holds has left what the shop is owed, and is not at its bank yet."""

OWED_AGAIN = (
    PayoutState.READY.value,
    PayoutState.REJECTED.value,
    PayoutState.NOT_EXECUTED.value,
    PayoutState.RETURNED.value,
)
"""Such a payout came back, or takes the place of one that did: its shop is owed it."""

STATE_GROUPS = {"on_the_way": ON_THE_WAY, "owed_again": OWED_AGAIN}
"""Names of several states together."""

# Of each payout shown, and not of all that there are, as a join counts before it looks at a page.
_SALES = count_of(PayoutItem.objects.filter(payout_id=OuterRef("pk")))


@dataclass(frozen=True, slots=True)
class PayoutFacts:
    """One payment from the operator to a shop's bank: gross less fee, refunds and held is net.

    ``refunds`` is less the fee given back; ``held`` is below nothing when more was let go. ``key``
    is the row's, and ``holder`` that of the payout whose sales and entries these are: another's
    where this one was made anew.
    """

    key: int
    holder: int
    id: str
    state: str
    gross: Money
    fee: Money
    refunds: Money
    held: Money
    net: Money
    payment_count: int
    bank: str
    account_last4: str
    batch: str | None
    value_date: date | None
    bank_reference: str
    reason: str
    created_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class PayoutFilter:
    """What a list of payouts is narrowed to; None asks for all.

    Attributes:
        state: A ``PayoutState``, or a name of ``STATE_GROUPS``.
        first_day: Made on this day or later, in ``timezone``.
        last_day: Made on this day or earlier, in ``timezone``.
        timezone: Which days are meant.
    """

    state: str | None = None
    first_day: date | None = None
    last_day: date | None = None
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Sums:
    """Some of a shop's sales together: gross less fee, refunds and what is held is net.

    ``refunds`` is less the fee given back with them.
    """

    gross: Money
    fee: Money
    refunds: Money
    held: Money
    net: Money
    count: int


@dataclass(frozen=True, slots=True)
class PayoutItemFacts:
    """One sale inside a payout."""

    payment: PaymentSnapshot
    gross: Money
    fee: Money
    net: Money


@dataclass(frozen=True, slots=True)
class PayoutEntryFacts:
    """What else a payout took along: a refund, or money that a dispute holds or let go.

    Attributes:
        kind: An ``EntryKind``.
        payment_id: The payment that it belongs to.
        taken: What it took out of the payout; less than nothing when it brought something.
        at: When.
    """

    kind: str
    payment_id: str
    taken: Money
    at: datetime


def shop_payments(
    party_id: int, filters: PaymentFilter, cursor: str | None, limit: int
) -> tuple[list[PaymentSnapshot], str | None]:
    """Return one page of a shop's payments, newest first, in two queries.

    Raises:
        InputInvalid: The cursor is not one of ours.
    """
    return list_payments(party_id, filters, cursor, limit)


def shop_sums(party_id: int, filters: PaymentFilter, currency: str = "") -> Sums:
    """Return what all of a shop's payments that a filter finds come to.

    One query where the currency is given, three else.
    """
    currency = currency or currency_of(party_id)
    count, amount, fee, refunds = sum_payments(party_id, filters)
    gross, fees, back = (Money(each, currency) for each in (amount, fee, refunds))
    return Sums(gross, fees, back, Money(0, currency), gross - fees - back, count)


def shop_payouts(
    party_id: int, cursor: str | None, limit: int, wanted: PayoutFilter | None = None
) -> tuple[list[PayoutFacts], str | None]:
    """Return one page of a shop's payouts, newest first, in one query.

    Args:
        party_id: The shop's party.
        cursor: What the page before gave; None for the first.
        limit: How many at most.
        wanted: What they are narrowed to; None narrows nothing.

    Raises:
        InputInvalid: The cursor is not one of ours.
    """
    found = _payouts(party_id)
    if wanted is not None:
        found = _wanted_payouts(found, wanted)
    rows, following = keyset_page(found, cursor, limit)
    return [_payout(_counted(row)) for row in rows], following


def payouts_around(party_id: int, first: date, last: date, tz: str) -> list[PayoutFacts]:
    """Return the payouts that a span of days may hold, oldest first; one query.

    A payout stands on the bank's day, which is up to some weeks after it was made: those made
    before are returned too, and whoever asks leaves out what stands on another day.

    Args:
        party_id: The shop's party.
        first: The first day, in ``tz``.
        last: The last day, in ``tz``.
        tz: IANA time zone that cuts the days.
    """
    zone = ZoneInfo(tz)
    made = (_after(first - BOOKED_WITHIN, zone), _after(last, zone))
    rows = _payouts(party_id).filter(created_at__gte=made[0], created_at__lt=made[1])
    return [_payout(row) for row in rows.order_by("id")[:MOST_AROUND]]


def count_payouts(party_id: int) -> int:
    """Return how many payouts a shop has had; one query."""
    return Payout.objects.filter(party_id=party_id).count()


def shop_payout(party_id: int, public_id: str) -> PayoutFacts | None:
    """Return one of a shop's payouts, or None if it is not its; one query."""
    row = _payouts(party_id).filter(public_id=public_id).first()
    return _payout(_counted(row)) if row else None


def payout_of_payment(party_id: int, payment_id: str) -> PayoutFacts | None:
    """Return the payout that a shop's payment is in, or None while it is in none; one query."""
    row = _payouts(party_id).filter(items__payment__public_id=payment_id).first()
    return _payout(_counted(row)) if row else None


def payout_by_id(public_id: str) -> tuple[int, PayoutFacts]:
    """Return whose payout it is, and its facts; one query.

    Raises:
        Payout.DoesNotExist: There is none; handlers get ids of payouts that are there.
    """
    rows = Payout.objects.select_related("bank", "batch__window")
    row = rows.annotate(payment_count=_SALES).get(public_id=public_id)
    return row.party_id, _payout(_counted(row))


def first_of(row: Payout) -> int:
    """Return which payout holds what is in one: itself, or the first of those it was made anew of.

    A query more for each that was made anew.
    """
    key, before = row.pk, row.reissue_of_id
    while before is not None:
        key = before
        before = Payout.objects.values_list("reissue_of_id", flat=True).get(pk=key)
    return key


def currency_of(party_id: int) -> str:
    """Return the currency of a party's country, in two queries.

    Raises:
        LookupError: The party or its country is not set up.
    """
    party = parties_by_ids([party_id])[party_id]
    country = country_by_iso2(party.country)
    if country is None:
        raise LookupError(f"The country {party.country} is not set up.")
    return country.currency


def _after(day: date, zone: ZoneInfo) -> datetime:
    following = day + timedelta(days=1)
    return datetime(following.year, following.month, following.day, tzinfo=zone)


def _wanted_payouts(rows: QuerySet[Payout], wanted: PayoutFilter) -> QuerySet[Payout]:
    zone = ZoneInfo(wanted.timezone)
    if wanted.state:
        rows = rows.filter(state__in=STATE_GROUPS.get(wanted.state, (wanted.state,)))
    if wanted.first_day:
        rows = rows.filter(created_at__gte=_after(wanted.first_day - timedelta(days=1), zone))
    if wanted.last_day:
        rows = rows.filter(created_at__lt=_after(wanted.last_day, zone))
    return rows


def _payouts(party_id: int) -> QuerySet[Payout]:
    rows = Payout.objects.filter(party_id=party_id).select_related("bank", "batch__window")
    return rows.annotate(payment_count=_SALES)


def _counted(row: Payout) -> Payout:
    """Count the sales of one that was made anew, which are the first one's."""
    if row.reissue_of_id is not None:
        first = first_of(row)
        count = PayoutItem.objects.filter(payout_id=first).count()
        vars(row).update(payment_count=count, holder=first)
    return row


def _payout(row: Payout) -> PayoutFacts:
    currency = row.currency
    return PayoutFacts(
        key=row.pk,
        holder=getattr(row, "holder", row.pk),
        id=row.public_id,
        state=row.state,
        gross=Money(row.gross_minor, currency),
        fee=Money(row.fee_minor, currency),
        refunds=Money(row.refunds_minor, currency),
        held=Money(row.held_minor, currency),
        net=Money(row.net_minor, currency),
        payment_count=getattr(row, "payment_count", 0),
        bank=row.bank.name,
        account_last4=row.account_last4,
        batch=row.batch.public_id if row.batch else None,
        value_date=row.batch.window.value_date if row.batch else None,
        bank_reference=row.bank_reference,
        reason=row.reason,
        created_at=row.created_at,
        settled_at=row.settled_at,
    )


def _payment_of(row: PayableEntry) -> str:
    cause = row.refund or row.dispute
    return cause.payment.public_id if cause else ""


def entry_facts(row: PayableEntry) -> PayoutEntryFacts:
    """Return the facts of an entry whose refund or dispute is loaded with its payment."""
    return PayoutEntryFacts(
        kind=row.kind,
        payment_id=_payment_of(row),
        taken=Money(-row.delta_minor, row.currency),
        at=row.at,
    )


def item_facts(items: Iterable[PayoutItem]) -> Iterable[PayoutItemFacts]:
    """Return the facts of items whose payment is loaded with its demand; one query."""
    rows = list(items)
    payments = snapshots_of([row.payment for row in rows])
    for row, payment in zip(rows, payments, strict=True):
        currency = payment.amount.currency
        gross, fee = Money(row.gross_minor, currency), Money(row.fee_minor, currency)
        yield PayoutItemFacts(payment, gross, fee, gross - fee)

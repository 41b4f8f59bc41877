"""Reading payments: the short form for everybody, the long one for the two parties."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.lookups import Exact

from core.api import keyset_page
from core.money import Money
from core.transactions import recall, remember
from payments.enums import PaymentKind, PaymentState
from payments.models import (
    Demand,
    Payment,
)
from payments.states import BUSY
from people.models import Proof
from people.queries import PartyFacts, parties_by_ids, party_ids_named

SOLD = (
    PaymentState.COMPLETED.value,
    PaymentState.PARTIALLY_REFUNDED.value,
    PaymentState.REFUNDED.value,
    PaymentState.DISPUTED.value,
)
"""A payment in one of these was completed, whatever came later."""

DEMAND_KIND, DEMAND_REFERENCE = "demand__kind", "demand__reference"
"""What asked for a payment, in conditions on it that are made elsewhere."""


@dataclass(frozen=True, slots=True)
class PaymentSnapshot:
    """A payment as other rooms and lists show it.

    ``amount`` leaves the payer; ``fee`` is the payee's part of the price, out of what it gets.
    ``refunded`` went back to the payer, ``refunding`` is on its way or waits for an approval, and
    ``fee_refunded`` is the part of the fee that the operator gives back with both.
    """

    id: str
    kind: str
    state: str
    payer: PartyFacts
    payee: PartyFacts
    amount: Money
    fee: Money
    refunded: Money
    refunding: Money
    fee_refunded: Money
    demand_kind: str | None
    demand_reference: str | None
    conversation_ref: str | None
    note: str
    created_at: datetime
    completed_at: datetime | None
    failure_code: str | None
    receipt_code: str | None
    claim_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class PaymentHead:
    """A payment in a line, without its two sides."""

    id: str
    state: str
    amount: Money
    created_at: datetime


@dataclass(frozen=True, slots=True)
class MoveFacts:
    """One change of a payment's state."""

    from_state: str
    to_state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PaymentFilter:
    """What a list of payments is narrowed to; None asks for all.

    Attributes:
        state: A ``PaymentState``.
        is_sale: Only purchases that were completed, whatever came later, by their day of
            completion: exactly what ``figures`` adds up.
        kind: A ``PaymentKind``.
        direction: ``sent`` or ``received``.
        demand_kind: What asked for it, a ``DemandKind``; empty for what nothing asked for.
        asked: A condition on what asked for it, made of ``DEMAND_KIND`` and ``DEMAND_REFERENCE``.
        method: How it was approved, a ``ProofMethod``.
        text: Part of a payment's, order's or request's public id, or of the payer's name.
        first_day: Made on this day or later, in ``timezone``.
        last_day: Made on this day or earlier, in ``timezone``.
        timezone: Which days are meant.
        least_minor: Of at least this amount, in minor units.
        most_minor: Of at most this amount.
        is_oldest_first: The other way round than usual.
    """

    state: str | None = None
    is_sale: bool = False
    kind: str | None = None
    direction: str | None = None
    demand_kind: str | None = None
    asked: Q | None = None
    method: str | None = None
    text: str | None = None
    first_day: date | None = None
    last_day: date | None = None
    timezone: str = "UTC"
    least_minor: int | None = None
    most_minor: int | None = None
    is_oldest_first: bool = False


def payment_snapshot(public_id: str) -> PaymentSnapshot:
    """Return a payment in its short form, in two queries, or none where it was just written.

    Raises:
        Payment.DoesNotExist: There is none; handlers get ids of payments that are there.
    """
    known: PaymentSnapshot | None = recall(("payment", public_id))
    if known is not None:
        return known
    payment = Payment.objects.select_related("demand").get(public_id=public_id)
    return snapshots_of([payment])[0]


def payment_head(public_id: str) -> PaymentHead:
    """Return what a payment came to and how it stands; one query.

    Raises:
        Payment.DoesNotExist: There is none; whoever keeps an id of ours got it from us.
    """
    row = Payment.objects.only("public_id", "state", "amount_minor", "currency", "created_at")
    payment = row.get(public_id=public_id)
    amount = Money(payment.amount_minor, payment.currency)
    return PaymentHead(payment.public_id, payment.state, amount, payment.created_at)


def snapshot_of(payment: Payment) -> PaymentSnapshot:
    """Return a payment that a service has just returned in its short form, in one query."""
    known: PaymentSnapshot | None = recall(("payment", payment.public_id))
    return known if known is not None else snapshots_of([payment])[0]


def remember_snapshot(payment: Payment, parties: Iterable[PartyFacts]) -> None:
    """Keep the short form of a payment just written, for those who ask in its transaction."""
    known = {party.id: party for party in parties}
    remember(("payment", payment.public_id), _snapshot(payment, known))


def payments_of_demand(kind: str, reference: str) -> list[PaymentSnapshot]:
    """Return every try to pay a demand, oldest first, in two queries."""
    rows = Payment.objects.filter(demand__kind=kind, demand__reference=reference)
    return snapshots_of(list(rows.select_related("demand").order_by("id")))


def demand_is_busy(kind: str, reference: str) -> bool:
    """Tell whether a payment of a demand may still move money."""
    return Payment.objects.filter(
        demand__kind=kind, demand__reference=reference, state__in=BUSY
    ).exists()


def busy_references(kind: str, references: Sequence[str]) -> set[str]:
    """Return which demands of a kind a payment may still move money for; one query, or none."""
    if not references:
        return set()
    rows = Payment.objects.filter(
        demand__kind=kind, demand__reference__in=references, state__in=BUSY
    )
    return set(rows.values_list("demand__reference", flat=True))


def was_paid_since(*, payer_id: int, payee_id: int, since: datetime) -> bool:
    """Tell whether a payment from one party to another went through since; one query."""
    paid = Payment.objects.filter(payer_id=payer_id, payee_id=payee_id)
    return paid.filter(completed_at__gte=since).exists()


def list_payments(
    party_id: int, wanted: PaymentFilter, cursor: str | None, limit: int
) -> tuple[list[PaymentSnapshot], str | None]:
    """Return one page of a party's payments, newest first unless asked, in two queries.

    Args:
        party_id: Whose payments, sent and received.
        wanted: What they are narrowed to.
        cursor: What the page before gave.
        limit: At most so many.

    Returns:
        The payments, and the next page's cursor or None.

    Raises:
        InputInvalid: The cursor is not one of ours.
    """
    rows = _narrowed(party_id, wanted).select_related("demand")
    order = ("id",) if wanted.is_oldest_first else ("-id",)
    found, following = keyset_page(rows, cursor, limit, fields=order)
    return snapshots_of(found), following


def sum_payments(party_id: int, wanted: PaymentFilter) -> tuple[int, int, int, int]:
    """Return how many payments a filter finds, and what they come to; one query.

    Args:
        party_id: Whose payments; all in the currency of its country when it is a shop.
        wanted: What they are narrowed to.

    Returns:
        ``(count, amounts, fees, refunds less the fees given back)``, sums in minor units.
    """
    sums = _narrowed(party_id, wanted).aggregate(
        count=Count("id"),
        amount=Sum("amount_minor"),
        fee=Sum("fee_minor"),
        refunds=Sum(F("refunding_minor") + F("refunded_minor") - F("fee_refunded_minor")),
    )
    amount, fee, refunds = (int(sums[name] or 0) for name in ("amount", "fee", "refunds"))
    return sums["count"], amount, fee, refunds


def demand_of(kind: str, reference: str) -> Demand | None:
    """Return a demand, or None."""
    return Demand.objects.filter(kind=kind, reference=reference).first()


def of_party(party_id: int, direction: str | None = None) -> Q:
    """Return the condition that a payment is a party's, both ways or one."""
    sent, received = Q(payer_id=party_id), Q(payee_id=party_id)
    return {"sent": sent, "received": received}.get(direction or "", sent | received)


def _narrowed(party_id: int, wanted: PaymentFilter) -> QuerySet[Payment]:
    rows = Payment.objects.filter(of_party(party_id, wanted.direction))
    for name in ("state", "kind"):
        value = getattr(wanted, name)
        if value:
            rows = rows.filter(**{name: value})
    rows = _asked_and_approved(rows, wanted)
    if wanted.is_sale:
        rows = rows.filter(kind=PaymentKind.PURCHASE, state__in=SOLD)
    if wanted.least_minor is not None:
        rows = rows.filter(amount_minor__gte=wanted.least_minor)
    if wanted.most_minor is not None:
        rows = rows.filter(amount_minor__lte=wanted.most_minor)
    if wanted.text:
        rows = rows.filter(
            Q(public_id__icontains=wanted.text)
            | Q(demand__reference__icontains=wanted.text)
            | Q(payer_id__in=party_ids_named(wanted.text))
        )
    return _between(rows, wanted)


def _asked_and_approved(rows: QuerySet[Payment], wanted: PaymentFilter) -> QuerySet[Payment]:
    """Keep those that the right thing asked for, and that were approved in the right way."""
    if wanted.demand_kind is not None:
        kind = {DEMAND_KIND: wanted.demand_kind} if wanted.demand_kind else {"demand": None}
        rows = rows.filter(**kind)
    if wanted.asked is not None:
        rows = rows.filter(wanted.asked)
    if wanted.method:
        # A value and no join: each row looks along the index, whatever the planner thinks of it.
        proof = Proof.objects.filter(used_by=OuterRef("public_id"))
        rows = rows.filter(Exact(Subquery(proof.values("method")[:1]), wanted.method))
    return rows


def _between(rows: QuerySet[Payment], wanted: PaymentFilter) -> QuerySet[Payment]:
    """Keep the days that are wanted: those of completion for sales, those of making else."""
    zone = ZoneInfo(wanted.timezone)
    moment = "completed_at" if wanted.is_sale else "created_at"
    if wanted.first_day:
        rows = rows.filter(**{f"{moment}__gte": _midnight(wanted.first_day, zone)})
    if wanted.last_day:
        end = _midnight(wanted.last_day + timedelta(days=1), zone)
        rows = rows.filter(**{f"{moment}__lt": end})
    return rows


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def snapshots_of(payments: Sequence[Payment]) -> list[PaymentSnapshot]:
    """Return the short form of payments whose demand is loaded, with one query for parties."""
    ids = {side for each in payments for side in (each.payer_id, each.payee_id)}
    parties = parties_by_ids(ids) if ids else {}
    return [_snapshot(payment, parties) for payment in payments]


def _snapshot(payment: Payment, parties: dict[int, PartyFacts]) -> PaymentSnapshot:
    return PaymentSnapshot(
        id=payment.public_id,
        kind=payment.kind,
        state=payment.state,
        payer=parties[payment.payer_id],
        payee=parties[payment.payee_id],
        amount=Money(payment.amount_minor, payment.currency),
        fee=Money(payment.fee_minor, payment.currency),
        refunded=Money(payment.refunded_minor, payment.currency),
        refunding=Money(payment.refunding_minor, payment.currency),
        fee_refunded=Money(payment.fee_refunded_minor, payment.currency),
        demand_kind=payment.demand.kind if payment.demand else None,
        demand_reference=payment.demand.reference if payment.demand else None,
        conversation_ref=payment.conversation_ref,
        note=payment.note,
        created_at=payment.created_at,
        completed_at=payment.completed_at,
        failure_code=payment.failure_code or None,
        claim_until=payment.claim_until,
        receipt_code=payment.receipt_code,
    )

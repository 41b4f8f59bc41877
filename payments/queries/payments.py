"""Reading payments: the short form for everybody, the long one for the two parties."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q, QuerySet, Sum

from core.api import keyset_page
from core.ids import derive_uuid
from core.money import Money
from core.transactions import recall, remember
from payments.enums import PaymentKind, PaymentState, TransferKind
from payments.models import (
    Demand,
    Dispute,
    LedgerAccount,
    LedgerTransfer,
    Leg,
    Payment,
    PaymentMove,
)
from payments.queries.refunds import RefundFacts, refunds_of
from payments.states import BUSY
from people.queries import PartyFacts, parties_by_ids, party_ids_named

SOLD = (
    PaymentState.COMPLETED.value,
    PaymentState.PARTIALLY_REFUNDED.value,
    PaymentState.REFUNDED.value,
    PaymentState.DISPUTED.value,
)
"""A payment in one of these was completed, whatever came later."""

_OF_A_PAYMENT = (
    TransferKind.RESERVE,
    TransferKind.RELEASE,
    TransferKind.COLLECT,
    TransferKind.DELIVER,
    TransferKind.FEE,
    TransferKind.RETURN,
)


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
class MoveFacts:
    """One change of a payment's state."""

    from_state: str
    to_state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LineFacts:
    """One line of the books; accounts are named by their kind only, owners stay private."""

    id: UUID
    journal: UUID
    kind: str
    debit: str
    credit: str
    amount: Money
    at: datetime


@dataclass(frozen=True, slots=True)
class StepFacts:
    """One movement at a bank, and what is known of it.

    ``bank`` and ``bank_reference`` are empty for the party whose bank it is not.
    """

    kind: str
    state: str
    bank: str
    instruction_id: str
    asked_at: datetime | None
    answered_at: datetime | None
    outcome: str
    reason: str
    bank_reference: str
    look_ups: int


@dataclass(frozen=True, slots=True)
class PaymentDetail:
    """A payment with its timeline, lines in the books, banks' answers, refunds and dispute."""

    payment: PaymentSnapshot
    arrives_by: datetime | None
    moves: tuple[MoveFacts, ...]
    lines: tuple[LineFacts, ...]
    steps: tuple[StepFacts, ...]
    refunds: tuple[RefundFacts, ...]
    dispute_id: str | None


@dataclass(frozen=True, slots=True)
class PaymentFilter:
    """What a list of payments is narrowed to; None asks for all.

    Attributes:
        state: A ``PaymentState``.
        is_sale: Only purchases that were completed, whatever came later, by their day of
            completion: exactly what ``sales_by_day`` adds up.
        kind: A ``PaymentKind``.
        direction: ``sent`` or ``received``.
        text: Part of a payment's, order's or request's public id, or of the payer's name.
        first_day: Made on this day or later, in ``timezone``.
        last_day: Made on this day or earlier, in ``timezone``.
        timezone: Which days are meant.
    """

    state: str | None = None
    is_sale: bool = False
    kind: str | None = None
    direction: str | None = None
    text: str | None = None
    first_day: date | None = None
    last_day: date | None = None
    timezone: str = "UTC"


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


def was_paid_since(*, payer_id: int, payee_id: int, since: datetime) -> bool:
    """Tell whether a payment from one party to another went through since; one query."""
    paid = Payment.objects.filter(payer_id=payer_id, payee_id=payee_id)
    return paid.filter(completed_at__gte=since).exists()


def list_payments(
    party_id: int, wanted: PaymentFilter, cursor: str | None, limit: int
) -> tuple[list[PaymentSnapshot], str | None]:
    """Return one page of a party's payments, newest first, in two queries.

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
    found, following = keyset_page(rows, cursor, limit)
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


def payment_detail(party_id: int, public_id: str) -> PaymentDetail | None:
    """Return a payment in its long form to one of its two parties, in eight queries.

    Returns:
        None when there is no such payment or the party has no part in it: the same to others.
    """
    payment = (
        Payment.objects.select_related("demand")
        .filter(_of_party(party_id), public_id=public_id)
        .first()
    )
    if payment is None:
        return None
    moves = PaymentMove.objects.filter(payment=payment).order_by("position")
    return PaymentDetail(
        payment=snapshots_of([payment])[0],
        arrives_by=payment.arrives_by,
        moves=tuple(MoveFacts(move.from_state, move.to_state, move.at) for move in moves),
        lines=_lines(payment),
        steps=_steps(payment, party_id),
        refunds=tuple(refunds_of(payment.public_id)),
        dispute_id=_newest_dispute(payment),
    )


def _newest_dispute(payment: Payment) -> str | None:
    found = Dispute.objects.filter(payment=payment).order_by("-id")
    return found.values_list("public_id", flat=True).first()


def demand_of(kind: str, reference: str) -> Demand | None:
    """Return a demand, or None."""
    return Demand.objects.filter(kind=kind, reference=reference).first()


def _of_party(party_id: int, direction: str | None = None) -> Q:
    sent, received = Q(payer_id=party_id), Q(payee_id=party_id)
    return {"sent": sent, "received": received}.get(direction or "", sent | received)


def _narrowed(party_id: int, wanted: PaymentFilter) -> QuerySet[Payment]:
    rows = Payment.objects.filter(_of_party(party_id, wanted.direction))
    for name in ("state", "kind"):
        value = getattr(wanted, name)
        if value:
            rows = rows.filter(**{name: value})
    if wanted.is_sale:
        rows = rows.filter(kind=PaymentKind.PURCHASE, state__in=SOLD)
    if wanted.text:
        rows = rows.filter(
            Q(public_id__icontains=wanted.text)
            | Q(demand__reference__icontains=wanted.text)
            | Q(payer_id__in=party_ids_named(wanted.text))
        )
    return _between(rows, wanted)


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


def _lines(payment: Payment) -> tuple[LineFacts, ...]:
    """Return a payment's lines of the books: their ids follow from its own, so two queries."""
    ids = [derive_uuid(payment.public_id, kind.value) for kind in _OF_A_PAYMENT]
    rows = list(LedgerTransfer.objects.filter(id__in=ids).order_by("seq"))
    kinds = _kinds_of({side for row in rows for side in (row.debit_id, row.credit_id)})
    return tuple(
        LineFacts(
            id=row.id,
            journal=row.journal,
            kind=row.kind,
            debit=kinds[row.debit_id],
            credit=kinds[row.credit_id],
            amount=Money(row.amount_minor, row.currency),
            at=row.at,
        )
        for row in rows
    )


def _kinds_of(account_ids: Iterable[int]) -> dict[int, str]:
    rows = LedgerAccount.objects.filter(id__in=set(account_ids))
    return dict(rows.values_list("id", "kind"))


def _steps(payment: Payment, party_id: int) -> tuple[StepFacts, ...]:
    """Return a payment's movements at banks, in the order in which they were written."""
    legs = Leg.objects.filter(payment=payment).select_related("attempt").order_by("id")
    return tuple(_step(leg, is_own=_is_own(leg, payment, party_id)) for leg in legs)


def _is_own(leg: Leg, payment: Payment, party_id: int) -> bool:
    """Tell whether a leg is at the bank of the party that looks at it."""
    owner = payment.payee_id if leg.kind == "credit" else payment.payer_id
    return owner == party_id


def _step(leg: Leg, *, is_own: bool) -> StepFacts:
    attempt = getattr(leg, "attempt", None)
    return StepFacts(
        kind=leg.kind,
        state=leg.state,
        bank=leg.bank if is_own else "",
        instruction_id=attempt.instruction_id if attempt and is_own else "",
        asked_at=attempt.asked_at if attempt else None,
        answered_at=attempt.answered_at if attempt else None,
        outcome=attempt.outcome if attempt else "",
        reason=attempt.reason if attempt and is_own else "",
        bank_reference=attempt.bank_reference if attempt and is_own else "",
        look_ups=attempt.look_ups if attempt else 0,
    )

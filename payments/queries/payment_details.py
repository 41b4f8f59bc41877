"""A payment in its long form, for its two parties: what happened, at which bank, in which books."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import OuterRef, Subquery

from core.bundles import ask_together
from core.ids import derive_uuid
from core.money import Money
from payments.enums import TransferKind
from payments.models import Dispute, LedgerAccount, LedgerTransfer, Leg, Payment, PaymentMove
from payments.queries.payments import MoveFacts, PaymentSnapshot, of_party, snapshots_of
from payments.queries.refunds import RefundFacts, refunds_of

if TYPE_CHECKING:
    from django.db.models import QuerySet

_OF_A_PAYMENT = (
    TransferKind.RESERVE,
    TransferKind.RELEASE,
    TransferKind.COLLECT,
    TransferKind.DELIVER,
    TransferKind.FEE,
    TransferKind.RETURN,
)


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


def payment_detail(party_id: int, public_id: str) -> PaymentDetail | None:
    """Return a payment in its long form to one of its two parties, in five queries.

    Returns:
        None when there is no such payment or the party has no part in it: the same to others.
    """
    disputes = Dispute.objects.filter(payment=OuterRef("pk")).order_by("-id")
    payment = (
        Payment.objects.select_related("demand")
        .annotate(dispute_id=Subquery(disputes.values("public_id")[:1]))
        .filter(of_party(party_id), public_id=public_id)
        .first()
    )
    if payment is None:
        return None
    moves = PaymentMove.objects.filter(payment=payment).order_by("position")
    told = ask_together(
        moves=moves.values("from_state", "to_state", "at"), lines=_lines_asked(payment)
    )
    return PaymentDetail(
        payment=snapshots_of([payment])[0],
        arrives_by=payment.arrives_by,
        moves=tuple(_move(row) for row in told["moves"]),
        lines=tuple(_line(row) for row in told["lines"]),
        steps=_steps(payment, party_id),
        refunds=tuple(refunds_of(payment.public_id)),
        dispute_id=payment.dispute_id,
    )


def _move(row: Mapping[str, Any]) -> MoveFacts:
    return MoveFacts(row["from_state"], row["to_state"], datetime.fromisoformat(row["at"]))


def _lines_asked(payment: Payment) -> "QuerySet[LedgerTransfer, Any]":
    """Return what is asked for a payment's lines of the books: their ids follow from its own."""
    ids = [derive_uuid(payment.public_id, kind.value) for kind in _OF_A_PAYMENT]
    rows = LedgerTransfer.objects.filter(id__in=ids).order_by("seq")
    return rows.values(
        "id",
        "journal",
        "kind",
        "amount_minor",
        "currency",
        "at",
        debit=_kind_of("debit_id"),
        credit=_kind_of("credit_id"),
    )


def _kind_of(side: str) -> Subquery:
    return Subquery(LedgerAccount.objects.filter(pk=OuterRef(side)).values("kind"))


def _line(row: Mapping[str, Any]) -> LineFacts:
    return LineFacts(
        id=UUID(row["id"]),
        journal=UUID(row["journal"]),
        kind=row["kind"],
        debit=row["debit"],
        credit=row["credit"],
        amount=Money(row["amount_minor"], row["currency"]),
        at=datetime.fromisoformat(row["at"]),
    )


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

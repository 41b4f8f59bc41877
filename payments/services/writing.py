"""Writing a payment that the rules let through: everything of it, in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import DatabaseError

from core.ids import new_id
from core.prepared import ask
from core.transactions import joins
from payments import ledger
from payments.enums import (
    BOOKS,
    LedgerKind,
    LegKind,
    PaymentKind,
    PaymentState,
    SourceKind,
    TransferKind,
)
from payments.models import Payment
from payments.queries.rails import debit_rail
from payments.queries.situation import decoded
from payments.services.limits import Counters
from payments.services.rules import ARRIVES_WITHIN, Deal, PayeeNotEnrolled, check_source, must_enrol
from payments.services.standing import Standing
from people.services.proofs import ProofRejected
from people.services.tries import Seen

_WRITE = (
    "SELECT refused, rule, id, limits_taken FROM payments_authorize_v3("
    "%s::text, %s::bigint, %s::bigint, %s::text, %s::text, %s::text, %s::timestamptz,"
    " %s::timestamptz, %s::text, %s::bigint, %s::bigint, %s::bigint, %s::bigint, %s::bigint,"
    " %s::bigint[], %s::bigint[], %s::text[], %s::bigint[], %s::bigint[],"
    " %s::text[], %s::text[], %s::text[], %s::text[],"
    " %s::uuid[], %s::text[], %s::bigint[], %s::uuid, %s::text, %s::text, %s::timestamptz,"
    " %s::text[], %s::bigint[], %s::text[], %s::bigint[], %s::boolean[])"
)
_NO_LINES = [None] * 12


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved a payment, by what, under which key, and when.

    Attributes:
        person_id: Who approved.
        proof_id: The proof, not used yet.
        key: The idempotency key, unique for the payer for ever.
        moment: The business moment of the payment.
        seen: A passkey's answer whose proof is written with the payment; None where it is there.
    """

    person_id: int
    proof_id: str
    key: str
    moment: datetime
    seen: Seen | None = None

    def arguments(self) -> list[Any]:
        """Return the proof, the person, and what writes the proof where it is not written."""
        seen = self.seen
        if seen is None:
            return [self.proof_id, self.person_id, None, None, None, None]
        device_id = seen.approver.device.id
        return [self.proof_id, self.person_id, device_id, seen.key, seen.old_count, seen.new_count]


@dataclass(frozen=True, slots=True)
class _Leg:
    """One movement at a bank that the payment needs; inside the books where there is no bank."""

    kind: LegKind
    rail: str = BOOKS
    bank: str = ""
    token: str = ""


@joins
def write_payment(
    *, approval: Approval, deal: Deal, standing: Standing, counters: Counters
) -> Payment:
    """Write a payment, use up what it uses up, and take it from a balance where it is one.

    Changes: counters of limits, the proof and the quote (used), the payment, its legs, the first
    line of its history; for a balance the books. Where the credit will go is fixed here, with the
    approval.

    Args:
        approval: The proof and the key.
        deal: What is paid, judged by every rule.
        standing: The locked quote.
        counters: What is counted against limits.

    Returns:
        The payment, ``authorized``.

    Raises:
        LimitReached: A limit would be passed.
        ProofRejected: The proof was used, is too old, or is for something else.
        PayeeNotEnrolled: A person has no account to receive on.
        InsufficientFunds: The balance is smaller than the amount.

    Transaction: joins (one statement).
    """
    public_id = new_id("pay")
    source = check_source(deal)
    arrives_by = approval.moment + ARRIVES_WITHIN
    legs = _legs(deal, standing)
    row = _run(
        [
            public_id,
            standing.quote.id,
            source.id,
            deal.country.iso2,
            approval.key,
            deal.payer.public_id,
            approval.moment,
            arrives_by,
            *approval.arguments(),
            *counters.arguments(),
            [leg.kind.value for leg in legs],
            [leg.rail for leg in legs],
            [leg.bank for leg in legs],
            [leg.token for leg in legs],
            *_lines(public_id, deal, approval.moment),
        ]
    )
    refused, rule_id, payment_id, taken = row
    if refused == "limit":
        raise counters.refusal(rule_id)
    if refused == "proof":
        raise ProofRejected
    return _payment(
        standing,
        approval,
        id=payment_id,
        public_id=public_id,
        country=deal.country.iso2,
        source=source,
        limits_taken=decoded(taken),
        arrives_by=arrives_by,
    )


def _run(arguments: Sequence[Any]) -> tuple[Any, ...]:
    try:
        row = ask(_WRITE, arguments)
    except DatabaseError as error:
        raise ledger.named(error) from error
    if row is None:  # A function that returns a row always returns one.
        raise RuntimeError
    return row


def _legs(deal: Deal, standing: Standing) -> list[_Leg]:
    """Return what the payment needs of banks.

    A payee who has to enrol first gets the credit leg when the payment is claimed.
    """
    source, receiving = deal.source, standing.situation.receiving
    if source is None or source.kind == SourceKind.BALANCE:
        legs = [_Leg(LegKind.DEBIT)]
    else:
        rail = debit_rail(bank=source.bank, kind=source.kind, usual=standing.rail)
        legs = [_Leg(LegKind.DEBIT, rail, source.bank, source.token)]
    if deal.kind != PaymentKind.PERSON_TO_PERSON or must_enrol(deal, standing.situation):
        return legs
    if deal.along is not None:
        back = deal.along
        return [*legs, _Leg(LegKind.CREDIT, back.rail, back.bank, back.account_token)]
    if deal.country.holds_funds:
        return [*legs, _Leg(LegKind.CREDIT)]
    if receiving is None:  # ``must_enrol`` asked before.
        raise PayeeNotEnrolled
    rail = standing.situation.receiving_rail or BOOKS
    return [*legs, _Leg(LegKind.CREDIT, rail, receiving.bank, receiving.token)]


def _lines(public_id: str, deal: Deal, moment: datetime) -> list[Any]:
    """Return what a payment from a balance moves at once: the amount is in flight then."""
    if deal.source is None or deal.source.kind != SourceKind.BALANCE:
        return _NO_LINES
    line = ledger.Line(
        TransferKind.RESERVE,
        debit=ledger.Owned(LedgerKind.BALANCE, deal.payer.id),
        credit=ledger.Owned(LedgerKind.IN_FLIGHT, deal.payer.id),
        amount=deal.amount,
    )
    return ledger.journal_arguments(public_id, [line], moment)


def _payment(standing: Standing, approval: Approval, **facts: Any) -> Payment:
    """Return the row that was written, without reading it again."""
    quote = standing.quote
    payment = Payment(
        kind=quote.kind,
        payer_id=quote.payer_id,
        payee_id=quote.payee_id,
        amount_minor=quote.amount_minor,
        fee_minor=quote.fee_minor,
        currency=quote.currency,
        quote=quote,
        demand=standing.demand,
        proof_id=approval.proof_id,
        idempotency_key=approval.key,
        state=PaymentState.AUTHORIZED.value,
        note=quote.note,
        conversation_ref=standing.demand.conversation_ref if standing.demand else None,
        created_at=approval.moment,
        **facts,
    )
    payment._state.adding, payment._state.db = False, "default"  # noqa: SLF001 - Django's own way.
    return payment

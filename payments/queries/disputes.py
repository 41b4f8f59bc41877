"""Reading disputes: the payer's own, and a payee's that wait for an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import BigIntegerField, Case, F, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Coalesce, Extract

from core.api import keyset_page
from core.money import Money
from payments.models import Dispute, DisputeAnswer, DisputeMove, Payment
from payments.queries.payments import PaymentSnapshot, snapshots_of
from payments.states import OPEN_DISPUTES

SHOWN = {
    "mine": Q(state="evidence_due"),
    "held": Q(held_minor__gt=0),
    "over": Q(closed_at__isnull=False),
}
"""What a payee's list of disputes may be narrowed to."""

# Seconds of a deadline, and far behind all of them the decided ones, the newest first.
_PLACE = Case(
    When(
        closed_at=None,
        then=Cast(
            Extract(Coalesce("answer_by", "decide_by", "created_at"), "epoch"), BigIntegerField()
        ),
    ),
    default=Value(2**62) - F("id"),
    output_field=BigIntegerField(),
)


@dataclass(frozen=True, slots=True)
class DisputeFacts:
    """A dispute as both sides see it.

    ``held`` is what is held of the payee's money now, ``short`` what is still to be held. Whose
    turn it is follows from the state: the payee's until ``answer_by``, the staff's until
    ``decide_by``; a lost one is paid back by ``return_by``.
    """

    id: str
    state: str
    kind: str
    reason: str
    text: str
    evidence: tuple[str, ...]
    amount: Money
    held: Money
    short: Money
    created_at: datetime
    answer_by: datetime | None
    decide_by: datetime | None
    block_until: datetime | None
    return_by: datetime | None
    closed_at: datetime | None
    decision_reason: str
    payment: PaymentSnapshot


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """What the payee answered, or has written so far."""

    text: str
    evidence: tuple[str, ...]
    saved_at: datetime
    submitted_at: datetime | None


@dataclass(frozen=True, slots=True)
class DisputeDetail:
    """A dispute with its answer and its history."""

    dispute: DisputeFacts
    answer: AnswerFacts | None
    moves: tuple[tuple[str, datetime], ...]


def list_disputes(
    party_id: int, cursor: str | None, limit: int
) -> tuple[list[DisputeFacts], str | None]:
    """Return one page of the disputes that a party opened, newest first, in two queries.

    Raises:
        InputInvalid: The cursor is not one of ours.
    """
    rows = _rows().filter(payer_id=party_id)
    found, following = keyset_page(rows, cursor, limit)
    return dispute_facts(found), following


def disputes_against(party_id: int) -> list[DisputeFacts]:
    """Return a payee's disputes: the open ones by deadline, then the closed ones; two queries.

    At most two hundred; older closed ones are found by their payment.
    """
    rows = list(_rows().filter(payee_id=party_id).order_by("-id")[:200])
    found = dispute_facts(rows)
    waiting = [each for each in found if each.closed_at is None]
    waiting.sort(key=lambda each: (each.answer_by or each.decide_by or each.created_at, each.id))
    return waiting + [each for each in found if each.closed_at is not None]


def newest_with_disputes(
    party_id: int, payments: int, disputes: int
) -> tuple[list[PaymentSnapshot], list[DisputeFacts]]:
    """Return a payee's newest payments and the newest disputes against it, in three queries.

    Args:
        party_id: The payee.
        payments: How many payments at most; 0 asks for none.
        disputes: How many disputes at most.
    """
    received = Payment.objects.filter(payee_id=party_id).select_related("demand").order_by("-id")
    paid = list(received[:payments]) if payments else []
    rows = list(_rows().filter(payee_id=party_id).order_by("-id")[:disputes]) if disputes else []
    known = snapshots_of([*paid, *(row.payment for row in rows)])
    found = zip(rows, known[len(paid) :], strict=True)
    return known[: len(paid)], [_facts(row, payment) for row, payment in found]


def disputes_listed(
    party_id: int, show: str, cursor: str | None, limit: int
) -> tuple[list[DisputeFacts], str | None]:
    """Return one page of a payee's disputes: the open ones by deadline, then the newest decided.

    Two queries. However many there are, the pages together hold what is counted elsewhere.

    Args:
        party_id: The payee.
        show: ``mine`` for what waits for their answer, ``held`` for what holds money now, ``over``
            for what is decided; anything else: all. A lost one holds money until it is paid back.
        cursor: What the page before gave; None for the first.
        limit: How many at most.

    Raises:
        InputInvalid: The cursor is not one of ours.
    """
    rows = _rows().filter(SHOWN.get(show, Q()), payee_id=party_id).annotate(place=_PLACE)
    found, following = keyset_page(rows, cursor, limit, fields=("place", "id"))
    return dispute_facts(found), following


def disputes_to_answer(party_id: int) -> int:
    """Return how many disputes wait for a payee's answer; one query."""
    return waiting_for_answer(party_id).count()


def waiting_for_answer(party_id: int) -> QuerySet[Dispute]:
    """Return the disputes that wait for a payee's answer, to be a part of another query."""
    return Dispute.objects.filter(payee_id=party_id, state="evidence_due")


def dispute_detail(party_id: int, public_id: str) -> DisputeDetail | None:
    """Return a dispute to its payer or payee, in four queries.

    A draft of an answer is the payee's alone. None when there is no such dispute, or the party has
    no part in it: the same to others.
    """
    sides = Q(payer_id=party_id) | Q(payee_id=party_id)
    row = _rows().filter(sides, public_id=public_id).first()
    if row is None:
        return None
    answer = DisputeAnswer.objects.filter(dispute=row).first()
    if answer is not None and answer.submitted_at is None and row.payee_id != party_id:
        answer = None
    moves = DisputeMove.objects.filter(dispute=row).order_by("position")
    return DisputeDetail(
        dispute=dispute_facts([row])[0],
        answer=_answer(answer) if answer else None,
        moves=tuple(moves.values_list("to_state", "at")),
    )


def answered_at(public_id: str) -> datetime | None:
    """Return when a dispute's answer was submitted, or None; one query."""
    answers = DisputeAnswer.objects.filter(dispute__public_id=public_id)
    return answers.values_list("submitted_at", flat=True).first()


def disputes_of(payment_id: str) -> list[DisputeFacts]:
    """Return the disputes of a payment, oldest first; two queries."""
    return dispute_facts(list(_rows().filter(payment__public_id=payment_id).order_by("id")))


def is_open(dispute: DisputeFacts) -> bool:
    """Tell whether a dispute is not decided yet."""
    return dispute.state in OPEN_DISPUTES


def dispute_facts(rows: Sequence[Dispute]) -> list[DisputeFacts]:
    """Return the facts of disputes whose payment and demand are loaded; one query for parties."""
    payments = snapshots_of([row.payment for row in rows])
    return [_facts(row, payment) for row, payment in zip(rows, payments, strict=True)]


def _rows() -> QuerySet[Dispute]:
    return Dispute.objects.select_related("payment__demand")


def _facts(row: Dispute, payment: PaymentSnapshot) -> DisputeFacts:
    return DisputeFacts(
        id=row.public_id,
        state=row.state,
        kind=row.kind,
        reason=row.reason,
        text=row.text,
        evidence=tuple(row.evidence),
        amount=Money(row.amount_minor, row.currency),
        held=Money(row.held_minor, row.currency),
        short=Money(row.short_minor, row.currency),
        created_at=row.created_at,
        answer_by=row.answer_by,
        decide_by=row.decide_by,
        block_until=row.block_until,
        return_by=row.return_by,
        closed_at=row.closed_at,
        decision_reason=row.decision_reason if row.closed_at else "",
        payment=payment,
    )


def _answer(row: DisputeAnswer) -> AnswerFacts:
    return AnswerFacts(row.text, tuple(row.evidence), row.saved_at, row.submitted_at)

"""Disputing a payment, answering, withdrawing, deciding: what people do about a dispute.

The two paths are kept apart. A fraud is analysed by the staff at once. A purchase that went wrong
first waits for the shop's answer; without one the staff decide on what the payer said. Neither is
a way to have money twice: what was refunded before is not disputed, and while a dispute is open
nothing else can be refunded.

The clocks are data of the country (``CaseTerms``) and business time; ``services.dispute_clock``
runs them. Locks, in order: the payment, a question for its return, the dispute, the shop's payout
account, ledger accounts; conversations last.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import InputInvalid, NotFound, StateConflict, TrocoError
from core.idempotency import record
from core.ids import new_id
from core.transactions import joins, owns
from payments.enums import (
    CLAIMED_KINDS,
    DisputeKind,
    DisputeReason,
    DisputeState,
    LedgerKind,
    PaymentKind,
    PaymentState,
)
from payments.ledger import InsufficientFunds
from payments.models import CaseTerms, Dispute, DisputeAnswer, Payment
from payments.queries.terms import terms_of
from payments.services.dispute_holds import (
    close_for_payee,
    hold_money,
    source_of_hold,
)
from payments.services.dispute_moves import (
    lock_dispute,
    move_dispute,
    refuse_chargeback,
    time_to_decide,
)
from payments.services.moving import Why, move_payment
from payments.services.refund_amounts import net_of, rest_of
from payments.services.refund_moves import actor_of
from payments.services.returning import free_asked_back, refuse_going_back
from payments.services.rules import party_id_of
from payments.states import REFUNDABLE

if TYPE_CHECKING:
    from people.models import Person

LONGEST_TEXT = 2000
MOST_EVIDENCE = 10
LONGEST_EVIDENCE = 200
_HOLD_TRIES = 3
_FRAUDS = frozenset({DisputeReason.NOT_ME, DisputeReason.COERCED, DisputeReason.TRICKED})


class DisputeTooLate(TrocoError):
    """The time in which a payment can be disputed is over; ``until`` says when it ended."""

    code = "dispute_too_late"
    http_status = 422
    words = _("The time to dispute this payment is over. Talk to the one you paid.")


class DisputeKindRefused(TrocoError):
    """Money between people is disputed as a fraud only."""

    code = "dispute_kind_refused"
    http_status = 422
    words = _("Between people only a fraud can be disputed. Ask them to send the money back.")


@dataclass(frozen=True, slots=True)
class Claim:
    """What a payer says.

    Attributes:
        kind: A ``DisputeKind``.
        reason: A ``DisputeReason`` that belongs to the kind.
        text: In words, 1 to 2000 characters.
        evidence: References in words: order numbers, names of files that will follow.
    """

    kind: str
    reason: str
    text: str
    evidence: list[str] = field(default_factory=list)


def open_dispute(*, person: "Person", payment_id: str, claim: Claim) -> Dispute:
    """Dispute a payment; the payee's money is held in the same commit.

    Where the payee spends at this very moment, what is left is looked at again.

    Changes: the dispute with its history, the payment (``disputed``), the books (``hold``).
    Publishes: ``dispute.opened``, then ``dispute.evidence_due`` or ``dispute.under_review``;
    ``payment.disputed``.

    Args:
        person: Who paid.
        payment_id: Public id of the payment.
        claim: What is wrong.

    Raises:
        NotFound: There is no such payment, or somebody else made it.
        InputInvalid: The claim is malformed.
        DisputeKindRefused: A disagreement about money between people.
        StateConflict: The payment is not completed, was given back, or is or was disputed.
        DisputeTooLate: The country's time to report is over.

    Transaction: owns.
    """
    _check_claim(claim)
    for tries_left in reversed(range(_HOLD_TRIES)):
        try:
            return _open(person=person, payment_id=payment_id, claim=claim)
        except InsufficientFunds:
            if not tries_left:
                raise
    raise AssertionError


@owns
def withdraw_dispute(*, person: "Person", dispute_id: str) -> Dispute:
    """Take a dispute back; the payee has the money again.

    Changes: the dispute, the payment, the books (``hold_release``). Publishes:
    ``dispute.withdrawn``, ``payment.cleared``.

    Args:
        person: Who opened it.
        dispute_id: Public id.

    Raises:
        NotFound: There is no such dispute, or somebody else opened it.
        StateConflict: It is closed, or it is a chargeback, which only the card's issuer ends.

    Transaction: owns.
    """
    dispute = lock_dispute(dispute_id=dispute_id)
    if dispute.payer_id != party_id_of(person):
        raise NotFound
    refuse_chargeback(dispute)
    moment = business_now()
    close_for_payee(
        dispute=dispute, to=DisputeState.WITHDRAWN, moment=moment, actor=actor_of(person)
    )
    record(dispute)
    return dispute


@owns
def answer_dispute(
    *,
    person: "Person",
    party_id: int,
    dispute_id: str,
    text: str,
    evidence: list[str],
    submit: bool,
) -> Dispute:
    """Save the payee's answer, or submit it, once; the staff then decide.

    Changes: the answer; submitted also the dispute. Publishes: ``dispute.under_review`` then.

    Args:
        person: Who writes for the payee.
        party_id: The payee; another's dispute is not there.
        dispute_id: Public id.
        text: At most 2000 characters; at least 1 to submit.
        evidence: References in words.
        submit: Whether this is the last word.

    Raises:
        NotFound: There is no such dispute of this payee.
        InputInvalid: Text or evidence are malformed.
        StateConflict: It waits for no answer: it was given, or its time is over.

    Transaction: owns.
    """
    dispute, moment = lock_unanswered(party_id=party_id, dispute_id=dispute_id), business_now()
    _check_words(text, evidence, shortest=1 if submit else 0)
    DisputeAnswer.objects.update_or_create(
        dispute=dispute,
        defaults={
            "text": text.strip(),
            "evidence": evidence,
            "saved_by": person,
            "saved_at": moment,
            "submitted_at": moment if submit else None,
        },
    )
    if submit:
        terms = terms_of(dispute.payment.country)
        dispute.decide_by = moment + time_to_decide(dispute, terms)
        to = DisputeState.UNDER_REVIEW
        move_dispute(dispute=dispute, to=to, moment=moment, actor=actor_of(person))
    return dispute


@joins
def lock_unanswered(*, party_id: int, dispute_id: str) -> Dispute:
    """Return a dispute that waits for its payee's answer, locked.

    Raises:
        NotFound: There is no such dispute of this payee.
        StateConflict: It waits for no answer: it was given, or its time is over.

    Transaction: joins.
    """
    dispute = lock_dispute(dispute_id=dispute_id)
    if dispute.payee_id != party_id:
        raise NotFound
    is_late = dispute.answer_by is not None and business_now() > dispute.answer_by
    if dispute.state != DisputeState.EVIDENCE_DUE or is_late:
        raise StateConflict(_("This dispute takes no answer any more."), state=dispute.state)
    return dispute


@owns
def _open(*, person: "Person", payment_id: str, claim: Claim) -> Dispute:
    """Write the dispute and hold the money, in one commit."""
    payment = Payment.objects.select_for_update(no_key=True).filter(public_id=payment_id).first()
    if payment is None or payment.payer_id != party_id_of(person):
        raise NotFound
    moment, terms = business_now(), terms_of(payment.country)
    _check_payment(payment, claim, terms, moment)
    refuse_going_back(payment)
    free_asked_back(payment_id=payment_id, moment=moment)
    rest = rest_of(payment)
    source, block_until = _source_of_hold(payment, terms, moment)
    dispute = Dispute(
        public_id=new_id("dsp"),
        payment=payment,
        kind=claim.kind,
        reason=claim.reason,
        text=claim.text.strip(),
        evidence=claim.evidence,
        opened_by=person,
        payer_id=payment.payer_id,
        payee_id=payment.payee_id,
        amount_minor=rest.amount_minor,
        short_minor=net_of(payment, rest).amount_minor if source else 0,
        currency=payment.currency,
        approval_above_minor=terms.four_eyes_above_minor,
        block_until=block_until,
        created_at=moment,
    )
    _set_clocks(dispute, terms)
    actor = actor_of(person)
    move_dispute(dispute=dispute, to=DisputeState.OPENED, moment=moment, actor=actor)
    hold_money(dispute=dispute, moment=moment, source=source)
    if source != LedgerKind.PAYABLE:
        dispute.short_minor = 0  # A person's later money is nobody's to take.
    why = Why(moment, actor, dispute.public_id)
    move_payment(payment=payment, to=PaymentState.DISPUTED, why=why)
    is_fraud = claim.kind == DisputeKind.FRAUD
    following = DisputeState.UNDER_REVIEW if is_fraud else DisputeState.EVIDENCE_DUE
    move_dispute(dispute=dispute, to=following, moment=moment)
    record(dispute)
    return dispute


def _source_of_hold(
    payment: Payment, terms: CaseTerms, moment: datetime
) -> tuple[LedgerKind | None, datetime | None]:
    """Return where money is held for a dispute that is opened now, and until when it is blocked.

    A person's balance is blocked as a precaution, which is had once: who takes a dispute back and
    opens it again has what is left of its time, and then nothing is held any more.
    """
    source = source_of_hold(payment)
    if source != LedgerKind.BALANCE:
        return source, None
    first = Dispute.objects.filter(payment=payment).order_by("id").first()
    until = (first.created_at if first else moment) + timedelta(hours=terms.block_hours)
    return (source, until) if until > moment else (None, None)


def _set_clocks(dispute: Dispute, terms: CaseTerms) -> None:
    """Say until when somebody has to answer or decide."""
    begun = dispute.created_at
    if dispute.kind == DisputeKind.COMMERCIAL:
        dispute.answer_by = begun + timedelta(days=terms.answer_days)
        return
    dispute.decide_by = begun + timedelta(days=terms.analysis_days)


def _check_payment(payment: Payment, claim: Claim, terms: CaseTerms, moment: datetime) -> None:
    """Refuse to dispute what cannot be disputed."""
    if payment.kind != PaymentKind.PURCHASE and claim.kind != DisputeKind.FRAUD:
        raise DisputeKindRefused
    decided = Dispute.objects.filter(payment=payment, state__in=["won", "lost"]).exists()
    if payment.state not in REFUNDABLE or decided or not rest_of(payment):
        raise StateConflict(
            _("This payment cannot be disputed: it is not completed, or is over already."),
            state=payment.state,
        )
    until = (payment.completed_at or payment.created_at) + timedelta(days=terms.report_days)
    if moment > until:
        raise DisputeTooLate(until=until.isoformat())


def _check_claim(claim: Claim) -> None:
    known = claim.kind in CLAIMED_KINDS and claim.reason in list(DisputeReason)
    known = known and claim.reason != DisputeReason.OTHER
    if not known or (claim.reason in _FRAUDS) != (claim.kind == DisputeKind.FRAUD):
        raise InputInvalid
    _check_words(claim.text, claim.evidence, shortest=1)


def _check_words(text: str, evidence: list[str], *, shortest: int) -> None:
    is_said = shortest <= len(text.strip()) <= LONGEST_TEXT
    is_listed = len(evidence) <= MOST_EVIDENCE and all(
        0 < len(each.strip()) <= LONGEST_EVIDENCE for each in evidence
    )
    if not is_said or not is_listed or any("\0" in each for each in (text, *evidence)):
        raise InputInvalid

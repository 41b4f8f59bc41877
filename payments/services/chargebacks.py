"""What issuers of cards take back: heard from the processor, disputed here, closed by the issuer.

A callback, or a line of the statement, only says where to look: the processor is asked, and what it
answers counts once. A chargeback opens a dispute of its own kind on the payment; the shop's money
is held, and the shop answers by its clock. The issuer decides: gives it the money back, the dispute
is won and the hold ends; does it not within the country's time, the dispute is lost, and what is
held covers what was taken. A shop that does not answer accepts it. An issuer that gives the money
back after that gives it to the shop (``services.chargeback_wins``).

The bank's own movement goes into the books by its statement's line (``services.suspense``):
``chargebacks`` is what issuers took and no shop has borne yet. So a chargeback that is told twice,
late, or never told before its line, leads to the same books.

What can open no dispute (the payment was given back meanwhile, or another chargeback of it is open)
is kept ``apart`` and waits for a person; nothing of the shop is touched for it.

Locks, in order: the payment, its dispute, the chargeback; then as for disputes.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from django.db.models import Exists, F, OuterRef, Q

from core.clock import business_now
from core.errors import InputInvalid, NotFound
from core.events import Later
from core.ids import new_id
from core.money import Money
from core.transactions import owns, refuse_owner
from payments.enums import (
    AnswerKind,
    ChargebackState,
    DisputeKind,
    DisputeState,
    LedgerKind,
    LegKind,
    PaymentState,
)
from payments.models import Attempt, Chargeback, Dispute, Payment, Statement, StatementLine
from payments.queries.terms import terms_of
from payments.rails import RailUnavailable, rail_named
from payments.rails.chargebacks import (
    ChargingBackRail,
    ToldChargeback,
    rails_charging_back,
    reason_of,
)
from payments.services.breakers import pause_of
from payments.services.chargeback_lines import book_told
from payments.services.chargeback_wins import book_win, is_covering
from payments.services.dispute_holds import close_for_payee, hold_money, source_of_hold
from payments.services.dispute_moves import lock_dispute, move_dispute
from payments.services.moving import BANK, Why, move_payment
from payments.services.refund_amounts import net_of, rest_of
from payments.services.refund_moves import lock_refunded
from payments.statement_enums import LineState
from payments.states import BUSY, OPEN_DISPUTES, REFUNDABLE
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person

ASK_AGAIN_SECONDS = 60.0
LONGEST_REASON = 500
_TOOK_OVER = "the card's issuer took the money back"

logger = structlog.get_logger(__name__)


def hear_chargebacks(*, instruction_id: str) -> int:
    """Ask the processor what was taken back of a debit, and let it count.

    Changes: a ``Chargeback`` for each that is new, with its dispute; those that came back; the
    books. Publishes: ``dispute.opened``, ``dispute.evidence_due``, ``payment.disputed``;
    ``dispute.won``, ``payment.cleared``.

    Args:
        instruction_id: Of the debit's attempt. One whose rail knows no chargebacks is left.

    Returns:
        How many the processor knows.

    Raises:
        NotFound: There is no such debit.
        Later: The processor did not answer, or the payment is still under way.

    Transaction: owns (one for each chargeback; none while the processor is called).
    """
    refuse_owner("payments.services.chargebacks.hear_chargebacks")
    debits = Attempt.objects.filter(instruction_id=instruction_id, leg__kind=LegKind.DEBIT)
    attempt = debits.select_related("leg__payment").first()
    if attempt is None:
        raise NotFound
    leg, rail = attempt.leg, rail_named(attempt.leg.rail)
    if not isinstance(rail, ChargingBackRail) or attempt.outcome != AnswerKind.EXECUTED:
        return 0
    pause = pause_of(payment_id=leg.payment_id)
    if pause is not None:
        raise Later(pause)
    try:
        told = rail.chargebacks(instruction_id, leg.bank)
    except RailUnavailable as trouble:
        raise Later(ASK_AGAIN_SECONDS) from trouble
    if told and leg.payment.state in BUSY:
        raise Later(ASK_AGAIN_SECONDS)
    for each in told:
        _take_in(payment_id=leg.payment.public_id, bank=leg.bank, told=each)
    return len(told)


def hear_shown(*, statement_id: str) -> int:
    """Ask processors about debits that new lines of a statement name and that are not the lines.

    One that does not answer is asked another time: its line waits in suspense until then.

    Changes: as ``hear_chargebacks`` says.

    Args:
        statement_id: The statement's public id; its lines are kept and not judged yet.

    Returns:
        How many debits were asked about.

    Transaction: none (several of its own).
    """
    statement = Statement.objects.select_related("bank").get(public_id=statement_id)
    debits = Attempt.objects.filter(
        instruction_id=OuterRef("end_to_end_id"),
        leg__kind=LegKind.DEBIT,
        leg__bank=statement.bank.slug,
        leg__rail__in=rails_charging_back(),
    )
    ours = Attempt.objects.filter(instruction_id=OuterRef("instruction_id"))
    name = OuterRef("instruction_id")
    told = Chargeback.objects.filter(
        Q(chargeback_id=name) | Q(reversal_id=name), bank=statement.bank.slug
    )
    lines = StatementLine.objects.filter(
        Exists(debits),
        ~Exists(ours),
        ~Exists(told),
        statement=statement,
        state=LineState.NEW,
    ).exclude(instruction_id=F("end_to_end_id"))
    names = list(lines.order_by().values_list("end_to_end_id", flat=True).distinct())
    for instruction_id in names:
        try:
            hear_chargebacks(instruction_id=instruction_id)
        except Later:
            logger.warning("chargeback_not_heard", instruction=instruction_id)
    return len(names)


@owns
def note_looked_at(*, staff: "Person", chargeback_id: str, reason: str) -> Chargeback:
    """Note that a person looked at a chargeback that needed one, and what came of it.

    Changes: the chargeback, an audit entry.

    Args:
        staff: Who looked.
        chargeback_id: Public id.
        reason: What was found or done, in words.

    Raises:
        NotFound: There is no such chargeback.
        InputInvalid: Nothing is said.

    Transaction: owns.
    """
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise InputInvalid
    found = Chargeback.objects.select_for_update(no_key=True).filter(public_id=chargeback_id)
    row = found.first()
    if row is None:
        raise NotFound
    before, row.looks_at = row.looks_at, ""
    row.save(update_fields=["looks_at"])
    record(
        actor=staff,
        action="chargeback.looked_at",
        object_ref=row.public_id,
        before={"looks_at": before},
        after={"looks_at": ""},
        reason=reason.strip(),
    )
    return row


@owns
def _take_in(*, payment_id: str, bank: str, told: ToldChargeback) -> None:
    """Let one chargeback count that the processor told: the first time, and when it comes back."""
    payment = lock_refunded(payment_id=payment_id)
    moment = business_now()
    row = Chargeback.objects.filter(bank=bank, chargeback_id=told.chargeback_id).first()
    if row is None:
        row = _write(payment, bank, told, moment)
    if told.reversal_id and row.state != ChargebackState.REVERSED:
        _give_back(row, told.reversal_id, moment)
    book_told(bank=bank, names=[told.chargeback_id, told.reversal_id])


def _write(payment: Payment, bank: str, told: ToldChargeback, moment: datetime) -> Chargeback:
    """Write a chargeback down and dispute its payment, where that can be disputed."""
    own = _own_dispute(payment)
    trouble = _trouble(payment, told, is_disputed=own is not None)
    if own is not None and not trouble:
        _take_over(own, payment, moment)
    dispute = None if trouble else _dispute(payment, told, moment)
    if trouble:
        logger.warning("chargeback_apart", chargeback=told.chargeback_id, why=trouble)
    return Chargeback.objects.create(
        public_id=new_id("cbk"),
        payment=payment,
        dispute=dispute,
        bank=bank,
        chargeback_id=told.chargeback_id,
        amount_minor=told.amount_minor,
        currency=told.currency,
        reason_code=told.reason,
        state=(ChargebackState.DISPUTED if dispute else ChargebackState.APART).value,
        looks_at=trouble,
        told_at=moment,
    )


def _own_dispute(payment: Payment) -> str | None:
    """Return the dispute that the payer opened here and that is not over."""
    rows = Dispute.objects.filter(payment=payment, state__in=OPEN_DISPUTES)
    rows = rows.exclude(kind=DisputeKind.CHARGEBACK)
    return rows.values_list("public_id", flat=True).first()


def _take_over(dispute_id: str, payment: Payment, moment: datetime) -> None:
    """End a dispute that the payer opened here: the issuer has decided to take the money."""
    dispute = lock_dispute(dispute_id=dispute_id)
    dispute.payment = payment
    dispute.decision_reason = _TOOK_OVER
    close_for_payee(dispute=dispute, to=DisputeState.WITHDRAWN, moment=moment, actor=BANK)


def _trouble(payment: Payment, told: ToldChargeback, *, is_disputed: bool) -> str:
    """Say why no dispute can be opened, in words for staff; empty when one can."""
    if payment.state not in REFUNDABLE and not is_disputed:
        return f"the payment is {payment.state}"
    if told.currency != payment.currency:
        return f"it is in {told.currency}, the payment in {payment.currency}"
    rest = rest_of(payment).amount_minor
    if told.amount_minor > rest:
        return f"it is more than the {rest} that is left of the payment"
    return ""


def _dispute(payment: Payment, told: ToldChargeback, moment: datetime) -> Dispute:
    """Open the dispute of a chargeback and hold the payee's money."""
    terms, source = terms_of(payment.country), source_of_hold(payment)
    amount = Money(told.amount_minor, payment.currency)
    dispute = Dispute(
        public_id=new_id("dsp"),
        payment=payment,
        kind=DisputeKind.CHARGEBACK.value,
        reason=reason_of(told.reason).value,
        text=f"Chargeback {told.chargeback_id}, code {told.reason or '—'}.",
        evidence=[],
        payer_id=payment.payer_id,
        payee_id=payment.payee_id,
        amount_minor=amount.amount_minor,
        short_minor=net_of(payment, amount).amount_minor if source else 0,
        currency=payment.currency,
        approval_above_minor=terms.four_eyes_above_minor,
        created_at=moment,
        answer_by=moment + timedelta(days=terms.answer_days),
    )
    move_dispute(dispute=dispute, to=DisputeState.OPENED, moment=moment, actor=BANK)
    hold_money(dispute=dispute, moment=moment, source=source)
    if source != LedgerKind.PAYABLE:
        dispute.short_minor = 0  # A person's later money is nobody's to take.
    why = Why(moment, BANK, dispute.public_id)
    move_payment(payment=payment, to=PaymentState.DISPUTED, why=why)
    move_dispute(dispute=dispute, to=DisputeState.EVIDENCE_DUE, moment=moment)
    return dispute


def _give_back(row: Chargeback, reversal_id: str, moment: datetime) -> None:
    """Note that the issuer gave the money back: the dispute is won, or what it cost is given back.

    Raises:
        Later: What was held for a lost dispute is on its way to cover it.
    """
    row.reversal_id, row.reversed_at = reversal_id, moment
    row.state = ChargebackState.REVERSED.value
    if row.dispute is not None:
        dispute = lock_dispute(dispute_id=row.dispute.public_id)
        if dispute.state in OPEN_DISPUTES:
            _win(dispute, moment)
        elif dispute.state == DisputeState.LOST:
            if is_covering(dispute):
                raise Later(ASK_AGAIN_SECONDS)
            book_win(chargeback=row, dispute=dispute, moment=moment)
        else:
            row.looks_at = f"the issuer gave it back after the dispute was {dispute.state}"
    row.save()


def _win(dispute: Dispute, moment: datetime) -> None:
    """Close a dispute for the payee as the issuer did, also before the payee answered."""
    if dispute.state != DisputeState.UNDER_REVIEW:
        reason = "decided by the issuer"
        move_dispute(
            dispute=dispute, to=DisputeState.UNDER_REVIEW, moment=moment, actor=BANK, reason=reason
        )
    close_for_payee(dispute=dispute, to=DisputeState.WON, moment=moment, actor=BANK)

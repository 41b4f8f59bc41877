"""Handing a shop's answer to a chargeback over to the processor, for the issuer that decides.

It moves no money, and it has a name: so it may be handed over again whenever it is not known
whether it arrived, until the processor says that it has it, or that it takes none. What it does not
take a person has to see to, while there is time.
"""

from core.clock import business_now
from core.errors import NotFound
from core.events import Later
from core.transactions import owns, refuse_owner
from payments.enums import AnswerKind, LegKind
from payments.models import Attempt, Chargeback, DisputeAnswer
from payments.rails import Outcome, rail_named
from payments.rails.chargebacks import ChargingBackRail, ShopsAnswer
from payments.services.breakers import pause_of
from payments.services.chargebacks import ASK_AGAIN_SECONDS
from payments.states import OPEN_DISPUTES


def send_answer(*, dispute_id: str) -> bool:
    """Hand the answer of a chargeback's dispute over, unless the processor has it already.

    Changes: the ``Chargeback``: when it was handed over, or why a person has to look.

    Args:
        dispute_id: Public id of any dispute; one that is no chargeback is left alone, and so is
            one that nobody answered or that is over.

    Returns:
        Whether the processor has it now.

    Raises:
        Later: It is not known whether it arrived, or the connection's breaker is open.

    Transaction: owns (after the processor has answered; none while it is called).
    """
    refuse_owner("payments.services.chargeback_answers.send_answer")
    row = Chargeback.objects.select_related("dispute").filter(dispute__public_id=dispute_id).first()
    if row is None or row.dispute is None or row.answered_at is not None:
        return False
    answers = DisputeAnswer.objects.filter(dispute=row.dispute, submitted_at__isnull=False)
    said = answers.first()
    if said is None or row.dispute.state not in OPEN_DISPUTES:
        return False
    pause = pause_of(payment_id=row.payment_id)
    if pause is not None:
        raise Later(pause)
    answer = ShopsAnswer(dispute_id, row.chargeback_id, said.text, tuple(said.evidence))
    return _note(chargeback_id=row.public_id, outcome=_hand_over(row, answer))


def _hand_over(row: Chargeback, answer: ShopsAnswer) -> Outcome:
    """Call the processor of the debit that was charged back.

    Raises:
        NotFound: There is none; its chargeback could not have been told.
    """
    debits = Attempt.objects.filter(
        leg__payment=row.payment_id, leg__kind=LegKind.DEBIT, outcome=AnswerKind.EXECUTED
    )
    debit = debits.select_related("leg").first()
    if debit is None:
        raise NotFound
    rail = rail_named(debit.leg.rail)
    if not isinstance(rail, ChargingBackRail):
        raise NotFound
    return rail.answer_chargeback(answer, row.bank)


@owns
def _note(*, chargeback_id: str, outcome: Outcome) -> bool:
    """Keep what the processor said.

    Raises:
        Later: Nothing is known.
    """
    if outcome.kind not in {"executed", "rejected"}:
        raise Later(ASK_AGAIN_SECONDS)
    row = Chargeback.objects.select_for_update(no_key=True).get(public_id=chargeback_id)
    row.answered_at = business_now()
    if outcome.kind == "rejected":
        row.looks_at = f"the processor did not take the shop's answer: {outcome.reason}"[:200]
    row.save(update_fields=["answered_at", "looks_at"])
    return outcome.kind == "executed"

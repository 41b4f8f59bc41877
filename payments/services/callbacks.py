"""What follows when a bank calls: it is asked, and its answer to *that* is what counts.

A callback may be forged by whoever has stolen a secret, come twice, late, in the wrong order, or
be replayed. None of it matters, because nothing is believed: a genuine one only makes an unknown
outcome be looked up before its time, by the very look-up that the sweep would make.
"""

from collections.abc import Mapping
from contextlib import suppress

import structlog
from django.conf import settings
from django.db import IntegrityError

from core.clock import wall_now
from core.errors import BankUnavailable, Unauthenticated
from core.events import Later, publish
from core.transactions import owns, refuse_owner
from payments.enums import AnswerKind, BatchState, LegKind
from payments.models import Attempt, BankCallback, SettlementBatch
from payments.rails.callbacks import LARGEST_BYTES, Callback, CallbackRefused, read_callback
from payments.services.chargebacks import hear_chargebacks
from payments.services.charging import ASK_AGAIN_SECONDS, look_up_payment
from payments.services.finishing import LEFT_ALONE_FOR
from payments.services.refunding import look_up_refund
from payments.services.submission import look_up_batch

__all__ = ["LARGEST_BYTES", "ask_about", "hear_bank"]

logger = structlog.get_logger(__name__)

_OPEN_BATCHES = (BatchState.SUBMITTED, BatchState.UNKNOWN)


def hear_bank(*, headers: Mapping[str, str], body: bytes) -> bool:
    """Take a callback in, once.

    Changes: a ``BankCallback`` row. Publishes: ``callback.received``.

    Args:
        headers: The request's, in lower case.
        body: Its bytes as received.

    Returns:
        Whether it was new; a message that was heard before changes nothing.

    Raises:
        Unauthenticated: It is not signed by a bank's secret, not recent, or no message.

    Transaction: owns (after the signature was checked).
    """
    now = wall_now()
    try:
        callback = read_callback(
            headers, body, secrets=settings.TROCO_BANK_CALLBACK_SECRETS, now=now
        )
    except CallbackRefused as refusal:
        logger.warning("bank.callback_refused", reason=str(refusal))
        raise Unauthenticated from refusal
    try:
        _keep(callback=callback)
    except IntegrityError:  # Its name is taken: this message was heard before.
        return False
    return True


@owns
def _keep(*, callback: Callback) -> None:
    """Write the message down and have its bank asked, in one commit.

    Transaction: owns.
    """
    BankCallback.objects.create(
        message_id=callback.message_id,
        kind=callback.kind,
        bank=callback.bank,
        about=callback.about,
        sent_at=callback.sent_at,
        received_at=wall_now(),
    )
    publish("callback.received", bank=callback.bank, about=callback.about)


def ask_about(*, bank: str, about: str) -> None:
    """Ask a bank about what it called about, if that is unknown here.

    A debit that is known to be executed may have been taken back by the card's issuer: the
    processor is asked for its chargebacks.

    Changes: what ``look_up_payment``, ``look_up_refund``, ``look_up_batch`` or
    ``hear_chargebacks`` changes; nothing when nothing of that name was ever sent to that bank.

    Args:
        bank: The bank's slug.
        about: An instruction's id, or a file's message id.

    Raises:
        Later: The instruction's own call has not come back yet; or as for the look-ups.

    Transaction: owns (several; none while the bank is called).
    """
    refuse_owner("payments.services.callbacks.ask_about")
    asked = Attempt.objects.filter(instruction_id=about, leg__bank=bank)
    attempt = asked.select_related("leg__payment", "leg__refund").first()
    if attempt is None:
        _ask_about_file(bank, about)
    elif not attempt.outcome and attempt.sent_at > wall_now() - LEFT_ALONE_FOR:
        raise Later(ASK_AGAIN_SECONDS)
    elif attempt.outcome == AnswerKind.EXECUTED and attempt.leg.kind == LegKind.DEBIT:
        hear_chargebacks(instruction_id=about)
    elif attempt.outcome == AnswerKind.UNKNOWN:
        if attempt.leg.refund is not None:
            look_up_refund(refund_id=attempt.leg.refund.public_id)
        else:
            look_up_payment(payment_id=attempt.leg.payment.public_id)


def _ask_about_file(bank: str, message_id: str) -> None:
    batch = SettlementBatch.objects.filter(
        message_id=message_id, bank__slug=bank, state__in=_OPEN_BATCHES
    ).first()
    if batch is not None:
        with suppress(BankUnavailable):  # Left alone for a while; the sweep asks when it is over.
            look_up_batch(batch_id=batch.public_id)

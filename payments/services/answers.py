"""What a bank says of a batch's payouts, noted some hundred at a time.

Each page is one commit, so an answer about a hundred thousand payouts locks and holds a page of
them, and one that breaks off in the middle has told what it told. A payout that is settled or
refused stays so; the answer may be noted again.
"""

from collections.abc import Iterable, Sequence
from itertools import islice

import structlog
from django.db.models import F

from core.clock import business_now
from core.transactions import owns, refuse_owner
from payments.enums import PayoutState
from payments.models import Payout, SettlementBatch
from payments.rails import BatchItem
from payments.services.payouts import (
    accept_payouts,
    lock_payouts,
    refuse_payouts,
    settle_payouts,
)

logger = structlog.get_logger(__name__)

ITEMS_AT_ONCE = 500
UNDECIDED = frozenset({PayoutState.SENT, PayoutState.ACCEPTED, PayoutState.UNKNOWN})
_UNANSWERED = frozenset({PayoutState.CLAIMED, PayoutState.SENT, PayoutState.UNKNOWN})


def note_items(*, batch_id: str, items: Iterable[BatchItem]) -> int:
    """Move each payout to where the bank says it is; a settled one stays settled.

    Changes: payouts, the books, the batch's count of what is answered. Publishes
    ``payout.settled``, ``payout.rejected``.

    Args:
        batch_id: The batch's public id.
        items: What the bank says, read as it is noted.

    Returns:
        How many items there were.

    Transaction: owns (one for each page).
    """
    refuse_owner("payments.services.answers.note_items")
    coming, noted = iter(items), 0
    while page := list(islice(coming, ITEMS_AT_ONCE)):
        answered = _note_page(batch_id=batch_id, page=page)
        noted += len(page)
        _count_answered(batch_id=batch_id, count=answered)
        logger.info("batch_answered", batch=batch_id, items=noted)
    return noted


def refuse_undecided(*, batch_id: str, reason: str) -> int:
    """Refuse all payouts of a file that its bank refuses as a whole.

    Changes: payouts, the books. Publishes ``payout.rejected`` for each.

    Args:
        batch_id: The batch's public id.
        reason: The bank's.

    Returns:
        How many were refused.

    Transaction: owns (one for each page).
    """
    refuse_owner("payments.services.answers.refuse_undecided")
    states = UNDECIDED | {PayoutState.CLAIMED}
    rows = Payout.objects.filter(batch__public_id=batch_id, state__in=states).order_by("id")
    refused = 0
    while page := list(rows.values_list("public_id", flat=True)[:ITEMS_AT_ONCE]):
        answered = _refuse_page(batch_id=batch_id, ids=page, reason=reason)
        _count_answered(batch_id=batch_id, count=answered)
        refused += len(page)
    return refused


@owns
def _note_page(*, batch_id: str, page: Sequence[BatchItem]) -> int:
    """Note a page; return how many of its payouts had no answer before."""
    moment = business_now()
    said = {item.end_to_end_id: item for item in page}
    rows = Payout.objects.filter(batch__public_id=batch_id, public_id__in=said)
    payouts = lock_payouts(rows=rows)
    for stranger in said.keys() - {each.public_id for each in payouts}:
        logger.error("bank_names_strange_payout", batch=batch_id, end_to_end_id=stranger)
    new = sum(each.state in _UNANSWERED for each in payouts)
    by_state: dict[str, list[Payout]] = {"accepted": [], "settled": [], "rejected": []}
    for each in payouts:
        if each.state in UNDECIDED:
            by_state[said[each.public_id].state].append(each)
    accept_payouts(payouts=by_state["accepted"], moment=moment)
    references = {key: item.bank_reference for key, item in said.items()}
    settle_payouts(payouts=by_state["settled"], references=references, moment=moment)
    reasons = {key: item.reason for key, item in said.items()}
    refuse_payouts(payouts=by_state["rejected"], reasons=reasons, moment=moment)
    return new


@owns
def _refuse_page(*, batch_id: str, ids: Sequence[str], reason: str) -> int:
    """Refuse some payouts; return how many of them had no answer before."""
    rows = Payout.objects.filter(batch__public_id=batch_id, public_id__in=ids)
    payouts = lock_payouts(rows=rows)
    wanted = [each for each in payouts if each.state in UNDECIDED | {PayoutState.CLAIMED}]
    new = sum(each.state in _UNANSWERED for each in wanted)
    reasons = {each.public_id: reason for each in wanted}
    refuse_payouts(payouts=wanted, reasons=reasons, moment=business_now())
    return new


@owns
def _count_answered(*, batch_id: str, count: int) -> None:
    """Show how many payouts have an answer."""
    if count:
        rows = SettlementBatch.objects.filter(public_id=batch_id)
        rows.update(answered_count=F("answered_count") + count)

"""Sending a batch to its bank, hearing of it, and asking when nothing is heard.

Every call to the bank lies between two transactions. So a process may die anywhere: what is
written says where to go on.

- ``approved → submitting``: the file's bytes and its name are stored, then the bank is called.
- The answer moves it on. No answer moves it to ``unknown``, where it is looked up, never sent
  again; a file that died in ``submitting`` is treated as if the call had no answer.
- Only a call that certainly never left goes back to ``approved``, and the very same bytes are
  sent next time.
"""

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.db.models import F

from core.clock import business_now, wall_now
from core.errors import BankUnavailable, NotFound, TrocoError
from core.events import publish
from core.transactions import owns, refuse_owner
from payments.enums import BatchState, Capability, PayoutState
from payments.models import Payout, SettlementBatch
from payments.rails import BatchAnswer, BatchItem, Rail, rail_named
from payments.rails.pain001 import FileHead, Transfer, write_file
from payments.services.availability import may_go_on
from payments.services.batches import (
    SettlementStopped,
    approve_batch,
    lock_batch,
    move_batch,
)
from payments.services.breakers import note_call, pause_before
from payments.services.calendar import add_business_days
from payments.services.payouts import (
    accept_payouts,
    doubt_payouts,
    lock_payouts,
    refuse_payouts,
    send_payouts,
    settle_payouts,
)
from payments.states import BATCH_MOVES

if TYPE_CHECKING:
    from django.db.models import QuerySet

logger = structlog.get_logger(__name__)

GIVEN_UP_AFTER = timedelta(seconds=60)  # A call ends within its time-out, far below this.
FIRST_STATUS_AFTER = timedelta(seconds=2)
STATUS_EVERY = timedelta(minutes=5)
LONGEST_STATUS_PAUSE = timedelta(hours=1)
_CLEARING = "clearing"
_RECEIVED = frozenset({BatchState.SUBMITTED, BatchState.ACKNOWLEDGED, BatchState.PARTIAL})
_UNDECIDED = frozenset({PayoutState.SENT, PayoutState.ACCEPTED, PayoutState.UNKNOWN})


def submit_batch(*, batch_id: str) -> str:
    """Send an approved batch to its bank, once, and note what came of it.

    Args:
        batch_id: The batch's public id.

    Returns:
        The state it is in now.

    Raises:
        NotFound: There is no such batch.
        StateConflict: It is not approved (another process is sending it).
        SettlementStopped: A hold stops everything in the country.
        BankUnavailable: The connection's breaker is open; the batch stays approved.

    Transaction: none (two of its own, the bank's answer between them).
    """
    refuse_owner("payments.services.submission.submit_batch")
    batch = _begin_submission(batch_id=batch_id)
    answer = _rail_of(batch).submit_batch(batch.bank.slug, bytes(batch.file_bytes or b""))
    state = note_submission(batch_id=batch_id, answer=answer)
    _note_call(batch, answer)
    return state


@owns
def note_submission(*, batch_id: str, answer: BatchAnswer) -> str:
    """Note what came of sending a batch; returns the state it is in then.

    Changes: the batch's state with its history, its payouts. Publishes ``batch.submitted``
    when the bank has the file or may have it.

    Args:
        batch_id: The batch's public id.
        answer: What is known.

    Raises:
        NotFound: There is no such batch.

    Transaction: owns.
    """
    batch = lock_batch(batch_id=batch_id)
    if batch.state != BatchState.SUBMITTING:
        return batch.state
    moment = business_now()
    if answer.kind == "not_sent":
        batch.next_look_up_at = None
        move_batch(batch=batch, state=BatchState.APPROVED, moment=moment, reason=answer.reason)
        return batch.state
    payouts = lock_payouts(rows=Payout.objects.filter(batch=batch))
    send_payouts(payouts=payouts, moment=moment)
    if answer.kind == "rejected":
        reasons = {each.public_id: answer.reason for each in payouts}
        refuse_payouts(payouts=payouts, reasons=reasons, moment=moment)
        move_batch(batch=batch, state=BatchState.REJECTED, moment=moment, reason=answer.reason)
        return batch.state
    if answer.kind == "unknown":
        doubt_payouts(payouts=payouts, moment=moment, reason=answer.reason)
        _plan_look_up(batch)
        move_batch(batch=batch, state=BatchState.UNKNOWN, moment=moment, reason=answer.reason)
    else:
        batch.next_look_up_at = wall_now() + FIRST_STATUS_AFTER
        move_batch(batch=batch, state=BatchState.SUBMITTED, moment=moment)
    publish("batch.submitted", batch_id=batch_id)
    return batch.state


def look_up_batch(*, batch_id: str) -> str:
    """Ask the bank what became of a batch, and note the answer.

    Args:
        batch_id: The batch's public id.

    Returns:
        The state it is in now.

    Raises:
        NotFound: There is no such batch.
        BankUnavailable: The connection's breaker is open; the look-up does not count.

    Transaction: none (the note owns its own).
    """
    refuse_owner("payments.services.submission.look_up_batch")
    batch = _begin_look_up(batch_id=batch_id)
    answer = _rail_of(batch).look_up_batch(batch.bank.slug, batch.message_id)
    state = note_answer(batch_id=batch_id, answer=answer)
    _note_call(batch, answer)
    return state


@owns
def note_answer(*, batch_id: str, answer: BatchAnswer) -> str:
    """Note what the bank says of a batch it was asked about; returns the state then.

    Neither "not found" nor silence ends anything: a bank may deny what it executes a minute
    later. When the look-ups are used up, the batch waits for the statement.

    Changes: payouts as the bank says, the books, the batch's state with its history. Publishes
    ``payout.settled``, ``payout.rejected`` and ``batch.acknowledged``.

    Args:
        batch_id: The batch's public id.
        answer: What the bank said.

    Raises:
        NotFound: There is no such batch.

    Transaction: owns.
    """
    batch = lock_batch(batch_id=batch_id)
    asked = {BatchState.SUBMITTED, BatchState.UNKNOWN, BatchState.ACKNOWLEDGED, BatchState.PARTIAL}
    if batch.state not in asked:
        return batch.state
    moment = business_now()
    batch.look_ups += 1
    if answer.kind in {"unknown", "not_found", "not_sent"}:
        _plan_look_up(batch)
        batch.save(update_fields=["look_ups", "next_look_up_at"])
        return batch.state
    payouts = lock_payouts(rows=Payout.objects.filter(batch=batch))
    _apply_items(payouts, answer, moment)
    undecided = any(each.state in _UNDECIDED for each in payouts)
    batch.next_look_up_at = wall_now() + STATUS_EVERY if undecided else None
    state = _state_after(answer, payouts)
    if state not in (None, batch.state) and BATCH_MOVES.allows(batch.state, state):
        if state != BatchState.SUBMITTED and batch.acknowledged_at is None:
            batch.acknowledged_at = moment
            publish("batch.acknowledged", batch_id=batch_id)
        move_batch(batch=batch, state=state, moment=moment)
    batch.save(update_fields=["look_ups", "next_look_up_at"])
    return batch.state


def advance_batches() -> list[str]:
    """Take every unfinished batch one step further, as far as its time has come.

    Returns:
        Public ids of the batches that were touched.

    Transaction: none (each step owns its own).
    """
    wall = wall_now()
    rows = SettlementBatch.objects.order_by("id")
    died = BatchAnswer("unknown", reason="process_died")
    touched: set[str] = set()
    small = rows.filter(state=BatchState.CLAIMED, total_minor__lte=F("approval_above_minor"))
    for public_id in _ids(small):
        touched |= _tried(approve_batch, batch_id=public_id, staff=None)
    for public_id in _ids(rows.filter(state=BatchState.APPROVED)):
        touched |= _tried(submit_batch, batch_id=public_id)
    lost = rows.filter(state=BatchState.SUBMITTING, asked_at__lt=wall - GIVEN_UP_AFTER)
    for public_id in _ids(lost):
        touched |= _tried(note_submission, batch_id=public_id, answer=died)
    for public_id in _ids(rows.filter(next_look_up_at__lte=wall)):
        touched |= _tried(look_up_batch, batch_id=public_id)
    return sorted(touched)


@owns
def _begin_submission(*, batch_id: str) -> SettlementBatch:
    """Fix the file's name and bytes, and say that it is being sent, before it is."""
    batch = lock_batch(batch_id=batch_id)
    country, bank = batch.bank.country.iso2, batch.bank.slug
    if not may_go_on(country=country, capability=Capability.PURCHASE, banks=[bank]):
        raise SettlementStopped
    BATCH_MOVES.check(batch.state, BatchState.SUBMITTING)
    _refuse_open(batch)
    moment = business_now()
    if batch.file_bytes is None:
        _fix_value_date(batch, moment)
        batch.file_bytes = _write(batch, moment)
        batch.file_sha256 = hashlib.sha256(batch.file_bytes).hexdigest()
    batch.asked_at = wall_now()
    batch.save(update_fields=["file_bytes", "file_sha256", "asked_at"])
    move_batch(batch=batch, state=BatchState.SUBMITTING, moment=moment)
    return batch


@owns
def _begin_look_up(*, batch_id: str) -> SettlementBatch:
    """Return a batch that is about to be asked about, if its bank may be asked now."""
    rows = SettlementBatch.objects.select_related("bank", "window__agreement_rail")
    batch = rows.defer("file_bytes").filter(public_id=batch_id).first()
    if batch is None:
        raise NotFound
    _refuse_open(batch)
    return batch


def _rail_of(batch: SettlementBatch) -> Rail:
    """Return the rail that the batch's agreement names for it."""
    return rail_named(batch.window.agreement_rail.rail)


def _refuse_open(batch: SettlementBatch) -> None:
    """Refuse to call a bank whose breaker is open."""
    rail = batch.window.agreement_rail.rail
    if pause_before(bank=batch.bank.slug, rail=rail) is not None:
        raise BankUnavailable


def _note_call(batch: SettlementBatch, answer: BatchAnswer) -> None:
    """Count how a call about a batch went for the connection's breaker."""
    note_call(
        bank=batch.bank.slug,
        rail=batch.window.agreement_rail.rail,
        is_failure=answer.kind in {"unknown", "not_sent"},
        reason=answer.reason,
    )


def _fix_value_date(batch: SettlementBatch, moment: datetime) -> None:
    """Set the day the bank will book: a file that is sent late is executed late."""
    window = batch.window
    sent_on = moment.astimezone(ZoneInfo(window.agreement_rail.timezone)).date()
    if sent_on <= window.business_date:
        return
    days = window.agreement_rail.settlement_days
    window.value_date = sent_on
    if days:
        country = batch.bank.country
        window.value_date = add_business_days(country=country, day=sent_on, count=days)
    window.save(update_fields=["value_date"])


def _write(batch: SettlementBatch, moment: datetime) -> bytes:
    head = FileHead(
        message_id=batch.message_id,
        made_at=moment,
        initiator=settings.TROCO_OPERATOR_NAME,
        bank_member_id=batch.bank.national_id,
        debtor_account=_CLEARING,
        execution_date=batch.window.value_date,
        currency=batch.currency,
        count=batch.payout_count,
        total_minor=batch.total_minor,
        version=batch.window.agreement_rail.message_version,
    )
    rows = Payout.objects.filter(batch=batch).order_by("id").iterator(chunk_size=2000)
    return write_file(
        head,
        (
            Transfer(
                payment_id=row.public_id,
                account_token=row.account_token,
                holder_name=row.holder_name,
                amount_minor=row.net_minor,
                remittance=f"Troco {batch.window.business_date} {row.public_id}",
            )
            for row in rows
        ),
    )


def _plan_look_up(batch: SettlementBatch) -> None:
    """Set when to ask next, or that only the statement can tell.

    A file whose fate is unknown is asked about as the rail's policy has it. One that the bank has
    said to have is asked about for as long as it takes, ever more seldom.
    """
    if batch.state in _RECEIVED:
        pause = min(STATUS_EVERY * max(batch.look_ups, 1), LONGEST_STATUS_PAUSE)
        batch.next_look_up_at = wall_now() + pause
        return
    policy = _rail_of(batch).look_up_policy
    asked_at = batch.asked_at or wall_now()
    batch.next_look_up_at = policy.next_at(asked_at=asked_at, done=batch.look_ups)


def _apply_items(payouts: list[Payout], answer: BatchAnswer, moment: datetime) -> None:
    """Move each payout to where the bank says it is; a settled one stays settled."""
    said = {item.end_to_end_id: item for item in answer.items}
    open_ones = [each for each in payouts if each.state in _UNDECIDED]
    for stranger in said.keys() - {each.public_id for each in payouts}:
        logger.error("bank_names_strange_payout", end_to_end_id=stranger)
    if answer.kind == "rejected" and not said:
        said = {each.public_id: BatchItem(each.public_id, "rejected") for each in open_ones}
    by_state: dict[str, list[Payout]] = {"accepted": [], "settled": [], "rejected": []}
    for each in open_ones:
        item = said.get(each.public_id)
        if item is not None:
            by_state[item.state].append(each)
    accept_payouts(payouts=by_state["accepted"], moment=moment)
    references = {key: item.bank_reference for key, item in said.items()}
    settle_payouts(payouts=by_state["settled"], references=references, moment=moment)
    reasons = {key: item.reason for key, item in said.items()}
    refuse_payouts(payouts=by_state["rejected"], reasons=reasons, moment=moment)


def _state_after(answer: BatchAnswer, payouts: Iterable[Payout]) -> str | None:
    """Return where the batch is when its payouts are where they are."""
    refused = [each.state in {PayoutState.REJECTED, PayoutState.REISSUED} for each in payouts]
    if refused and all(refused):
        return BatchState.REJECTED
    if any(refused):
        return BatchState.PARTIAL
    return BatchState.SUBMITTED if answer.kind == "received" else BatchState.ACKNOWLEDGED


def _ids(rows: "QuerySet[SettlementBatch]") -> list[str]:
    return list(rows.values_list("public_id", flat=True))


def _tried(step: Callable[..., object], *, batch_id: str, **arguments: object) -> set[str]:
    """Take one step of one batch; a refusal or a strange answer does not stop the others."""
    try:
        step(batch_id=batch_id, **arguments)
    except TrocoError as refusal:
        logger.info("batch_waits", batch=batch_id, code=refusal.code)
        return set()
    except Exception:
        logger.exception("batch_step_failed", batch=batch_id)
        return set()
    return {batch_id}

"""Sending a batch to its bank, hearing of it, and asking when nothing is heard.

Every call to the bank lies between two transactions. So a process may die anywhere: what is
written says where to go on.

- ``approved → submitting``: the file is written and fixed (``services.files``), then the bank is
  called.
- The answer moves it on. No answer moves it to ``unknown``, where it is looked up, never sent
  again; a file that died in ``submitting`` is treated as if the call had no answer.
- Only a call that certainly never left goes back to ``approved``, and the very same bytes are
  sent next time.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from django.db.models import F

from core.clock import business_now, wall_now
from core.errors import BankUnavailable, NotFound, TrocoError
from core.events import publish
from core.transactions import owns, refuse_owner
from payments.enums import BatchState, Capability, PayoutState
from payments.models import Payout, SettlementBatch
from payments.rails import BatchAnswer, Rail, rail_named
from payments.services.answers import UNDECIDED, note_items, refuse_undecided
from payments.services.availability import may_go_on
from payments.services.batches import (
    SettlementStopped,
    approve_batch,
    lock_batch,
    move_batch,
)
from payments.services.breakers import note_call, pause_before
from payments.services.files import build_file, open_file
from payments.services.payout_moves import move_all
from payments.services.taken_back import was_taken_in
from payments.states import BATCH_MOVES

if TYPE_CHECKING:
    from django.db.models import QuerySet

logger = structlog.get_logger(__name__)

GIVEN_UP_AFTER = timedelta(seconds=60)  # A call ends within its time-out, far below this.
FIRST_STATUS_AFTER = timedelta(seconds=2)
STATUS_EVERY = timedelta(minutes=5)
LONGEST_STATUS_PAUSE = timedelta(hours=1)
_TOOK_IN = "the bank has it after all"
_ASKED = frozenset(
    {BatchState.SUBMITTED, BatchState.UNKNOWN, BatchState.ACKNOWLEDGED, BatchState.PARTIAL}
)
_RECEIVED = frozenset({BatchState.SUBMITTED, BatchState.ACKNOWLEDGED, BatchState.PARTIAL})


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
    _refuse_early(batch_id=batch_id)
    build_file(batch_id=batch_id)
    batch, is_known = _begin_submission(batch_id=batch_id)
    if is_known:
        # Its bank had not taken it in, and has executed of it: asked about, never sent again.
        return note_submission(batch_id=batch_id, answer=BatchAnswer("unknown", reason=_TOOK_IN))
    with open_file(batch) as file:
        answer = _rail_of(batch).submit_batch(batch.bank.slug, file)
    state = note_submission(batch_id=batch_id, answer=answer)
    _note_call(batch, answer)
    return state


def note_submission(*, batch_id: str, answer: BatchAnswer) -> str:
    """Note what came of sending a batch; returns the state it is in then.

    Changes: the batch's state with its history, its payouts. Publishes ``batch.submitted``
    when the bank has the file or may have it.

    Args:
        batch_id: The batch's public id.
        answer: What is known.

    Raises:
        NotFound: There is no such batch.

    Transaction: owns (of a refused file one for some hundred payouts, then one for the batch).
    """
    if answer.kind == "rejected":
        refuse_undecided(batch_id=batch_id, reason=answer.reason)
    return _note_sent(batch_id=batch_id, answer=answer)


@owns
def _note_sent(*, batch_id: str, answer: BatchAnswer) -> str:
    """Move a batch that was being sent, and all its payouts that were claimed."""
    batch = lock_batch(batch_id=batch_id)
    if batch.state != BatchState.SUBMITTING:
        return batch.state
    moment, reason = business_now(), answer.reason
    if answer.kind == "not_sent":
        batch.next_look_up_at = None
        move_batch(batch=batch, state=BatchState.APPROVED, moment=moment, reason=reason)
        return batch.state
    if answer.kind == "rejected":
        move_batch(batch=batch, state=BatchState.REJECTED, moment=moment, reason=reason)
        return batch.state
    move_all(batch=batch, old=PayoutState.CLAIMED, new=PayoutState.SENT, moment=moment)
    if answer.kind == "unknown":
        old, new = PayoutState.SENT, PayoutState.UNKNOWN
        move_all(batch=batch, old=old, new=new, moment=moment, reason=reason)
        _plan_look_up(batch)
        move_batch(batch=batch, state=BatchState.UNKNOWN, moment=moment, reason=reason)
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


def note_answer(*, batch_id: str, answer: BatchAnswer) -> str:
    """Note what the bank says of a batch it was asked about; returns the state then.

    Neither "not found" nor silence ends anything: a bank may deny what it executes a minute
    later. When the look-ups are used up, the batch waits for the statement.

    Changes: payouts as the bank says, the books, the batch's state with its history. Publishes
    ``payout.settled``, ``payout.rejected`` and ``batch.acknowledged``.

    Args:
        batch_id: The batch's public id.
        answer: What the bank said; its items are read as they are noted, and may be many.

    Raises:
        NotFound: There is no such batch.

    Transaction: owns (one for some hundred payouts, then one for the batch).
    """
    batch = SettlementBatch.objects.filter(public_id=batch_id).first()
    if batch is None:
        raise NotFound
    is_silent = answer.kind in {"unknown", "not_found", "not_sent"}
    if batch.state in _ASKED and not is_silent:
        noted = note_items(batch_id=batch_id, items=answer.items)
        if answer.kind == "rejected" and not noted:
            refuse_undecided(batch_id=batch_id, reason=answer.reason)
    return _note_asked(batch_id=batch_id, kind=answer.kind)


@owns
def _note_asked(*, batch_id: str, kind: str) -> str:
    """Move a batch to where its payouts are, and plan when to ask again."""
    batch = lock_batch(batch_id=batch_id)
    if batch.state not in _ASKED:
        return batch.state
    batch.look_ups += 1
    if kind in {"unknown", "not_found", "not_sent"}:
        _plan_look_up(batch)
        batch.save(update_fields=["look_ups", "next_look_up_at"])
        return batch.state
    moment = business_now()
    undecided = Payout.objects.filter(batch=batch, state__in=UNDECIDED).exists()
    batch.next_look_up_at = wall_now() + STATUS_EVERY if undecided else None
    state = _state_after(batch, kind)
    if state != batch.state and BATCH_MOVES.allows(batch.state, state):
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


def _refuse_early(*, batch_id: str) -> None:
    """Refuse what would be refused later, before the work of writing the file.

    Raises:
        NotFound: There is no such batch.
        StateConflict: It is not approved.
    """
    state = SettlementBatch.objects.filter(public_id=batch_id).values_list("state", flat=True)
    found = state.first()
    if found is None:
        raise NotFound
    BATCH_MOVES.check(found, BatchState.SUBMITTING)


@owns
def _begin_submission(*, batch_id: str) -> tuple[SettlementBatch, bool]:
    """Say that the file is being sent, before it is; and whether its bank has it already."""
    batch = lock_batch(batch_id=batch_id)
    country, bank = batch.bank.country.iso2, batch.bank.slug
    if not may_go_on(country=country, capability=Capability.PURCHASE, banks=[bank]):
        raise SettlementStopped
    BATCH_MOVES.check(batch.state, BatchState.SUBMITTING)
    _refuse_open(batch)
    batch.asked_at = wall_now()
    batch.save(update_fields=["asked_at"])
    move_batch(batch=batch, state=BatchState.SUBMITTING, moment=business_now())
    return batch, was_taken_in(batch=batch)


@owns
def _begin_look_up(*, batch_id: str) -> SettlementBatch:
    """Return a batch that is about to be asked about, if its bank may be asked now."""
    rows = SettlementBatch.objects.select_related("bank", "window__agreement_rail")
    batch = rows.filter(public_id=batch_id).first()
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


def _state_after(batch: SettlementBatch, kind: str) -> BatchState:
    """Return where the batch is when its payouts are where they are."""
    states = [PayoutState.REJECTED, PayoutState.REISSUED]
    refused = Payout.objects.filter(batch=batch, state__in=states).count()
    if refused and refused == batch.payout_count:
        return BatchState.REJECTED
    if refused:
        return BatchState.PARTIAL
    return BatchState.SUBMITTED if kind == "received" else BatchState.ACKNOWLEDGED


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

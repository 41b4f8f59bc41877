"""A circuit breaker for each connection, which is a bank over a rail.

A bank that has failed ten times in a row is left alone: nothing more is sent into the dark, and
nobody's payment becomes unknown for nothing. What would have been sent waits where it is written
and comes by itself. When the pause is over exactly one call may try; it closes the breaker or
doubles the pause. The state is a row in Postgres, so all processes open and close together.

A failure is a call of which nothing is known, or that the bank did not take in. A refusal is an
answer, and so is "not found".

The row is locked last of all and for no longer than its own statement.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from django.db.models import Exists, F, OuterRef, Q

from core.clock import wall_now
from core.errors import NotFound, StateConflict
from core.transactions import joins, owns
from payments.enums import BreakerState, LegKind
from payments.models import Bank, Breaker, BreakerMove, Leg
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person

OPENS_AFTER = 10
"""The programme allows twenty; calls that are under way when it opens still count on top."""

FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=5)
TRIAL_FOR = timedelta(seconds=60)
"""Longer than a bank's time-out: whoever tried and died is followed by another."""

_WAITS = Q(state__in=[BreakerState.OPEN, BreakerState.HALF_OPEN])

logger = structlog.get_logger(__name__)


def pause_of(*, payment_id: int) -> float | None:
    """Tell how long calls to a payer's bank have to wait; None when one may go or try.

    Args:
        payment_id: The payment's key.

    Transaction: none (one query).
    """
    debit = Leg.objects.filter(payment_id=payment_id, kind=LegKind.DEBIT)
    found = Breaker.objects.filter(
        _WAITS, bank__slug__in=debit.values("bank"), rail__in=debit.values("rail")
    ).first()
    if found is None:
        return None
    left = (_try_at(found) - wall_now()).total_seconds()
    return max(left, 1.0) if left > 0 else None


def left_alone(now: datetime) -> Exists:
    """Return the condition that an attempt's bank may not be called yet.

    A sweep that takes only so many leaves those out, or what waits for one bank would keep the
    others' from being asked about.

    Args:
        now: Wall-clock time.

    Transaction: none (a condition for a query of attempts).
    """
    return Exists(
        Breaker.objects.filter(
            _WAITS, try_at__gt=now, bank__slug=OuterRef("leg__bank"), rail=OuterRef("leg__rail")
        )
    )


@joins
def pause_before(*, bank: str, rail: str) -> float | None:
    """Tell how long this call over a connection has to wait; None when it may go.

    Whoever gets None of a breaker that is not closed has the one trial and must note its outcome.

    Changes: the breaker, when a trial begins.

    Args:
        bank: The bank's slug.
        rail: The rail's name.

    Returns:
        Seconds, at least 1, or None.

    Transaction: joins (locks the breaker's row, last of all, when a trial begins).
    """
    found = Breaker.objects.filter(_WAITS, bank__slug=bank, rail=rail).first()
    if found is None:
        return None
    now = wall_now()
    due = Breaker.objects.filter(_WAITS, pk=found.pk, try_at__lte=now)
    taken = due.update(state=BreakerState.HALF_OPEN, try_at=now + TRIAL_FOR)
    if taken:
        if found.state == BreakerState.OPEN:
            _tell(found, BreakerState.OPEN, BreakerState.HALF_OPEN, now, "one call tries")
        return None
    return max((_try_at(found) - now).total_seconds(), 1.0)


@owns
def note_call(*, bank: str, rail: str, is_failure: bool, reason: str = "") -> None:
    """Count how a call over a connection went.

    A success costs one query that finds nothing, unless there was a failure before it.

    Changes: the breaker; it opens after ten failures in a row or a failed trial, and closes with
    the first success.

    Args:
        bank: The bank's slug.
        rail: The rail's name.
        is_failure: Nothing is known of the call, or the bank did not take it in.
        reason: What was seen of a failure.

    Transaction: owns.
    """
    if is_failure:
        _count_failure(bank, rail, reason)
        return
    dirty = Breaker.objects.filter(Q(failures__gt=0) | _WAITS, bank__slug=bank, rail=rail)
    if not dirty.exists():
        return
    breaker = dirty.select_for_update(of=("self",)).first()
    if breaker is not None:
        _close(breaker, "a call went through")


@owns
def try_now(*, staff: "Person", breaker_id: int, reason: str) -> Breaker:
    """Let the next call try a connection at once, because a person knows that it works again.

    Changes: the breaker, an audit entry.

    Args:
        staff: Who decides.
        breaker_id: The breaker's key.
        reason: In words, for the audit.

    Raises:
        NotFound: There is no such breaker.
        StateConflict: It is closed.

    Transaction: owns.
    """
    breaker = Breaker.objects.select_for_update(of=("self",)).filter(pk=breaker_id).first()
    if breaker is None:
        raise NotFound
    if breaker.state == BreakerState.CLOSED:
        raise StateConflict(state=breaker.state)
    before = _try_at(breaker)
    breaker.try_at = wall_now()
    breaker.save(update_fields=["try_at"])
    record(
        actor=staff,
        action="breaker.tried",
        object_ref=f"{breaker.bank.slug}/{breaker.rail}",
        before={"try_at": before.isoformat()},
        after={"try_at": breaker.try_at.isoformat()},
        reason=reason,
    )
    return breaker


def _count_failure(bank: str, rail: str, reason: str) -> None:
    """Count a failure, and open the breaker when it is one too many."""
    now = wall_now()
    Breaker.objects.get_or_create(
        bank=Bank.objects.get(slug=bank), rail=rail, defaults={"changed_at": now}
    )
    rows = Breaker.objects.select_for_update(of=("self",))
    breaker = rows.get(bank__slug=bank, rail=rail)
    Breaker.objects.filter(pk=breaker.pk).update(
        failures=F("failures") + 1, last_failure=reason[:140]
    )
    is_trial = breaker.state == BreakerState.HALF_OPEN
    is_one_too_many = breaker.state == BreakerState.CLOSED and breaker.failures + 1 >= OPENS_AFTER
    if is_trial or is_one_too_many:
        _open(breaker, now, reason)


def _open(breaker: Breaker, now: datetime, reason: str) -> None:
    """Open a breaker for a pause that doubles with each opening in a row."""
    old = BreakerState(breaker.state)
    pause = min(FIRST_PAUSE * 2 ** min(breaker.openings, 10), LONGEST_PAUSE)
    Breaker.objects.filter(pk=breaker.pk).update(
        state=BreakerState.OPEN, openings=F("openings") + 1, try_at=now + pause, changed_at=now
    )
    _tell(breaker, old, BreakerState.OPEN, now, reason)


def _close(breaker: Breaker, reason: str) -> None:
    """Close a breaker, or forget the failures of one that is closed."""
    old, now = BreakerState(breaker.state), wall_now()
    changed_at = breaker.changed_at if old == BreakerState.CLOSED else now
    Breaker.objects.filter(pk=breaker.pk).update(
        state=BreakerState.CLOSED, failures=0, openings=0, try_at=None, changed_at=changed_at
    )
    if old != BreakerState.CLOSED:
        _tell(breaker, old, BreakerState.CLOSED, now, reason)


def _tell(
    breaker: Breaker, old: BreakerState, new: BreakerState, now: datetime, reason: str
) -> None:
    """Write a line of the breaker's history and of the log."""
    logger.warning("breaker_moved", bank=breaker.bank_id, rail=breaker.rail, to=new.value)
    BreakerMove.objects.create(
        breaker=breaker, from_state=old, to_state=new, at=now, reason=reason[:140]
    )


def _try_at(breaker: Breaker) -> datetime:
    """Return when a breaker that is not closed may be tried; a constraint says that it says so."""
    return breaker.try_at or wall_now()

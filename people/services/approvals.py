"""Four eyes: one member of staff asks, another approves, and then it is done, once.

What an action does is registered by the room above (``config/approvals.py``), so this room
learns neither what a limit nor what a shop is. A request keeps the thing as its maker saw it.
Whoever approves may do so hours later: the thing is read again, locked, in the transaction that
executes, and where it differs from what the maker saw nothing is done and the request ends as
``stale``. Execution is a part of the same transaction, so it happens with the decision or not at
all; the row's lock and a trigger make it happen once.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.db.models import Count, Min, QuerySet
from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import Forbidden, NotFound, StateConflict
from core.ids import new_id
from core.transactions import joins, owns
from people.enums import ApprovalState
from people.models import ApprovalRequest, Person
from people.services.audit import record

LONGEST_WAIT = timedelta(days=30)
MOST_COUNTED = 1_000

Payload = Mapping[str, Any]


class Execute(Protocol):
    """A ``joins`` service of the owning app; it may refuse, and then nothing is decided."""

    def __call__(self, *, payload: Payload, maker: Person, checker: Person) -> None:
        """Do what was asked."""


@dataclass(frozen=True, slots=True)
class Approvable:
    """What an action is and does.

    Attributes:
        words: What it is called, for people.
        permission: Who may approve or decline it, such as ``people.appoint_person``.
        asking: What whoever asked must still be allowed to do when it is approved.
        snapshot: Reads the fields that the action is about, and locks the rows they are in:
            plain JSON values. It is called within a transaction.
        execute: Does it.
    """

    words: object
    permission: str
    asking: str
    snapshot: Callable[[Payload], dict[str, Any]]
    execute: Execute


@dataclass(frozen=True, slots=True)
class Change:
    """What is asked for.

    Attributes:
        action: A key of ``config/approvals.py``, such as ``staff.groups``.
        object_ref: Public id or code of the thing.
        payload: What ``snapshot`` and ``execute`` need: plain JSON values, ids rather than facts.
        before: The thing as the maker sees it: what ``snapshot`` gives.
        after: The same fields as they will be.
    """

    action: str
    object_ref: str
    payload: Payload
    before: Payload
    after: Payload


class OwnApproval(Forbidden):
    """Whoever asked may not approve; that is the point of asking."""

    words = _("You asked for this yourself: somebody else has to decide.")


class MakerLeft(StateConflict):
    """Two people are needed who may: one who has left, or lost the right, is none of them."""

    words = _("Whoever asked for this may not ask for it any more. Decline it.")


_page: dict[str, Approvable] = {}


def install(page: Mapping[str, Approvable]) -> None:
    """Install the page of actions; called once when the process starts."""
    _page.clear()
    _page.update(page)


def approvable(action: str) -> Approvable | None:
    """Return what an action is; None where it was taken off the page since."""
    return _page.get(action)


def actions_for(person: Person) -> list[str]:
    """Return the actions that a member of staff may decide about."""
    return [code for code, each in _page.items() if person.has_perm(each.permission)]


def waiting_for(person: Person) -> "QuerySet[ApprovalRequest]":
    """Return what somebody else asked for and this person may decide, oldest first."""
    rows = ApprovalRequest.objects.filter(
        state=ApprovalState.WAITING,
        expires_at__gt=business_now(),
        action__in=actions_for(person),
    )
    return rows.exclude(maker=person).order_by("asked_at", "id")


def count_waiting_for(person: Person) -> tuple[int, datetime | None]:
    """Return how many requests wait for this person, up to 1000, and since when the oldest."""
    found = waiting_for(person).values("asked_at")[:MOST_COUNTED]
    counted = found.aggregate(count=Count("*"), oldest=Min("asked_at"))
    return counted["count"], counted["oldest"]


@joins
def ask_approval(
    *, maker: Person, change: Change, reason: str, expires_in: timedelta
) -> ApprovalRequest:
    """Ask that a colleague approve an act.

    Changes: an ``ApprovalRequest``; one of the same act that has expired ends; audit entries.

    Args:
        maker: Who asks; the service that calls this has checked that they may.
        change: What would be done to what.
        reason: Why, 1 to 500 characters.
        expires_in: Until when it may be approved; at most 30 days.

    Raises:
        StateConflict: The same act on the same thing waits already, or the thing is not as
            ``before`` says.

    Transaction: joins.
    """
    now = business_now()
    _end_expired(change, now)
    asked = ApprovalRequest(
        public_id=new_id("apr"),
        action=change.action,
        object_ref=change.object_ref,
        payload=dict(change.payload),
        before=dict(change.before),
        after=dict(change.after),
        reason=reason[:500],
        maker=maker,
        asked_at=now,
        expires_at=now + min(expires_in, LONGEST_WAIT),
    )
    ApprovalRequest.objects.bulk_create([asked], ignore_conflicts=True)
    kept = ApprovalRequest.objects.filter(public_id=asked.public_id).first()
    if kept is None:
        raise StateConflict(_("The same is waiting for a colleague's approval already."))
    # The request is locked before the thing, as deciding does: two locks, one order.
    if _plain(_page[change.action].snapshot(change.payload)) != _plain(change.before):
        raise StateConflict
    _note(kept, maker, "asked", reason)
    return kept


def decide_approval(
    *, checker: Person, approval_id: str, approve: bool, reason: str
) -> ApprovalRequest:
    """Approve or decline what a colleague asked for; approving does it, now and once.

    Changes: the ``ApprovalRequest``, whatever the action's ``execute`` changes, audit entries.
    A request that has expired or whose thing has changed ends as such, and that is kept.

    Args:
        checker: Who decides: somebody else than who asked, with the action's permission.
        approval_id: Of the request.
        approve: Whether to do it.
        reason: Why, at most 500 characters.

    Raises:
        NotFound: There is no such request.
        Forbidden: The checker lacks the action's permission.
        OwnApproval: The checker asked for it.
        MakerLeft: Whoever asked may not ask for it any more; it goes on waiting to be declined.
        StateConflict: It is decided already, has expired, or the thing has changed since.
        TrocoError: Whatever ``execute`` refuses with; the request goes on waiting.

    Transaction: owns.
    """
    decided = _decide(checker=checker, approval_id=approval_id, approve=approve, reason=reason)
    if decided.state == ApprovalState.EXPIRED:
        raise StateConflict(_("Its time is over: it has to be asked for anew."))
    if decided.state == ApprovalState.STALE:
        raise StateConflict(_("The thing has changed since this was asked: nothing was done."))
    return decided


@owns
def withdraw_approval(*, maker: Person, approval_id: str, reason: str) -> ApprovalRequest:
    """Take back what one asked for oneself.

    Changes: the ``ApprovalRequest``, an audit entry.

    Raises:
        NotFound: There is no such request of this person.
        StateConflict: It is decided already.

    Transaction: owns.
    """
    asked = _locked(approval_id)
    if asked.maker_id != maker.pk:
        raise NotFound
    _require_waiting(asked)
    return _move(asked, (ApprovalState.WITHDRAWN, business_now()), actor=maker, reason=reason)


@owns
def _decide(*, checker: Person, approval_id: str, approve: bool, reason: str) -> ApprovalRequest:
    """Lock the request, look again at everything, and end it."""
    asked = _locked(approval_id)
    action = _page.get(asked.action)
    # Read anew: rights that somebody lost since their request began do not count.
    if action is None or not Person.objects.get(pk=checker.pk).has_perm(action.permission):
        raise Forbidden
    if asked.maker_id == checker.pk:
        raise OwnApproval
    _require_waiting(asked)
    now = business_now()
    if asked.expires_at <= now:
        return _move(asked, (ApprovalState.EXPIRED, now), actor=None, reason="")
    if not approve:
        return _move(asked, (ApprovalState.DECLINED, now), actor=checker, reason=reason)
    if not asked.maker.has_perm(action.asking):
        raise MakerLeft
    if not _is_as_asked(action, asked):
        return _move(asked, (ApprovalState.STALE, now), actor=checker, reason=reason)
    decided = _move(asked, (ApprovalState.EXECUTED, now), actor=checker, reason=reason)
    action.execute(payload=asked.payload, maker=asked.maker, checker=checker)
    return decided


def _is_as_asked(action: Approvable, asked: ApprovalRequest) -> bool:
    """Tell whether the thing still is as its maker saw it; a thing that is gone is not."""
    try:
        return bool(_plain(action.snapshot(asked.payload)) == _plain(asked.before))
    except NotFound:
        return False


def _locked(approval_id: str) -> ApprovalRequest:
    rows = ApprovalRequest.objects.select_for_update(of=("self",)).select_related("maker")
    found = rows.filter(public_id=approval_id).first()
    if found is None:
        raise NotFound
    return found


def _require_waiting(asked: ApprovalRequest) -> None:
    if asked.state != ApprovalState.WAITING:
        raise StateConflict(_("This is decided already."), state=asked.state)


def _end_expired(change: Change, now: datetime) -> None:
    """End a request whose time is over, so that it does not stand in the way of a new one."""
    rows = ApprovalRequest.objects.select_for_update().filter(
        action=change.action,
        object_ref=change.object_ref,
        state=ApprovalState.WAITING,
        expires_at__lte=now,
    )
    for each in rows:
        _move(each, (ApprovalState.EXPIRED, now), actor=None, reason="")


def _move(
    asked: ApprovalRequest,
    end: tuple[ApprovalState, datetime],
    *,
    actor: Person | None,
    reason: str,
) -> ApprovalRequest:
    """End a locked request: its row is its history, as it moves once."""
    asked.state, asked.decided_at = end
    asked.checker = actor if actor is not None and actor.pk != asked.maker_id else None
    asked.decision_reason = reason[:500]
    asked.save(update_fields=["state", "checker", "decided_at", "decision_reason"])
    _note(asked, actor, asked.state, reason)
    return asked


def _note(asked: ApprovalRequest, actor: Person | None, done: str, reason: str) -> None:
    """Write the step into the audit trail, under the thing's own name."""
    record(
        actor=actor,
        action=f"approval.{done}",
        object_ref=asked.object_ref,
        before={"approval": asked.public_id, "action": asked.action, **asked.before},
        after=asked.after,
        reason=reason,
    )


def _plain(facts: Payload) -> Any:
    """Return facts as JSON keeps them, so that a tuple equals the list it was stored as."""
    return json.loads(json.dumps(facts, sort_keys=True))

"""One page of everything that waits for a second person: for the one who looks, and only that."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.admin import Sheet, age_words, amount
from core.clock import business_now
from payments.queries.queues import Queue
from payments.queries.second_people import Waiting, waiting_for_second
from people.models import ApprovalRequest
from people.services.approvals import approvable, waiting_for

LATE_AFTER = timedelta(hours=4)
SHOWN = 100
_KINDS = {
    "hold": (_("Lift a regulator's hold"), "staff-lift-hold"),
    "batch": (_("Pay out a batch"), "staff-approve"),
    "refund": (_("Refund a purchase"), "staff-approve-refund"),
    "dispute": (_("Decide a dispute"), "staff-decide-dispute"),
}


@dataclass(frozen=True, slots=True)
class ApprovalLine:
    """One thing that waits: what, of whom, why, since when, and where it is decided."""

    words: object
    thing: str
    amount: str
    asked_by: str
    reason: str
    age: str
    is_late: bool
    url: str


class Approvals(Sheet):
    """What waits for the one who looks, the oldest first."""

    title = _("Approvals that wait for you")
    template = "admin/approvals.html"

    def facts(self) -> dict[str, Any]:
        """Read all of it."""
        now = business_now()
        return {"lines": [_line(each, now) for each in _everything(self.request.user)]}


def waiting_for_me(person: Any) -> Queue:
    """Return how much waits for a member of staff, and since when the oldest; five queries."""
    found = [_since(each) for each in _everything(person)]
    return Queue(len(found), min(found, default=None))


def _everything(person: Any) -> list[ApprovalRequest | Waiting]:
    generic = waiting_for(person).select_related("maker")[:SHOWN]
    return sorted([*generic, *waiting_for_second(person)], key=_since)


def _since(each: ApprovalRequest | Waiting) -> datetime:
    return each.asked_at if isinstance(each, ApprovalRequest) else each.since_at


def _line(each: ApprovalRequest | Waiting, now: datetime) -> ApprovalLine:
    since = _since(each)
    facts: dict[str, Any] = {
        "reason": each.reason,
        "age": age_words(since, now),
        "is_late": now - since > LATE_AFTER,
    }
    if isinstance(each, ApprovalRequest):
        known = approvable(each.action)
        return ApprovalLine(
            words=known.words if known else each.action,
            thing=each.object_ref,
            amount="",
            asked_by=each.maker.login,
            url=reverse("staff-approve-request", args=[each.public_id]),
            **facts,
        )
    words, door = _KINDS[each.kind]
    return ApprovalLine(
        words=words,
        thing=each.public_id,
        amount=amount(each.amount.amount_minor, each.amount.currency) if each.amount else "",
        asked_by=each.asked_by,
        url=reverse(door, args=[each.public_id]),
        **facts,
    )

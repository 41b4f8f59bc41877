"""Reading the audit trail of one thing, for those whose it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from core.api import keyset_page
from people.models import AuditEntry


@dataclass(frozen=True, slots=True)
class ActFilter:
    """What a log of acts is narrowed to; the default narrows nothing.

    Attributes:
        actor_id: Done by this person.
        kinds: What an act's name begins with, before its point: ``team`` of ``team.joined``; any
            of them; empty: every kind.
        since: Done at or after this moment.
        until: Done before this moment.
    """

    actor_id: int | None = None
    kinds: Sequence[str] = ()
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ActFacts:
    """One act of the trail, in facts; the actor is empty where the house itself acted.

    ``program`` is the public id of the key that a program acted with, where one did.
    """

    at: datetime
    actor_name: str
    is_staff: bool
    action: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    reason: str
    program: str = ""


def acts_upon(
    object_ref: str,
    narrowed: ActFilter | None = None,
    *,
    cursor: str | None = None,
    limit: int = 50,
) -> tuple[list[ActFacts], str | None]:
    """Return a page of what was done with a thing, newest first, and the next page's cursor.

    Args:
        object_ref: Its public id.
        narrowed: Only some of it; None: everything.
        cursor: What the page before gave; None for the first.
        limit: How many at most.

    Raises:
        InputInvalid: The cursor is not one of this list.

    Transaction: none (one query).
    """
    rows = AuditEntry.objects.filter(_narrowed(narrowed or ActFilter()), object_ref=object_ref)
    found, following = keyset_page(rows.select_related("actor__party"), cursor, limit)
    return [
        ActFacts(
            at=row.at,
            actor_name=row.actor.party.display_name if row.actor and row.actor.party else "",
            is_staff=bool(row.actor and row.actor.is_staff),
            action=row.action,
            before=row.before,
            after=row.after,
            reason=row.reason,
            program="" if row.actor_id else row.actor_login,
        )
        for row in found
    ], following


def count_acts(object_ref: str) -> int:
    """Return how much was done with a thing.

    Transaction: none (one query).
    """
    return AuditEntry.objects.filter(object_ref=object_ref).count()


def _narrowed(wanted: ActFilter) -> Q:
    found = Q() if wanted.actor_id is None else Q(actor_id=wanted.actor_id)
    if wanted.kinds:
        kinds = Q()
        for kind in wanted.kinds:
            kinds |= Q(action__startswith=f"{kind}.")
        found &= kinds
    if wanted.since:
        found &= Q(at__gte=wanted.since)
    return found & Q(at__lt=wanted.until) if wanted.until else found

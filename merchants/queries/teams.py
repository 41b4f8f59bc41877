"""Who runs a shop, who was asked to, and what they did."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from core.clock import business_now
from merchants.enums import Role
from merchants.models import TeamInvite, TeamMember
from merchants.tokens import link_digest
from people.phones import shown_phone


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """Somebody of the team; of a number ``login`` shows only the end.

    ``signed_in_at`` is when they last came in, ``left_at`` when they left the team, if they did.
    """

    person_id: int
    login: str
    raw_login: str
    name: str
    role: Role
    joined_at: datetime
    signed_in_at: datetime | None
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class InviteFacts:
    """An open invitation; of the number only its end is told."""

    public_id: str
    phone: str
    role: Role
    made_at: datetime
    expires_at: datetime
    shop_name: str


def members_of(shop_id: int) -> list[MemberFacts]:
    """Return a shop's team, the longest in it first; one query."""
    return _members(TeamMember.objects.filter(shop_id=shop_id, removed_at__isnull=True))


def everybody_of(shop_id: int) -> list[MemberFacts]:
    """Return a shop's team and, after it, who left it for good; one query.

    Somebody who left and came back is of the team, and is there once.
    """
    found = {each.person_id: each for each in _members(TeamMember.objects.filter(shop_id=shop_id))}
    return sorted(found.values(), key=lambda each: each.left_at is not None)


def open_invites(shop_id: int) -> list[InviteFacts]:
    """Return a shop's invitations that can still be accepted, newest first; one query."""
    rows = _open().filter(shop_id=shop_id).order_by("-id")
    return [_facts(row) for row in rows]


def invite_by_token(token: str) -> InviteFacts | None:
    """Return the open invitation of a link, or None; one query."""
    row = _open().filter(token_hash=link_digest(token)).first()
    return None if row is None else _facts(row)


def _members(rows: QuerySet[TeamMember]) -> list[MemberFacts]:
    return [
        MemberFacts(
            person_id=row.person_id,
            login=str(row.person),
            raw_login=row.person.login,
            name=row.person.party.display_name if row.person.party else str(row.person),
            role=Role(row.role),
            joined_at=row.joined_at,
            signed_in_at=row.person.last_login,
            left_at=row.removed_at,
        )
        for row in rows.select_related("person__party").order_by("id")
    ]


def _open() -> QuerySet[TeamInvite]:
    rows = TeamInvite.objects.filter(
        accepted_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=business_now()
    )
    return rows.select_related("shop")


def _facts(row: TeamInvite) -> InviteFacts:
    return InviteFacts(
        public_id=row.public_id,
        phone=shown_phone(row.phone),
        role=Role(row.role),
        made_at=row.made_at,
        expires_at=row.expires_at,
        shop_name=row.shop.name,
    )

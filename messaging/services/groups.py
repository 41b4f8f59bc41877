"""Groups: who takes part, who may change that, and how each change is said in the group.

Every change is made under the conversation's lock and says itself as a message of the kind
``system``, so it has a number and a place in the feed. That place is where somebody who joins
begins to hear, and where somebody who leaves stops.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import Forbidden, InputInvalid, NotFound, StateConflict, TrocoError
from core.idempotency import record
from core.ids import new_id
from core.transactions import joins, owns
from messaging.checks import check_text
from messaging.enums import (
    MAX_MEMBERS,
    MAX_TITLE,
    ConversationKind,
    MemberRole,
    MessageKind,
    SystemNews,
)
from messaging.models import Conversation, Member
from messaging.services.access import lock_for_reader, place_of
from messaging.services.finding import reachable_parties
from messaging.services.own_marks import mark_own_if_read
from messaging.services.writing import Draft, Sender, Written, write
from people.enums import PartyKind
from people.queries import PartyFacts, parties_by_ids

# More names than these are only counted in a system message.
MAX_NAMED: Final = 20
_RUNS: Final = frozenset({MemberRole.OWNER.value, MemberRole.ADMIN.value})


class GroupFull(TrocoError):
    """A group has up to a thousand members."""

    code = "group_full"
    http_status = 409
    words = _("A group has up to 1,000 members. Remove somebody first, or open another group.")


@dataclass(frozen=True)
class _Group:
    """A group whose row is locked, and the place of whoever acts in it."""

    conversation: Conversation
    own: Member
    actor: Sender
    moment: datetime


@owns
def create_group(*, actor: Sender, title: str, others: Sequence[str]) -> Conversation:
    """Open a group with its first members; whoever opens it owns it.

    Changes: one ``Conversation``, a ``Member`` for each, one ``Message`` ``system``.

    Args:
        actor: Who opens it.
        title: 1 to 120 characters.
        others: Everybody else, by party id or phone number; each counts once.

    Raises:
        NotFound: One of them is nobody, or blocks the actor or is blocked: the same answer, and
            nobody is added.
        InputInvalid, TextInvalid: The title is not right, or there is nobody else.
        GroupFull: It would have more than a thousand members.

    Transaction: owns.
    """
    title = _titled(title)
    found = _newcomers(actor, others)
    if not found:
        raise InputInvalid(field_errors={"with": [{"code": "length"}]})
    if len(found) + 1 > MAX_MEMBERS:
        raise GroupFull
    moment = business_now()
    everybody = [*parties_by_ids({actor.party_id}).values(), *found]
    group = Conversation.objects.create(
        public_id=new_id("cnv"),
        kind=ConversationKind.GROUP,
        title=title,
        last_at=moment,
        member_count=len(everybody),
        has_business=_has_business(everybody),
        created_at=moment,
    )
    Member.objects.bulk_create(
        Member(
            conversation=group,
            party_id=party.id,
            joined_at=moment,
            role=MemberRole.OWNER if party.id == actor.party_id else MemberRole.MEMBER,
        )
        for party in everybody
    )
    own = Member.objects.get(conversation=group, party_id=actor.party_id)
    _say(_Group(group, own, actor, moment), SystemNews.CREATED, title=title, **_named(found))
    record(group)
    return group


@owns
def add_members(*, actor: Sender, conversation_id: str, others: Sequence[str]) -> int:
    """Add people to a group; who takes part already stays as they are.

    Changes: ``Member`` rows, the group's counts, one ``Message`` ``system`` where anybody is new.

    Args:
        actor: An owner or admin.
        conversation_id: The group's public id.
        others: Whom, by party id or phone number.

    Returns:
        How many were added.

    Raises:
        NotFound: No such group for the actor, or one of them is nobody, or there is a block
            between the two: the same answer, and nobody is added.
        NotInGroup, Forbidden: The actor has left, or is no owner or admin.
        GroupFull: It would have more than a thousand members.

    Transaction: owns.
    """
    found = _newcomers(actor, others)
    group = _lock_group(actor, conversation_id)
    _demand_role(group, _RUNS)
    known = {
        row.party_id: row for row in _members(group).filter(party_id__in=[p.id for p in found])
    }
    new = [p for p in found if p.id not in known or known[p.id].left_seq is not None]
    if not new:
        return 0
    if group.conversation.member_count + len(new) > MAX_MEMBERS:
        raise GroupFull
    _count(group, len(new), has_business=_has_business(new))
    said = _say(group, SystemNews.ADDED, **_named(new))
    fresh = [party for party in new if party.id not in known]
    back = [party for party in new if party.id in known]
    Member.objects.bulk_create(_place_from(group, Member(party_id=p.id), said) for p in fresh)
    Member.objects.bulk_update([_place_from(group, known[p.id], said) for p in back], _OF_JOINING)
    return len(new)


@owns
def remove_member(*, actor: Sender, conversation_id: str, party: str) -> None:
    """Take somebody out of a group, or leave it oneself.

    Whoever goes reads what was said until then, its own going included, and nothing later. When
    the owner leaves, the admin who has been there longest owns the group, else the member.

    Changes: the ``Member``, the group's count, perhaps its owner, one ``Message`` ``system``.

    Args:
        actor: Oneself; or an admin where a member is taken out; or the owner.
        conversation_id: The group's public id.
        party: Public id of who goes.

    Raises:
        NotFound: No such group for the actor, or no such member in it.
        NotInGroup, Forbidden: The actor has left, or may not take this one out.

    Transaction: owns.
    """
    group = _lock_group(actor, conversation_id)
    goes = _member_of(group, party)
    if goes.pk == group.own.pk:
        heir = _heir(group) if goes.role == MemberRole.OWNER else None
        _let_go(group, goes, SystemNews.LEFT, **_heir_named(heir))
        if heir is not None:
            Member.objects.filter(pk=heir.pk).update(role=MemberRole.OWNER)
        return
    _demand_power_over(group, goes)
    _let_go(group, goes, SystemNews.REMOVED, **_named(_facts([goes])))


@owns
def change_role(*, actor: Sender, conversation_id: str, party: str, role: str) -> None:
    """Make a member an admin or an admin a member, or hand the group over to somebody.

    Changes: the ``Member``'s role, of a hand-over also the actor's, one ``Message`` ``system``;
    nothing where the role is the same.

    Args:
        actor: The owner.
        conversation_id: The group's public id.
        party: Public id of a member.
        role: ``admin``, ``member``, or ``owner`` to hand over.

    Raises:
        NotFound: No such group for the actor, or no such member in it.
        NotInGroup, Forbidden: The actor has left, or is not the owner.
        StateConflict: The owner cannot become less without somebody else becoming owner.

    Transaction: owns.
    """
    group = _lock_group(actor, conversation_id)
    member = _member_of(group, party)
    _demand_role(group, frozenset({MemberRole.OWNER.value}))
    if member.role == role:
        return
    if member.pk == group.own.pk:
        raise StateConflict(_("Hand the group over to somebody else first."))
    if role == MemberRole.OWNER:
        Member.objects.filter(pk=group.own.pk).update(role=MemberRole.ADMIN)
    Member.objects.filter(pk=member.pk).update(role=role)
    _say(group, SystemNews.ROLE, role=role, **_named(_facts([member])))


@owns
def rename_group(*, actor: Sender, conversation_id: str, title: str) -> None:
    """Give a group another title.

    Changes: the title, one ``Message`` ``system``; nothing where it is the same.

    Raises:
        NotFound: No such group for the actor.
        NotInGroup, Forbidden: The actor has left, or is no owner or admin.
        InputInvalid, TextInvalid: The title is not right.

    Transaction: owns.
    """
    title = _titled(title)
    group = _lock_group(actor, conversation_id)
    _demand_role(group, _RUNS)
    if group.conversation.title == title:
        return
    group.conversation.title = title
    group.conversation.save(update_fields=["title"])
    _say(group, SystemNews.RENAMED, title=title)


def _titled(title: str) -> str:
    return check_text(title, "title", MAX_TITLE).strip()


def _newcomers(actor: Sender, others: Sequence[str]) -> list[PartyFacts]:
    """Return who is to be added, each once and without the actor; no block stands between."""
    found = reachable_parties(party_id=actor.party_id, names=others)
    return [each for each in found if each.id != actor.party_id]


def _has_business(parties: Sequence[PartyFacts]) -> bool:
    return any(party.kind == PartyKind.BUSINESS for party in parties)


@joins
def _lock_group(actor: Sender, conversation_id: str) -> _Group:
    found = lock_for_reader(party_id=actor.party_id, public_id=conversation_id)
    if found.kind != ConversationKind.GROUP:
        raise StateConflict(_("This is a conversation of two. Open a group instead."))
    own = place_of(conversation=found, party_id=actor.party_id)
    return _Group(found, own, actor, business_now())


def _demand_role(group: _Group, roles: frozenset[str]) -> None:
    if group.own.role not in roles:
        raise Forbidden


def _demand_power_over(group: _Group, member: Member) -> None:
    """The owner takes anybody out; an admin only members."""
    _demand_role(group, _RUNS)
    if group.own.role != MemberRole.OWNER and member.role in _RUNS:
        raise Forbidden


def _members(group: _Group) -> Any:
    return Member.objects.filter(conversation=group.conversation)


def _member_of(group: _Group, party: str) -> Member:
    found: Member | None = (
        _members(group).filter(party__public_id=party, left_seq__isnull=True).first()
    )
    if found is None:
        raise NotFound
    return found


def _heir(group: _Group) -> Member | None:
    """Return who owns the group when its owner has left; None where nobody else is there."""
    rest = _members(group).filter(left_seq__isnull=True).exclude(pk=group.own.pk)
    admins = rest.filter(role=MemberRole.ADMIN)
    first: Member | None = admins.order_by("joined_at", "id").first()
    return first or rest.order_by("joined_at", "id").first()


@joins
def _say(group: _Group, what: SystemNews, **facts: Any) -> Written:
    """Say in the group what happened, in the name of whoever did it."""
    draft = Draft(group.actor, MessageKind.SYSTEM.value, {"what": what.value, **facts})
    written = write(conversation=group.conversation, draft=draft, moment=group.moment)
    mark_own_if_read(
        conversation_id=group.conversation.pk,
        party_id=group.actor.party_id,
        seq=written.row.seq,
    )
    return written


@joins
def _let_go(group: _Group, goes: Member, what: SystemNews, **facts: Any) -> None:
    _count(group, -1)
    said = _say(group, what, **facts)
    Member.objects.filter(pk=goes.pk).update(
        role=MemberRole.MEMBER,
        left_at=group.moment,
        left_seq=said.row.seq,
        until_xid=said.xid,
        until_row=said.feed_row,
    )


def _count(group: _Group, more: int, *, has_business: bool = False) -> None:
    group.conversation.member_count += more
    group.conversation.has_business = group.conversation.has_business or has_business
    group.conversation.save(update_fields=["member_count", "has_business"])


_OF_JOINING: Final = [
    "read_seq",
    "delivered_seq",
    "joined_at",
    "role",
    "joined_seq",
    "from_xid",
    "from_row",
    "left_at",
    "left_seq",
    "until_xid",
    "until_row",
]


def _place_from(group: _Group, place: Member, said: Written) -> Member:
    """Let a place begin with the message that tells of it."""
    place.conversation = group.conversation
    before = said.row.seq - 1
    place.read_seq = place.delivered_seq = place.joined_seq = before
    place.joined_at, place.role = group.moment, MemberRole.MEMBER
    place.from_xid, place.from_row = said.xid, said.feed_row
    place.left_at = place.left_seq = place.until_xid = place.until_row = None
    return place


def _facts(members: Sequence[Member]) -> list[PartyFacts]:
    return list(parties_by_ids({each.party_id for each in members}).values())


def _named(parties: Sequence[PartyFacts]) -> dict[str, Any]:
    """Return whom a system message is about: the first of them by name, all by number."""
    named = [{"party": p.public_id, "name": p.display_name} for p in parties[:MAX_NAMED]]
    return {"parties": named, "count": len(parties)}


def _heir_named(heir: Member | None) -> dict[str, Any]:
    if heir is None:
        return {}
    (party,) = _facts([heir])
    return {"owner": {"party": party.public_id, "name": party.display_name}}

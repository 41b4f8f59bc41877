"""The one way to a conversation on behalf of a party, for those who are about to write."""

from django.utils.translation import gettext_lazy as _

from core.errors import NotFound, TrocoError
from core.transactions import joins
from messaging.enums import ConversationKind
from messaging.models import Conversation, Member


class NotInGroup(TrocoError):
    """Whoever has left a group, or was removed, reads what was said before and writes nothing."""

    code = "not_in_group"
    http_status = 403
    words = _("You are no longer in this group. Ask one of its admins to add you again.")


@joins
def lock_conversation(*, party_id: int, public_id: str) -> Conversation:
    """Return a conversation to one of its members, locked until the transaction ends.

    Conversations are locked last, after ledger accounts, and by ascending key (ruling 5).

    Raises:
        NotFound: There is none with that id, or the party never was a member: the same answer.
        NotInGroup: It was a member, and left.

    Transaction: joins.
    """
    found = lock_for_reader(party_id=party_id, public_id=public_id)
    if found.kind == ConversationKind.GROUP:
        place_of(conversation=found, party_id=party_id)
    return found


@joins
def lock_for_reader(*, party_id: int, public_id: str) -> Conversation:
    """Return a conversation to whoever is or was a member, locked until the transaction ends.

    Raises:
        NotFound: There is none with that id, or the party never was a member.

    Transaction: joins.
    """
    found = (
        Conversation.objects.select_for_update(of=("self",))
        .filter(public_id=public_id, members__party_id=party_id)
        .first()
    )
    if found is None:
        raise NotFound
    return found


@joins
def place_of(*, conversation: Conversation, party_id: int) -> Member:
    """Return a party's place in a conversation that this transaction has locked.

    It is asked after the lock was waited for: whoever was removed meanwhile is out.

    Raises:
        NotFound: It never was a member.
        NotInGroup: It was, and left.

    Transaction: joins.
    """
    place = Member.objects.filter(conversation=conversation, party_id=party_id).first()
    if place is None:
        raise NotFound
    if place.left_seq is not None:
        raise NotInGroup
    return place

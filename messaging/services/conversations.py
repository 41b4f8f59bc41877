"""Opening conversations."""

from collections.abc import Sequence

from django.db import connection
from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import InputInvalid
from core.ids import new_id
from core.transactions import joins, owns
from messaging.enums import ConversationKind
from messaging.models import Conversation
from messaging.services.finding import phones_among, reachable_parties
from messaging.services.groups import add_members, create_group
from messaging.services.writing import Sender
from people.services.lookups import ration_lookups


@joins
def open_direct(*, party_id: int, other_id: int) -> Conversation:
    """Return the direct conversation of two parties, opening it where there is none.

    Changes: at most one ``Conversation`` and its two ``Member`` rows; however many open it at
    once, there is one for the pair. Blocks are not asked: a payment is shown even so.

    Raises:
        InputInvalid: Both are the same party.

    Transaction: joins.
    """
    if party_id == other_id:
        raise InputInvalid(_("A conversation needs somebody else."))
    low, high = sorted((party_id, other_id))
    found = _direct(low, high)
    if found is None:
        found = _make_direct(low, high)
    return found


def talk_to(*, party_id: int, other: str) -> Conversation:
    """Open a conversation for a caller; finding somebody by number is rationed.

    Raises:
        TooManyRequests: The caller has looked up too many numbers.
        All that ``open_conversation`` raises.

    Transaction: owns (the ration and the conversation, one after the other).
    """
    ration_lookups(party_id=party_id, phones=phones_among([other]))
    return open_conversation(party_id=party_id, other=other)


def gather(*, actor: Sender, title: str, others: Sequence[str]) -> Conversation:
    """Open a group for a caller; finding people by number is rationed.

    Raises:
        TooManyRequests: The caller has looked up too many numbers.
        All that ``create_group`` raises.

    Transaction: owns (the ration and the group, one after the other).
    """
    ration_lookups(party_id=actor.party_id, phones=phones_among(others))
    return create_group(actor=actor, title=title, others=others)


def invite(*, actor: Sender, conversation_id: str, others: Sequence[str]) -> int:
    """Add people to a group for a caller; finding people by number is rationed.

    Raises:
        TooManyRequests: The caller has looked up too many numbers.
        All that ``add_members`` raises.

    Transaction: owns (the ration and the members, one after the other).
    """
    ration_lookups(party_id=actor.party_id, phones=phones_among(others))
    return add_members(actor=actor, conversation_id=conversation_id, others=others)


@owns
def open_conversation(*, party_id: int, other: str) -> Conversation:
    """Open the direct conversation with somebody, named by party id or phone number.

    Changes: as ``open_direct``.

    Args:
        party_id: Who opens it.
        other: ``pty_…`` or a phone number in E.164.

    Raises:
        NotFound: Nobody is there, or one of the two blocked the other: the same answer.
        InputInvalid: It is the caller.

    Transaction: owns.
    """
    (counterpart,) = reachable_parties(party_id=party_id, names=[other])
    return open_direct(party_id=party_id, other_id=counterpart.id)


def _direct(low: int, high: int) -> Conversation | None:
    return Conversation.objects.filter(
        kind=ConversationKind.DIRECT, low_party_id=low, high_party_id=high
    ).first()


def _make_direct(low: int, high: int) -> Conversation:
    """Insert or wait for whoever inserts the same; the unique pair decides."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT messaging_open_direct_v1(%s, %s, %s, %s)",
            [low, high, new_id("cnv"), business_now()],
        )
        made = cursor.fetchone()[0]
    return Conversation.objects.get(id=made)

"""Taking words back: editing for a quarter of an hour, deleting for two days.

The earlier words are kept beside the message, in a table nobody changes: a report and a court
can read them, members cannot. What shows money is never edited or deleted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import Forbidden, NotFound, TrocoError
from core.transactions import joins, owns
from messaging.contents import ContentKind, check_from_client, kind_of
from messaging.enums import ConversationKind, FeedKind, MemberRole
from messaging.models import Conversation, Message, MessageVersion
from messaging.queries.facts import MessageFacts
from messaging.queries.talk import facts_of
from messaging.services.access import lock_conversation, place_of
from messaging.services.audience import Change, tell_businesses_of_change
from messaging.services.media import detach_media
from messaging.services.mentions import keep_mentions, known_mentions
from messaging.services.suspicion import warn_receiver, warnings_of
from messaging.services.writing import Sender, other_side, tell_again
from people.queries import blocked_between, parties_by_ids


class TooLate(TrocoError):
    """What was said stands after a while; deleting has a longer while than editing."""

    code = "too_late"
    http_status = 409
    words = _("It is too late to change this message. Send another one instead.")


class NotChangeable(TrocoError):
    """Money, orders, places and what happened in a group are not edited; some not deleted."""

    code = "message_not_changeable"
    http_status = 409
    words = _("A message of this type cannot be changed. What shows money stays as it is.")


@dataclass(frozen=True)
class Words:
    """What a message shall say.

    Attributes:
        text: The text, or the caption of a file.
        mentions: Public ids of members it speaks to.
    """

    text: str
    mentions: Sequence[str] = ()


@dataclass(frozen=True)
class _Held:
    """A message whose conversation is locked."""

    row: Message
    conversation: Conversation
    kind: ContentKind
    moment: datetime


@owns
def edit_message(*, sender: Sender, message_id: str, words: Words) -> MessageFacts:
    """Change the words of one's own message within 15 minutes; the same words change nothing.

    Changes: the ``Message``, one ``MessageVersion`` with what it said before, its ``Mention``
    rows, one ``FeedRow`` ``message.updated``; a warning where the new words warrant one.

    Publishes: ``message.edited`` where a business takes part.

    Args:
        sender: Who said it.
        message_id: Public id of the message.
        words: What it shall say.

    Returns:
        The message as it is now.

    Raises:
        NotFound: No such message for this party, or one side blocked the other.
        NotInGroup, Forbidden: The party has left, or somebody else said it.
        TooLate: Too much time has passed.
        NotChangeable: It has no words, or was deleted.
        InputInvalid, TextInvalid: The words are not right, or mention who is no member.

    Transaction: owns.
    """
    held = _hold(sender, message_id)
    if held.row.sender_id != sender.party_id:
        raise Forbidden
    if not held.kind.is_editable:
        raise NotChangeable
    other = other_side(held.conversation, sender.party_id)
    if other is not None and blocked_between(sender.party_id, other):
        raise NotFound
    fresh = _reworded(held, words)
    if fresh == held.row.content:
        return _facts(held)
    if held.moment - held.row.created_at > timedelta(minutes=settings.TROCO_EDIT_MINUTES):
        raise TooLate
    named = known_mentions(conversation=held.conversation, content=fresh)
    keep_version(row=held.row, act="edited", person_id=sender.person_id, moment=held.moment)
    warnings = [] if other is None else warnings_of(words.text, sender.party_id, other, held.moment)
    new = [each for each in warnings if each not in held.row.warnings]
    held.row.content, held.row.edited_at = fresh, held.moment
    held.row.warnings = [*held.row.warnings, *new]
    held.row.save(update_fields=["content", "edited_at", "warnings"])
    keep_mentions(message=held.row, party_ids=named)
    xid = tell_again(row=held.row, conversation=held.conversation, kind=FeedKind.MESSAGE_UPDATED)
    if other is not None and new:
        warn_receiver(message=held.row, conversation=held.conversation, receiver_id=other, xid=xid)
    _tell_businesses(held, sender, "edited")
    return _facts(held)


@owns
def delete_message(*, actor: Sender, message_id: str) -> None:
    """Take a message back for everybody; deleting it again changes nothing.

    Its place and number stay, empty; what it said is kept as evidence.

    Changes: the ``Message``, one ``MessageVersion``, its ``Mention`` rows, one ``FeedRow``
    ``message.deleted``.

    Publishes: ``message.deleted`` where a business takes part.

    Args:
        actor: Who said it, within two days; in a group also the owner or an admin, at any time.
        message_id: Public id of the message.

    Raises:
        NotFound: No such message for this party.
        NotInGroup, Forbidden: The party has left, or may not.
        TooLate: Too much time has passed.
        NotChangeable: It shows money or an order, or what happened in the group.

    Transaction: owns.
    """
    held = _hold(actor, message_id, deleted_too=True)
    _demand_power_to_delete(held, actor)
    if not held.kind.by_clients:
        raise NotChangeable
    if held.row.deleted_at is not None:
        return
    is_own = held.row.sender_id == actor.party_id
    if is_own and held.moment - held.row.created_at > timedelta(hours=settings.TROCO_DELETE_HOURS):
        raise TooLate
    keep_version(row=held.row, act="deleted", person_id=actor.person_id, moment=held.moment)
    if held.kind.has_media:
        detach_media(
            conversation_id=held.conversation.pk,
            seq=held.row.seq,
            media_id=str(held.row.content["media"]),
        )
    held.row.content, held.row.edited_at, held.row.deleted_at = {}, held.moment, held.moment
    held.row.save(update_fields=["content", "edited_at", "deleted_at"])
    keep_mentions(message=held.row, party_ids=[])
    tell_again(row=held.row, conversation=held.conversation, kind=FeedKind.MESSAGE_DELETED)
    _tell_businesses(held, actor, "deleted")


@joins
def keep_version(*, row: Message, act: str, person_id: int | None, moment: datetime) -> None:
    """Keep what a message says now, because it will say something else.

    Changes: one ``MessageVersion``.

    Transaction: joins.
    """
    MessageVersion.objects.create(
        message=row, content=row.content, act=act, actor_id=person_id, at=moment
    )


@joins
def _hold(actor: Sender, message_id: str, *, deleted_too: bool = False) -> _Held:
    """Lock the conversation of a message that a party may see, and read the message after that."""
    found = Message.objects.filter(
        public_id=message_id, conversation__members__party_id=actor.party_id
    ).values_list("conversation__public_id", flat=True)
    public_id = found.first()
    if public_id is None:
        raise NotFound
    conversation = lock_conversation(party_id=actor.party_id, public_id=public_id)
    row = Message.objects.select_related("reply_to").get(public_id=message_id)
    place = place_of(conversation=conversation, party_id=actor.party_id)
    kind = kind_of(row.kind)
    if row.seq <= place.joined_seq or kind is None:
        raise NotFound
    if row.deleted_at is not None and not deleted_too:
        raise NotChangeable
    return _Held(row, conversation, kind, business_now())


def _tell_businesses(held: _Held, actor: Sender, what: Change) -> None:
    tell_businesses_of_change(
        conversation=held.conversation,
        message_id=held.row.public_id,
        actor_id=actor.party_id,
        what=what,
    )


def _demand_power_to_delete(held: _Held, actor: Sender) -> None:
    if held.row.sender_id == actor.party_id:
        return
    place = place_of(conversation=held.conversation, party_id=actor.party_id)
    runs = place.role in {MemberRole.OWNER, MemberRole.ADMIN}
    if held.conversation.kind != ConversationKind.GROUP or not runs:
        raise Forbidden


def _reworded(held: _Held, words: Words) -> dict[str, Any]:
    """Return the content with other words: of a file only its caption can change."""
    key = "caption" if held.kind.has_media else "text"
    said = {**held.kind.said(held.row.content), key: words.text, "mentions": list(words.mentions)}
    kept = check_from_client(held.row.kind, said)
    rest = {k: v for k, v in held.row.content.items() if k not in {key, "mentions"}}
    return {**rest, **kept}


def _facts(held: _Held) -> MessageFacts:
    return facts_of(held.row, held.conversation, parties_by_ids({held.row.sender_id}))


__all__ = ["NotChangeable", "TooLate", "Words", "delete_message", "edit_message", "keep_version"]

"""Saying something, and keeping snapshots fresh."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.db.models import F

from core.clock import business_now
from core.errors import InputInvalid, NotFound
from core.transactions import joins, owns
from messaging.contents import (
    check_from_client,
    check_snapshot,
    is_single,
    kind_of,
    resolve_media,
)
from messaging.enums import FeedKind
from messaging.models import Conversation, Message
from messaging.queries.facts import MessageFacts
from messaging.queries.marks import shown_to
from messaging.queries.talk import facts_of
from messaging.services.access import lock_conversation, place_of
from messaging.services.audience import businesses_beside, tell_businesses_of_message
from messaging.services.mentions import add_mentions, known_mentions
from messaging.services.own_marks import mark_own, mark_own_if_read
from messaging.services.suspicion import warn_receiver, warnings_of
from messaging.services.writing import (
    ClientIdReused,
    Draft,
    Sender,
    Wording,
    other_side,
    tell_again,
    write,
)
from people.queries import blocked_between, parties_by_ids

_CLIENT_ID: Final = re.compile(r"[\x21-\x7e]{1,64}")


@dataclass(frozen=True)
class Sent:
    """A stored message, and whether this call stored it."""

    message: MessageFacts
    is_new: bool


@dataclass(frozen=True)
class Snapshot:
    """What a message shows of something that lives in another room.

    Attributes:
        kind: A registered kind.
        content: Plain JSON; see ``messaging/contents.py``.
        ref: The public id of the thing shown.
        reply_to: Public id of the message that it answers, of the same conversation.
    """

    kind: str
    content: Mapping[str, Any]
    ref: str
    reply_to: str | None = None


@owns
def send_message(
    *,
    sender: Sender,
    conversation_id: str,
    client_id: str,
    kind: str,
    content: dict[str, Any],
    reply_to: str | None = None,
) -> Sent:
    """Store what a person says; saying it again with the same ``client_id`` stores nothing.

    Changes: one ``Message``, the conversation's counter, the sender's own markers, one
    ``FeedRow`` ``message.created``; a ``Mention`` for each member it speaks to; for a text that
    warrants it a warning for its receiver.

    Publishes: ``message.created`` where a business is written to, before it ``message.delivered``
    and ``message.read`` for what whoever answers had not read; nothing between people.

    Args:
        sender: Who speaks.
        conversation_id: The conversation's public id.
        client_id: The sender's own name for this message: 1 to 64 printable characters,
            unique for ever.
        kind: A kind that people may post (``messaging/contents.py``).
        content: What the kind wants, for text ``{"text": …}`` with 1 to 4096 characters.
        reply_to: Public id of a message of the same conversation.

    Returns:
        The message, and whether it is new.

    Raises:
        NotFound: No such conversation for this party, or one side blocked the other.
        NotInGroup: The party has left the group.
        ClientIdReused: The ``client_id`` names another message of this sender.
        MessageNotPostable: A client may not post this kind.
        InputInvalid, TextInvalid: The content, the ``client_id`` or ``reply_to`` is not right.

    Transaction: owns.
    """
    return say(
        sender=sender,
        conversation_id=conversation_id,
        client_id=client_id,
        said=Wording(kind, content, reply_to),
    )


@joins
def say(*, sender: Sender, conversation_id: str, client_id: str, said: Wording) -> Sent:
    """Do what ``send_message`` does, as a part of the caller's work.

    Transaction: joins.
    """
    kind, content, reply_to = said.kind, said.content, said.reply_to
    if not _CLIENT_ID.fullmatch(client_id):
        raise InputInvalid(field_errors={"client_id": [{"code": "invalid"}]})
    kept = check_from_client(kind, content)
    conversation = lock_conversation(party_id=sender.party_id, public_id=conversation_id)
    draft = Draft(
        sender=sender,
        kind=kind,
        content=kept,
        content_ref=_ref_of(kind, kept),
        client_id=client_id,
        reply_to=_replied_to(conversation, sender, reply_to),
    )
    other = other_side(conversation, sender.party_id)
    parties = parties_by_ids({sender.party_id} if other is None else {sender.party_id, other})
    earlier = _earlier(sender, client_id)
    if earlier is not None:
        same = facts_of(_same(earlier, conversation, draft), conversation, parties)
        place = place_of(conversation=conversation, party_id=sender.party_id)
        return Sent(shown_to(sender.party_id, place, [same])[0], is_new=False)
    if other is not None and blocked_between(sender.party_id, other):
        raise NotFound
    moment = business_now()
    named = known_mentions(conversation=conversation, content=kept)
    draft = _completed(draft, conversation, other, moment)
    written = write(conversation=conversation, draft=draft, moment=moment, parties=parties)
    if other is not None and draft.warnings:
        warn_receiver(
            message=written.row, conversation=conversation, receiver_id=other, xid=written.xid
        )
    add_mentions(message=written.row, party_ids=named)
    if sender.person_id is None:
        # A program answered: what was written before is still unread by people.
        mark_own_if_read(
            conversation_id=conversation.pk, party_id=sender.party_id, seq=written.row.seq
        )
    else:
        mark_own(
            conversation=conversation,
            party_id=sender.party_id,
            seq=written.row.seq,
            parties=parties,
        )
    tell_businesses_of_message(
        conversation=conversation,
        message_id=written.row.public_id,
        businesses=businesses_beside(conversation, sender.party_id, parties),
    )
    return Sent(replace(written.facts, state="sent"), is_new=True)


@joins
def post_message(
    *,
    conversation: Conversation | str,
    sender_party_id: int,
    kind: str,
    content: Mapping[str, Any],
    content_ref: str,
    client_id: str | None = None,
) -> Message:
    """Post a snapshot in the name of a party; see ``post_snapshot``.

    Transaction: joins.
    """
    return post_snapshot(
        conversation=conversation,
        sender=Sender(sender_party_id, None),
        snapshot=Snapshot(kind, content, content_ref),
        client_id=client_id,
    )


@joins
def post_snapshot(
    *,
    conversation: Conversation | str,
    sender: Sender,
    snapshot: Snapshot,
    client_id: str | None = None,
) -> Message:
    """Post a snapshot message; posting the same payment or order again posts nothing.

    Changes: one ``Message``, the conversation's counter and markers, one ``FeedRow``
    ``message.created``. The conversation is locked: call this after ledger accounts are.

    Args:
        conversation: The conversation, or its public id.
        sender: The party that the message stands under, a member.
        snapshot: What it shows.
        client_id: The browser's own id, where a person pressed a button; None elsewhere.

    Raises:
        NotFound: The party is no member of that conversation.
        ClientIdReused: The ``client_id`` names another message of this sender.
        InputInvalid: There is no message there that it could answer.
        ValueError: The kind is not registered or the content lacks a key.

    Transaction: joins.
    """
    check_snapshot(snapshot.kind, dict(snapshot.content))
    public_id = conversation if isinstance(conversation, str) else conversation.public_id
    locked = lock_conversation(party_id=sender.party_id, public_id=public_id)
    draft = Draft(
        sender=sender,
        kind=snapshot.kind,
        content=dict(snapshot.content),
        content_ref=snapshot.ref,
        client_id=client_id,
        reply_to=_replied_to(locked, sender, snapshot.reply_to),
    )
    earlier = _earlier_post(locked, draft)
    if earlier is not None:
        return earlier
    row = write(conversation=locked, draft=draft, moment=business_now()).row
    mark_own_if_read(conversation_id=locked.pk, party_id=sender.party_id, seq=row.seq)
    return row


@joins
def refresh_content(*, kind: str, content_ref: str, content: Mapping[str, Any]) -> int:
    """Bring every message that shows a thing up to date.

    Changes: ``content`` and ``edited_at`` of those messages, and one ``FeedRow``
    ``message.updated`` for each. Messages that already show it are left alone.

    Args:
        kind: The kind of snapshot.
        content_ref: The public id of the thing shown.
        content: What it looks like now.

    Returns:
        How many messages show the thing, changed or not.

    Raises:
        ValueError: The kind is not registered or the content lacks a key.

    Transaction: joins.
    """
    fresh = dict(content)
    check_snapshot(kind, fresh)
    talks = _lock_showing(kind, content_ref)
    rows = list(
        Message.objects.filter(
            conversation_id__in=talks, kind=kind, content_ref=content_ref
        ).order_by("conversation_id", "seq")
    )
    moment = business_now()
    for row in rows:
        if row.content != fresh:
            _refresh(row, talks[row.conversation_id], fresh, moment)
    return len(rows)


def _lock_showing(kind: str, content_ref: str) -> dict[int, Conversation]:
    ids = Message.objects.filter(kind=kind, content_ref=content_ref).values("conversation_id")
    rows = Conversation.objects.filter(pk__in=ids).select_for_update().order_by("id")
    return {row.pk: row for row in rows}


def _refresh(
    row: Message, conversation: Conversation, fresh: dict[str, Any], moment: datetime
) -> None:
    row.content, row.edited_at = fresh, moment
    row.save(update_fields=["content", "edited_at"])
    tell_again(row=row, conversation=conversation, kind=FeedKind.MESSAGE_UPDATED)


def _ref_of(kind: str, content: Mapping[str, Any]) -> str:
    """Return what a message shows of another room, where its kind names it."""
    known = kind_of(kind)
    return str(content[known.ref]) if known is not None and known.ref else ""


def _completed(
    draft: Draft, conversation: Conversation, other: int | None, moment: datetime
) -> Draft:
    """Add what the server knows: the file, and what the receiver should be warned of."""
    content = resolve_media(
        party_id=draft.sender.party_id,
        conversation_id=conversation.pk,
        kind=draft.kind,
        content=draft.content,
    )
    if other is None:
        return replace(draft, content=content)
    words = str(content.get("text", content.get("caption", "")))
    warnings = warnings_of(words, draft.sender.party_id, other, moment)
    return replace(draft, content=content, warnings=warnings)


def _replied_to(conversation: Conversation, sender: Sender, reply_to: str | None) -> Message | None:
    """Return the message that is answered: one that the sender can see."""
    if reply_to is None:
        return None
    found = Message.objects.filter(
        conversation=conversation,
        public_id=reply_to,
        conversation__members__party_id=sender.party_id,
        seq__gt=F("conversation__members__joined_seq"),
    ).first()
    if found is None:
        raise InputInvalid(field_errors={"reply_to": [{"code": "not_found"}]})
    return found


def _earlier(sender: Sender, client_id: str | None) -> Message | None:
    if client_id is None:
        return None
    return Message.objects.filter(sender_id=sender.party_id, client_id=client_id).first()


def _earlier_post(conversation: Conversation, draft: Draft) -> Message | None:
    """Find what an earlier call posted: by client id, or the one bubble of a payment or order."""
    earlier = _earlier(draft.sender, draft.client_id)
    if earlier is not None:
        return _same(earlier, conversation, draft)
    if not is_single(draft.kind):
        return None
    return Message.objects.filter(
        conversation=conversation, kind=draft.kind, content_ref=draft.content_ref
    ).first()


def _same(earlier: Message, conversation: Conversation, draft: Draft) -> Message:
    """Return the earlier message if the retry says the same.

    A snapshot may have been refreshed meanwhile, so only the thing it shows is compared; of a
    file only what the sender said of it, not what the server knew; of what was edited or deleted
    since, its first words.
    """
    said, says = _said(earlier.kind, _first_words(earlier)), _said(draft.kind, draft.content)
    if draft.content_ref:
        said, says = {}, {}
    reply_to = None if draft.reply_to is None else draft.reply_to.pk
    if (earlier.conversation_id, earlier.kind, earlier.content_ref, earlier.reply_to_id, said) != (
        conversation.pk,
        draft.kind,
        draft.content_ref,
        reply_to,
        says,
    ):
        raise ClientIdReused
    return earlier


def _first_words(earlier: Message) -> dict[str, Any]:
    """Return what a message said when it was sent."""
    first = None if earlier.edited_at is None else earlier.versions.order_by("id").first()
    said: dict[str, Any] = earlier.content if first is None else first.content
    return said


def _said(kind: str, content: dict[str, Any]) -> dict[str, Any]:
    known = kind_of(kind)
    return content if known is None else known.said(content)


__all__ = [
    "ClientIdReused",
    "Sender",
    "Sent",
    "Snapshot",
    "Wording",
    "post_message",
    "post_snapshot",
    "refresh_content",
    "say",
    "send_message",
]

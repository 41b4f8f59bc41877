"""Whom a message speaks to by name."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.errors import InputInvalid
from core.transactions import joins
from messaging.models import Conversation, Member, Mention, Message


def known_mentions(*, conversation: Conversation, content: Mapping[str, Any]) -> list[int]:
    """Return the keys of those whom a content mentions.

    Raises:
        InputInvalid: One of them takes no part in the conversation.
    """
    named: Sequence[str] = content.get("mentions", ())
    if not named:
        return []
    found = Member.objects.filter(
        conversation=conversation, left_seq__isnull=True, party__public_id__in=named
    ).values_list("party_id", flat=True)
    keys = sorted(found)
    if len(keys) != len(named):
        raise InputInvalid(field_errors={"mentions": [{"code": "not_found"}]})
    return keys


@joins
def keep_mentions(*, message: Message, party_ids: Sequence[int]) -> None:
    """Let a message speak to these members and to nobody else.

    Changes: ``Mention`` rows.

    Transaction: joins.
    """
    Mention.objects.filter(message=message).exclude(party_id__in=party_ids).delete()
    add_mentions(message=message, party_ids=party_ids)


@joins
def add_mentions(*, message: Message, party_ids: Sequence[int]) -> None:
    """Let a message speak to these members too.

    Changes: ``Mention`` rows; nothing where there is nobody.

    Transaction: joins.
    """
    if party_ids:
        Mention.objects.bulk_create(
            (
                Mention(
                    message=message,
                    conversation_id=message.conversation_id,
                    party_id=party_id,
                    seq=message.seq,
                )
                for party_id in party_ids
            ),
            ignore_conflicts=True,
        )

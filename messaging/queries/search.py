"""Finding what was said, in one conversation or in all of one's own."""

from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, BooleanField, Func, Value

from core.api import keyset_page
from core.errors import InputInvalid
from messaging.models import Member
from messaging.queries.facts import MessageFacts
from messaging.queries.seen import UNCHANGED_SINCE_LEFT, place_for, seen_messages
from messaging.queries.talk import facts_of
from people.queries import parties_by_ids

MAX_QUERY: Final = 200
# Whoever is in more conversations is searched through its memberships alone.
_MOST_TALKS: Final = 500


class _Matches(Func):
    """Whether a message's words match; the column is the database's own (``0012_search``)."""

    template = (
        '"messaging_message"."words" IS NOT NULL AND "messaging_message"."words" @@ %(expressions)s'
    )
    output_field = BooleanField()
    conditional = True


def search(
    party_id: int,
    text: str,
    conversation: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> tuple[list[MessageFacts], str | None]:
    """Return messages that have every word of a text, or words that begin with it.

    Case and accents make no difference. The newest comes first. What was edited after its reader
    had left is not found: neither by its words of now nor by those of then.

    Args:
        party_id: Who searches; found is only what this party may see.
        text: What to look for: 1 to 200 characters, up to twelve words.
        conversation: Public id of the one to search in; None for all of the party's.
        cursor: What the page before gave; None for the first.
        limit: How many at most; held to 1 to 100.

    Returns:
        The messages, and the next page's cursor or None. Three questions to the database.

    Raises:
        NotFound: There is no such conversation for this party.
        InputInvalid: The text has no word or is too long, or the cursor is not of this list.
    """
    if len(text) > MAX_QUERY or not any(letter.isalnum() for letter in text):
        raise InputInvalid(field_errors={"q": [{"code": "length"}]})
    if conversation is not None:
        talks = [place_for(party_id, conversation).conversation_id]
    else:
        own = Member.objects.filter(party_id=party_id).values_list("conversation_id", flat=True)
        talks = list(own[: _MOST_TALKS + 1])
    found = seen_messages(party_id, UNCHANGED_SINCE_LEFT).filter(
        _Matches(_query(text, talks)), deleted_at__isnull=True
    )
    rows, following = keyset_page(found.select_related("conversation", "reply_to"), cursor, limit)
    parties = parties_by_ids({row.sender_id for row in rows})
    return [facts_of(row, row.conversation, parties) for row in rows], following


def _query(text: str, talks: list[int]) -> Func:
    """Build the search; of too many conversations none is named."""
    named = talks if len(talks) <= _MOST_TALKS else []
    return Func(
        Value(text),
        Value(named, output_field=ArrayField(BigIntegerField())),
        template="messaging_query_v1(%(expressions)s::bigint[])",
    )

"""Storing what people say, and how far they heard it, many at a time and in one commit.

It is asked by doors that wait for nobody (``messaging/api``), outside of Django's connections.
It stores what is plainly right and refuses nothing: whatever it leaves is brought to
``send_message`` or ``mark_delivered``, which go by the same rules and say what is wrong.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.conf import settings

from core.clock import wall_now
from core.ids import new_id
from messaging.services.suspicion import asks_elsewhere
from people.services.devices import SEEN_EVERY

# A file has to be looked at, a mention checked, a product asked for, before they are stored.
_PLAIN: Final = {
    "text": frozenset({"text"}),
    "location": frozenset({"latitude", "longitude", "name", "address"}),
    "contact": frozenset({"contacts"}),
}
# Takes one conversation for the statement that follows in the same transaction.
HOLD_SQL: Final = "SELECT 1 FROM messaging_conversation WHERE public_id = %s FOR NO KEY UPDATE"
_MOMENT: Final = "%s::timestamptz"
_SANDBOX_MOMENT: Final = (
    "%s::timestamptz + make_interval(secs => coalesce("
    "(SELECT offset_seconds FROM core_clockoffset WHERE id = 1), 0))"
)


@dataclass(frozen=True, slots=True)
class Saying:
    """A message as a device brings it, checked for its form.

    Attributes:
        token: The digest of the device's token.
        talk: The conversation's public id.
        client_id: The sender's own name for it.
        kind: Its kind.
        content: What is kept of what was sent; ``content_text`` is the same as JSON.
        content_text: See there.
        reply_to: Public id of the message that it answers, or None.
        public_id: The id it gets.
    """

    token: bytes
    talk: str
    client_id: str
    kind: str
    content: dict[str, Any]
    content_text: str
    reply_to: str | None
    public_id: str


@dataclass(frozen=True, slots=True)
class Stored:
    """What came of a saying.

    Attributes:
        seq: Its number; None where the conversation was held by somebody else just then.
        sender: The sender's public id.
        said_at: Its moment.
        is_unseen: Whether the device was not seen lately.
    """

    seq: int | None
    sender: str
    said_at: datetime
    is_unseen: bool


def is_plain(kind: str, content: dict[str, Any]) -> bool:
    """Tell whether a checked content can be stored as it is, with no question but ``send_sql``.

    A text that asks for money back elsewhere is not: its receiver may have to be warned.
    """
    if not set(content) <= _PLAIN.get(kind, frozenset()):
        return False
    return kind != "text" or not asks_elsewhere(content["text"])


def new_message_id() -> str:
    """Return a public id for a message."""
    return new_id("msg")


def send_sql() -> str:
    """Return the statement that stores sayings; a row for each that it stored or found held."""
    moment = _SANDBOX_MOMENT if settings.TROCO_MODE == "sandbox" else _MOMENT
    return (
        "SELECT place, number, sender, said_at, is_unseen FROM messaging_send_v2("  # noqa: S608 - Of constants.
        "%s::bytea[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],"
        f" {moment}, %s::timestamptz)"
    )


def deliver_sql() -> str:
    """Return the statement that raises delivery markers; a row for each that it leaves."""
    moment = _SANDBOX_MOMENT if settings.TROCO_MODE == "sandbox" else _MOMENT
    return (
        "SELECT talk, party, is_held FROM messaging_deliver_v2("  # noqa: S608 - Of constants.
        f"%s::bigint[], %s::bigint[], %s::bigint[], {moment})"
    )


def deliver_values(marks: Mapping[tuple[int, int], int]) -> list[Any]:
    """Return the values of ``deliver_sql``.

    Args:
        marks: For a conversation's and a party's key the number of the last message.
    """
    talks, parties = zip(*marks, strict=True)
    return [list(talks), list(parties), list(marks.values()), wall_now()]


def send_values(sayings: Sequence[Saying]) -> list[Any]:
    """Return the values of ``send_sql``."""
    now = wall_now()
    return [
        [each.token for each in sayings],
        [each.talk for each in sayings],
        [each.client_id for each in sayings],
        [each.kind for each in sayings],
        [each.content_text for each in sayings],
        [each.reply_to for each in sayings],
        [each.public_id for each in sayings],
        now,
        now - SEEN_EVERY,
    ]


def seen_values(token: bytes) -> list[Any]:
    """Return the values of ``people.access.NOTE_SEEN_SQL`` for a device that is here now."""
    now = wall_now()
    return [now, token, now - SEEN_EVERY]


def read_stored(rows: Sequence[Sequence[Any]], count: int) -> list[Stored | None]:
    """Return what came of each saying; None for what the ordinary door must be asked about."""
    found: list[Stored | None] = [None] * count
    for place, *rest in rows:
        found[place - 1] = Stored(*rest)
    return found

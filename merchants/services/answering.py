"""What a shop answers by itself: a greeting to whoever is new, a word when nobody is there.

It runs from the outbox after somebody has written, at least once. What it says carries a name made
of its cause, so saying it again says nothing: a greeting is named after the message it answers, an
away message after the absence, which makes it one for each conversation and absence.

Businesses are never answered, so two of them cannot talk to each other for ever.
"""

from datetime import date, datetime, timedelta
from typing import Final

from core.clock import business_now
from core.errors import NotFound
from core.transactions import refuse_owner
from merchants.enums import AwayMode
from merchants.queries.desk import absence_at, automatic_words, holidays_of
from merchants.queries.shops import ShopFacts, shop_by_party
from messaging.enums import ConversationKind
from messaging.queries import MessageFacts, conversation_for, history, message_for
from messaging.queries.facts import ConversationFacts
from messaging.services.messages import ClientIdReused, Sender, send_message
from people.enums import PartyKind
from people.queries import party_by_id

NEW_AFTER: Final = timedelta(days=14)
# Whoever wrote longer ago has read something else, or has gone: an answer would only confuse.
LATEST: Final = timedelta(minutes=15)


def answer_new_message(*, message_id: str, recipients: str) -> int:
    """Let the shops that were written to answer by themselves, unless they are closed.

    Changes: what ``send_message`` does, in each conversation that gets an answer.

    Args:
        message_id: What was written.
        recipients: Keys of the businesses that got it, parted by commas.

    Returns:
        How many answered.

    Transaction: owns (one for each answer).
    """
    refuse_owner("merchants.services.answering.answer_new_message")
    shops = [shop_by_party(int(key)) for key in recipients.split(",")]
    open_ones = [shop for shop in shops if shop is not None and shop.closed_at is None]
    return sum(_answer(shop, message_id) for shop in open_ones)


def _answer(shop: ShopFacts, message_id: str) -> bool:
    """Say what is due, and tell whether something was."""
    try:
        message = message_for(shop.party_id, message_id)
        talked = conversation_for(shop.party_id, message.conversation)
    except NotFound:
        return False
    if not _may_be_answered(message, talked):
        return False
    due = _due(shop, message, talked)
    if due is None:
        return False
    name, text = due
    try:
        sent = send_message(
            sender=Sender(shop.party_id, None),
            conversation_id=message.conversation,
            client_id=name,
            kind="text",
            content={"text": text},
        )
    except (NotFound, ClientIdReused):
        # Blocked meanwhile, or said before in other words.
        return False
    return sent.is_new


def _may_be_answered(message: MessageFacts, talked: ConversationFacts) -> bool:
    sender = party_by_id(message.sender_id)
    return (
        talked.kind == ConversationKind.DIRECT
        and message.client_id is not None
        and sender is not None
        and sender.kind == PartyKind.PERSON
        and message.created_at > business_now() - LATEST
    )


def _due(
    shop: ShopFacts, message: MessageFacts, talked: ConversationFacts
) -> tuple[str, str] | None:
    """Return the name and the text of what is to be said; being away comes first."""
    words = automatic_words(shop.id)
    since = absence_at(
        words, shop.timezone, message.created_at, _closed_days(shop, words.away_mode)
    )
    if since is not None:
        return f"away.{talked.id}.{int(since.timestamp() * 1000)}", words.away
    if words.greeting and _is_new(shop, message):
        return f"greeting.{message.public_id}", words.greeting
    return None


def _closed_days(shop: ShopFacts, mode: str) -> frozenset[date]:
    """Return the shop's holidays where its hours count at all."""
    if mode != AwayMode.OUTSIDE_HOURS:
        return frozenset()
    return frozenset(day for day, _name in holidays_of(shop.id))


def _is_new(shop: ShopFacts, message: MessageFacts) -> bool:
    """Tell whether nothing was said in the conversation for a long time before."""
    before, _more = history(shop.party_id, message.conversation, before_seq=message.seq, limit=1)
    return not before or _long_before(before[0].created_at, message.created_at)


def _long_before(earlier: datetime, later: datetime) -> bool:
    return earlier < later - NEW_AFTER

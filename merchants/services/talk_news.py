"""What a shop's programs are told of its conversations: what came, and how far its own words got.

Called by handlers inside the transaction that keeps a message or raises a marker.
"""

from typing import Any, Final

from core.events import publish
from core.transactions import joins, owns
from merchants.models import Line, MarksOwed, Shop
from merchants.queries.lines import opaque_of
from merchants.services.dialects import ORDERED, SUMMARY
from merchants.services.lines import contact_of
from merchants.services.webhooks import is_news_wanted, queue_event
from messaging.queries import message_for, message_shape
from messaging.queries.said import felt_about, said_by
from people.queries import parties_by_ids

# So many of a shop's messages one transaction tells of.
MOST_MARKED: Final = 50


@joins
def tell_message(*, message_id: str, recipients: str) -> None:
    """Owe the news of a message to the shops that it was sent to.

    Args:
        message_id: Public id of the message.
        recipients: Keys of the businesses' parties, parted by commas.

    Transaction: joins.
    """
    for shop in _shops(recipients):
        _tell_said(shop, message_id, "message.created")


@joins
def tell_ordered(*, shop_id: int, message_id: str, order_id: str) -> None:
    """Owe the news of an order that stands in a conversation, and where wanted its summary.

    Args:
        shop_id: Primary key of the shop.
        message_id: Public id of the message that shows the order.
        order_id: Public id of the order.

    Transaction: joins.
    """
    line = Line.objects.select_related("shop").filter(shop_id=shop_id).first()
    if line is None:
        return
    _tell_said(line.shop, message_id, ORDERED)
    if line.has_summaries:
        queue_event(
            shop_id=shop_id,
            kind=SUMMARY,
            ref=message_id,
            payload_maker=lambda: {"message": message_id, "order": order_id},
        )


@joins
def tell_change(*, message_id: str, actor_id: int, recipients: str, kind: str) -> None:
    """Owe the news that somebody changed a message, took it back, or feels something about it.

    Args:
        message_id: Public id of the message, as it is now.
        actor_id: Key of the party whose doing it is.
        recipients: Keys of the businesses' parties, parted by commas.
        kind: ``message.edited``, ``message.deleted`` or ``message.reacted``.

    Transaction: joins.
    """
    for shop in _shops(recipients):
        message = message_for(shop.party_id, message_id)
        actor = parties_by_ids([actor_id])[actor_id]
        contact_of(shop_id=shop.pk, party_id=actor.id)
        told: dict[str, Any] = {
            "message": message_shape(message),
            "sender": {"id": actor.public_id, "name": actor.display_name},
        }
        if kind == "message.reacted":
            told["emoji"] = felt_about(actor_id, message_id) or None
        queue_event(
            shop_id=shop.pk,
            kind=kind,
            ref=message_id,
            payload_maker=lambda told=told: told,  # type: ignore[misc]  # Bound for this turn.
        )


@joins
def tell_marks(
    *, conversation_id: str, reader_id: int, recipients: str, span: tuple[int, int], kind: str
) -> None:
    """Owe the news that shops' messages were delivered or read, each of them.

    A marker may pass thousands at once: the first are told of here, the others afterwards, so that
    whoever reads does not hold the conversation for so long.

    Changes: the news; a ``MarksOwed`` for what is left. Publishes ``marks.owed`` with it.

    Args:
        conversation_id: Public id of the conversation.
        reader_id: Key of the party whose marker rose.
        recipients: Keys of the businesses' parties, parted by commas.
        span: The number before the first message, and the last one's.
        kind: ``message.delivered`` or ``message.read``.

    Transaction: joins.
    """
    for shop in _shops(recipients):
        if not is_news_wanted(shop_id=shop.pk, kind=kind):
            continue
        owed = MarksOwed(
            shop=shop,
            reader_id=reader_id,
            conversation=conversation_id,
            kind=kind,
            after_seq=span[0],
            seq=span[1],
        )
        if _tell_some(owed):
            owed.save()
            publish("marks.owed", owed_id=owed.pk)


def tell_owed_marks(*, owed_id: int) -> None:
    """Tell what is left of a marker that passed many messages, some in each transaction.

    Transaction: owns (one for each part).
    """
    while _tell_owed(owed_id=owed_id):
        pass


@owns
def _tell_owed(*, owed_id: int) -> bool:
    """Tell the next part, once; return whether something is left.

    Transaction: owns.
    """
    rows = MarksOwed.objects.select_for_update(of=("self",)).select_related("shop")
    owed = rows.filter(pk=owed_id).first()
    if owed is None:
        return False
    if _tell_some(owed):
        owed.save(update_fields=["after_seq"])
        return True
    owed.delete()
    return False


@joins
def _tell_some(owed: MarksOwed) -> bool:
    """Owe the news of the next messages; return whether something is left."""
    shop = owed.shop
    found = said_by(
        shop.party_id,
        owed.conversation,
        after_seq=owed.after_seq,
        until_seq=owed.seq,
        limit=MOST_MARKED,
    )
    for message in found:
        told = {
            "message": message.public_id,
            "conversation": owed.conversation,
            "party_id": owed.reader_id,
            "opaque": opaque_of(shop.pk, message.client_id) if message.client_id else "",
        }
        queue_event(
            shop_id=shop.pk,
            kind=owed.kind,
            ref=message.public_id,
            payload_maker=lambda told=told: told,  # type: ignore[misc]  # Bound for this turn.
        )
    if len(found) < MOST_MARKED or found[-1].seq >= owed.seq:
        return False
    owed.after_seq = found[-1].seq
    return True


def _tell_said(shop: Shop, message_id: str, kind: str) -> None:
    message = message_for(shop.party_id, message_id)
    sender = parties_by_ids([message.sender_id])[message.sender_id]
    contact_of(shop_id=shop.pk, party_id=sender.id)
    told = {
        "message": message_shape(message),
        "sender": {"id": sender.public_id, "name": sender.display_name},
    }
    queue_event(shop_id=shop.pk, kind=kind, ref=message_id, payload_maker=lambda: told)


def _shops(recipients: str) -> list[Shop]:
    keys = [int(key) for key in recipients.split(",") if key]
    return list(Shop.objects.filter(party_id__in=keys).order_by("id"))

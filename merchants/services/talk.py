"""What a shop says in a conversation. A message stands under the shop and names its author."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from django.utils.translation import gettext_lazy as _

from core.errors import NotFound
from core.transactions import owns
from merchants.models import Product, Shop
from merchants.queries.snapshots import product_snapshot
from merchants.services.standing import refuse_closed
from merchants.services.texts import refusal
from messaging.enums import MediaKind
from messaging.queries import MessageFacts, conversation_for, message_for
from messaging.queries.media import media_for
from messaging.services.media import keep_upload
from messaging.services.messages import Sender, Sent, Snapshot, post_snapshot, send_message
from people.queries import blocked_between

if TYPE_CHECKING:
    from people.models import Person

PRODUCT_KIND = "product"


@dataclass(frozen=True, slots=True)
class FileToSend:
    """A file as a form brought it.

    Attributes:
        stream: Open for reading.
        filename: What it is called.
        caption: What is said beside it; a sound has none.
    """

    stream: BinaryIO
    filename: str
    caption: str = ""


def send_text(
    *, shop_id: int, person: "Person", conversation_id: str, client_id: str, text: str
) -> Sent:
    """Say something as the shop.

    Args:
        shop_id: Primary key of the shop.
        person: Who of the team writes.
        conversation_id: Public id of one of the shop's conversations.
        client_id: The browser's own id for this message; a retry with it stores nothing.
        text: 1 to 4096 characters.

    Returns:
        The message, and whether it is new.

    Raises:
        NotFound: No such shop or conversation, or one side blocked the other.
        StateConflict: The shop has closed.
        ClientIdReused: The ``client_id`` names another message.
        InputInvalid, TextInvalid: The text is not right.

    Transaction: none (``messaging.services.messages.send_message`` owns its own).
    """
    return send_message(
        sender=Sender(_shop(shop_id).party_id, person.pk),
        conversation_id=conversation_id,
        client_id=client_id,
        kind="text",
        content={"text": text},
    )


def send_place(
    *,
    shop_id: int,
    person: "Person",
    conversation_id: str,
    client_id: str,
    place: Mapping[str, Any],
) -> Sent:
    """Show a place on earth as the shop.

    Args:
        shop_id: Primary key of the shop.
        person: Who of the team sends it.
        conversation_id: Public id of one of the shop's conversations.
        client_id: The browser's own id for this message; a retry with it stores nothing.
        place: ``latitude`` and ``longitude``; ``name`` and ``address`` where they are known.

    Returns:
        The message, and whether it is new.

    Raises:
        NotFound: No such shop or conversation, or one side blocked the other.
        StateConflict: The shop has closed.
        ClientIdReused: The ``client_id`` names another message.
        InputInvalid, TextInvalid: It is no place.

    Transaction: none (``messaging.services.messages.send_message`` owns its own).
    """
    return send_message(
        sender=Sender(_shop(shop_id).party_id, person.pk),
        conversation_id=conversation_id,
        client_id=client_id,
        kind="location",
        content=dict(place),
    )


def send_file(
    *, shop_id: int, person: "Person", conversation_id: str, client_id: str, file: FileToSend
) -> Sent:
    """Show a picture, a sound, a film or a document as the shop.

    Args:
        shop_id: Primary key of the shop.
        person: Who of the team sends it.
        conversation_id: Public id of one of the shop's conversations.
        client_id: The browser's own id for this message.
        file: What is sent.

    Returns:
        The message, and whether it is new.

    Raises:
        NotFound: No such shop or conversation, or one side blocked the other.
        MediaTypeRefused, MediaBroken, MediaTooLarge, MediaTooManyPixels, MediaUnpacksTooLarge:
            It is nothing that may be sent.
        MediaQuotaReached: The shop has sent as much as a day allows.
        StateConflict: The shop has closed.
        ClientIdReused: The ``client_id`` names another message: also when a browser sends the
            form twice, because the file is another by then.
        InputInvalid, TextInvalid: The caption is not right.

    Transaction: none (``keep_upload`` and then ``send_message`` own theirs).
    """
    party_id = _shop(shop_id).party_id
    conversation_for(party_id, conversation_id)
    kept = keep_upload(owner_party_id=party_id, stream=file.stream, filename=file.filename)
    content = {"media": kept.public_id}
    if file.caption and kept.kind != MediaKind.AUDIO:
        content["caption"] = file.caption
    return send_message(
        sender=Sender(party_id, person.pk),
        conversation_id=conversation_id,
        client_id=client_id,
        kind=kept.kind,
        content=content,
    )


def send_kept_file(
    *,
    shop_id: int,
    person: "Person",
    conversation_id: str,
    client_id: str,
    media_id: str,
    text: str,
) -> Sent:
    """Show a file that is there already with words below it, as a quick reply does.

    Args:
        shop_id: Primary key of the shop.
        person: Who of the team sends it.
        conversation_id: Public id of one of the shop's conversations.
        client_id: The browser's own id for this message; a retry with it stores nothing.
        media_id: ``med_…`` that the shop sees.
        text: 1 to 1024 characters.

    Returns:
        The message, and whether it is new.

    Raises:
        NotFound: No such shop or conversation, or one side blocked the other.
        ClientIdReused: The ``client_id`` names another message.
        InputInvalid, TextInvalid: The words are not right, or there is no such file any more.

    Transaction: none (``messaging.services.messages.send_message`` owns its own).
    """
    party_id = _shop(shop_id).party_id
    try:
        media = media_for(party_id, media_id)
    except NotFound as error:
        gone = _("The file of this quick reply is gone. Take it out, or choose again.")
        raise refusal("media", gone) from error
    content = {"media": media.public_id, "caption": text}
    if media.kind == MediaKind.DOCUMENT and media.filename:
        content["filename"] = media.filename
    return send_message(
        sender=Sender(party_id, person.pk),
        conversation_id=conversation_id,
        client_id=client_id,
        kind=media.kind,
        content=content,
    )


@owns
def send_product(
    *, shop_id: int, person: "Person", conversation_id: str, client_id: str, product_id: str
) -> MessageFacts:
    """Show a product in a conversation, with the price of this moment.

    Args:
        shop_id: Primary key of the shop.
        person: Who of the team shows it.
        conversation_id: Public id of one of the shop's conversations.
        client_id: The browser's own id for this message; a retry with it stores nothing.
        product_id: Public id of a product that buyers may see.

    Returns:
        The message.

    Raises:
        NotFound: No such shop, conversation or visible product, or one side blocked the
            other.
        StateConflict: The shop has closed.
        ClientIdReused: The ``client_id`` names another message.

    Transaction: owns.
    """
    shop = _shop(shop_id)
    product = Product.objects.filter(shop=shop, public_id=product_id, is_visible=True).first()
    if product is None:
        raise NotFound
    other = conversation_for(shop.party_id, conversation_id).counterpart
    if other is not None and blocked_between(shop.party_id, other.id):
        raise NotFound
    message = post_snapshot(
        conversation=conversation_id,
        sender=Sender(shop.party_id, person.pk),
        snapshot=Snapshot(PRODUCT_KIND, product_snapshot(product, shop), product.public_id),
        client_id=client_id,
    )
    return message_for(shop.party_id, message.public_id)


def _shop(shop_id: int) -> Shop:
    """Return a shop that may say something.

    Raises:
        NotFound: There is none.
        StateConflict: It has closed.
    """
    shop = Shop.objects.filter(pk=shop_id).first()
    if shop is None:
        raise NotFound
    refuse_closed(shop)
    return shop

"""What a shop's program says in its conversations, under the rules of the shop's own number."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.clock import business_now, wall_now
from core.errors import NotFound, TrocoError
from core.ids import new_id
from core.transactions import joins, owns
from merchants.models import LineLink, LineSend, Shop
from merchants.queries.broadcasts import wish_of
from merchants.services.news_caps import has_room_for_news, note_line_news
from merchants.services.standing import refuse_closed_by_key, refuse_closed_unless_told
from merchants.services.texts import clean_text
from merchants.services.webhooks import queue_event
from messaging.contents import check_size
from messaging.services import messages
from messaging.services.access import lock_conversation
from messaging.services.media import attach_media
from messaging.services.messages import Sender, Snapshot, Wording, post_snapshot
from messaging.services.reactions import react
from messaging.services.typing import tell_typing
from people.queries import blocked_between

INTERACTIVE_KIND: Final = "interactive"
TEMPLATE_KIND: Final = "template"
LONGEST_OPAQUE: Final = 512
MARKETING: Final = "MARKETING"
SERVICE: Final = "UTILITY"
# What a header may show above the words.
SHOWN_ABOVE: Final = frozenset({"image", "video", "document"})


class WindowClosed(TrocoError):
    """Too long ago that the customer wrote; only a template may be sent."""

    code = "window_closed"
    http_status = 409
    words = _("The customer last wrote too long ago. Send a template.")


class NewsNotWanted(TrocoError):
    """A marketing template is for those who said that they want the shop's news."""

    code = "news_not_wanted"
    http_status = 409
    words = _("The customer has not said that they want the shop's news.")


class NewsCapReached(TrocoError):
    """The customer has got as much of shops' news as anybody gets."""

    code = "news_cap_reached"
    http_status = 409
    words = _("The customer has got enough news for now. Try again tomorrow or later.")


@dataclass(frozen=True, slots=True)
class To:
    """Where a program speaks.

    Attributes:
        shop_id: Primary key of the shop.
        party_id: Its party.
        other_id: Whom it speaks to.
        conversation_id: Public id of their conversation.
    """

    shop_id: int
    party_id: int
    other_id: int
    conversation_id: str


@dataclass(frozen=True, slots=True)
class Said:
    """What is said.

    Attributes:
        kind: A kind of message.
        content: What the kind wants.
        reply_to: Public id of the message that it answers.
        opaque: What the program wants to hear again in the message's statuses.
    """

    kind: str
    content: Mapping[str, Any]
    reply_to: str | None = None
    opaque: str = ""


@owns
def say(*, to: To, said: Said) -> str:
    """Say what people may say too: words, files, places, cards.

    Its news is owed in the same commit, so that nothing about it can be told before.

    Args:
        to: Where.
        said: What.

    Returns:
        The message's public id.

    Raises:
        NotFound: They do not talk, or one side blocked the other.
        InputInvalid, TextInvalid: The content is not right.
        StateConflict: The shop has closed.

    Transaction: owns.
    """
    refuse_closed_by_key(to.shop_id)
    client_id = keep_opaque(to=to, opaque=said.opaque)
    sent = messages.say(
        sender=Sender(to.party_id, None),
        conversation_id=to.conversation_id,
        client_id=client_id,
        said=Wording(said.kind, dict(said.content), said.reply_to),
    )
    tell_sent(to=to, message_id=sent.message.public_id, opaque=said.opaque)
    return sent.message.public_id


@owns
def show(*, to: To, said: Said) -> str:
    """Show what only a shop may: choices, links, templates.

    Args:
        to: Where.
        said: What; its content was checked by whoever read it. A ``header`` may show a file,
            ``{"type": "image", "image": {"media": "med_…"}}``.

    Returns:
        The message's public id.

    Raises:
        NotFound: They do not talk, or one side blocked the other.
        InputInvalid: It is too large, or there is no such file, or no message that it could answer.
        NewsNotWanted, NewsCapReached: It is marketing that the customer did not ask for, or has
            had enough of.
        StateConflict: The shop has closed, and it is no template of a service to somebody with
            whom something is open, or has moved lately: that may still be told.

    Transaction: owns.
    """
    check_size(dict(said.content))
    category = said.content.get("category") if said.kind == TEMPLATE_KIND else MARKETING
    if category == SERVICE:
        refuse_closed_unless_told(shop_id=to.shop_id, other_id=to.other_id)
    else:
        refuse_closed_by_key(to.shop_id)
    if said.kind == TEMPLATE_KIND and category == MARKETING:
        _take_place_for_news(to=to)
    client_id = keep_opaque(to=to, opaque=said.opaque)
    talk = lock_conversation(party_id=to.party_id, public_id=to.conversation_id)
    # Asked after the lock was waited for: whoever was blocked meanwhile is not spoken to.
    if blocked_between(to.party_id, to.other_id):
        raise NotFound
    content = _with_file(to.party_id, talk.pk, said.content)
    message = post_snapshot(
        conversation=talk,
        sender=Sender(to.party_id, None),
        snapshot=Snapshot(said.kind, content, client_id, said.reply_to),
        client_id=client_id,
    )
    tell_sent(to=to, message_id=message.public_id, opaque=said.opaque)
    return message.public_id


def feel(*, to: To, message_id: str, emoji: str) -> None:
    """Feel something about a message, or nothing any more.

    Args:
        to: Where the message stands.
        message_id: Its public id.
        emoji: One; empty takes the shop's own back.

    Raises:
        NotFound, InputInvalid: As ``react``.
        StateConflict: The shop has closed.

    Transaction: none (``react`` owns its own).
    """
    refuse_closed_by_key(to.shop_id)
    react(actor=Sender(to.party_id, None), message_id=message_id, emoji=emoji)


def type_in(*, shop_id: int, party_id: int, conversation_id: str) -> None:
    """Let a conversation see that the shop types; a closed shop never does.

    Raises:
        NotFound: As ``tell_typing``.

    Transaction: none.
    """
    if not Shop.objects.filter(pk=shop_id, closed_at__isnull=False).exists():
        tell_typing(party_id=party_id, conversation_id=conversation_id, is_typing=True)


def _with_file(party_id: int, conversation_id: int, content: Mapping[str, Any]) -> dict[str, Any]:
    """Let the conversation's members fetch the file that a header shows."""
    header = content.get("header")
    kind = str(header.get("type")) if isinstance(header, Mapping) else ""
    if not isinstance(header, Mapping) or kind not in SHOWN_ABOVE:
        return dict(content)
    shown = attach_media(
        party_id=party_id, conversation_id=conversation_id, kind=kind, content=header[kind]
    )
    return {**content, "header": {**header, kind: shown}}


@joins
def keep_opaque(*, to: To, opaque: str) -> str:
    """Keep what a program wants to hear again in the statuses of the message it now sends.

    Changes: one ``LineSend``; nothing where it wants to hear nothing.

    Returns:
        The message's ``client_id``.

    Raises:
        InputInvalid, TextInvalid: It is too long, or no text.

    Transaction: joins.
    """
    client_id = new_id("wam")
    if opaque:
        LineSend.objects.create(
            shop_id=to.shop_id,
            client_id=client_id,
            opaque=clean_text(opaque, "biz_opaque_callback_data", LONGEST_OPAQUE),
            sent_at=wall_now(),
        )
    return client_id


@joins
def tell_sent(*, to: To, message_id: str, opaque: str) -> None:
    """Owe the program the news that a message of its is kept.

    Transaction: joins.
    """
    queue_event(
        shop_id=to.shop_id,
        kind="message.sent",
        ref=message_id,
        payload_maker=lambda: {
            "message": message_id,
            "conversation": to.conversation_id,
            "party_id": to.other_id,
            "opaque": opaque,
        },
    )


def check_window(*, last_at: datetime | None) -> None:
    """Refuse to speak freely to somebody who has said nothing for too long.

    Args:
        last_at: When they last said something; None for never.

    Raises:
        WindowClosed: As it says.

    Transaction: none.
    """
    hours = settings.TROCO_CLOUD_WINDOW_HOURS
    if hours and (last_at is None or business_now() - last_at > timedelta(hours=hours)):
        raise WindowClosed


@joins
def _take_place_for_news(*, to: To) -> None:
    """Count a marketing template among the news that somebody gets, or refuse it.

    Whoever said that they want no more gets none, whatever the setting says of those who said
    nothing.

    Changes: one ``LineNews``.

    Raises:
        NewsNotWanted, NewsCapReached: As they say.

    Transaction: joins.
    """
    wish = wish_of(to.shop_id, to.other_id)
    if wish is False or (wish is None and settings.TROCO_CLOUD_MARKETING_OPT_IN):
        raise NewsNotWanted
    if not has_room_for_news(shop_id=to.shop_id, party_id=to.other_id):
        raise NewsCapReached
    note_line_news(shop_id=to.shop_id, party_id=to.other_id)


@owns
def make_link(*, shop_id: int, words: str, code: str | None = None) -> LineLink:
    """Make a link that opens a conversation with words already written, or change its words.

    Args:
        shop_id: Primary key of the shop.
        words: 1 to 140 characters.
        code: Which link to change; None for a new one.

    Raises:
        NotFound: The shop has no such link.
        InputInvalid, TextInvalid: The words are not right.

    Transaction: owns.
    """
    clean = clean_text(words, "prefilled_message", 140, 1)
    if not Shop.objects.filter(pk=shop_id).exists():
        raise NotFound
    if code is None:
        return LineLink.objects.create(shop_id=shop_id, code=new_id("l")[-14:], words=clean)
    link = LineLink.objects.select_for_update().filter(shop_id=shop_id, code=code).first()
    if link is None:
        raise NotFound
    link.words = clean
    link.save(update_fields=["words"])
    return link


@owns
def delete_link(*, shop_id: int, code: str) -> None:
    """Delete a link.

    Raises:
        NotFound: The shop has no such link.

    Transaction: owns.
    """
    if not LineLink.objects.filter(shop_id=shop_id, code=code).delete()[0]:
        raise NotFound

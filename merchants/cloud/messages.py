"""``POST /{phone}/messages``: whatever a program says, and the marks that it has read."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from core.errors import NotFound
from core.ids import new_id
from merchants.cloud import interactive, orders, templates
from merchants.cloud.calls import Call, as_object
from merchants.cloud.errors import GraphError, as_graph, invalid, missing, unsupported
from merchants.cloud.files import media_named
from merchants.cloud.ids import message_id, wamid
from merchants.enums import KeyScope
from merchants.queries.lines import Reached, reach_by_digits, reach_by_user_id
from merchants.services.line_talk import Said, To, check_window, feel, say, show, type_in
from merchants.services.lines import contact_of
from merchants.services.paces import take_turn
from messaging.queries import message_for
from messaging.queries.said import last_said_at
from messaging.services.reading import mark_read

_PUNCTUATION: Final = re.compile(r"[\s()+.\-]")
_DIGITS: Final = re.compile(r"[1-9][0-9]{6,14}")
_MEDIA: Final = frozenset({"image", "video", "audio", "document", "sticker"})
_CARD: Final = frozenset({"name", "phones", "emails", "urls", "addresses", "org", "birthday"})
_ENTRY: Final[Mapping[str, frozenset[str]]] = {
    "phones": frozenset({"phone", "type", "wa_id"}),
    "emails": frozenset({"email", "type"}),
    "urls": frozenset({"url", "type"}),
    "addresses": frozenset({"street", "city", "state", "zip", "country", "country_code", "type"}),
}
_NAME: Final = frozenset(
    {"formatted_name", "first_name", "last_name", "middle_name", "suffix", "prefix"}
)


def post_message(call: Call) -> dict[str, Any]:
    """Send a message, or mark one as read."""
    call.need(KeyScope.MESSAGES)
    if call.text("messaging_product", "whatsapp") != "whatsapp":
        raise GraphError(100, "messaging_product has to be whatsapp.")
    if not call.line.is_registered:
        raise GraphError(133010, "The number is not registered.")
    if "status" in call.said:
        return _mark(call)
    kind = call.text("type", "text")
    reached = _reached(call)
    to = To(call.line.shop_id, call.line.party_id, reached.party.id, reached.conversation.public_id)
    if kind != "template":
        check_window(last_at=last_said_at(reached.conversation.id, reached.party.id))
    take_turn(shop_id=to.shop_id, party_id=to.other_id)
    try:
        sent = _send(call, kind, to)
    except NotFound as error:
        # One of the two blocked the other.
        raise undeliverable() from error
    known = contact_of(shop_id=to.shop_id, party_id=to.other_id)
    contact = {
        "input": call.text("to") or call.text("recipient"),
        "user_id": f"{reached.party.country}.{known.number}",
    }
    if reached.digits:
        contact["wa_id"] = reached.digits
    return {
        "messaging_product": "whatsapp",
        "contacts": [contact],
        "messages": [{"id": wamid(sent), "message_status": "accepted"}],
    }


def _send(call: Call, kind: str, to: To) -> str:
    """Have a message of a kind sent; return its public id."""
    given = _without_nulls(_given(call, kind))
    reply_to, opaque = _context(call), call.text("biz_opaque_callback_data")
    if kind == "interactive" and str(given.get("type")) in orders.KINDS:
        return orders.send(call, given, to, reply_to)
    if kind == "reaction":
        return _react(given, to)
    if kind == "interactive":
        content = interactive.content_of(call, given)
        return show(to=to, said=Said(kind, content, reply_to, opaque))
    if kind == "template":
        content = templates.content_of(call, given)
        return show(to=to, said=Said(kind, content, reply_to, opaque))
    reader = _READERS.get(kind)
    if reader is None:
        raise GraphError(131051, f"A message of type {kind} is not supported.")
    name, content = reader(call, given)
    return say(to=to, said=Said(name, content, reply_to, opaque))


def _given(call: Call, kind: str) -> dict[str, Any]:
    """Return the object that a kind of message is; some programs send it as a text of JSON."""
    given = as_object(call.said.get(kind))
    if not isinstance(given, dict):
        raise missing(kind) if given is None else invalid(kind, "is no object")
    return given


def _react(given: dict[str, Any], to: To) -> str:
    """Feel something about a message, or nothing any more; a reaction is no message here."""
    named = message_id(str(given.get("message_id") or ""))
    if not named:
        raise missing("reaction.message_id")
    emoji = given.get("emoji", "")
    if not isinstance(emoji, str):
        raise invalid("reaction.emoji", "is no text")
    if not _stands_in(named, to):
        raise invalid("reaction.message_id", "names no message of this conversation")
    feel(to=to, message_id=named, emoji=emoji)
    return new_id("rea")


def _stands_in(name: str, to: To) -> bool:
    """Tell whether a message stands where the program speaks, and not in another conversation."""
    try:
        return message_for(to.party_id, name).conversation == to.conversation_id
    except NotFound:
        return False


def _reached(call: Call) -> Reached:
    """Return whom the message is for: somebody who talks with the shop.

    Whoever never did, blocked it, or is not here looks the same.
    """
    if call.text("recipient_type", "individual") != "individual":
        raise unsupported("groups are not reached by this API")
    to, recipient = call.text("to"), call.text("recipient")
    if not to and not recipient:
        raise missing("to")
    if to:
        digits = _PUNCTUATION.sub("", to)
        if digits == call.line.address:
            raise GraphError(131021, "The recipient is the sender.")
        if not _DIGITS.fullmatch(digits):
            raise invalid("to", "is no telephone number")
        found = reach_by_digits(call.line, digits)
    else:
        found = reach_by_user_id(call.line, recipient)
    if found is None:
        raise undeliverable()
    return found


def undeliverable() -> GraphError:
    """Return the refusal of whoever cannot be reached, for whatever reason."""
    return GraphError(131026, "Message undeliverable: this person does not talk with the shop.")


def _mark(call: Call) -> dict[str, Any]:
    """Mark what came up to a message as read, and pass on that the shop types."""
    if call.text("status") != "read":
        raise invalid("status")
    named = message_id(call.text("message_id"))
    if not named:
        raise invalid("message_id")
    try:
        message = message_for(call.line.party_id, named)
    except NotFound as error:
        raise as_graph(error) from error
    party_id, talk = call.line.party_id, message.conversation
    mark_read(party_id=party_id, conversation_id=talk, seq=message.seq)
    if call.said.get("typing_indicator"):
        type_in(shop_id=call.line.shop_id, party_id=party_id, conversation_id=talk)
    return {"success": True}


def _context(call: Call) -> str | None:
    context = call.said.get("context")
    if not isinstance(context, dict) or not context.get("message_id"):
        return None
    named = message_id(str(context["message_id"]))
    if not named:
        raise invalid("context.message_id")
    return named


def _text(_call: Call, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    if "body" not in given:
        raise missing("text.body")
    return "text", {"text": given["body"]}


def _file(kind: str) -> Callable[[Call, dict[str, Any]], tuple[str, dict[str, Any]]]:
    def read(call: Call, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        content = {"media": media_named(call, given)}
        possible = {"document": ("caption", "filename"), "audio": ("voice",)}
        for name in possible.get(kind, () if kind == "sticker" else ("caption",)):
            if given.get(name) not in (None, ""):
                content[name] = given[name]
        return kind, content

    return read


def _location(_call: Call, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    content: dict[str, Any] = {}
    for name in ("latitude", "longitude"):
        if name not in given:
            raise missing(f"location.{name}")
        try:
            # Some programs send degrees as a text.
            content[name] = float(given[name])
        except (TypeError, ValueError, OverflowError) as error:
            raise invalid(f"location.{name}", "is no number") from error
    for name in ("name", "address"):
        if given.get(name):
            content[name] = given[name]
    return "location", content


def _card(given: dict[str, Any]) -> dict[str, Any]:
    """Return a card with what is known of such cards; programs send more, and nulls."""
    plain = _without_nulls(given)
    card = {name: value for name, value in plain.items() if name in _CARD and value}
    if isinstance(card.get("name"), dict):
        card["name"] = {k: v for k, v in card["name"].items() if k in _NAME and v}
    for kind, names in _ENTRY.items():
        if isinstance(card.get(kind), list):
            card[kind] = [
                {k: v for k, v in each.items() if k in names and v}
                for each in card[kind]
                if isinstance(each, dict)
            ]
    return card


def _without_nulls(value: Any) -> Any:
    """Return a value without the nulls in its objects: they stand for what is not there."""
    if isinstance(value, dict):
        return {k: _without_nulls(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [_without_nulls(each) for each in value]
    return value


_READERS: Final[dict[str, Callable[[Call, dict[str, Any]], tuple[str, dict[str, Any]]]]] = {
    "text": _text,
    "location": _location,
    **{kind: _file(kind) for kind in _MEDIA},
}


def post_any(call: Call) -> dict[str, Any]:
    """Send a message; cards are a list where everything else is an object."""
    if call.said.get("type") == "contacts":
        return _post_cards(call)
    return post_message(call)


def _post_cards(call: Call) -> dict[str, Any]:
    given = as_object(call.said.get("contacts"))
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise missing("contacts") if given is None else invalid("contacts", "is no list of objects")
    cards = [_card(each) for each in given]
    said = {**call.said, "type": "contact", "contact": {"contacts": cards}}
    return post_message(Call(call.request, call.line, call.scopes, said))


_READERS["contact"] = lambda _call, given: ("contact", given)

"""The shop's number itself: what it is, how it presents itself, whom it blocks, its links."""

from typing import Any, Final

from django.conf import settings

from core.errors import NotFound
from merchants.cloud.calls import Call
from merchants.cloud.errors import GraphError, as_graph, invalid, missing
from merchants.cloud.pages import paging, picked
from merchants.enums import CallbackLevel, KeyScope
from merchants.queries.lines import (
    LineFacts,
    Reached,
    callbacks_of,
    digits_of,
    link_url,
    links_of,
    reach_by_digits,
    reach_by_user_id,
    user_id_of,
)
from merchants.services.line_talk import delete_link, make_link
from merchants.services.lines import change_commerce, change_profile, change_registration
from payments.codes.pictures import draw_code
from people.queries import PartyFacts, parties_blocked_by
from people.services.blocks import block, unblock

# Where the news of a number goes, in the words of the shapes.
_LEVELS: Final = {
    CallbackLevel.APP: "application",
    CallbackLevel.ACCOUNT: "whatsapp_business_account",
    CallbackLevel.PHONE: "phone_number",
}
_PROFILE: Final = ("about", "address", "description", "email", "vertical", "websites")


def show_phone(call: Call) -> dict[str, Any]:
    """Tell about the number."""
    return picked(call, phone(call.line))


def show_phones(call: Call) -> dict[str, Any]:
    """List the numbers of the account: the one that a shop has."""
    return {"data": [picked(call, phone(call.line))], "paging": _one(call.line.phone_number)}


def phone(line: LineFacts) -> dict[str, Any]:
    """Return a number as programs see it."""
    known = callbacks_of(line.shop_id)
    return {
        "id": str(line.phone_number),
        "verified_name": line.name,
        "display_phone_number": line.display,
        "quality_rating": "GREEN",
        "code_verification_status": "VERIFIED",
        "platform_type": "CLOUD_API",
        "throughput": {"level": "STANDARD"},
        "name_status": "APPROVED",
        "status": "CONNECTED" if line.is_registered else "DISCONNECTED",
        "account_mode": "SANDBOX" if settings.TROCO_MODE == "sandbox" else "LIVE",
        "messaging_limit_tier": "TIER_UNLIMITED",
        "is_official_business_account": False,
        "is_pin_enabled": False,
        "health_status": {"can_send_message": "AVAILABLE", "entities": []},
        "webhook_configuration": {
            word: known[level][0] for level, word in _LEVELS.items() if level in known
        },
    }


def show_account(call: Call) -> dict[str, Any]:
    """Tell about the account that the number stands under."""
    line = call.line
    row = {
        "id": str(line.account_number),
        "name": line.name,
        "currency": "",
        "timezone_id": "1",
        "message_template_namespace": str(line.account_number),
        "account_review_status": "APPROVED",
        "business_verification_status": "verified",
        "country": line.country,
        "ownership_type": "SELF",
    }
    return picked(call, row)


def show_app(call: Call) -> dict[str, Any]:
    """Tell about the app."""
    return {"id": str(call.line.app_number), "name": call.line.name, "link": _home()}


def show_profile(call: Call) -> dict[str, Any]:
    """Tell what people read of the shop."""
    profile = {
        "about": "",
        "address": "",
        "description": "",
        "email": "",
        "profile_picture_url": "",
        "websites": [],
        "vertical": "OTHER",
        **call.line.profile,
        "messaging_product": "whatsapp",
    }
    return {"data": [profile]}


def change(call: Call) -> dict[str, Any]:
    """Change what people read of the shop."""
    call.need(KeyScope.MESSAGES)
    wish: dict[str, Any] = {name: call.said[name] for name in _PROFILE if name in call.said}
    change_profile(shop_id=call.line.shop_id, wish=wish)
    return {"success": True}


def show_commerce(call: Call) -> dict[str, Any]:
    """Tell what buyers see of the catalogue."""
    line = call.line
    row = {
        "id": str(line.phone_number),
        "is_catalog_visible": line.is_catalog_visible,
        "is_cart_enabled": line.is_cart_enabled,
    }
    return {"data": [row]}


def set_commerce(call: Call) -> dict[str, Any]:
    """Say what buyers see of the catalogue."""
    call.need(KeyScope.CATALOGUE)
    change_commerce(
        shop_id=call.line.shop_id,
        is_cart_enabled=call.flag("is_cart_enabled"),
        is_catalog_visible=call.flag("is_catalog_visible"),
    )
    return {"success": True}


def register(call: Call) -> dict[str, Any]:
    """Let programs send in the shop's name."""
    call.need(KeyScope.MESSAGES)
    change_registration(shop_id=call.line.shop_id, is_registered=True)
    return {"success": True}


def deregister(call: Call) -> dict[str, Any]:
    """Let no program send in the shop's name."""
    call.need(KeyScope.MESSAGES)
    change_registration(shop_id=call.line.shop_id, is_registered=False)
    return {"success": True}


def verify(call: Call) -> dict[str, Any]:
    """Say yes to whoever wants the number verified: it is Troco's own and always is."""
    call.need(KeyScope.MESSAGES)
    return {"success": True}


def show_links(call: Call, code: str | None = None) -> dict[str, Any]:
    """List the links that open a conversation."""
    call.need(KeyScope.MESSAGES)
    limit = call.limit()
    rows = links_of(call.line.shop_id, code, after=call.text("after"), limit=limit)
    found = [_link(each.code, each.words, call) for each in rows]
    if code is not None and not found:
        raise as_graph(NotFound())
    ids = [each.code for each in rows]
    return {"data": found, "paging": paging(call, ids, is_full=len(rows) == limit)}


def write_link(call: Call, code: str | None = None) -> dict[str, Any]:
    """Make a link, or change the words of one."""
    call.need(KeyScope.MESSAGES)
    named = code or call.text("code") or None
    made = make_link(shop_id=call.line.shop_id, words=call.text("prefilled_message"), code=named)
    return _link(made.code, made.words, call)


def remove_link(call: Call, code: str) -> dict[str, Any]:
    """Delete a link."""
    call.need(KeyScope.MESSAGES)
    delete_link(shop_id=call.line.shop_id, code=code)
    return {"success": True}


def _link(code: str, words: str, call: Call) -> dict[str, Any]:
    leads_to = link_url(code)
    shown = {"code": code, "prefilled_message": words, "deep_link_url": leads_to}
    asked = call.text("generate_qr_image") or call.text("fields")
    return {**shown, "qr_image_url": draw_code(leads_to)} if asked else shown


def show_blocked(call: Call) -> dict[str, Any]:
    """List whom the shop blocks."""
    call.need(KeyScope.MESSAGES)
    rows, limit = [], call.limit()
    page = _past(parties_blocked_by(call.line.party_id), call.text("after"))[:limit]
    for party in page:
        digits, user_id = digits_of(party.id), user_id_of(call.line, party)
        rows.append({"input": digits or user_id, "wa_id": digits, "user_id": user_id})
    ids = [party.public_id for party in page]
    return {"data": rows, "paging": paging(call, ids, is_full=len(rows) == limit)}


def _past(parties: list[PartyFacts], after: str) -> list[PartyFacts]:
    """Return those that stand behind the one that a page ended with."""
    ids = [party.public_id for party in parties]
    return parties[ids.index(after) + 1 :] if after in ids else parties if not after else []


def block_users(call: Call) -> dict[str, Any]:
    """Block people."""
    return _each(call, "added_users", blocks=True)


def unblock_users(call: Call) -> dict[str, Any]:
    """Take blocks back."""
    return _each(call, "removed_users", blocks=False)


def _each(call: Call, word: str, *, blocks: bool) -> dict[str, Any]:
    call.need(KeyScope.MESSAGES)
    wanted = call.said.get("block_users")
    if not isinstance(wanted, list) or not 1 <= len(wanted) <= 64:  # noqa: PLR2004 - A page.
        raise missing("block_users")
    done = []
    # All of them are found before the first is touched.
    for named, found in [_person(call.line, each) for each in wanted]:
        if blocks:
            block(party_id=call.line.party_id, other_public_id=found.party.public_id)
        else:
            unblock(party_id=call.line.party_id, other_public_id=found.party.public_id)
        done.append({"input": named, "wa_id": found.digits, "user_id": found.user_id})
    return {"messaging_product": "whatsapp", "block_users": {word: done}}


def _person(line: LineFacts, given: object) -> tuple[str, Reached]:
    if not isinstance(given, dict) or not (given.get("user") or given.get("user_id")):
        raise invalid("block_users", "names nobody")
    if given.get("user"):
        named = str(given["user"])
        digits = "".join(each for each in named if each.isascii() and each.isdigit())
        found = reach_by_digits(line, digits)
    else:
        named = str(given["user_id"])
        found = reach_by_user_id(line, named)
    if found is None:
        raise GraphError(139100, f"{named} does not talk with the shop.")
    return named, found


def _one(number: int) -> dict[str, Any]:
    return {"cursors": {"before": str(number), "after": str(number)}}


def _home() -> str:
    return str(settings.TROCO_PUBLIC_URL)

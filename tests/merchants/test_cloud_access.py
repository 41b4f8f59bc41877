"""Who gets in at ``/cloud/``: every door, with every sort of token.

A door that is not listed here fails the first test. Nobody but the shop's own key with the right
scope may do or see anything, and what is refused changes nothing.
"""

import itertools
from io import BytesIO
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from merchants.cloud.urls import _objects
from merchants.cloud.views import _DOORS
from merchants.enums import KeyScope
from merchants.models import LineTemplate
from merchants.services.keys import make_key, revoke_key
from merchants.services.line_talk import make_link
from merchants.services.line_templates import NewTemplate, make_template
from messaging.services.media import keep_upload
from tests.merchants.bot import Bot, digits, write_to
from tests.merchants.cast import Caller, new_shop
from tests.messaging.samples import pdf

M, W, C, P = KeyScope.MESSAGES, KeyScope.WEBHOOKS, KeyScope.CATALOGUE, KeyScope.PAYMENTS
# What a door opens for; None where every key of the shop may look.
SCOPES: dict[tuple[str, str, str], KeyScope | None] = {
    ("GET", "phone", ""): None,
    ("POST", "phone", ""): W,
    ("GET", "account", ""): None,
    ("GET", "app", ""): None,
    ("POST", "phone", "messages"): M,
    ("POST", "phone", "media"): M,
    ("GET", "phone", "whatsapp_commerce_settings"): None,
    ("POST", "phone", "whatsapp_commerce_settings"): C,
    ("GET", "phone", "whatsapp_business_profile"): None,
    ("POST", "phone", "whatsapp_business_profile"): M,
    ("GET", "phone", "message_qrdls"): M,
    ("POST", "phone", "message_qrdls"): M,
    ("GET", "phone", "block_users"): M,
    ("POST", "phone", "block_users"): M,
    ("DELETE", "phone", "block_users"): M,
    ("POST", "phone", "register"): M,
    ("POST", "phone", "deregister"): M,
    ("POST", "phone", "request_code"): M,
    ("POST", "phone", "verify_code"): M,
    ("GET", "account", "phone_numbers"): None,
    ("GET", "account", "message_templates"): M,
    ("POST", "account", "message_templates"): M,
    ("DELETE", "account", "message_templates"): M,
    ("GET", "account", "subscribed_apps"): W,
    ("POST", "account", "subscribed_apps"): W,
    ("DELETE", "account", "subscribed_apps"): W,
    ("GET", "app", "subscriptions"): W,
    ("POST", "app", "subscriptions"): W,
    ("DELETE", "app", "subscriptions"): W,
}
# The doors that are told apart by an address of their own.
OTHERS: dict[tuple[str, str], KeyScope | None] = {
    ("GET", "FILE"): M,
    ("DELETE", "FILE"): M,
    ("GET", "media/FILE"): M,
    ("GET", "TEMPLATE"): M,
    ("GET", "ACCOUNT/message_templates/TEMPLATE"): M,
    ("GET", "PHONE/message_qrdls/LINK"): M,
    ("POST", "PHONE/message_qrdls/LINK"): M,
    ("DELETE", "PHONE/message_qrdls/LINK"): M,
    ("GET", "PHONE/payments/any/none"): P,
}
ADDRESSES = {
    *("oauth/access_token", "debug_token", "links/<str:code>", "media/<int:number>"),
    *("<int:number>", "<int:number>/", "<int:number>/<str:asked>", "<int:number>/<str:asked>/"),
    "<int:number>/message_qrdls/<str:code>",
    "<int:number>/message_templates/<int:template>",
    "<int:number>/payments/<str:configuration>/<str:reference>",
}


@pytest.fixture
def bot(shop: Any, ana: Caller) -> Bot:
    made = Bot(shop)
    write_to(shop, ana)
    return made


@pytest.fixture
def stranger(carla: Caller) -> Bot:
    return Bot(new_shop(carla.person, "Outra"))


def paths_of(bot: Bot) -> list[tuple[str, str, KeyScope | None]]:
    """Return each door's method, its address on a shop, and the scope it wants."""
    numbers = {"phone": bot.phone, "account": bot.account, "app": bot.line.app_number}
    doors = [
        (method, f"{numbers[kind]}/{asked}".rstrip("/"), scope)
        for (method, kind, asked), scope in SCOPES.items()
    ]
    words = {
        "FILE": str(picture_of(bot)),
        "TEMPLATE": str(template_of(bot).number),
        "LINK": make_link(shop_id=bot.shop.pk, words="Oi").code,
        "PHONE": str(bot.phone),
        "ACCOUNT": str(bot.account),
    }
    for (method, path), scope in OTHERS.items():
        parts = [words.get(part, part) for part in path.split("/")]
        doors.append((method, "/".join(parts), scope))
    return doors


def picture_of(bot: Bot) -> int:
    return keep_upload(owner_party_id=bot.shop.party_id, stream=BytesIO(pdf())).number


def template_of(bot: Bot) -> LineTemplate:
    wish = NewTemplate("pronto", "pt_BR", "UTILITY", [{"type": "BODY", "text": "Pronto."}])
    return make_template(shop_id=bot.shop.pk, wish=wish)


def knock(method: str, path: str, token: str) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return Client().generic(
        method, f"/cloud/v23.0/{path}", "{}", content_type="application/json", headers=headers
    )


def rows() -> dict[str, int]:
    """Count everything of shops and of talk, so that a refusal can be seen to change nothing.

    What a key was used for is noted, refused or not.
    """
    rooms = [apps.get_app_config(name).get_models() for name in ("merchants", "messaging")]
    tables = itertools.chain(*rooms)
    counted = {each.__name__: each._default_manager.count() for each in tables}  # noqa: SLF001
    del counted["ShopCall"]
    return counted


def test_every_door_is_listed() -> None:
    assert set(SCOPES) == set(_DOORS)
    assert {str(each.pattern) for each in _objects} == ADDRESSES


def test_who_has_no_living_key_gets_in_nowhere(bot: Bot, ze: Caller) -> None:
    made = make_key(shop_id=bot.shop.pk, actor=None, name="Alt", scopes=list(KeyScope))
    revoke_key(shop_id=bot.shop.pk, actor=ze.person, key_id=made.key.public_id)
    doors = paths_of(bot)
    before = rows()
    person = ze.token
    app = f"{bot.line.app_number}|{'0' * 32}"
    for token in ("", "sk_test_x", made.secret, person, app, f"{bot.line.app_number}|"):
        for method, path, _scope in doors:
            reply = knock(method, path, token)
            assert (reply.status_code, reply.json()["error"]["code"]) == (401, 190), (method, path)
    assert rows() == before


def test_another_shops_key_sees_and_changes_nothing(bot: Bot, stranger: Bot) -> None:
    doors = paths_of(bot)
    before = rows()
    for method, path, _scope in doors:
        reply = knock(method, path, stranger.token)
        error = reply.json()["error"]
        assert reply.status_code == 400, (method, path)
        assert error["code"] in {100, 131053}, (method, path)
        assert error["error_subcode"] == 33, (method, path)
    unknown = knock("GET", "712345678901234", stranger.token).json()["error"]
    foreign = knock("GET", str(picture_of(bot)), stranger.token).json()["error"]
    assert {**unknown, "fbtrace_id": ""} == {**foreign, "fbtrace_id": ""}
    assert {**rows(), "MediaFile": 0} == {**before, "MediaFile": 0}


def test_a_key_opens_what_it_is_for_and_nothing_else(bot: Bot) -> None:
    doors = paths_of(bot)
    tokens = {
        scope: make_key(
            shop_id=bot.shop.pk,
            actor=None,
            name=scope,
            scopes=[each for each in KeyScope if each != scope],
        ).secret
        for scope in KeyScope
    }
    before = rows()
    for scope, token in tokens.items():
        for method, path, wanted in doors:
            if wanted == scope:
                reply = knock(method, path, token)
                found = (reply.status_code, reply.json()["error"]["code"])
                assert found == (403, 10), (method, path)
    assert rows() == before


def test_an_apps_secret_opens_its_callbacks_only(bot: Bot) -> None:
    token = f"{bot.line.app_number}|{bot.app_secret}"
    for method, path, scope in paths_of(bot):
        if scope not in {None, W}:
            assert knock(method, path, token).status_code == 403, (method, path)
    assert knock("GET", f"{bot.line.app_number}/subscriptions", token).status_code == 200


def test_an_order_needs_the_scope_of_orders(bot: Bot, ana: Caller) -> None:
    scopes = [each for each in KeyScope if each != KeyScope.ORDERS]
    bot.token = make_key(shop_id=bot.shop.pk, actor=None, name="Sem", scopes=scopes).secret
    for kind in ("order_details", "order_status"):
        action = {"action": {"parameters": {"reference_id": "a"}}}
        reply = bot.say(digits(ana), "interactive", {"type": kind, **action})
        assert (reply.status_code, reply.json()["error"]["code"]) == (403, 10)

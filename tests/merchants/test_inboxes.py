"""What Chatwoot, Typebot and the Evolution API ask, request by request.

Source: their code, read 2026-11: Chatwoot ``whatsapp_cloud_service.rb`` and ``base_service.rb``;
Typebot ``packages/whatsapp``; Evolution API ``whatsapp.business.service.ts``. The requests are
written anew here; none of them is run.
"""

import json
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from merchants.services.line_templates import NewTemplate, make_template
from messaging.queries import history
from tests.merchants.bot import Bot, digits, write_to
from tests.merchants.cast import Caller
from tests.merchants.receiver import listening
from tests.messaging.samples import picture


@pytest.fixture
def bot(shop: Any) -> Bot:
    return Bot(shop)


@pytest.fixture
def talk(bot: Bot, ana: Caller) -> str:
    return write_to(bot.shop, ana)


def kinds(bot: Bot, talk: str) -> list[str]:
    found, _more = history(bot.shop.party_id, talk)
    mine = [each for each in found if each.sender_id == bot.shop.party_id]
    return [each.kind for each in reversed(mine)]


def templates_in(bot: Bot, count: int) -> None:
    for number in range(count):
        parts = [{"type": "BODY", "text": f"Pronto {number}."}]
        wish = NewTemplate(f"t{number:02d}", "pt_BR", "UTILITY", parts)
        make_template(shop_id=bot.shop.pk, wish=wish)


def test_chatwoot_reads_all_templates_by_the_token_in_the_address(bot: Bot) -> None:
    templates_in(bot, 30)
    address = f"/cloud/v14.0/{bot.account}/message_templates?access_token={bot.token}"
    found: list[str] = []
    while address:
        page = Client().get(address)
        assert page.status_code == 200
        found += [each["name"] for each in page.json()["data"]]
        following = urlsplit(page.json()["paging"].get("next", ""))
        address = f"{following.path}?{following.query}" if following.path else ""
    assert found == [f"t{number:02d}" for number in range(30)]


def test_chatwoot_sends_with_its_action_as_a_text(
    transactional_db: None, bot: Bot, ana: Caller, talk: str, settings: Any
) -> None:
    to = digits(ana)
    rows = [{"id": "m", "title": "Manhã"}]
    buttons = [{"type": "reply", "reply": {"id": "yes", "title": "Sim"}}]
    with listening(settings) as receiver:
        receiver.says = picture("PNG")
        bodies: list[dict[str, Any]] = [
            {"context": None, "text": {"body": "Olá ☕"}, "type": "text"},
            {
                "context": None,
                "type": "image",
                "image": {"link": f"{receiver.origin}/bolo.png", "caption": "Bolo"},
            },
            {
                "type": "interactive",
                "interactive": {
                    "type": "button",
                    "body": {"text": "Quer?"},
                    "action": json.dumps({"buttons": buttons}),
                },
            },
            {
                "type": "interactive",
                "interactive": {
                    "type": "list",
                    "body": {"text": "Quando?"},
                    "action": json.dumps({"button": "Ver", "sections": [{"rows": rows}]}),
                },
            },
        ]
        for body in bodies:
            said = {"messaging_product": "whatsapp", "to": to, **body}
            reply = bot.call("POST", f"v13.0/{bot.phone}/messages", said)
            assert reply.json()["messages"][0]["id"].startswith("wamid."), reply.json()
    assert kinds(bot, talk) == ["text", "image", "interactive", "interactive"]


def test_typebot_is_set_up_and_sends(bot: Bot, ana: Caller, talk: str) -> None:
    told = bot.call("GET", "v17.0/debug_token", input_token=bot.token, appsecret_proof="x")
    facts = told.json()["data"]
    assert facts["app_id"] == str(bot.line.app_number)
    assert {"whatsapp_business_management", "whatsapp_business_messaging"} <= set(facts["scopes"])
    assert facts["expires_at"] == 0
    numbers = bot.call(
        "GET", f"v17.0/{bot.account}/phone_numbers", fields="id,display_phone_number", limit=100
    ).json()
    assert numbers["data"] == [
        {"id": str(bot.phone), "display_phone_number": f"+{bot.line.address}"}
    ]
    assert "next" not in numbers["paging"]
    path = f"v17.0/{bot.account}/subscribed_apps"
    bot.call("DELETE", path)
    assert bot.call("GET", path).json() == {"data": []}
    assert bot.call("POST", path).json() == {"success": True}
    (app,) = bot.call("GET", path).json()["data"]
    assert app["whatsapp_business_api_data"]["id"] == facts["app_id"]
    media = upload(bot, {"type": "image/png", "messaging_product": "whatsapp"}, "v21.0")
    shown = bot.call("GET", f"v17.0/{media}").json()
    assert shown["mime_type"] == "image/png"
    button = {"type": "reply", "reply": {"id": "a", "title": "Escolher"}}
    content = {
        "type": "button",
        "header": {"type": "image", "image": {"id": media}},
        "body": {"text": "*Bolo*\n\nDe cenoura"},
        "action": {"buttons": [button]},
    }
    said = {"messaging_product": "whatsapp", "to": digits(ana), "type": "interactive"}
    reply = bot.call("POST", f"v17.0/{bot.phone}/messages", {**said, "interactive": content})
    assert reply.status_code == 200
    found, _more = history(bot.shop.party_id, talk)
    header = found[0].content["header"]
    assert header["image"]["mime_type"] == "image/png"


def upload(bot: Bot, fields: dict[str, str], version: str) -> str:
    file = BytesIO(picture("PNG"))
    file.name = "blob"
    headers = {"Authorization": f"Bearer {bot.token}"}
    form = {"file": file, **fields}
    made = Client().post(f"/cloud/{version}/{bot.phone}/media", form, headers=headers).json()
    return str(made["id"])


def test_evolution_uploads_and_sends(bot: Bot, ana: Caller, talk: str) -> None:
    media = upload(bot, {"typeFile": "image/png", "messaging_product": "whatsapp"}, "v21.0")
    common = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": digits(ana),
    }
    lists = {
        "type": "list",
        "header": {"type": "text"},
        "body": {"text": "Quando?"},
        "footer": {},
        "action": {
            "button": "Ver",
            "sections": [{"title": "Hoje", "rows": [{"id": "1", "title": "Já"}]}],
        },
    }
    bodies = [
        {"type": "text", "text": {"body": "Olá", "preview_url": False}},
        {"type": "image", "image": {"id": media, "caption": "Bolo"}},
        {"type": "interactive", "interactive": lists},
        {"type": "location", "location": {"longitude": -34.9, "latitude": -8.05, "name": "P"}},
    ]
    for body in bodies:
        reply = bot.call("POST", f"v21.0/{bot.phone}/messages", {**common, **body})
        assert reply.status_code == 200, reply.json()
    assert kinds(bot, talk) == ["text", "image", "interactive", "location"]
    refused = bot.call("POST", f"v21.0/{bot.phone}/messages", {**common, "type": "poll"}).json()
    assert refused["error"]["error_data"]["messaging_product"] == "whatsapp"
    profile = {"messaging_product": "whatsapp", "about": "Pão", "websites": ["https://a.example"]}
    changed = bot.call("POST", f"v21.0/{bot.phone}/whatsapp_business_profile", profile)
    assert changed.json() == {"success": True}

"""The Cloud shapes over HTTP: what is sent, what is refused, and with which number."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from core.clock import advance
from merchants.enums import KeyScope
from merchants.models import Line, LineTemplate
from merchants.services.courier import Courier
from messaging.queries import history
from people.services.blocks import block
from tests.merchants.bot import Bot, digits, write_to
from tests.merchants.cast import Caller, new_shop
from tests.merchants.receiver import Receiver, listening

BUTTONS = {
    "type": "button",
    "body": {"text": "Quer pão? 🥖"},
    "action": {"buttons": [{"type": "reply", "reply": {"id": "yes", "title": "Sim, já!"}}]},
}


@pytest.fixture
def bot(shop: Any) -> Bot:
    return Bot(shop)


@pytest.fixture
def talk(bot: Bot, ana: Caller) -> str:
    return write_to(bot.shop, ana)


def said(bot: Bot, conversation: str) -> list[tuple[str, dict[str, Any]]]:
    """What the shop said, oldest first."""
    found, _more = history(bot.shop.party_id, conversation)
    mine = [each for each in found if each.sender_id == bot.shop.party_id]
    return [(each.kind, each.content) for each in reversed(mine)]


@pytest.mark.parametrize("prefix", ["", "v13.0/", "v26.0/"])
def test_a_text_is_sent_under_any_version(bot: Bot, ana: Caller, talk: str, prefix: str) -> None:
    body = {"to": "+" + digits(ana), "type": "text", "text": {"body": "Olá, Ana! 🥖", "x": None}}
    reply = bot.call("POST", f"{prefix}{bot.phone}/messages", body)
    assert reply.status_code == 200
    told = reply.json()
    assert told["messaging_product"] == "whatsapp"
    assert told["contacts"][0]["wa_id"] == digits(ana)
    assert told["contacts"][0]["user_id"].startswith("BR.")
    assert told["messages"][0]["id"].startswith("wamid.")
    assert said(bot, talk) == [("text", {"text": "Olá, Ana! 🥖"})]
    again = {**body, "to": None, "recipient": told["contacts"][0]["user_id"]}
    assert bot.call("POST", f"{prefix}{bot.phone}/messages", again).status_code == 200


def test_everything_that_can_be_pressed_and_shown_is_sent(bot: Bot, ana: Caller, talk: str) -> None:
    to = digits(ana)
    rows = [{"id": "1", "title": "Manhã", "description": "6 às 9"}]
    shown = [
        ("interactive", BUTTONS),
        (
            "interactive",
            {
                "type": "list",
                "body": {"text": "Quando?"},
                "action": {"button": "Ver", "sections": [{"rows": rows}]},
            },
        ),
        (
            "interactive",
            {
                "type": "cta_url",
                "body": {"text": "Site"},
                "action": {
                    "name": "cta_url",
                    "parameters": {"display_text": "Abrir", "url": "https://padaria.example/"},
                },
            },
        ),
        (
            "interactive",
            {
                "type": "location_request_message",
                "body": {"text": "Onde?"},
                "action": {"name": "send_location"},
            },
        ),
        ("location", {"latitude": "-8.05", "longitude": -34.9, "name": "Padaria"}),
    ]
    for kind, content in shown:
        assert bot.say(to, kind, content).status_code == 200, content
    card = {
        "name": {"formatted_name": "Zé", "last_name": None},
        "birthday": None,
        "phones": [{"phone": "+558199", "type": "WORK", "wa_id": None}],
    }
    cards = {"to": to, "type": "contacts", "contacts": [card]}
    assert bot.call("POST", f"{bot.phone}/messages", cards).status_code == 200
    kinds = [kind for kind, _content in said(bot, talk)]
    assert kinds == ["interactive"] * 4 + ["location", "contact"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"type": "text", "text": {"body": "x"}}, 131008),
        ({"to": "5511900000000", "type": "text", "text": {"body": "x"}}, 131026),
        ({"to": "abc", "type": "text", "text": {"body": "x"}}, 131009),
        ({"to": "ANA", "type": "text"}, 131008),
        ({"to": "ANA", "type": "text", "text": "x"}, 131009),
        ({"to": "ANA", "type": "text", "text": {"body": ""}}, 131009),
        ({"to": "ANA", "type": "text", "text": {"body": "x" * 4097}}, 131009),
        ({"to": "ANA", "type": "poll", "poll": {}}, 131051),
        ({"to": "ANA", "type": "image", "image": {}}, 131008),
        ({"to": "ANA", "type": "image", "image": {"id": "123"}}, 131053),
        ({"to": "ANA", "type": "image", "image": {"link": "http://127.0.0.1:1/x"}}, 131053),
        ({"to": "ANA", "type": "location", "location": {"latitude": 91, "longitude": 0}}, 131009),
        ({"to": "ANA", "type": "interactive", "interactive": {"type": "flow"}}, 131051),
        ({"to": "ANA", "type": "interactive", "interactive": {"type": "button"}}, 131008),
        ({"to": "ANA", "type": "template", "template": {"name": "x"}}, 131008),
        ({"to": "ANA", "recipient_type": "group", "type": "text", "text": {"body": "x"}}, 100),
        ({"to": "OWN", "type": "text", "text": {"body": "x"}}, 131021),
        ({"messaging_product": "sms", "to": "ANA"}, 100),
        ({"status": "read", "message_id": "wamid.zzz"}, 131009),
    ],
)
def test_what_is_not_right_gets_its_number(
    bot: Bot, ana: Caller, talk: str, body: dict[str, Any], code: int
) -> None:
    names = {"ANA": digits(ana), "OWN": bot.line.address}
    body = {**body, **({"to": names.get(body["to"], body["to"])} if "to" in body else {})}
    reply = bot.call("POST", f"{bot.phone}/messages", body)
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, code)
    assert reply.json()["error"]["fbtrace_id"]
    assert said(bot, talk) == []


def test_who_never_wrote_who_blocked_and_who_is_not_here_look_the_same(
    bot: Bot, ana: Caller, carla: Caller, talk: str
) -> None:
    block(party_id=ana.person.party_id or 0, other_public_id=bot.shop.party.public_id)
    answers = [
        bot.say(to, "text", {"body": "Oi"}).json()
        for to in (digits(carla), "5511900000001", digits(ana))
    ]
    for each in answers:
        each["error"].pop("fbtrace_id")
    assert answers[0] == answers[1] == answers[2]
    assert answers[0]["error"]["code"] == 131026


def test_after_a_day_only_a_template_is_sent(bot: Bot, ana: Caller, talk: str) -> None:
    template = {
        "name": "pronto",
        "language": "pt_BR",
        "category": "UTILITY",
        "components": [{"type": "BODY", "text": "Olá {{1}}, seu pedido está pronto."}],
    }
    made = bot.call("POST", f"{bot.account}/message_templates", template)
    assert made.json()["status"] == "APPROVED"
    advance(25 * 3600)
    late = bot.say(digits(ana), "text", {"body": "Oi"})
    assert late.json()["error"]["code"] == 131047
    value = {"type": "text", "text": "Ana"}
    content = {
        "name": "pronto",
        "language": {"code": "pt_BR", "policy": None},
        "components": [{"type": "body", "parameters": [value]}],
    }
    assert bot.say(digits(ana), "template", content).status_code == 200
    assert said(bot, talk)[-1][1]["body"] == "Olá Ana, seu pedido está pronto."
    assert (
        bot.say(digits(ana), "template", {**content, "components": []}).json()["error"]["code"]
        == 132000
    )
    unknown = {**content, "name": "outro"}
    assert bot.say(digits(ana), "template", unknown).json()["error"]["code"] == 132001
    listed = bot.call("GET", f"v22.0/{bot.account}/message_templates", limit=1).json()
    assert listed["summary"]["total_count"] == 1
    assert listed["data"][0]["name"] == "pronto"
    gone = bot.call("DELETE", f"{bot.account}/message_templates", name="pronto")
    assert gone.json() == {"success": True}
    assert LineTemplate.objects.count() == 0


def test_a_file_is_uploaded_sent_downloaded_and_deleted(bot: Bot, ana: Caller, talk: str) -> None:
    picture = BytesIO()
    Image.new("RGB", (8, 8), "red").save(picture, "PNG")
    picture.seek(0)
    picture.name = "bolo.png"
    client = Client()
    headers = {"Authorization": f"Bearer {bot.token}"}
    form = {"file": picture, "messaging_product": "whatsapp", "typeFile": "image/png"}
    made = client.post(f"/cloud/v21.0/{bot.phone}/media", form, headers=headers).json()
    assert made["id"].isdigit()
    shown = bot.call("GET", made["id"]).json()
    assert (shown["mime_type"], shown["id"]) == ("image/png", made["id"])
    path = shown["url"].partition("/cloud/")[2]
    got = bot.call("GET", path)
    assert len(b"".join(got.streaming_content)) == shown["file_size"]
    assert client.get(f"/cloud/{path}").status_code == 401
    sent = bot.say(digits(ana), "image", {"id": made["id"], "caption": "Bolo"})
    assert sent.status_code == 200
    assert said(bot, talk)[-1][0] == "image"


def test_tokens_open_what_they_open_and_nothing_of_others(
    bot: Bot, carla: Caller, ana: Caller, talk: str
) -> None:
    stranger = Bot(new_shop(carla.person, "Outra"))
    assert stranger.call("GET", str(bot.phone)).json()["error"]["error_subcode"] == 33
    assert stranger.call("POST", f"{bot.phone}/messages", {}).json()["error"]["code"] == 100
    assert Client().get(f"/cloud/{bot.phone}").json()["error"]["code"] == 190
    asked = Client().get(f"/cloud/{bot.phone}", {"access_token": bot.token})
    assert asked.json()["display_phone_number"] == f"+{bot.line.address}"
    narrow = Bot(new_shop(ana.person, "Terceira"), KeyScope.PAYMENTS)
    reply = narrow.call("POST", f"{narrow.phone}/messages", {})
    assert (reply.status_code, reply.json()["error"]["code"]) == (403, 10)
    wrong = Client().get(
        "/cloud/oauth/access_token", {"client_id": str(bot.line.app_number), "client_secret": "x"}
    )
    assert wrong.json()["error"]["code"] == 101
    token = (
        Client()
        .get(
            "/cloud/oauth/access_token",
            {
                "grant_type": "client_credentials",
                "client_id": str(bot.line.app_number),
                "client_secret": bot.app_secret,
            },
        )
        .json()["access_token"]
    )
    told = Client().get("/cloud/debug_token", {"input_token": bot.token, "access_token": token})
    assert told.json()["data"]["app_id"] == str(bot.line.app_number)


def test_people_who_scan_a_link_get_a_page_and_programs_its_facts(bot: Bot) -> None:
    link = bot.call("POST", f"{bot.phone}/message_qrdls", {"prefilled_message": "Quero <pão>"})
    path = f"/cloud/links/{link.json()['code']}"
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    page = Client().get(path, headers=browser)
    assert page.headers["Content-Type"].startswith("text/html")
    assert "“Quero &lt;pão&gt;”" in page.content.decode()
    assert f"{path}</a>" in page.content.decode()
    for accepted in ({}, {"Accept": "*/*"}, {"Accept": "application/json, text/html"}):
        assert Client().get(path, headers=accepted).json()["name"] == "Padaria do Zé"
    nowhere = Client().get("/cloud/links/unknown", headers=browser)
    assert (nowhere.status_code, nowhere.headers["Content-Type"][:9]) == (404, "text/html")
    assert Client().get("/cloud/links/unknown").json()["error"]["code"] == 131008


def test_the_number_tells_about_itself(bot: Bot, ana: Caller, talk: str) -> None:
    phone = bot.call("GET", f"v19.0/{bot.phone}", fields="id,verified_name").json()
    assert phone == {"id": str(bot.phone), "verified_name": "Padaria do Zé"}
    phones = bot.call("GET", f"{bot.account}/phone_numbers").json()
    assert phones["data"][0]["throughput"] == {"level": "STANDARD"}
    bot.call("POST", f"{bot.phone}/whatsapp_business_profile", {"about": "Pão às 6"})
    profile = bot.call("GET", f"{bot.phone}/whatsapp_business_profile").json()["data"][0]
    assert (profile["about"], profile["vertical"]) == ("Pão às 6", "RETAIL")
    bot.call("POST", f"{bot.phone}/whatsapp_commerce_settings", None, is_cart_enabled="false")
    commerce = bot.call("GET", f"{bot.phone}/whatsapp_commerce_settings").json()["data"][0]
    assert commerce["is_cart_enabled"] is False
    link = bot.call("POST", f"{bot.phone}/message_qrdls", {"prefilled_message": "Quero pão"})
    code = link.json()["code"]
    assert bot.call("GET", f"{bot.phone}/message_qrdls/{code}").json()["data"][0]["code"] == code
    assert Client().get(f"/cloud/links/{code}").json()["prefilled_message"] == "Quero pão"
    assert bot.call("DELETE", f"{bot.phone}/message_qrdls/{code}").json() == {"success": True}
    block = {"messaging_product": "whatsapp", "block_users": [{"user": digits(ana)}]}
    added = bot.call("POST", f"{bot.phone}/block_users", block).json()["block_users"]
    assert added["added_users"][0]["wa_id"] == digits(ana)
    assert bot.call("GET", f"{bot.phone}/block_users").json()["data"][0]["input"] == digits(ana)
    removed = bot.call("DELETE", f"{bot.phone}/block_users", block).json()["block_users"]
    assert removed["removed_users"][0]["input"] == digits(ana)
    for asked in ("flows", "conversational_automation", "username"):
        error = bot.call("GET", f"{bot.phone}/{asked}").json()["error"]
        assert (error["code"], error["error_subcode"]) == (100, 33)
    bot.call("POST", f"{bot.phone}/deregister", {})
    assert bot.say(digits(ana), "text", {"body": "x"}).json()["error"]["code"] == 133010


@pytest.mark.parametrize(
    "raw",
    [b"{", b"[]", b"\xff", b'{"a": NaN}', b"[" * 10_000, b'{"to": "\\u0000"}', b"x" * 2_000_000],
)
def test_bodies_that_are_no_json_are_refused_fast(bot: Bot, raw: bytes) -> None:
    begun = time.monotonic()
    reply = Client().post(
        f"/cloud/{bot.phone}/messages",
        raw,
        content_type="application/json",
        headers={"Authorization": f"Bearer {bot.token}"},
    )
    assert reply.status_code in {400, 413}
    assert reply.json()["error"]["code"] in {100, 131009}
    assert time.monotonic() - begun < 10


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    with listening(settings) as heard:
        yield heard


def test_sent_is_told_in_one_post_signed_with_the_apps_secret(
    transactional_db: None, bot: Bot, ana: Caller, talk: str, receiver: Receiver
) -> None:
    bot.listen(f"{receiver.origin}/hook")
    sent = bot.say(digits(ana), "text", {"body": "Olá"}, biz_opaque_callback_data="meu-42")
    courier = Courier()
    courier.run_until_idle()
    courier.close(2)
    (heard,) = receiver.heard
    mac = hmac.new(bot.app_secret.encode(), heard.body, hashlib.sha256).hexdigest()
    assert heard.headers["x-hub-signature-256"] == f"sha256={mac}"
    assert heard.body.isascii()
    entry = json.loads(heard.body)["entry"][0]
    value = entry["changes"][0]["value"]
    assert entry["id"] == str(bot.account)
    assert value["metadata"]["phone_number_id"] == str(bot.phone)
    (status,) = value["statuses"]
    assert status["id"] == sent.json()["messages"][0]["id"]
    assert (status["status"], status["recipient_id"]) == ("sent", digits(ana))
    assert status["biz_opaque_callback_data"] == "meu-42"
    assert value["contacts"][0]["profile"] == {"name": "Ana"}
    assert Line.objects.count() == 1

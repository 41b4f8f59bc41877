"""The finer rules of the Cloud shapes: answers, presses, paces, wishes, and what is told."""

import json
import time
from io import BytesIO
from typing import Any

import pytest
from django.apps import apps

from merchants.cloud.files import MAX_LINKED
from merchants.models import Line, LineTemplate, WebhookDelivery, WebhookEvent
from merchants.services.courier import Courier
from merchants.services.dialects import body_of
from merchants.services.line_templates import NewTemplate, make_template
from merchants.services.news_wishes import wish_for_news
from merchants.services.orders import place_order
from merchants.services.stock import LineWish
from messaging.queries import history
from messaging.services.changes import Words, delete_message, edit_message
from messaging.services.groups import create_group
from messaging.services.media import keep_upload
from messaging.services.messages import Sender, send_message
from messaging.services.reactions import react
from tests.merchants.bot import Bot, digits, write_to
from tests.merchants.cast import Caller
from tests.merchants.receiver import listening
from tests.messaging.samples import picture

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


def messages(bot: Bot, conversation: str) -> list[Any]:
    found, _more = history(bot.shop.party_id, conversation)
    return list(reversed(found))


def sender(caller: Caller) -> Sender:
    return Sender(caller.person.party_id or 0, caller.person.pk)


def press(ana: Caller, talk: str, asked: str, payload: str, title: str) -> None:
    send_message(
        sender=sender(ana),
        conversation_id=talk,
        client_id=f"press-{payload}",
        kind="choice",
        content={"type": "button_reply", "id": payload, "title": title},
        reply_to=asked,
    )


def told(bot: Bot, field: str = "messages") -> list[dict[str, Any]]:
    """Return what the shop's program is owed under a field, in its order."""
    rows = WebhookDelivery.objects.select_related("event", "endpoint").order_by("event_id")
    changes = [json.loads(body_of(each))["entry"][0]["changes"][0] for each in rows]
    return [each["value"] for each in changes if each["field"] == field]


def said(bot: Bot) -> list[dict[str, Any]]:
    return [each["messages"][0] for each in told(bot) if "messages" in each]


def test_what_is_shown_answers_a_message(bot: Bot, ana: Caller, talk: str) -> None:
    template_in(bot, "pronto", "UTILITY")
    bot.listen("https://padaria.example/hook")
    write_to(bot.shop, ana, "E hoje?", "c2")
    context = {"context": {"message_id": said(bot)[0]["id"]}}
    content = {
        "name": "pronto",
        "language": {"code": "pt_BR"},
        "components": [button(2, "text", "1")],
    }
    for kind, shown in (("text", {"body": "Sim"}), ("interactive", BUTTONS), ("template", content)):
        assert bot.say(digits(ana), kind, shown, **context).status_code == 200
    asked, *answers = messages(bot, talk)[1:]
    assert [each.reply_to for each in answers] == [asked.public_id] * 3
    for strange in ("wamid.bm9uZQ", "none", 7):
        reply = bot.say(digits(ana), "interactive", BUTTONS, context={"message_id": strange})
        assert reply.json()["error"]["code"] == 131009
    assert len(messages(bot, talk)) == 5


def template_in(bot: Bot, name: str, category: str) -> LineTemplate:
    parts: list[dict[str, Any]] = [
        {"type": "HEADER", "format": "TEXT", "text": "Oi"},
        {"type": "BODY", "text": "Seu pedido está pronto."},
        {
            "type": "BUTTONS",
            "buttons": [
                {"type": "QUICK_REPLY", "text": "Já vou"},
                {"type": "QUICK_REPLY", "text": "Amanhã"},
                {"type": "URL", "text": "Ver", "url": "https://padaria.example/{{1}}"},
            ],
        },
    ]
    return make_template(shop_id=bot.shop.pk, wish=NewTemplate(name, "pt_BR", category, parts))


def button(index: int, kind: str, value: str) -> dict[str, Any]:
    return {"type": "button", "index": str(index), "parameters": [{"type": kind, kind: value}]}


def test_a_templates_buttons_come_back_as_they_were_filled(
    bot: Bot, ana: Caller, talk: str
) -> None:
    template_in(bot, "pronto", "UTILITY")
    bot.listen("https://padaria.example/hook")
    content = {
        "name": "pronto",
        "language": {"code": "pt_BR"},
        "components": [button(2, "text", "pão/1"), button(1, "payload", "AMANHA")],
    }
    assert bot.say(digits(ana), "template", content).status_code == 200
    shown = messages(bot, talk)[-1]
    assert shown.content["buttons"] == [
        {"type": "QUICK_REPLY", "text": "Já vou", "payload": "Já vou"},
        {"type": "QUICK_REPLY", "text": "Amanhã", "payload": "AMANHA"},
        {"type": "URL", "text": "Ver", "url": "https://padaria.example/p%C3%A3o%2F1"},
    ]
    press(ana, talk, shown.public_id, "AMANHA", "Amanhã")
    (pressed,) = said(bot)
    assert (pressed["type"], pressed["button"]) == (
        "button",
        {"payload": "AMANHA", "text": "Amanhã"},
    )
    assert pressed["context"]["from"] == bot.line.address


def test_marketing_reaches_those_who_want_it(bot: Bot, ana: Caller, talk: str) -> None:
    template_in(bot, "oferta", "MARKETING")
    content = {
        "name": "oferta",
        "language": {"code": "pt_BR"},
        "components": [button(2, "text", "1")],
    }
    party_id = ana.person.party_id or 0
    for is_wanted, status, code in ((None, 400, 131050), (True, 200, None), (False, 400, 131050)):
        if is_wanted is not None:
            wish_for_news(shop_id=bot.shop.pk, party_id=party_id, is_wanted=is_wanted)
        reply = bot.say(digits(ana), "template", content)
        assert (reply.status_code, reply.json().get("error", {}).get("code")) == (status, code)
    assert len(messages(bot, talk)) == 2


def test_who_says_too_much_at_once_waits(
    bot: Bot, ana: Caller, carla: Caller, talk: str, settings: Any
) -> None:
    write_to(bot.shop, carla)
    settings.TROCO_CLOUD_PAIR_SECONDS, settings.TROCO_CLOUD_PAIR_BURST = 600, 2
    answers = [bot.say(digits(ana), "text", {"body": "Oi"}) for _ in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 429]
    assert answers[2].json()["error"]["code"] == 131056
    assert 590 < int(answers[2].headers["Retry-After"]) <= 600
    assert bot.say(digits(carla), "text", {"body": "Oi"}).status_code == 200
    settings.TROCO_CLOUD_PAIR_SECONDS, settings.TROCO_CLOUD_PER_SECOND = 0, 1
    answers = [bot.say(digits(carla), "text", {"body": "Oi"}) for _ in range(12)]
    refused = [each.json()["error"]["code"] for each in answers if each.status_code == 429]
    assert set(refused) <= {130429}
    count = len(messages(bot, talk))
    assert count == 3


def test_an_order_is_told_as_one_and_in_plain_words(
    bot: Bot, ana: Caller, bread: Any, talk: str
) -> None:
    bot.listen("https://padaria.example/hook")
    wish = [LineWish(bread.public_id, 3)]
    placed = place_order(
        buyer=ana.person, shop_id=bot.shop.public_id, lines=wish, note="Bem assados"
    )
    order, text = said(bot)
    assert (order["type"], order["order"]["text"]) == ("order", "Bem assados")
    assert order["order"]["product_items"] == [
        {
            "product_retailer_id": bread.public_id,
            "quantity": 3,
            "item_price": 1.5,
            "currency": "BRL",
        }
    ]
    assert text["text"]["body"] == (
        f"#{placed.number}: R$ 4,50\n3 × Pão francês: R$ 4,50\nBem assados"
    )
    assert order["id"] != text["id"]
    assert order["from"] == text["from"] == digits(ana)
    Line.objects.update(has_summaries=False)
    place_order(buyer=ana.person, shop_id=bot.shop.public_id, lines=wish)
    assert [each["type"] for each in said(bot)[2:]] == ["order"]


def test_what_was_changed_taken_back_and_felt_is_told(bot: Bot, ana: Caller, talk: str) -> None:
    bot.listen("https://padaria.example/hook")
    write_to(bot.shop, ana, "Dois paes", "c2")
    name = messages(bot, talk)[-1].public_id
    edit_message(sender=sender(ana), message_id=name, words=Words("Dois pães"))
    for emoji in ("👍", ""):
        react(actor=sender(ana), message_id=name, emoji=emoji)
    delete_message(actor=sender(ana), message_id=name)
    created, edited, felt, unfelt, revoked = said(bot)
    assert created["text"] == {"body": "Dois paes"}
    assert edited["edit"] == {
        "original_message_id": created["id"],
        "message": {"type": "text", "text": {"body": "Dois pães"}},
    }
    assert felt["reaction"] == {"message_id": created["id"], "emoji": "👍"}
    assert unfelt["reaction"] == {"message_id": created["id"]}
    assert revoked["revoke"] == {"original_message_id": created["id"]}
    assert len({each["id"] for each in said(bot)}) == 5
    read = {"status": "read", "message_id": edited["id"]}
    assert bot.call("POST", f"{bot.phone}/messages", read).json() == {"success": True}


def test_what_is_said_in_a_group_is_no_message_of_the_shapes(
    bot: Bot, ana: Caller, carla: Caller
) -> None:
    bot.listen("https://padaria.example/hook")
    group = create_group(
        actor=sender(ana),
        title="Festa",
        others=[bot.shop.party.public_id, carla.person.party.public_id],  # type: ignore[union-attr]
    )
    send_message(
        sender=sender(ana),
        conversation_id=group.public_id,
        client_id="g1",
        kind="text",
        content={"text": "Quem traz o pão?"},
    )
    assert said(bot) == []
    (value,) = told(bot, "troco_group")
    assert (value["group"], value["group_messages"][0]["text"]) == (
        group.public_id,
        {"body": "Quem traz o pão?"},
    )


def test_objects_may_come_as_texts_of_json(bot: Bot, ana: Caller, talk: str) -> None:
    card = {"name": {"formatted_name": "Zé", "first_name": "Zé"}}
    for kind, content in (
        ("contacts", [card]),
        ("text", {"body": "Olá"}),
        ("interactive", BUTTONS),
    ):
        assert bot.say(digits(ana), kind, json.dumps(content)).status_code == 200, kind
    kinds = [each.kind for each in messages(bot, talk)[1:]]
    assert kinds == ["contact", "text", "interactive"]
    for strange in ("[" * 10_000, "{", "7", '"x"', '{"body": "\\u0000"}'):
        reply = bot.say(digits(ana), "text", strange)
        assert reply.json()["error"]["code"] == 131009
    assert bot.say(digits(ana), "contacts", [7]).json()["error"]["code"] == 131009
    assert len(messages(bot, talk)) == 4


def test_a_link_is_fetched_up_to_its_bound(
    transactional_db: None, bot: Bot, ana: Caller, talk: str, settings: Any
) -> None:
    begun = time.monotonic()
    with listening(settings) as receiver:
        link = {"link": f"{receiver.origin}/x"}
        receiver.says = b"%PDF-1.7" + bytes(MAX_LINKED)
        assert bot.say(digits(ana), "document", link).json()["error"]["code"] == 131053
        receiver.says, receiver.announces = b"%PDF-1.7", MAX_LINKED + 1
        assert bot.say(digits(ana), "document", link).json()["error"]["code"] == 131053
    assert time.monotonic() - begun < 15
    assert apps.get_model("messaging", "MediaFile").objects.count() == 0
    private = bot.say(digits(ana), "image", {"link": "http://169.254.169.254/latest"})
    assert private.json()["error"]["code"] == 131053
    assert len(messages(bot, talk)) == 1


def test_templates_are_listed_as_asked(bot: Bot) -> None:
    for name, category in (("a", "UTILITY"), ("b", "MARKETING"), ("c", "UTILITY")):
        template_in(bot, name, category)

    def listed(**query: str) -> list[str]:
        reply = bot.call("GET", f"{bot.account}/message_templates", **query).json()
        assert reply["summary"]["total_count"] == len(reply["data"])
        return [each["name"] for each in reply["data"]]

    assert listed() == ["a", "b", "c"]
    assert listed(category="UTILITY") == ["a", "c"]
    assert listed(status="approved", category="MARKETING,UTILITY") == ["a", "b", "c"]
    assert listed(status='["REJECTED"]') == []
    assert listed(language="en_US") == []
    for strange in ("²", "9" * 30, "x", "-1"):
        assert listed(after=strange, limit=strange) == ["a", "b", "c"]
    number = bot.call("GET", f"{bot.account}/message_templates", name="b").json()["data"][0]["id"]
    assert bot.call("GET", f"{bot.account}/message_templates/{number}").json()["name"] == "b"
    gone = bot.call("DELETE", f"{bot.account}/message_templates", name="b", language="en_US")
    assert gone.json()["error"]["code"] == 100
    assert listed(name="b") == ["b"]


def test_what_cannot_be_told_any_more_holds_up_nothing(
    transactional_db: None, bot: Bot, ana: Caller, settings: Any
) -> None:
    talk = write_to(bot.shop, ana)
    with listening(settings) as receiver:
        bot.listen(f"{receiver.origin}/hook")
        party_id = ana.person.party_id or 0
        shown = keep_upload(owner_party_id=party_id, stream=BytesIO(picture("PNG")))
        sent = send_message(
            sender=sender(ana),
            conversation_id=talk,
            client_id="c2",
            kind="image",
            content={"media": shown.public_id},
        )
        delete_message(actor=sender(ana), message_id=sent.message.public_id)
        write_to(bot.shop, ana, "E o bolo?", "c3")
        spoiled = WebhookEvent.objects.order_by("-id")[0]
        spoiled.facts = {}
        spoiled.save()
        write_to(bot.shop, ana, "E o pão?", "c4")
        courier = Courier()
        courier.run_until_idle()
        courier.close(2)
    rows = WebhookDelivery.objects.order_by("event_id")
    assert [each.state for each in rows] == ["delivered", "delivered", "parked", "delivered"]
    told = [json.loads(each.body)["entry"][0]["changes"][0]["value"] for each in receiver.heard]
    assert [each["messages"][0]["type"] for each in told] == ["unsupported", "revoke", "text"]

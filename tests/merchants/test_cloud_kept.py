"""What a program says and the news of it are one commit; what is told once is told once."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

import pytest
from django.apps import apps

from core.transactions import watched_by
from merchants.cloud.ids import wamid
from merchants.models import LineSend, WebhookEvent
from merchants.services.line_templates import NewTemplate, make_template
from messaging.queries import history
from messaging.services.media import keep_upload
from messaging.services.messages import send_message
from messaging.services.reading import mark_read
from tests.merchants.bot import Bot, digits, write_to
from tests.merchants.cast import Caller
from tests.merchants.test_cloud_orders import details
from tests.merchants.test_cloud_rules import BUTTONS, messages, said, sender
from tests.messaging.samples import picture

SAID: Mapping[str, Any] = {"text": {"body": "Oi"}, "interactive": BUTTONS, "order": details()}


class Died(Exception):
    """The server died."""


@pytest.fixture
def bot(shop: Any) -> Bot:
    return Bot(shop)


@pytest.fixture
def talk(bot: Bot, ana: Caller) -> str:
    return write_to(bot.shop, ana)


def news() -> list[tuple[str, str, str]]:
    """Return what is owed of messages: the kind, the message, what the program hears again."""
    rows = WebhookEvent.objects.filter(kind__startswith="message.").order_by("id")
    return [(each.kind, each.ref, each.facts.get("opaque", "")) for each in rows]


@pytest.mark.parametrize("kind", sorted(SAID))
def test_a_server_that_dies_behind_the_commit_owes_the_news(
    bot: Bot, ana: Caller, talk: str, kind: str
) -> None:
    bot.listen("https://padaria.example/hook")
    message = apps.get_model("messaging", "Message")
    before = message._default_manager.count()  # noqa: SLF001

    def die(boundary: str, _name: str) -> None:
        if boundary == "committed" and message._default_manager.count() > before:  # noqa: SLF001
            raise Died

    with watched_by(die), pytest.raises(Died):
        bot.say(digits(ana), "interactive" if kind == "order" else kind, SAID[kind])
    assert news() == [("message.sent", messages(bot, talk)[-1].public_id, "")]


@pytest.mark.parametrize("kind", sorted(SAID))
def test_what_a_program_wants_to_hear_again_stands_in_every_status(
    bot: Bot, ana: Caller, talk: str, kind: str
) -> None:
    bot.listen("https://padaria.example/hook")
    named = "interactive" if kind == "order" else kind
    reply = bot.say(digits(ana), named, SAID[kind], biz_opaque_callback_data="nr. 7")
    assert reply.status_code == 200
    shown = messages(bot, talk)[-1]
    mark_read(party_id=ana.person.party_id or 0, conversation_id=talk, seq=shown.seq)
    assert [(told, opaque) for told, ref, opaque in news() if ref == shown.public_id] == [
        ("message.sent", "nr. 7"),
        ("message.delivered", "nr. 7"),
        ("message.read", "nr. 7"),
    ]


def test_an_order_that_is_asked_for_again_is_told_once(bot: Bot, ana: Caller, talk: str) -> None:
    bot.listen("https://padaria.example/hook")
    for _ in range(3):
        assert bot.say(digits(ana), "interactive", details()).status_code == 200
    assert [kind for kind, _ref, _opaque in news()] == ["message.sent"]


@pytest.mark.parametrize("body", ["", "x" * 4097, None], ids=str.split("empty long null"))
def test_what_is_not_said_leaves_nothing(bot: Bot, ana: Caller, talk: str, body: Any) -> None:
    reply = bot.say(digits(ana), "text", {"body": body}, biz_opaque_callback_data="nr. 7")
    assert reply.json()["error"]["code"] in {131008, 131009}
    assert LineSend.objects.count() == 0
    assert len(messages(bot, talk)) == 1


def test_a_reaction_belongs_to_the_conversation_that_is_named(
    bot: Bot, ana: Caller, carla: Caller, talk: str
) -> None:
    others = write_to(bot.shop, carla, "Fecham cedo?", "k1")
    (asked,), _more = history(bot.shop.party_id, others)
    for name in (wamid(asked.public_id), wamid("msg_none")):
        reply = bot.say(digits(ana), "reaction", {"message_id": name, "emoji": "👍"})
        assert reply.json()["error"]["code"] == 131009
    assert apps.get_model("messaging", "Reaction")._default_manager.count() == 0  # noqa: SLF001
    reply = bot.say(
        digits(carla), "reaction", {"message_id": wamid(asked.public_id), "emoji": "👍"}
    )
    assert reply.status_code == 200


def test_what_is_a_shape_of_its_own_is_told_to_be_unsupported(
    bot: Bot, ana: Caller, talk: str
) -> None:
    body: dict[str, Any] = {"type": "BODY", "text": "Escolha o seu pão."}
    plain = {"name": "a", "language": "pt_BR", "category": "UTILITY", "components": [body]}
    path = f"{bot.account}/message_templates"
    flow = {"type": "FLOW", "text": "Abrir", "flow_id": "1"}
    for strange in ({"type": "CAROUSEL", "cards": []}, {"type": "BUTTONS", "buttons": [flow]}):
        reply = bot.call("POST", path, {**plain, "components": [body, strange]})
        assert (reply.status_code, reply.json()["error"]["code"]) == (400, 131051)
    for wrong in (
        {"type": "HEADER", "format": "E" * 1000},
        {"type": "BODY", "format": "IMAGE", "text": "Outro"},
    ):
        reply = bot.call("POST", path, {**plain, "components": [body, wrong]})
        assert (reply.status_code, reply.json()["error"]["code"]) == (400, 131009)
    assert bot.call("POST", path, plain).status_code == 200
    sent = {"name": "a", "language": {"code": "pt_BR"}}
    for part in ({"type": "carousel", "cards": []}, {"type": "button", "sub_type": "flow"}):
        reply = bot.say(digits(ana), "template", {**sent, "components": [part]})
        assert (reply.status_code, reply.json()["error"]["code"]) == (400, 131051)
    for kind in ("carousel", "flow", "address_message"):
        reply = bot.say(digits(ana), "interactive", {"type": kind, "body": {"text": "x"}})
        assert (reply.status_code, reply.json()["error"]["code"]) == (400, 131051)
    assert bot.say(digits(ana), "template", sent).status_code == 200
    assert len(messages(bot, talk)) == 2


def test_the_longest_words_are_kept_in_every_script(bot: Bot, ana: Caller, talk: str) -> None:
    rows = [
        {"id": f"{turn}" * 200, "title": "🥖" * 24, "description": "🥖" * 72} for turn in range(10)
    ]
    content = {
        "type": "list",
        "header": {"type": "text", "text": "🥖" * 60},
        "body": {"text": "🥖" * 4096},
        "footer": {"text": "🥖" * 60},
        "action": {"button": "🥖" * 20, "sections": [{"title": "🥖" * 24, "rows": rows}]},
    }
    assert bot.say(digits(ana), "interactive", content).status_code == 200
    assert messages(bot, talk)[-1].content["body"] == {"text": "🥖" * 4096}


@pytest.mark.parametrize(("gaps", "buttons", "code"), [(5, 0, 132005), (1, 10, 131009)])
def test_a_template_that_becomes_too_long_is_refused(
    bot: Bot, ana: Caller, talk: str, gaps: int, buttons: int, code: int
) -> None:
    named = [f"{{{{{turn + 1}}}}}" for turn in range(gaps)]
    parts: list[dict[str, Any]] = [{"type": "BODY", "text": " ".join(named)}]
    if buttons:
        button = {"type": "URL", "text": "🥖" * 2000, "url": "https://padaria.example/"}
        parts.append({"type": "BUTTONS", "buttons": [button] * buttons})
    wish = NewTemplate("longo", "pt_BR", "UTILITY", parts)
    make_template(shop_id=bot.shop.pk, wish=wish)
    values = [{"type": "text", "text": "🥖" * 1024}] * gaps
    content = {
        "name": "longo",
        "language": {"code": "pt_BR"},
        "components": [{"type": "body", "parameters": values}],
    }
    reply = bot.say(digits(ana), "template", content)
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, code)
    assert len(messages(bot, talk)) == 1


@pytest.mark.parametrize("caption", ["", "Este bolo 🎂"])
def test_news_of_a_file_that_is_gone_is_told_without_it(
    bot: Bot, ana: Caller, talk: str, caption: str
) -> None:
    """Its owner took the file away before the program was told: that is said, in its turn."""
    bot.listen("https://padaria.example/hook")
    content: dict[str, Any] = {"media": keep_cake(ana)}
    send_message(
        sender=sender(ana),
        conversation_id=talk,
        client_id="cake",
        kind="image",
        content={**content, **({"caption": caption} if caption else {})},
    )
    apps.get_model("messaging", "MediaShown").objects.all().delete()
    apps.get_model("messaging", "MediaFile").objects.all().delete()
    (news,) = said(bot)
    assert (news["type"], news["from"]) == ("unsupported", digits(ana))
    (error,) = news["errors"]
    assert (error["code"], error["error_data"]["details"]) == (131052, caption)


def keep_cake(ana: Caller) -> str:
    owner = ana.person.party_id or 0
    return keep_upload(owner_party_id=owner, stream=BytesIO(picture("PNG"))).public_id

"""Unmodified libraries against a running server: what they send, and what their handlers hear."""

import asyncio
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import heyoo
import pytest
import pywa
import pywa_async
from PIL import Image
from pywa import types

from merchants.models import Order
from merchants.services.courier import Courier
from messaging.services.messages import Sender, send_message
from messaging.services.reading import mark_read
from tests.bank_simulator.harness import Simulator
from tests.merchants.bot import Bot, write_to
from tests.merchants.hook import hooked
from tests.payments.cast import Someone, new_payer, work

VERIFY = "padaria"


@dataclass
class Library:
    """A bot that is written with pywa, and what it heard."""

    wa: Any
    bot: Bot
    heard: list[Any] = field(default_factory=list)

    def listen(self) -> None:
        courier = Courier()
        courier.run_until_idle()
        courier.close(2)


@pytest.fixture
def payer(brazil: Simulator) -> Someone:
    return new_payer(brazil, "Ana")


@pytest.fixture
def server(live_server: Any, settings: Any) -> str:
    settings.TROCO_PUBLIC_URL = live_server.url
    return f"{live_server.url}/cloud"


@pytest.fixture
def library(server: str, bakery: Any, payer: Someone, settings: Any) -> Iterator[Library]:
    bot = Bot(bakery)
    wa = pywa.WhatsApp(
        phone_id=str(bot.phone),
        token=bot.token,
        waba_id=str(bot.account),
        app_id=bot.line.app_number,
        app_secret=bot.app_secret,
        verify_token=VERIFY,
    )
    wa.api._session.base_url = f"{server}/v23.0/"  # noqa: SLF001
    made = Library(wa, bot)
    wa.add_handlers(
        pywa.handlers.MessageHandler(lambda _wa, each: made.heard.append(each)),
        pywa.handlers.CallbackButtonHandler(lambda _wa, each: made.heard.append(each)),
        pywa.handlers.MessageStatusHandler(lambda _wa, each: made.heard.append(each)),
    )

    def update(body: bytes, signature: str) -> int:
        refused = wa.webhook_update_validator(body, signature)
        return int(refused[1] if refused else wa.webhook_update_handler(body)[1])

    with hooked(settings, wa.webhook_challenge_handler, update) as origin:
        token = wa.get_app_access_token(bot.line.app_number, bot.app_secret)
        assert wa.set_app_callback_url(
            app_id=bot.line.app_number,
            app_access_token=token,
            callback_url=f"{origin}/hook",
            verify_token=VERIFY,
            fields=["messages"],
        ).success
        yield made


def phone_of(payer: Someone) -> str:
    assert payer.person.phone is not None
    return payer.person.phone.removeprefix("+")


def test_a_bot_talks_with_a_buyer(library: Library, payer: Someone, bakery: Any) -> None:
    wa, to = library.wa, phone_of(payer)
    conversation = write_to(bakery, payer, "Bom dia! Tem pão? 🥖 ção")  # type: ignore[arg-type]
    library.listen()
    (message,) = library.heard
    assert message.text == "Bom dia! Tem pão? 🥖 ção"
    assert (message.from_user.wa_id, message.from_user.name) == (to, "Ana")
    answer = message.reply("Tem sim! ☕", tracker="meu-1")
    offer = wa.send_message(to, "Quer?", buttons=[types.Button("Sim, já!", callback_data="yes")])
    wa.send_message(
        to,
        "Quando?",
        buttons=types.SectionList(
            "Ver", [types.Section("Hoje", [types.SectionRow("Cedo", "m", "6 às 9")])]
        ),
    )
    wa.send_message(to, "Site", buttons=types.URLButton("Abrir", "https://padaria.example/"))
    wa.request_location(to, "Onde é a entrega?")
    wa.send_location(to, latitude=-8.05, longitude=-34.9, name="Padaria", address="Rua A")
    wa.send_contact(
        to, types.Contact(name=types.Contact.Name(formatted_name="Zé", first_name="Zé"))
    )
    assert message.react("👍").id.startswith("wamid.")
    assert wa.mark_message_as_read(message.id).success
    assert message.indicate_typing().success
    mark_read(party_id=payer.party_id, conversation_id=conversation, seq=2)
    ana = Sender(payer.party_id, payer.person.pk)
    send_message(
        sender=ana,
        conversation_id=conversation,
        client_id="press",
        kind="choice",
        content={"type": "button_reply", "id": "yes", "title": "Sim, já!"},
    )
    library.heard.clear()
    library.listen()
    pressed = [each for each in library.heard if isinstance(each, types.CallbackButton)]
    assert [(each.data, each.title) for each in pressed] == [("yes", "Sim, já!")]
    told = [
        (each.id, each.status.value, each.tracker)
        for each in library.heard
        if isinstance(each, types.MessageStatus) and each.id in {answer.id, offer.id}
    ]
    assert (answer.id, "sent", "meu-1") in told
    assert (answer.id, "read", "meu-1") in told
    assert (offer.id, "sent", None) in told


def test_a_buyer_pays_what_a_bot_sent_and_the_bot_hears_it(
    library: Library, payer: Someone, bakery: Any
) -> None:
    write_to(bakery, payer, "Quero um bolo")  # type: ignore[arg-type]
    library.listen()
    library.heard.clear()
    reais = {"offset": 100}
    parameters = {
        "reference_id": "bolo-7",
        "type": "physical-goods",
        "payment_type": "br",
        "payment_settings": [{"type": "troco"}],
        "currency": "BRL",
        "total_amount": {"value": 4500, **reais},
        "order": {
            "status": "pending",
            "items": [{"name": "Bolo", "amount": {"value": 4500, **reais}, "quantity": 1}],
            "subtotal": {"value": 4500, **reais},
            "tax": {"value": 0, **reais},
        },
    }
    sent = library.wa.api.send_message(
        sender=str(library.bot.phone),
        to=phone_of(payer),
        recipient=None,
        recipient_type="individual",
        typ="interactive",
        msg={
            "type": "order_details",
            "body": {"text": "Seu bolo 🎂"},
            "action": {"name": "review_and_pay", "parameters": parameters},
        },
    )
    assert sent["messages"][0]["id"].startswith("wamid.")
    order = Order.objects.get()
    paid = payer.pay({"order": order.public_id})
    assert paid.status_code == 201, paid.json()
    work()
    order.refresh_from_db()
    assert order.state == "paid"
    library.listen()
    raw = [each.raw["entry"][0]["changes"][0]["value"] for each in library.heard]
    payments = [
        status
        for value in raw
        for status in value.get("statuses", [])
        if status.get("type") == "payment"
    ]
    assert [each["status"] for each in payments] == ["captured"]
    assert payments[0]["payment"]["reference_id"] == "bolo-7"
    assert payments[0]["payment"]["amount"] == {"value": 4500, "offset": 100}
    looked = library.bot.call("GET", f"{library.bot.phone}/payments/any/bolo-7").json()
    (found,) = looked["payments"]
    assert found["status"] == "captured"
    assert [each["status"] for each in found["transactions"]] == ["success"]


def test_the_rest_of_what_a_library_asks(library: Library, payer: Someone, bakery: Any) -> None:
    wa, to = library.wa, phone_of(payer)
    write_to(bakery, payer)  # type: ignore[arg-type]
    picture = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(picture, "PNG")
    media = wa.upload_media(picture.getvalue(), mime_type="image/png", filename="bolo.png")
    shown = wa.get_media_url(media.id)
    assert shown.mime_type == "image/png"
    assert wa.get_media_bytes(shown.url)[:4] == b"\x89PNG"
    wa.send_image(to, media.id, caption="Bolo")
    assert wa.get_business_phone_number().verified_name == "Padaria do Zé"
    assert len(list(wa.get_business_phone_numbers())) == 1
    assert wa.update_business_profile(about="Pão às 6").success
    assert wa.get_business_profile().about == "Pão às 6"
    assert wa.update_commerce_settings(is_catalog_visible=True, is_cart_enabled=False).success
    assert wa.get_commerce_settings().is_cart_enabled is False
    code = wa.create_qr_code("Quero pão", "PNG")
    assert wa.get_qr_code(code.code).prefilled_message == "Quero pão"
    assert wa.delete_qr_code(code.code).success
    assert wa.block_users([to]).added_users
    assert list(wa.get_blocked_users())
    assert wa.unblock_users([to]).removed_users
    assert wa.get_templates().total_count == 0
    assert wa.register_phone_number("123456").success
    assert wa.deregister_phone_number().success
    with pytest.raises(pywa.errors.WhatsAppError):
        wa.send_message(to, "Oi")


def test_the_other_libraries_talk_too(
    server: str, library: Library, payer: Someone, bakery: Any
) -> None:
    bot, to = library.bot, phone_of(payer)
    write_to(bakery, payer)  # type: ignore[arg-type]

    async def talk() -> str:
        wa = pywa_async.WhatsApp(phone_id=str(bot.phone), token=bot.token)
        wa.api._session.base_url = f"{server}/v23.0/"  # noqa: SLF001
        sent = await wa.send_message(to, "Olá de novo 🥐")
        return str(sent.id)

    assert asyncio.run(talk()).startswith("wamid.")
    other = heyoo.WhatsApp(token=bot.token, phone_number_id=str(bot.phone))
    other.base_url = other.v15_base_url = f"{server}/v15.0"
    other.url = f"{other.base_url}/{bot.phone}/messages"
    assert other.send_message("Oi de outro", to)["messages"]
    assert other.send_reply_button(
        recipient_id=to,
        button={
            "type": "button",
            "body": {"text": "Quer?"},
            "action": {"buttons": [{"type": "reply", "reply": {"id": "1", "title": "Sim"}}]},
        },
    )["messages"]

"""pywa, as it is published, against a running instance."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pywa
from pywa import types
from pywa.types import templates

from config.story.people import new_key
from tests.processes.bots import VERIFY, Customer, Line, set_up_pywa, write_samples
from tests.processes.cast import new_brazilian
from tests.processes.hook import files_at, hooked
from tests.processes.instance import Instance, wait_until

pytestmark = pytest.mark.processes

HELLO = "Bom dia! Tem pão? 🥖 ção"
REAIS = {"offset": 100}


@dataclass
class Library:
    """A bot that is written with pywa, and what it heard."""

    wa: Any
    line: Line
    heard: list[Any] = field(default_factory=list)

    def wait_for(self, wanted: Callable[[Any], bool], what: str) -> Any:
        def has_come() -> bool:
            return any(wanted(each) for each in list(self.heard))

        wait_until(has_come, what, seconds=300)
        return next(each for each in self.heard if wanted(each))

    def of(self, kind: type) -> list[Any]:
        return [each for each in self.heard if isinstance(each, kind)]


@pytest.fixture
def library(instance: Instance, line: Line) -> Iterator[Library]:
    wa = set_up_pywa(pywa.WhatsApp, line)
    made = Library(wa, line)

    def hear(_wa: Any, each: Any) -> None:
        made.heard.append(each)

    handlers = pywa.handlers
    wa.add_handlers(
        *(
            kind(hear)
            for kind in (
                handlers.MessageHandler,
                handlers.EditedMessageHandler,
                handlers.DeletedMessageHandler,
                handlers.CallbackButtonHandler,
                handlers.CallbackSelectionHandler,
                handlers.MessageStatusHandler,
            )
        )
    )

    def update(body: bytes, signature: str) -> int:
        refused = wa.webhook_update_validator(body, signature)
        return int(refused[1] if refused else wa.webhook_update_handler(body)[1])

    with hooked(instance.hooks[0], wa.webhook_challenge_handler, update) as origin:
        token = wa.get_app_access_token(int(line.app), line.secret)
        assert wa.set_app_callback_url(
            app_id=int(line.app),
            app_access_token=token,
            callback_url=f"{origin}/hook",
            verify_token=VERIFY,
            fields=["messages"],
        ).success
        yield made


def test_a_bot_talks_with_a_buyer(library: Library, ana: Customer) -> None:
    to = ana.digits
    asked = ana.say(text=HELLO)
    message = library.wait_for(lambda each: isinstance(each, types.Message), "her words")
    assert message.text == HELLO
    assert (message.from_user.wa_id, message.from_user.name) == (to, "Ana")
    answer = message.reply("Tem sim! ☕", tracker="meu-1", quote=True)
    offer = offer_everything(library, message)
    seen = ana.read()
    assert [each["type"] for each in seen] == ["text", *["interactive"] * 7, "location", "contact"]
    assert [each["reply_to"] for each in seen[:3]] == [asked["id"], asked["id"], None]
    press_both(ana, seen[1]["id"], seen[2]["id"])
    library.wait_for(lambda each: isinstance(each, types.CallbackSelection), "her choice")
    (button,), (row,) = library.of(types.CallbackButton), library.of(types.CallbackSelection)
    assert (button.data, button.title, button.reply_to_message.message_id) == (
        "yes",
        "Sim, já!",
        offer,
    )
    assert (row.data, row.title, row.description) == ("m", "Cedo", "6 às 9")
    told = {(each.id, each.status.value, each.tracker) for each in library.of(types.MessageStatus)}
    assert {(answer.id, "sent", "meu-1"), (answer.id, "read", "meu-1")} <= told
    assert (offer, "sent", None) in told


def offer_everything(library: Library, message: Any) -> str:
    """Send whatever can be pressed, and more; return the name of the first."""
    wa, to = library.wa, message.from_user.wa_id
    offer = wa.send_message(
        to,
        "Quer?",
        buttons=[types.Button("Sim, já!", callback_data="yes")],
        reply_to_message_id=message.id,
    )
    rows = [types.SectionRow("Cedo", "m", "6 às 9")]
    wa.send_message(to, "Quando?", buttons=types.SectionList("Ver", [types.Section("Hoje", rows)]))
    wa.send_message(to, "Site", buttons=types.URLButton("Abrir", "https://padaria.example/"))
    wa.send_product(to, catalog_id=library.line.account, sku="bolo", body="Este")
    wa.send_products(
        to,
        catalog_id=library.line.account,
        product_sections=[types.ProductsSection("Pães", ["bolo"])],
        title="Do dia",
        body="Estes",
    )
    wa.send_catalog(to, "Tudo")
    wa.request_location(to, "Onde é a entrega?")
    wa.send_location(to, latitude=-8.05, longitude=-34.9, name="Padaria", address="Rua A")
    wa.send_contact(
        to, types.Contact(name=types.Contact.Name(formatted_name="Zé", first_name="Zé"))
    )
    assert message.react("👍").id.startswith("wamid.")
    assert message.unreact().id.startswith("wamid.")
    assert message.mark_as_read().success
    assert message.indicate_typing().success
    return str(offer.id)


def press_both(ana: Customer, buttons: str, rows: str) -> None:
    pressed = {"type": "button_reply", "id": "yes", "title": "Sim, já!"}
    ana.say("choice", choice=pressed, reply_to=buttons)
    picked = {"type": "list_reply", "id": "m", "title": "Cedo", "description": "6 às 9"}
    ana.say("choice", choice=picked, reply_to=rows)


def test_what_a_buyer_changes_and_feels_is_told(library: Library, ana: Customer) -> None:
    said = ana.say(text="Dois paes")
    path = f"/v1/messages/{said['id']}"
    ana.who.api.call("PATCH", path, {"text": "Dois pães 🥖"})
    bot = library.wa.send_message(ana.digits, "Anotado")
    answer = ana.read()[-1]
    for emoji in ("❤️", ""):
        reaction = f"/v1/messages/{answer['id']}/reaction"
        ana.who.api.call("PUT", reaction, {"emoji": emoji}, expect=204)
    ana.who.api.call("DELETE", path, expect=204)
    library.wait_for(lambda each: isinstance(each, types.DeletedMessage), "the end of her words")
    (edited,), (deleted,) = library.of(types.EditedMessage), library.of(types.DeletedMessage)
    first = library.of(types.Message)[0]
    assert (edited.original_message_id, edited.message.text) == (first.id, "Dois pães 🥖")
    assert deleted.original_message_id == first.id
    felt = [each.reaction for each in library.of(types.Message) if each.reaction]
    assert [(each.message_id, each.emoji) for each in felt] == [(bot.id, "❤️"), (bot.id, None)]


def test_a_buyer_pays_what_a_bot_sent_and_the_bot_hears_it(
    instance: Instance, library: Library
) -> None:
    ana = Customer(new_brazilian(instance, "Ana"))
    ana.say(text="Quero um bolo")
    library.wait_for(lambda each: isinstance(each, types.Message), "her wish")
    reference = f"bolo-{new_key()}"
    parameters = {
        "reference_id": reference,
        "type": "physical-goods",
        "payment_type": "br",
        "payment_settings": [{"type": "troco"}],
        "currency": "BRL",
        "total_amount": {"value": 4500, **REAIS},
        "order": {
            "status": "pending",
            "items": [{"name": "Bolo", "amount": {"value": 4500, **REAIS}, "quantity": 1}],
            "subtotal": {"value": 4500, **REAIS},
            "tax": {"value": 0, **REAIS},
        },
    }
    sent = send_order(library, ana, "order_details", "review_and_pay", parameters)
    assert sent["messages"][0]["id"].startswith("wamid.")
    shown = ana.read()[-1]["content"]
    ana.who.phone.pay(ana.who.phone.quote({"order": shown["order"]}), key=new_key())
    assert ana.who.wait_until_over() == [("completed", "")]
    library.wait_for(lambda each: payment_in(each) is not None, "captured")
    (payment,) = [found for each in library.heard if (found := payment_in(each))]
    assert payment["status"] == "captured"
    assert payment["payment"]["reference_id"] == reference
    assert payment["payment"]["amount"] == {"value": 4500, "offset": 100}
    looked = library.line.call("GET", f"{library.line.phone}/payments/any/{reference}").json()
    (found,) = looked["payments"]
    assert found["status"] == "captured"
    assert [each["status"] for each in found["transactions"]] == ["success"]
    for status in ("processing", "shipped", "completed"):
        told = {"reference_id": reference, "order": {"status": status}}
        send_order(library, ana, "order_status", "review_order", told)
    state = ana.who.api.call("GET", f"/v1/orders/{shown['order']}")["state"]
    assert state == "completed"


def send_order(
    library: Library, ana: Customer, kind: str, name: str, parameters: dict[str, Any]
) -> dict[str, Any]:
    """Send what the library has no words of its own for, by its own transport."""
    msg = {
        "type": kind,
        "body": {"text": "Seu bolo 🎂"},
        "action": {"name": name, "parameters": parameters},
    }
    answer: dict[str, Any] = library.wa.api.send_message(
        sender=library.line.phone,
        to=ana.digits,
        recipient=None,
        recipient_type="individual",
        typ="interactive",
        msg=msg,
    )
    return answer


def payment_in(each: Any) -> dict[str, Any] | None:
    value = each.raw["entry"][0]["changes"][0]["value"]
    found = [one for one in value.get("statuses", []) if one.get("type") == "payment"]
    return found[0] if found else None


def test_files_go_both_ways(
    instance: Instance, library: Library, ana: Customer, tmp_path: Path
) -> None:
    wa, to = library.wa, ana.digits
    ana.say(text="Oi")
    write_samples(tmp_path)
    picture = (tmp_path / "bolo.png").read_bytes()
    media = wa.upload_media(picture, mime_type="image/png", filename="bolo.png")
    shown = wa.get_media_url(media.id)
    assert shown.mime_type == "image/png"
    assert wa.get_media_bytes(shown.url)[:4] == b"\x89PNG"
    wa.send_image(to, media.id, caption="Bolo de maçã")
    wa.send_document(to, tmp_path / "conta.pdf", filename="à vista.pdf", caption="Conta")
    wa.send_video(to, tmp_path / "forno.mp4")
    wa.send_audio(to, tmp_path / "voz.ogg", mime_type="audio/ogg")
    wa.send_sticker(to, tmp_path / "figurinha.webp", mime_type="image/webp")
    with files_at(instance.hooks[1], tmp_path) as files:
        wa.send_image(to, f"{files}/bolo.png")
    header = types.Button("Sim", callback_data="1")
    wa.send_image(to, media.id, caption="Quer?", buttons=[header])
    seen = ana.read()
    kinds = ["image", "document", "video", "audio", "sticker", "image", "interactive"]
    assert [each["type"] for each in seen] == kinds
    headed = seen[-1]["content"]["header"]["image"]["media"]
    assert ana.who.api.call("GET", f"/v1/media/{headed}/link")["url"]
    spare = wa.upload_media(picture, mime_type="image/png", filename="b.png")
    assert wa.delete_media(spare.id).success
    with pytest.raises(pywa.errors.WhatsAppError):
        wa.get_media_url(spare.id)


def test_templates_are_written_sent_and_deleted(library: Library, ana: Customer) -> None:
    wa = library.wa
    ana.say(text="Oi")
    body = templates.BodyText("Olá {{name}}, seu pão está pronto.", name="Ana")
    reply = templates.QuickReplyButton(text="Já vou")
    made = wa.create_template(
        templates.Template(
            name="pywa_pronto",
            language=templates.TemplateLanguage.PORTUGUESE_BR,
            category=templates.TemplateCategory.UTILITY,
            parameter_format=templates.ParamFormat.NAMED,
            components=[body, templates.Buttons(buttons=[reply])],
        )
    )
    assert made.status == templates.TemplateStatus.APPROVED
    listed = wa.get_templates(name="pywa_pronto")
    assert [each.name for each in listed] == ["pywa_pronto"]
    assert wa.get_template(made.id).name == "pywa_pronto"
    language = templates.TemplateLanguage.PORTUGUESE_BR
    params = [body.params(name="Ana ☕"), reply.params(callback_data="ja-vou", index=0)]
    sent = wa.send_template(ana.digits, "pywa_pronto", language, params)
    shown = ana.read()[-1]
    assert shown["content"]["body"] == "Olá Ana ☕, seu pão está pronto."
    pressed = {"type": "button_reply", "id": "ja-vou", "title": "Já vou"}
    ana.say("choice", choice=pressed, reply_to=shown["id"])
    button = library.wait_for(lambda each: isinstance(each, types.CallbackButton), "a press")
    assert (button.data, button.title, button.is_quick_reply) == ("ja-vou", "Já vou", True)
    assert button.reply_to_message.message_id == sent.id
    assert wa.delete_template("pywa_pronto").success
    assert wa.get_templates(name="pywa_pronto").total_count == 0


def test_the_shops_number_is_asked_about_and_set_up(library: Library, ana: Customer) -> None:
    wa, to = library.wa, ana.digits
    ana.say(text="Oi")
    assert wa.get_business_phone_number().verified_name
    assert len(list(wa.get_business_phone_numbers())) == 1
    assert wa.get_business_account().name
    assert wa.update_business_profile(about="Pão às 6", websites=["https://a.example"]).success
    assert wa.get_business_profile().about == "Pão às 6"
    assert wa.update_commerce_settings(is_catalog_visible=True, is_cart_enabled=False).success
    assert wa.get_commerce_settings().is_cart_enabled is False
    code = wa.create_qr_code("Quero pão", "PNG")
    assert wa.get_qr_code(code.code).prefilled_message == "Quero pão"
    assert wa.update_qr_code(code.code, "Quero bolo").prefilled_message == "Quero bolo"
    assert [each.code for each in wa.get_qr_codes()] == [code.code]
    assert wa.delete_qr_code(code.code).success
    assert wa.block_users([to]).added_users
    assert [each.wa_id for each in wa.get_blocked_users()] == [to]
    assert wa.unblock_users([to]).removed_users


def test_callbacks_are_overridden_and_the_number_is_taken_off(
    instance: Instance, library: Library, ana: Customer
) -> None:
    wa, line = library.wa, library.line
    ana.say(text="Oi")
    origin = f"http://127.0.0.1:{instance.hooks[0]}"
    assert wa.override_waba_callback_url(f"{origin}/account", VERIFY).success
    assert wa.override_phone_callback_url(f"{origin}/phone", VERIFY).success
    known = wa.get_business_phone_number().webhook_configuration
    assert known["phone_number"] == f"{origin}/phone"
    assert wa.delete_phone_callback_url().success
    assert wa.delete_waba_callback_url().success
    assert wa.request_verification_code(code_method="SMS", language_code="pt_BR").success
    assert wa.verify_phone_number("123456").success
    assert wa.deregister_phone_number().success
    with pytest.raises(pywa.errors.WhatsAppError):
        wa.send_message(ana.digits, "Oi")
    assert wa.register_phone_number("123456").success
    for unknown in (wa.get_flows, wa.get_groups, wa.get_current_username):
        with pytest.raises(pywa.errors.WhatsAppError) as refused:
            list(unknown())
        assert refused.value.code == 100
    assert line.call("GET", "debug_token", input_token=line.token).json()["data"]["is_valid"]

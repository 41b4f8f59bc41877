"""pywa_async and heyoo, as they are published, against a running instance."""

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

import heyoo
import pytest
import pywa_async

from tests.processes.bots import Customer, Line, set_up_pywa, write_samples
from tests.processes.hook import hooked
from tests.processes.instance import Instance, wait_until

pytestmark = pytest.mark.processes

HELLO = "Bom dia! Tem pão? 🥖 ção"


def test_the_library_without_threads_hears_and_answers(
    instance: Instance, line: Line, ana: Customer
) -> None:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    heard: list[Any] = []

    def now(made: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(made, loop).result(60)

    async def start() -> Any:
        wa = set_up_pywa(pywa_async.WhatsApp, line)

        async def answer(_wa: Any, message: Any) -> None:
            sent = await message.reply("Olá de novo 🥐", quote=True)
            heard.append((message.text, sent.id))

        async def note(_wa: Any, status: Any) -> None:
            heard.append((status.status.value, status.id))

        wa.add_handlers(
            pywa_async.handlers.MessageHandler(answer),
            pywa_async.handlers.MessageStatusHandler(note),
        )
        return wa

    wa = now(start())

    def update(body: bytes, signature: str) -> int:
        refused = now(wa.webhook_update_validator(body, signature))
        return int(refused[1] if refused else now(wa.webhook_update_handler(body))[1])

    def challenge(token: str, asked: str) -> Any:
        return now(wa.webhook_challenge_handler(token, asked))

    with hooked(instance.hooks[0], challenge, update) as origin:
        line.listen_at(f"{origin}/async")
        ana.say(text=HELLO)
        wait_until(lambda: len(heard) >= 2, "an answer that was sent", seconds=300)
    (text, sent), told = sorted(heard, key=lambda each: each[0] != HELLO)[:2]
    assert (text, told) == (HELLO, ("sent", sent))
    assert ana.read()[-1]["content"]["text"] == "Olá de novo 🥐"
    loop.call_soon_threadsafe(loop.stop)


def test_the_small_library_sends_and_reads(
    instance: Instance, line: Line, ana: Customer, tmp_path: Path
) -> None:
    wa = heyoo.WhatsApp(token=line.token, phone_number_id=line.phone)
    wa.base_url = wa.v15_base_url = f"{line.base_url}/v15.0"
    wa.url = f"{wa.base_url}/{line.phone}/messages"
    heard: list[dict[str, Any]] = []

    def update(body: bytes, _signature: str) -> int:
        heard.append(json.loads(body))
        return 200

    with hooked(instance.hooks[0], lambda _token, asked: (asked, 200), update) as origin:
        line.listen_at(f"{origin}/heyoo")
        ana.say(text=HELLO)
        wait_until(lambda: any(wa.is_message(each) for each in heard), "her words", seconds=300)
    first = next(each for each in heard if wa.is_message(each))
    assert (wa.get_message(first), wa.get_name(first)) == (HELLO, "Ana")
    assert wa.get_mobile(first) == ana.digits
    name, to = wa.get_message_id(first), ana.digits
    assert wa.mark_as_read(name) == {"success": True}
    write_samples(tmp_path)
    kept = wa.upload_media(str(tmp_path / "bolo.png"))["id"]
    url = wa.query_media_url(kept)
    assert wa.download_media(url, "image/png", str(tmp_path / "got"))
    answers = [
        wa.send_message("Oi de outro ☕", to),
        wa.reply_to_message(name, to, "Sim!"),
        wa.send_reaction("👍", name, to),
        wa.send_image(kept, to, caption="Bolo", link=False),
        wa.send_location("-8.05", "-34.9", "Padaria", "Rua A", to),
        wa.send_contacts([{"name": {"formatted_name": "Zé", "first_name": "Zé"}}], to),
        wa.send_button(
            {
                "body": "Quando?",
                "action": {
                    "button": "Ver",
                    "sections": [{"title": "Hoje", "rows": [{"id": "m", "title": "Cedo"}]}],
                },
            },
            to,
        ),
        wa.send_reply_button(
            {
                "type": "button",
                "body": {"text": "Quer?"},
                "action": {"buttons": [{"type": "reply", "reply": {"id": "1", "title": "Sim"}}]},
            },
            to,
        ),
        wa.send_custom_json({"type": "text", "text": {"body": "Cru"}}, to),
    ]
    assert [len(each["messages"]) for each in answers] == [1] * len(answers)
    assert wa.send_template("nothing", to, [], "pt_BR")["error"]["code"] == 132001
    assert wa.delete_media(wa.upload_media(str(tmp_path / "bolo.png"))["id"]) == {"success": True}

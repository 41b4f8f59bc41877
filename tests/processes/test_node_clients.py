"""Two libraries from npm, as they are published, against a running instance.

Each bot hears Ana by its library's own handlers, answers with everything that the library can
send, and reports what came back. What it sent is then looked at with Ana's eyes.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.processes.bots import (
    NODE,
    NPM,
    VERIFY,
    Customer,
    Line,
    NodeBot,
    install_clients,
    write_samples,
)
from tests.processes.hook import files_at
from tests.processes.instance import Instance

pytestmark = [pytest.mark.processes, pytest.mark.node]

HELLO = "Bom dia! Tem pão? 🥖 ção \x7f“”"
UPLOADS = [f"upload {each}" for each in ("image", "document", "video", "audio", "sticker")]
SHOWN = ["buttons", "list", "cta_url", "product", "product_list", "catalog_message"]
SENT = [
    *["text", "image", "linked image", "document", "video", "audio", "sticker"],
    *[*SHOWN, "location_request", "location", "contacts", "template"],
]
SEEN = [
    *["image", "image", "document", "video", "audio", "sticker"],
    *["interactive"] * 7,
]


@pytest.fixture(scope="module", autouse=True)
def packages() -> None:
    """Have the packages installed."""
    if NODE is None or NPM is None:
        pytest.skip("There is no Node here.")
    install_clients()


@contextmanager
def running_bot(program: str, line: Line, instance: Instance, folder: Path) -> Iterator[NodeBot]:
    """Run a bot that hears the shop's news."""
    write_samples(folder)
    with files_at(instance.hooks[1], folder) as files:
        given = {
            "baseUrl": line.base_url,
            "port": instance.hooks[0],
            "token": line.token,
            "secret": line.secret,
            "phone": line.phone,
            "account": line.account,
            "verifyToken": VERIFY,
            "samples": str(folder),
            "files": files,
        }
        bot = NodeBot(program, given)
        try:
            bot.wait_for("ready")
            yield bot
        finally:
            bot.end()


def check_signatures(line: Line, origin: str) -> None:
    """The library turns away what the shop did not sign, and takes what it did."""
    value = {"metadata": {"phone_number_id": line.phone, "display_phone_number": "1"}}
    change = {"field": "troco_test", "value": value}
    body = json.dumps({"object": "x", "entry": [{"id": line.account, "changes": [change]}]})
    mac = hmac.new(line.secret.encode(), body.encode(), hashlib.sha256).hexdigest()
    for signature, status in ((mac, 200), ("0" * 64, 401)):
        headers = {"X-Hub-Signature-256": f"sha256={signature}"}
        assert httpx.post(origin, content=body, headers=headers).status_code == status


def answers_of(bot: NodeBot) -> dict[str, Any]:
    answers: dict[str, Any] = bot.wait_for("done")["answers"]
    for name in SENT:
        said = answers[name]
        assert said.get("messages"), (name, said)
        assert said["messages"][0]["id"].startswith("wamid."), (name, said)
    for name in UPLOADS:
        assert answers[name]["id"].isdigit(), (name, answers[name])
    assert answers["bytes"] == "PNG"
    assert answers["read"] == {"success": True}
    assert answers["delete media"] == {"success": True}
    return answers


def see(ana: Customer) -> list[dict[str, Any]]:
    """Look at what the bot said, as Ana does; then press a button and a row, and say goodbye."""
    seen = ana.read()
    kinds = [each["type"] for each in seen]
    at = kinds.index("image")
    assert kinds[at : at + len(SEEN)] == SEEN
    shown = [each["content"] for each in seen]
    assert "Tem sim, é pra já! ☕ ção" in [each.get("text") for each in shown]
    assert shown[at]["caption"] == "Bolo de maçã 🍎"
    assert shown[at + 2]["filename"] == "conta à vista.pdf"
    buttons, rows = seen[at + 6], seen[at + 7]
    assert buttons["content"]["body"] == {"text": "Quer pão? 🥖"}
    pressed = {"type": "button_reply", "id": "yes", "title": "Sim, já!"}
    ana.say("choice", choice=pressed, reply_to=buttons["id"])
    picked = {"type": "list_reply", "id": "m", "title": "Manhã", "description": "6 às 9"}
    ana.say("choice", choice=picked, reply_to=rows["id"])
    return seen


def test_kapso(instance: Instance, line: Line, ana: Customer, tmp_path: Path) -> None:
    with running_bot("kapso.mjs", line, instance, tmp_path / "files") as bot:
        hook = f"http://127.0.0.1:{instance.hooks[0]}/hook"
        line.listen_at(hook)
        check_signatures(line, hook)
        ana.say(text=HELLO)
        answers = answers_of(bot)
        check_rest_of_kapso(answers)
        seen = see(ana)
        template = next(each for each in seen if each["type"] == "template")
        ana.say(
            "choice",
            choice={"type": "button_reply", "id": "JA-VOU", "title": "Já vou"},
            reply_to=template["id"],
        )
        ana.say(text="fim")
        heard = bot.wait_for("end")["heard"]
    said = [each for each in heard if each["kind"] == "message"]
    assert (said[0]["name"], said[0]["text"]) == ("Ana", HELLO)
    assert said[0]["from"] == ana.digits
    told = [each["interactive"] for each in said if each["type"] == "interactive"]
    assert [each["type"] for each in told] == ["button_reply", "list_reply"]
    assert told[0]["buttonReply"] == {"id": "yes", "title": "Sim, já!"}
    assert told[1]["listReply"]["description"] == "6 às 9"
    pressed = next(each for each in said if each["type"] == "button")
    assert pressed["button"] == {"payload": "JA-VOU", "text": "Já vou"}
    check_statuses(heard, answers["text"], "kapso-1")


def check_rest_of_kapso(answers: dict[str, Any]) -> None:
    assert answers["recipient"]["contacts"][0]["userId"].startswith("BR.")
    assert answers["raw"]["messages"]
    assert answers["create template"]["status"] == "APPROVED"
    assert answers["get template"]["name"] == "kapso_pronto"
    assert "kapso_pronto" in [each["name"] for each in answers["list templates"]["data"]]
    assert answers["profile"]["data"][0]["about"] == "Pão às 6 🥐"
    for name in ("request code", "verify code", "deregister", "register", "delete template"):
        assert answers[name] == {"success": True}
    refused = {name: answers[name]["refused"] for name in ("flow", "settings", "call", "nobody")}
    assert refused == {"flow": 131051, "settings": 100, "call": 100, "nobody": 131026}


@pytest.fixture
def template(line: Line) -> Iterator[str]:
    """A template with two gaps; the library has no call that makes one."""
    name = "apijs_pronto"
    body = {"type": "BODY", "text": "Olá {{1}}, são {{2}}."}
    reply = {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Já vou"}]}
    made = {"name": name, "language": "pt_BR", "category": "UTILITY", "components": [body, reply]}
    path = f"{line.account}/message_templates"
    assert line.call("POST", path, made).json()["status"] == "APPROVED"
    yield name
    line.call("DELETE", path, name=name)


def test_whatsapp_api_js(
    instance: Instance, line: Line, template: str, ana: Customer, tmp_path: Path
) -> None:
    with running_bot("api-js.mjs", line, instance, tmp_path / "files") as bot:
        hook = f"http://127.0.0.1:{instance.hooks[0]}/hook"
        line.listen_at(hook)
        check_signatures(line, hook)
        ana.say(text=HELLO)
        answers = answers_of(bot)
        check_rest_of_api_js(answers, ana.digits)
        seen = {each["type"]: each["content"] for each in see(ana)}
        assert seen["contact"]["contacts"][0]["name"]["formatted_name"] == "José da Silva"
        assert (seen["template"]["name"], seen["template"]["body"]) == (
            template,
            "Olá Ana, são R$ 45,00.",
        )
        ana.say(text="eco")
        wait_for_words(ana, "Eco: ção 🥐")
        ana.say(text="fim")
        heard = bot.wait_for("end")["heard"]
    said = [each for each in heard if each["kind"] == "message"]
    assert (said[0]["name"], said[0]["text"]) == ("Ana", HELLO)
    told = [each["message"] for each in said if each["message"]["type"] == "interactive"]
    assert [each["interactive"]["type"] for each in told] == ["button_reply", "list_reply"]
    assert all(each["context"]["id"].startswith("wamid.") for each in told)
    check_statuses(heard, answers["text"], "apijs-1")


def check_rest_of_api_js(answers: dict[str, Any], digits: str) -> None:
    assert answers["by digits"]["contacts"][0]["wa_id"] == digits
    assert answers["by id"]["messages"]
    assert answers["one qr"]["data"][0]["prefilled_message"] == "Quero bolo"
    assert answers["create qr"]["prefilled_message"] == "Quero pão 🥖"
    assert answers["block"]["block_users"]["added_users"][0]["wa_id"] == digits
    assert answers["unblock"]["block_users"]["removed_users"][0]["wa_id"] == digits
    refused = [answers[name]["error"]["error_subcode"] for name in ("call", "group")]
    assert refused == [33, 33]


def check_statuses(heard: list[dict[str, Any]], sent: dict[str, Any], tracker: str) -> None:
    """The first answer was told as sent and as read, with what the bot wants to hear again."""
    name = sent["messages"][0]["id"]
    told = [each for each in heard if each["kind"] == "status" and each["id"] == name]
    assert {each["status"] for each in told} >= {"sent", "read"}
    assert {each["bizOpaqueCallbackData"] for each in told} == {tracker}


def wait_for_words(ana: Customer, words: str) -> None:
    until = time.monotonic() + 300
    while words not in [each["content"].get("text") for each in ana.read()]:
        assert time.monotonic() < until
        time.sleep(0.1)

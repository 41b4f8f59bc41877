"""Bodies that mean no good at ``/cloud/``: each gets a number, soon, and changes nothing."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from tests.merchants.bot import Bot, digits, write_to
from tests.merchants.cast import Caller
from tests.merchants.test_cloud_orders import details

STRANGE: tuple[Any, ...] = (
    *(None, True, -1, 1e300, 10**400, "", "x" * 5000, "²", "\u202e🥖"),
    *([], {}, [[]], {"": {}}, [None], {"a": [{"b": "c"}] * 50}),
)
DEEP = 10_000
REPLY = {"type": "reply", "reply": {"id": "1", "title": "Sim"}}
ROW = {"id": "1", "title": "Um", "description": "x"}


def bodies(to: str) -> dict[str, dict[str, Any]]:
    """Return one good body of each sort."""
    made: dict[str, Any] = {
        "text": {"body": "Oi", "preview_url": False},
        "location": {"latitude": 1.5, "longitude": 2.5, "name": "A", "address": "B"},
        "reaction": {"message_id": "wamid.bm9uZQ", "emoji": "👍"},
        "image": {"id": "7", "caption": "A"},
        "interactive": {
            "type": "list",
            "header": {"type": "text", "text": "H"},
            "body": {"text": "B"},
            "footer": {"text": "F"},
            "action": {"button": "Ver", "sections": [{"title": "S", "rows": [ROW]}]},
        },
        "template": {
            "name": "a",
            "language": {"code": "pt_BR"},
            "components": [{"type": "body", "parameters": [{"type": "text", "text": "x"}]}],
        },
        "contacts": [{"name": {"formatted_name": "Z"}, "phones": [{"phone": "1", "type": "W"}]}],
    }
    said = {
        kind: {"to": to, "type": kind, kind: content, "context": {"message_id": "wamid.bm9uZQ"}}
        for kind, content in made.items()
    }
    said["order"] = {"to": to, "type": "interactive", "interactive": details()}
    said["read"] = {
        "status": "read",
        "message_id": "wamid.bm9uZQ",
        "typing_indicator": {"type": "t"},
    }
    return said


def spoilt(value: Any, strange: Any) -> Iterator[Any]:
    """Return a value again and again, each time with something strange in another place."""
    yield strange
    if isinstance(value, dict):
        for name, inner in value.items():
            for each in spoilt(inner, strange):
                yield {**value, name: each}
    if isinstance(value, list):
        for place, inner in enumerate(value):
            for each in spoilt(inner, strange):
                yield [*value[:place], each, *value[place + 1 :]]


@pytest.fixture
def bot(shop: Any, ana: Caller) -> Bot:
    made = Bot(shop)
    write_to(shop, ana)
    return made


def counts() -> list[int]:
    names = (
        ("Message", "Conversation", "MediaFile"),
        ("Order", "LineTemplate", "LineLink", "LineSend"),
    )
    tables = [("messaging", name) for name in names[0]] + [("merchants", name) for name in names[1]]
    return [apps.get_model(*each)._default_manager.count() for each in tables]  # noqa: SLF001


@pytest.mark.parametrize("kind", sorted(bodies("")))
def test_no_wrong_type_anywhere_breaks_anything(bot: Bot, ana: Caller, kind: str) -> None:
    good = bodies(digits(ana))[kind]
    asked = 0
    for turn, strange in enumerate(STRANGE):
        for place, body in enumerate(spoilt(good, strange)):
            # A seventh of them, another seventh for each kind of strangeness.
            if place and (place + turn) % 7:
                continue
            before = counts()
            reply = bot.call("POST", f"v23.0/{bot.phone}/messages", body)
            asked += 1
            assert reply.status_code in {200, 400, 403, 413}, (body, reply.content)
            if reply.status_code != 200:
                assert isinstance(reply.json()["error"]["code"], int)
                assert counts() == before, body
    assert asked > 20


@pytest.mark.parametrize(
    "raw",
    [
        b'{"text": ' * DEEP,
        b'{"a": ' + b"[" * DEEP + b"]" * DEEP + b"}",
        b'{"to": 1e99999}',
        b'{"a": ' + b"[" * 400 + b"]" * 400 + b"}",
        b'{"a": ' * 50 + b"1" + b"}" * 50,
        b'{"to": "\\ud800"}',
        b'{"type": "text", "text": "' + b"[" * DEEP + b'"}',
        b"\xef\xbb\xbf{}",
        b"a=b",
        b'"' + b"x" * 999_000 + b'"',
    ],
)
def test_bodies_of_no_shape_are_refused_soon(bot: Bot, raw: bytes) -> None:
    before, begun = counts(), time.monotonic()
    for path in (f"{bot.phone}/messages", f"{bot.account}/message_templates", str(bot.phone)):
        reply = Client().post(
            f"/cloud/v23.0/{path}",
            raw,
            content_type="application/json",
            headers={"Authorization": f"Bearer {bot.token}"},
        )
        assert reply.status_code in {400, 413}, path
        assert isinstance(reply.json()["error"]["code"], int)
    assert time.monotonic() - begun < 20
    assert counts() == before


PART = b'--b\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n\r\n%s\r\n'
FORMS = [
    (b"", "multipart/form-data"),
    (b"", "multipart/form-data; boundary=b"),
    (b"--b", "multipart/form-data; boundary=b"),
    (b"x" * 1000, "multipart/form-data; boundary=b"),
    (PART % (b"a.png", b""), "multipart/form-data; boundary=b"),
    (PART % (b"a.png", b"x") * 2 + b"--b--\r\n", "multipart/form-data; boundary=b"),
    (PART % (b"a.svg", b"<svg/>") + b"--b--\r\n", "multipart/form-data; boundary=b"),
    (PART % (b"../\x00/etc/passwd", b"MZ\x90") + b"--b--\r\n", "multipart/form-data; boundary=b"),
    (b"--b\r\nContent-Disposition: nothing\r\n\r\nx\r\n--b--", "multipart/form-data; boundary=b"),
    (b"--b--", "multipart/form-data; boundary=" + "b" * 500),
    (b"--\xc3\xa9--", "multipart/form-data; boundary=é"),
    (b"file=x&type=image%2Fpng", "application/x-www-form-urlencoded"),
    (b"a=b&" * 2000, "application/x-www-form-urlencoded"),
]


@pytest.mark.parametrize("form", range(len(FORMS)))
def test_forms_that_are_none_are_refused(bot: Bot, form: int) -> None:
    body, kind = FORMS[form]
    before, begun = counts(), time.monotonic()
    reply = Client().generic(
        "POST",
        f"/cloud/v21.0/{bot.phone}/media",
        body,
        content_type=kind,
        headers={"Authorization": f"Bearer {bot.token}"},
    )
    assert reply.status_code in {400, 413}
    assert reply.json()["error"]["code"] in {100, 131008, 131009, 131053}
    assert time.monotonic() - begun < 10
    assert counts() == before


@pytest.mark.parametrize(
    "path",
    [
        "9" * 30,
        "9" * 18,
        "0",
        "PHONE/payments/a/" + "b" * 300,
        "PHONE/message_qrdls/%00",
        "PHONE/%F0%9F%A5%96",
        "ACCOUNT/message_templates/" + "9" * 40,
        "media/" + "9" * 40,
        "PHONE/messages/x/y/z",
        "links/" + "x" * 300,
        "v1.2.3/PHONE",
        "../v1/me",
    ],
)
def test_addresses_of_nothing_are_refused(bot: Bot, path: str) -> None:
    named = path.replace("PHONE", str(bot.phone)).replace("ACCOUNT", str(bot.account))
    for method in ("GET", "POST", "DELETE", "PUT", "PATCH"):
        reply = bot.call(method, named, {} if method != "GET" else None)
        assert reply.status_code in {400, 404}, (method, path)
        assert "error" in reply.json() or "errors" in reply.json()


def test_queries_are_texts_of_anything(bot: Bot) -> None:
    for value in ("\x00", "²", "-1", "9" * 40, "x" * 5000, "[", "{}", "🥖"):
        for path in (
            f"{bot.account}/message_templates",
            f"{bot.phone}/message_qrdls",
            "debug_token",
        ):
            names = ("limit", "after", "fields", "name", "status", "input_token", "hsm_id")
            reply = bot.call("GET", path, None, **dict.fromkeys(names, value))
            assert reply.status_code in {200, 400}, (path, value)
    answer = Client().get("/cloud/oauth/access_token", {"client_id": "²", "client_secret": "\x00"})
    assert answer.status_code == 400
    assert json.loads(answer.content)["error"]["code"] == 101

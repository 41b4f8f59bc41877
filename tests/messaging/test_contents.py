"""What people may post: each type with its own field, bounded, and nothing that can be forged."""

import json
import time
from typing import Any

import pytest

from messaging import contents
from messaging.models import Message
from tests.messaging.cast import Phone
from tests.messaging.test_conversations import problem

pytestmark = pytest.mark.django_db

CARD = {
    "name": {"formatted_name": "Zé da Padaria", "first_name": "Zé"},
    "phones": [{"phone": "+55 11 98765-4321", "type": "WORK", "wa_id": "5511987654321"}],
    "urls": [{"url": "https://padaria.example/pão"}],
    "addresses": [{"city": "São Paulo", "country_code": "BR"}],
    "org": {"company": "Padaria do Zé"},
    "birthday": "1970-01-31",
}


def body(kind: str, field: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"client_id": f"c-{kind}", "type": kind, field: value, **more}


@pytest.mark.parametrize(
    ("said", "content"),
    [
        (
            body("location", "location", {"latitude": -23.55052001, "longitude": 7, "name": "Sé"}),
            {"latitude": -23.55052, "longitude": 7.0, "name": "Sé"},
        ),
        (body("contact", "contacts", [CARD]), {"contacts": [CARD]}),
        (body("text", "text", "oi", mentions=[]), {"text": "oi"}),
    ],
)
def test_each_type_is_kept_as_it_was_said(
    ana: Phone, bruno: Phone, talk: str, said: dict[str, Any], content: dict[str, Any]
) -> None:
    path = f"conversations/{talk}/messages"
    first, again = ana.post(path, said), ana.post(path, said)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert (first.json()["type"], first.json()["content"]) == (said["type"], content)
    assert bruno.get(path).json()["data"][0]["content"] == content


@pytest.mark.parametrize(
    ("said", "where"),
    [
        (body("location", "location", {"latitude": 90.1, "longitude": 0}), "location.latitude"),
        (body("location", "location", {"latitude": "1", "longitude": 0}), "location.latitude"),
        (body("location", "location", {"latitude": True, "longitude": 0}), "location.latitude"),
        (body("location", "location", {"latitude": 1}), "location.longitude"),
        (body("location", "location", [1, 2]), "location"),
        (body("contact", "contacts", []), "contacts"),
        (body("contact", "contacts", [CARD] * 11), "contacts"),
        (body("contact", "contacts", [{"name": {}}]), "contacts.0.name.formatted_name"),
        (
            body("contact", "contacts", [{**CARD, "urls": [{"url": "javascript:alert(1)"}]}]),
            "contacts.0.urls.0.url",
        ),
        (body("contact", "contacts", [{**CARD, "birthday": "soon"}]), "contacts.0.birthday"),
        (body("image", "image", {"media": "med_unknown"}), "media"),
        (body("image", "image", {}), "image.media"),
        (body("audio", "audio", {"media": "med_1", "voice": "yes"}), "audio.voice"),
        (body("product", "product", {"product": "prd_unknown"}), "product"),
        (body("text", "location", {"latitude": 1, "longitude": 1}), "text"),
        (body("text", "text", "oi", product={"product": "prd_1"}), "product"),
        (body("location", "location", {"latitude": 1, "longitude": 1}, mentions=["p"]), "mentions"),
        (body("text", "text", "oi", mentions=["pty_1"] * 51), "mentions"),
        (body("text", "text", "oi", mentions="pty_1"), "mentions"),
        (body("system", "text", "joined"), "type"),
        (body("request", "text", "x"), "type"),
    ],
)
def test_what_is_not_right_is_named_and_leaves_nothing(
    ana: Phone, talk: str, said: dict[str, Any], where: str
) -> None:
    answer = ana.post(f"conversations/{talk}/messages", said)
    assert problem(answer) == (400, "input_invalid")
    assert list(answer.json()["field_errors"]) == [where]
    assert Message.objects.count() == 0


@pytest.mark.parametrize(
    ("raw", "codes"),
    [
        ("[" * 10_000 + "]" * 10_000, {"input_invalid"}),
        ('{"a":' * 10_000 + "1" + "}" * 10_000, {"input_invalid"}),
        (json.dumps(body("contact", "contacts", [CARD] * 1500)), {"input_invalid"}),
        (json.dumps(body("contact", "contacts", [CARD] * 5000)), {"body_too_large"}),
        (json.dumps(body("text", "text", "x", mentions=["p"] * 50_000)), {"input_invalid"}),
        (
            json.dumps(
                body("location", "location", {"latitude": 1, "longitude": 1, "name": "a\x00"})
            ),
            {"text_invalid"},
        ),
        (
            json.dumps(body("contact", "contacts", [{"name": {"formatted_name": "\ud83d"}}])),
            {"text_invalid"},
        ),
        ("[]", {"input_invalid"}),
        ("null", {"input_invalid"}),
        ("7", {"input_invalid"}),
    ],
    ids=str.split("lists objects cards big mentions nul surrogate list null number"),
)
def test_hostile_bodies_are_refused_at_once(
    ana: Phone, talk: str, raw: str, codes: set[str]
) -> None:
    begun = time.thread_time()
    answer = ana.client.post(
        f"/v1/conversations/{talk}/messages", raw, content_type="application/json"
    )
    assert 400 <= answer.status_code < 500
    assert answer.json()["code"] in codes
    assert time.thread_time() - begun < 2.0
    assert Message.objects.count() == 0


def test_a_card_that_is_too_long_as_a_whole_is_refused(ana: Phone, talk: str) -> None:
    long = {**CARD, "phones": [{"phone": "\U0001f956" * 200}] * 10}
    answer = ana.post(f"conversations/{talk}/messages", body("contact", "contacts", [long] * 10))
    assert problem(answer) == (400, "input_invalid")
    assert Message.objects.count() == 0


def test_a_file_is_shown_as_its_resolver_knows_it(
    ana: Phone, talk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file's facts are kept, and a retry is the same message whatever they are later."""
    seen: list[dict[str, Any]] = []

    def resolver(**asked: Any) -> dict[str, Any]:
        seen.append(asked)
        return {**asked["content"], "mime_type": "image/png", "byte_count": len(seen)}

    path = f"conversations/{talk}/messages"
    said = body("image", "image", {"media": "med_1", "caption": "Pão"})
    monkeypatch.setattr(contents, "_resolvers", [resolver])
    first, again = ana.post(path, said), ana.post(path, said)
    other = ana.post(path, body("image", "image", {"media": "med_1"}))
    assert (first.status_code, again.status_code) == (201, 200)
    kept = {"media": "med_1", "caption": "Pão", "mime_type": "image/png", "byte_count": 1}
    assert first.json()["content"] == again.json()["content"] == kept
    assert problem(other) == (422, "client_id_reused")
    assert (seen[0]["party_id"], seen[0]["kind"], len(seen)) == (ana.party.id, "image", 1)

"""What the team keeps for itself: nothing of it reaches a customer, or another shop."""

import io
import json
from typing import Any

import pytest

from merchants.models import Assignment, Label, LabelledTalk, QuickReply, Shop, TalkNote
from messaging.models import FeedRow, Message
from messaging.services.media import keep_upload
from tests.merchants.cast import Caller, facts, join, new_shop
from tests.messaging import samples

pytestmark = pytest.mark.django_db


def put(caller: Caller, path: str, body: Any = None) -> Any:
    return _send("put", caller, path, body)


def delete(caller: Caller, path: str) -> Any:
    return _send("delete", caller, path, None)


def _send(method: str, caller: Caller, path: str, body: Any) -> Any:
    from django.test import Client  # noqa: PLC0415

    headers = {"Authorization": f"Bearer {caller.token}"}
    call = getattr(Client(), method)
    return call(path, json.dumps(body or {}), content_type="application/json", headers=headers)


@pytest.fixture
def base(shop: Shop) -> str:
    return f"/v1/shops/{shop.public_id}"


@pytest.fixture
def talk(ana: Caller, shop: Shop) -> str:
    party = facts(shop).party_public_id
    return str(ana.post("/v1/conversations", {"with": [party]}).json()["id"])


def test_quick_replies_are_kept_found_and_forgotten(ze: Caller, base: str) -> None:
    path = f"{base}/quick-replies"
    assert put(ze, f"{path}/Pix", {"text": "Chave: pix@padaria.example"}).json() == {
        "shortcut": "pix",
        "text": "Chave: pix@padaria.example",
        "media": None,
    }
    put(ze, f"{path}/horário", {"text": "Abrimos às 6h."})
    put(ze, f"{path}/PIX", {"text": "A chave mudou."})
    found = ze.get(path).json()["data"]
    assert [(row["shortcut"], row["text"]) for row in found] == [
        ("horário", "Abrimos às 6h."),
        ("pix", "A chave mudou."),
    ]
    for q, shortcuts in (("pi", ["pix"]), ("6h", ["horário"]), ("zzz", [])):
        answer = ze.get(path, q=q).json()["data"]
        assert [row["shortcut"] for row in answer] == shortcuts
    assert delete(ze, f"{path}/pix").status_code == 204
    assert delete(ze, f"{path}/pix").status_code == 404
    assert QuickReply.objects.count() == 1


def test_a_quick_reply_names_a_file_that_was_uploaded(ze: Caller, base: str, shop: Shop) -> None:
    path, owner = f"{base}/quick-replies/precos", shop.party_id
    pdf = keep_upload(owner_party_id=owner, stream=io.BytesIO(samples.pdf()), filename="a.pdf")
    sound = keep_upload(owner_party_id=owner, stream=io.BytesIO(samples.ogg())).public_id
    theirs = keep_upload(
        owner_party_id=new_shop(join("Rita").person, "Feira").party_id,
        stream=io.BytesIO(samples.pdf()),
    ).public_id
    answer = put(ze, path, {"text": "Oi", "media": pdf.public_id}).json()
    told = {"id": pdf.public_id, "kind": "document", "mime_type": "application/pdf"}
    assert answer == {"shortcut": "precos", "text": "Oi", "media": {**told, "name": "a.pdf"}}
    for bad in (sound, theirs, "med_nothing", ""):
        assert put(ze, path, {"text": "Tchau", "media": bad}).status_code == 400
    assert put(ze, path, {"text": "x" * 1025}).status_code == 400
    assert put(ze, path, {"text": "Olá"}).json()["media"]["id"] == pdf.public_id
    assert put(ze, path, {"text": "x" * 1025, "media": None}).json()["media"] is None
    assert QuickReply.objects.get().media_id is None


def test_bad_quick_replies_and_labels_leave_nothing(ze: Caller, base: str) -> None:
    for path, body, code in (
        ("quick-replies/a%20b", {"text": "x"}, "input_invalid"),
        ("quick-replies/" + "x" * 26, {"text": "x"}, "input_invalid"),
        ("quick-replies/a", {"text": ""}, "input_invalid"),
        ("quick-replies/a", {"text": "x" * 4097}, "input_invalid"),
        ("quick-replies/a", {"text": "x", "more": 1}, "unknown_field"),
        ("labels/" + "x" * 41, {"colour": "ok"}, "input_invalid"),
        ("labels/VIP", {"colour": "pink"}, "input_invalid"),
    ):
        answer = put(ze, f"{base}/{path}", body)
        assert (answer.status_code, answer.json()["code"]) == (400, code), path
    assert (QuickReply.objects.count(), Label.objects.count()) == (0, 0)


def test_a_shop_keeps_so_many_and_no_more(
    ze: Caller, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("merchants.services.desk.MOST_REPLIES", 1)
    monkeypatch.setattr("merchants.services.desk.MOST_LABELS", 1)
    for path, body in (("quick-replies/a", {"text": "x"}), ("labels/A", {"colour": "ok"})):
        assert put(ze, f"{base}/{path}", body).status_code == 200
        assert put(ze, f"{base}/{path}", body).status_code == 200
        more = put(ze, f"{base}/{path}b", body)
        assert (more.status_code, more.json()["code"]) == (409, "state_conflict")


def test_labels_and_assignments_find_conversations(
    ze: Caller, base: str, talk: str, django_assert_num_queries: Any
) -> None:
    put(ze, f"{base}/labels/Fiado", {"colour": "wait"})
    put(ze, f"{base}/labels/fiado", {"colour": "bad"})
    put(ze, f"{base}/labels/VIP", {"colour": "ok"})
    here = f"{base}/conversations/{talk}"
    put(ze, f"{here}/labels/vip")
    put(ze, f"{here}/labels/vip")
    marked = put(ze, f"{here}/labels/Fiado").json()
    vip, owed = {"name": "VIP", "colour": "ok"}, {"name": "Fiado", "colour": "bad"}
    assert marked == {"conversation": talk, "labels": [owed, vip], "assignee": None}
    held = put(ze, f"{here}/assignee", {"login": ze.person.login}).json()
    assert held["assignee"] == ze.person.login
    put(ze, f"{here}/assignee", {"login": ze.person.login})
    assert Assignment.objects.count() == 1
    for query in (
        {"label": "FIADO"},
        {"login": ze.person.login},
        {"label": "VIP", "login": ze.person.login},
    ):
        assert ze.get(f"{base}/conversations", **query).json()["data"] == [held]
    assert ze.get(f"{base}/conversations", login="nobody").json()["data"] == []
    assert ze.get(f"{base}/conversations", label="unknown").status_code == 404
    assert ze.get(f"{base}/conversations").status_code == 400
    assert delete(ze, f"{here}/labels/vip").json()["labels"] == [owed]
    assert delete(ze, f"{base}/labels/fiado").status_code == 204
    assert ze.get(here).json()["labels"] == []
    assert not LabelledTalk.objects.filter(label__removed_at=None).exists()
    assert put(ze, f"{here}/assignee", {"login": None}).json()["assignee"] is None
    assert Assignment.objects.filter(ended_at__isnull=False).count() == 1
    stranger = put(ze, f"{here}/assignee", {"login": "nobody"})
    assert (stranger.status_code, stranger.json()["code"]) == (400, "input_invalid")


@pytest.mark.parametrize("count", [1, 3])
def test_a_page_of_marked_conversations_is_read_at_once(
    count: int, shop: Shop, base: str, ze: Caller, django_assert_num_queries: Any
) -> None:
    from merchants.queries.desk import talks_with  # noqa: PLC0415
    from tests.merchants.cast import join  # noqa: PLC0415

    put(ze, f"{base}/labels/VIP", {"colour": "ok"})
    for _ in range(count):
        buyer = join("Ana")
        party = facts(shop).party_public_id
        talk = buyer.post("/v1/conversations", {"with": [party]}).json()["id"]
        put(ze, f"{base}/conversations/{talk}/labels/VIP")
    with django_assert_num_queries(3):
        found, _more = talks_with(shop.pk, label="vip", login=None, cursor=None, limit=50)
    assert len(found) == count


def test_notes_are_the_teams_alone(ze: Caller, ana: Caller, base: str, talk: str) -> None:
    news = FeedRow.objects.count()
    path = f"{base}/conversations/{talk}/notes"
    first = ze.post(path, {"text": "Paga sempre atrasado."}, key="n-1")
    again = ze.post(path, {"text": "Paga sempre atrasado."}, key="n-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    ze.post(path, {"text": "Gosta de bolo."})
    shown = ze.get(path).json()["data"]
    assert [row["text"] for row in shown] == ["Gosta de bolo.", "Paga sempre atrasado."]
    assert shown[0]["author"] == ze.person.login
    assert "Paga" not in json.dumps(ana.get(f"/v1/conversations/{talk}/messages").json())
    assert "Paga" not in json.dumps(ana.get("/v1/updates").json())
    assert (FeedRow.objects.count(), Message.objects.count()) == (news, 0)
    assert ze.post(path, {"text": ""}).status_code == 400
    assert TalkNote.objects.count() == 2


def test_others_see_and_change_nothing(
    ze: Caller, ana: Caller, carla: Caller, base: str, talk: str
) -> None:
    put(ze, f"{base}/labels/VIP", {"colour": "ok"})
    here = f"{base}/conversations/{talk}"
    other = new_shop(carla.person, name="Bar da Carla")
    theirs = f"/v1/shops/{other.public_id}/conversations/{talk}"
    for caller in (ana, carla):
        for path in (
            f"{base}/quick-replies",
            f"{base}/labels",
            here,
            f"{here}/notes",
            f"{base}/automatic-words",
            f"{base}/broadcasts",
        ):
            assert caller.get(path).status_code == 404, path
        assert put(caller, f"{here}/labels/VIP").status_code == 404
        assert caller.post(f"{here}/notes", {"text": "x"}).status_code == 404
        assert caller.post(f"{base}/broadcasts", {"text": "x"}, key="k").status_code == 404
    # The customer's conversation is none of another shop's.
    assert carla.get(theirs).status_code == 404
    assert carla.post(f"{theirs}/notes", {"text": "x"}).status_code == 404
    assert put(carla, f"{theirs}/assignee", {"login": carla.person.login}).status_code == 404
    assert (TalkNote.objects.count(), LabelledTalk.objects.count()) == (0, 0)

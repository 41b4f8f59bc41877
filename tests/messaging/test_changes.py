"""Words taken back: edited and deleted for a while, and the earlier ones kept as evidence."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import Error, connection

from core.clock import business_now
from messaging.models import FeedRow, Message, MessageVersion
from messaging.services.messages import post_message
from people.services.blocks import block
from tests.messaging.cast import Phone
from tests.messaging.test_conversations import problem, same_refusal
from tests.messaging.test_groups import drop, make_group, set_role

pytestmark = pytest.mark.django_db


def edit(who: Phone, message: str, text: str, **more: Any) -> Any:
    return who.client.patch(f"/v1/messages/{message}", {"text": text, **more}, format="json")


def delete(who: Phone, message: str) -> Any:
    return who.client.delete(f"/v1/messages/{message}")


def age(message: str, **span: int) -> None:
    """Let a message be older; only the owner of the tables can."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE messaging_message DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE messaging_message SET created_at = %s WHERE public_id = %s",
            [business_now() - timedelta(**span), message],
        )
        cursor.execute("ALTER TABLE messaging_message ENABLE TRIGGER USER")


def told(kind: str) -> list[dict[str, Any]]:
    return [row.payload for row in FeedRow.objects.filter(kind=kind).order_by("id")]


def kept() -> list[tuple[str, Any]]:
    return list(MessageVersion.objects.order_by("id").values_list("act", "content"))


def test_an_edit_shows_the_new_words_and_keeps_the_old(ana: Phone, bruno: Phone, talk: str) -> None:
    message = ana.say(talk, "Bom dya", "1").message.public_id
    answer = edit(ana, message, "Bom dia")
    assert (answer.status_code, answer.json()["content"]) == (200, {"text": "Bom dia"})
    assert answer.json()["edited_at"] is not None
    shown = bruno.get(f"messages/{message}").json()
    assert (shown["content"], shown["type"], shown["seq"]) == ({"text": "Bom dia"}, "text", 1)
    assert kept() == [("edited", {"text": "Bom dya"})]
    (news,) = told("message.updated")
    assert (news["id"], news["content"]) == (message, {"text": "Bom dia"})
    assert edit(ana, message, "Bom dia").status_code == 200
    assert len(kept()) == len(told("message.updated")) == 1
    again = ana.say(talk, "Bom dya", "1")
    assert (again.is_new, again.message.content) == (False, {"text": "Bom dia"})


def test_a_deletion_empties_the_place_and_keeps_what_was_said(
    ana: Phone, bruno: Phone, talk: str
) -> None:
    message = ana.say(talk, "segredo", "1").message.public_id
    reply = {"client_id": "r", "type": "text", "text": "o quê?", "reply_to": message}
    assert bruno.post(f"conversations/{talk}/messages", reply).status_code == 201
    for _ in range(2):
        assert delete(ana, message).status_code == 204
    rows = bruno.get(f"conversations/{talk}/messages", after_seq=0).json()["data"]
    assert [(row["seq"], row["type"], row["content"]) for row in rows] == [
        (1, "deleted", {}),
        (2, "text", {"text": "o quê?"}),
    ]
    assert rows[1]["reply_to"] == message
    assert kept() == [("deleted", {"text": "segredo"})]
    (news,) = told("message.deleted")
    assert (news["id"], news["type"], news["content"]) == (message, "deleted", {})
    assert problem(edit(ana, message, "x")) == (409, "message_not_changeable")
    assert ana.say(talk, "segredo", "1").is_new is False


def test_only_the_author_and_only_for_a_while(
    ana: Phone, bruno: Phone, carla: Phone, talk: str
) -> None:
    message = ana.say(talk, "oi", "1").message.public_id
    assert problem(edit(bruno, message, "x")) == (403, "forbidden")
    assert problem(delete(bruno, message)) == (403, "forbidden")
    refused = (edit(carla, message, "x"), delete(carla, message))
    unknown = (edit(carla, "msg_unknown", "x"), delete(carla, "msg_unknown"))
    for mine, none in zip(refused, unknown, strict=True):
        assert problem(mine) == (404, "not_found")
        assert same_refusal(mine, none)
    age(message, minutes=16)
    assert problem(edit(ana, message, "x")) == (409, "too_late")
    assert edit(ana, message, "oi").status_code == 200
    age(message, hours=49)
    assert problem(delete(ana, message)) == (409, "too_late")
    assert (kept(), Message.objects.get().content) == ([], {"text": "oi"})


@pytest.mark.parametrize("text", ["", "  ", "x" * 4097, 7, None, ["x"], "a\x00b"])
def test_words_that_are_not_right_change_nothing(ana: Phone, talk: str, text: Any) -> None:
    message = ana.say(talk, "oi", "1").message.public_id
    assert problem(edit(ana, message, text))[0] == 400
    assert problem(edit(ana, message, "x", kind="payment")) == (400, "unknown_field")
    assert (kept(), Message.objects.get().content) == ([], {"text": "oi"})


def test_what_has_no_words_is_not_edited_and_money_is_not_deleted(
    ana: Phone, bruno: Phone, talk: str
) -> None:
    place = {"client_id": "l", "type": "location", "location": {"latitude": 1, "longitude": 2}}
    location = ana.post(f"conversations/{talk}/messages", place).json()["id"]
    assert problem(edit(ana, location, "x")) == (409, "message_not_changeable")
    assert delete(ana, location).status_code == 204
    group = make_group(ana, bruno)
    system = Message.objects.get(kind="system").public_id
    assert group
    for refused in (edit(ana, system, "x"), delete(ana, system)):
        assert problem(refused) == (409, "message_not_changeable")
    from core.transactions import owns_block  # noqa: PLC0415

    with owns_block():
        order = post_message(
            conversation=talk,
            sender_party_id=ana.party.id,
            kind="order",
            content=dict.fromkeys(("order", "number", "state", "lines", "total", "expires_at"), 1),
            content_ref="ord_1",
        )
    assert problem(delete(ana, order.public_id)) == (409, "message_not_changeable")


def test_those_who_run_a_group_may_take_back_for_others(
    ana: Phone, bruno: Phone, carla: Phone
) -> None:
    group = make_group(ana, bruno, carla)
    first, second = (carla.say(group, "spam", f"{n}").message.public_id for n in (1, 2))
    assert problem(delete(bruno, first)) == (403, "forbidden")
    set_role(ana, group, bruno, "admin")
    assert delete(bruno, first).status_code == 204
    assert problem(edit(bruno, second, "x")) == (403, "forbidden")
    drop(ana, group, carla)
    assert problem(edit(carla, second, "x")) == (403, "not_in_group")
    assert problem(delete(carla, second)) == (403, "not_in_group")
    drop(ana, group, bruno)
    assert problem(delete(bruno, second)) == (403, "not_in_group")


@pytest.mark.django_db(transaction=True)
def test_who_left_reads_the_words_as_they_stood(ana: Phone, bruno: Phone, carla: Phone) -> None:
    group = make_group(ana, bruno, carla)
    first, second, third = (
        ana.say(group, words, words).message.public_id for words in ("um", "dois", "tres")
    )
    assert edit(ana, first, "um, corrigido").status_code == 200
    assert drop(carla, group, carla).status_code == 204
    for message in (first, second):
        for words in ("segredo", "segredo maior"):
            assert edit(ana, message, words).status_code == 200
    assert delete(ana, third).status_code == 204

    def read(who: Phone) -> list[tuple[dict[str, Any], bool]]:
        rows = who.get(f"conversations/{group}/messages", after_seq=1, limit=3).json()["data"]
        return [(row["content"], row["edited_at"] is not None) for row in rows]

    now = {"text": "segredo maior"}
    assert read(bruno) == [(now, True), (now, True), ({}, True)]
    assert read(carla) == [({"text": "um, corrigido"}, True), ({"text": "dois"}, False), ({}, True)]
    assert carla.get(f"messages/{second}").json()["content"] == {"text": "dois"}
    found = {
        (who.number, words): len(who.get("messages", q=words).json()["data"])
        for who in (bruno, carla)
        for words in ("segredo", "dois")
    }
    assert found == {
        (bruno.number, "segredo"): 2,
        (bruno.number, "dois"): 0,
        (carla.number, "segredo"): 0,
        (carla.number, "dois"): 0,
    }


def test_after_a_block_nothing_can_be_said_by_editing(ana: Phone, bruno: Phone, talk: str) -> None:
    message = ana.say(talk, "oi", "1").message.public_id
    block(party_id=bruno.party.id, other_public_id=ana.party.public_id)
    assert problem(edit(ana, message, "x")) == (404, "not_found")
    assert delete(ana, message).status_code == 204


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE messaging_messageversion SET content = '{}'",
        "DELETE FROM messaging_messageversion",
        'UPDATE messaging_message SET content = \'{"text": "y"}\', edited_at = created_at',
        "UPDATE messaging_message SET deleted_at = created_at, edited_at = created_at",
        "UPDATE messaging_message SET sender_id = 1",
    ],
)
def test_the_database_keeps_the_evidence(ana: Phone, talk: str, statement: str) -> None:
    message = ana.say(talk, "oi", "1").message.public_id
    assert edit(ana, message, "olá").status_code == 200
    with pytest.raises(Error), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_an_edit_and_a_deletion_at_once_end_deleted(ana: Phone, talk: str, in_threads: Any) -> None:
    for turn in range(8):
        message = ana.say(talk, "um", f"{turn}").message.public_id
        in_threads(lambda m=message: edit(ana, m, "dois"), lambda m=message: delete(ana, m))
        row = Message.objects.get(public_id=message)
        assert (row.content, row.deleted_at is None) == ({}, False)
        acts = list(row.versions.order_by("id").values_list("act", flat=True))
        assert acts in (["deleted"], ["edited", "deleted"])
    assert [row["type"] for row in told("message.deleted")] == ["deleted"] * 8

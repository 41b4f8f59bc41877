"""Saying things: once for each client id, numbered without gaps, never altered."""

import json
from typing import Any

import pytest
from django.db import Error, connection

from core.transactions import owns_block
from messaging.models import Conversation, FeedRow, Member, Message
from messaging.services.conversations import open_conversation
from messaging.services.messages import ClientIdReused
from people.services.blocks import block
from tests.messaging.cast import Phone
from tests.messaging.test_conversations import problem

pytestmark = pytest.mark.django_db


def text(client_id: str = "a-1", words: object = "Bom dia!", **more: Any) -> dict[str, Any]:
    return {"client_id": client_id, "type": "text", "text": words, **more}


def test_a_message_is_stored_once_for_each_client_id(ana: Phone, talk: str) -> None:
    path = f"conversations/{talk}/messages"
    first, again = ana.post(path, text()), ana.post(path, text())
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["seq"] == 1
    assert first.json()["content"] == {"text": "Bom dia!"}
    assert first.json()["sender"] == ana.party.public_id
    other = ana.post(path, text(words="Boa noite!"))
    assert problem(other) == (422, "client_id_reused")
    assert Message.objects.count() == 1
    assert FeedRow.objects.filter(kind="message.created").count() == 1


def test_a_client_id_belongs_to_its_sender(
    ana: Phone, bruno: Phone, carla: Phone, talk: str
) -> None:
    path = f"conversations/{talk}/messages"
    assert ana.post(path, text()).json()["seq"] == 1
    assert bruno.post(path, text()).json()["seq"] == 2
    elsewhere = open_conversation(party_id=ana.party.id, other=carla.party.public_id).public_id
    answer = ana.post(f"conversations/{elsewhere}/messages", text())
    assert problem(answer) == (422, "client_id_reused")
    assert Conversation.objects.get(public_id=elsewhere).last_seq == 0


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (text(words=""), "input_invalid"),
        (text(words="   \n"), "input_invalid"),
        (text(words="x" * 4097), "input_invalid"),
        (text(words=7), "input_invalid"),
        (text(words=None), "input_invalid"),
        (text(words={"a": 1}), "input_invalid"),
        (text(words="a\x00b"), "text_invalid"),
        (text(words="a\ud800b"), "text_invalid"),
        (text(client_id=""), "input_invalid"),
        (text(client_id="x" * 65), "input_invalid"),
        (text(client_id="a b"), "input_invalid"),
        (text(client_id="a\n"), "input_invalid"),
        (text(client_id="é"), "input_invalid"),
        (text(extra=1), "unknown_field"),
        (text(reply_to="msg_unknown"), "input_invalid"),
        ({**text(), "type": "payment"}, "input_invalid"),
        ({**text(), "type": "order"}, "input_invalid"),
        ({**text(), "type": "product"}, "input_invalid"),
        ({"client_id": "a", "type": "payment", "content": {"state": "completed"}}, "unknown_field"),
    ],
)
def test_bad_messages_leave_nothing(ana: Phone, talk: str, body: dict[str, Any], code: str) -> None:
    path = f"/v1/conversations/{talk}/messages"
    answer = ana.client.post(path, json.dumps(body), content_type="application/json")
    assert problem(answer) == (400, code)
    assert (
        Message.objects.count(),
        FeedRow.objects.filter(conversation__isnull=False).count(),
    ) == (0, 0)
    assert Conversation.objects.get(public_id=talk).last_seq == 0


def test_the_longest_text_and_every_script_come_back_as_sent(ana: Phone, talk: str) -> None:
    for number, words in enumerate(["é" * 4096, "  বাংলা \U0001f956\n ", "<b>&</b>"]):
        sent = ana.post(f"conversations/{talk}/messages", text(f"c{number}", words))
        assert sent.status_code == 201
    rows = ana.get(f"conversations/{talk}/messages", after_seq=0).json()["data"]
    assert [row["content"]["text"] for row in rows] == [
        "é" * 4096,
        "  বাংলা \U0001f956\n ",
        "<b>&</b>",
    ]


def test_a_reply_names_a_message_of_the_same_talk(
    ana: Phone, bruno: Phone, carla: Phone, talk: str
) -> None:
    first = ana.say(talk, "oi", "1").message.public_id
    reply = bruno.post(f"conversations/{talk}/messages", text("2", "olá", reply_to=first))
    assert reply.json()["reply_to"] == first
    elsewhere = open_conversation(party_id=carla.party.id, other=ana.number).public_id
    stolen = carla.post(f"conversations/{elsewhere}/messages", text("3", "?", reply_to=first))
    assert problem(stolen) == (400, "input_invalid")


def test_a_block_ends_the_talk_and_says_no_more_than_nothing(
    ana: Phone, bruno: Phone, talk: str
) -> None:
    first = ana.post(f"conversations/{talk}/messages", text())
    block(party_id=bruno.party.id, other_public_id=ana.party.public_id)
    assert problem(ana.post(f"conversations/{talk}/messages", text("2"))) == (404, "not_found")
    assert problem(bruno.post(f"conversations/{talk}/messages", text("2"))) == (404, "not_found")
    assert ana.post(f"conversations/{talk}/messages", text()).json() == first.json()
    assert Message.objects.count() == 1


def test_history_pages_both_ways(ana: Phone, bruno: Phone, talk: str) -> None:
    for number in range(1, 6):
        (ana if number % 2 else bruno).say(talk, f"{number}", f"c{number}")
    path = f"conversations/{talk}/messages"

    def seqs(**query: int) -> tuple[list[int], str | None]:
        answer = bruno.get(path, **query).json()
        return [row["seq"] for row in answer["data"]], answer["next"]

    assert seqs() == ([5, 4, 3, 2, 1], None)
    assert seqs(limit=2) == ([5, 4], "4")
    assert seqs(limit=2, before_seq=4) == ([3, 2], "2")
    assert seqs(limit=2, before_seq=2) == ([1], None)
    assert seqs(limit=2, after_seq=0) == ([1, 2], "2")
    assert seqs(limit=9, after_seq=4) == ([5], None)
    assert seqs(before_seq=5, after_seq=2) == ([4, 3], None)
    for wrong in ({"limit": 0}, {"limit": 201}, {"before_seq": -1}, {"after_seq": 2**63}):
        assert problem(bruno.get(path, **wrong)) == (400, "input_invalid")


@pytest.mark.parametrize("count", [1, 3])
def test_history_asks_the_same_however_long(
    ana: Phone, bruno: Phone, talk: str, count: int, django_assert_num_queries: Any
) -> None:
    first = ana.say(talk, "oi", "0").message.public_id
    for number in range(count):
        bruno.post(f"conversations/{talk}/messages", text(f"c{number}", "oi", reply_to=first))
    with django_assert_num_queries(6):  # The device and five reads.
        answer = ana.get(f"conversations/{talk}/messages")
    assert len(answer.json()["data"]) == count + 1


@pytest.mark.django_db(transaction=True)
def test_numbers_have_no_gaps_when_some_writers_roll_back(
    ana: Phone, bruno: Phone, talk: str, in_threads: Any, names_of: Any
) -> None:
    """Twenty writers, one in ten aborted after its message was written."""

    class Abort(Exception):
        pass

    def writer(number: int) -> Any:
        def write() -> None:
            who = (ana, bruno)[number % 2]
            for turn in range(10):
                name = f"{number}-{turn}"
                if (number + turn) % 10 == 0:
                    with pytest.raises(Abort):
                        _write_and_abort(who, talk, name, Abort)
                else:
                    who.say(talk, name, name)

        return write

    outcomes = in_threads(*[writer(number) for number in range(20)])
    assert names_of(outcomes) == ["ok"] * 20
    seqs = list(Message.objects.order_by("seq").values_list("seq", flat=True))
    assert seqs == list(range(1, 181))
    assert Conversation.objects.get(public_id=talk).last_seq == 180


def _write_and_abort(who: Phone, talk: str, name: str, abort: type[Exception]) -> None:
    from messaging.services.messages import post_message  # noqa: PLC0415

    with owns_block():
        post_message(
            conversation=talk,
            sender_party_id=who.party.id,
            kind="product",
            content={"product": name, "name": "", "price": {}, "shop": "", "available": True},
            content_ref=name,
        )
        raise abort


@pytest.mark.django_db(transaction=True)
def test_the_same_message_a_hundred_times_at_once_is_one(
    ana: Phone, talk: str, in_threads: Any
) -> None:
    sent = in_threads(lambda: ana.say(talk, "oi", "same"), times=50)
    assert len({each.message.public_id for each in sent}) == 1
    assert sorted(each.is_new for each in sent) == [False] * 49 + [True]
    assert Conversation.objects.get(public_id=talk).last_seq == 1


@pytest.mark.django_db(transaction=True)
def test_one_client_id_in_two_talks_at_once_is_one_message(
    ana: Phone, bruno: Phone, carla: Phone, talk: str, in_threads: Any
) -> None:
    other = open_conversation(party_id=ana.party.id, other=carla.party.public_id).public_id
    for turn in range(5):
        name = f"same-{turn}"
        outcomes = in_threads(
            lambda name=name: ana.say(talk, "oi", name),
            lambda name=name: ana.say(other, "oi", name),
        )
        kinds = sorted(type(each).__name__ for each in outcomes)
        assert kinds == [ClientIdReused.__name__, "Sent"]
    total = sum(Conversation.objects.values_list("last_seq", flat=True))
    assert total == Message.objects.count() == 5


def test_writing_marks_as_read_what_came_before(ana: Phone, bruno: Phone, talk: str) -> None:
    ana.say(talk, "oi", "1")
    bruno.say(talk, "olá", "2")
    markers = Member.objects.order_by("party_id").values_list("read_seq", "delivered_seq")
    assert list(markers) == [(1, 1), (2, 2)]


@pytest.mark.parametrize(
    "statement",
    [
        'UPDATE messaging_message SET content = \'{"text": "x"}\', edited_at = created_at',
        "UPDATE messaging_message SET seq = 9",
        "DELETE FROM messaging_message",
        "UPDATE messaging_feedrow SET payload = '{}'",
    ],
)
def test_the_database_refuses_to_change_what_was_said(
    ana: Phone, talk: str, statement: str
) -> None:
    ana.say(talk, "oi", "1")
    with pytest.raises(Error), connection.cursor() as cursor:
        cursor.execute(statement)

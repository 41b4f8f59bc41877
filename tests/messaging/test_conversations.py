"""Opening conversations and reading the inbox: one for a pair, nothing for a stranger."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging.models import Conversation, Member
from messaging.services.conversations import open_conversation
from people.queries import PartyFacts
from people.services.blocks import block
from tests.messaging.cast import Phone, make_phone

pytestmark = pytest.mark.django_db
DjangoQueries = Any


def test_a_pair_has_one_conversation_whoever_opens_it(ana: Phone, bruno: Phone) -> None:
    first = ana.post("conversations", {"with": [bruno.party.public_id]})
    again = bruno.post("conversations", {"with": [ana.number]})
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json()["id"] == again.json()["id"]
    assert Conversation.objects.count() == 1
    assert Member.objects.count() == 2
    names = [member["name"] for member in first.json()["members"]]
    assert names == ["Ana", "Bruno"]
    assert (first.json()["last_seq"], first.json()["unread"]) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_open_one(ana: Phone, bruno: Phone, in_threads: Any) -> None:
    def from_ana() -> str:
        return open_conversation(party_id=ana.party.id, other=bruno.party.public_id).public_id

    def from_bruno() -> str:
        return open_conversation(party_id=bruno.party.id, other=ana.party.public_id).public_id

    opened = in_threads(from_ana, from_bruno, times=5)
    assert len(set(opened)) == 1
    assert Conversation.objects.count() == 1
    assert Member.objects.count() == 2


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def same_refusal(one: Any, other: Any) -> bool:
    bodies = [{**answer.json(), "request_id": ""} for answer in (one, other)]
    return bool(bodies[0] == bodies[1]) and one.status_code == other.status_code


def test_blocked_and_unknown_look_the_same(ana: Phone, bruno: Phone) -> None:
    block(party_id=bruno.party.id, other_public_id=ana.party.public_id)
    unknown = ana.post("conversations", {"with": ["pty_01JD00000000000000000000ZZ"]})
    blocked = ana.post("conversations", {"with": [bruno.party.public_id]})
    by_phone = ana.post("conversations", {"with": [bruno.number]})
    assert problem(unknown) == (404, "not_found")
    assert same_refusal(unknown, blocked)
    assert same_refusal(unknown, by_phone)
    assert Conversation.objects.count() == 0


def test_blocked_and_unknown_ask_the_same_of_the_database(ana: Phone, bruno: Phone) -> None:
    """What is asked decides how long it takes, and so what can be learnt by a clock."""
    block(party_id=bruno.party.id, other_public_id=ana.party.public_id)
    names = [
        bruno.party.public_id,
        "pty_01JD00000000000000000000ZZ",
        bruno.number,
        "+5511999999999",
    ]
    asked = []
    for body in [{"with": [name]} for name in names] + [
        {"with": [name], "title": "Pão"} for name in names
    ]:
        with CaptureQueriesContext(connection) as seen:
            assert problem(ana.post("conversations", body)) == (404, "not_found")
        asked.append([each["sql"].split()[0] for each in seen])
    for at in range(0, len(asked), 2):
        assert asked[at] == asked[at + 1]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"with": []},
        {"with": ["+5511976543210", "+5521987654329"]},
        {"with": "+5511976543210"},
        {"with": [None]},
        {"with": [{"party": "x"}]},
        {"with": ["x" * 41]},
    ],
)
def test_one_counterpart_is_asked_for(ana: Phone, body: dict[str, Any]) -> None:
    answer = ana.post("conversations", body)
    assert problem(answer) == (400, "input_invalid")
    assert Conversation.objects.count() == 0


def test_not_with_oneself_and_not_without_a_token(ana: Phone) -> None:
    assert problem(ana.post("conversations", {"with": [ana.number]})) == (400, "input_invalid")
    ana.client.credentials()
    assert problem(ana.get("conversations")) == (401, "unauthenticated")


def test_strangers_see_nothing(talk: str, carla: Phone) -> None:
    unknown = "cnv_01JD00000000000000000000ZZ"
    for path, body in [
        ("conversations/{}", None),
        ("conversations/{}/messages", None),
        ("conversations/{}/messages", {"client_id": "1", "type": "text", "text": "oi"}),
        ("conversations/{}/read", {"seq": 0}),
    ]:
        asked = [
            carla.get(path.format(each)) if body is None else carla.post(path.format(each), body)
            for each in (talk, unknown)
        ]
        assert problem(asked[0]) == (404, "not_found")
        assert same_refusal(*asked)
    assert carla.get("conversations").json() == {"data": [], "next": None}


def fill_inbox(ana: Phone, count: int) -> None:
    for number in range(count):
        other = make_phone(f"+551190000000{number}", f"Friend {number}")
        opened = open_conversation(party_id=ana.party.id, other=other.party.public_id)
        other.say(opened.public_id, "oi", "hello")
        other.say(opened.public_id, "tudo bem?", "hello-2")


@pytest.mark.parametrize("count", [1, 3])
def test_the_inbox_asks_the_same_however_long(
    ana: Phone, count: int, django_assert_num_queries: DjangoQueries
) -> None:
    fill_inbox(ana, count)
    with django_assert_num_queries(4):  # The device and three reads.
        answer = ana.get("conversations")
    rows = answer.json()["data"]
    assert [row["members"][1]["name"] for row in rows] == [
        f"Friend {number}" for number in reversed(range(count))
    ]
    assert {row["unread"] for row in rows} == {2}
    assert {row["last_message"]["content"]["text"] for row in rows} == {"tudo bem?"}


def test_the_inbox_pages(ana: Phone) -> None:
    fill_inbox(ana, 3)
    first = ana.get("conversations", limit=2).json()
    second = ana.get("conversations", limit=2, after=first["next"]).json()
    assert (len(first["data"]), len(second["data"]), second["next"]) == (2, 1, None)
    assert len({row["id"] for row in first["data"] + second["data"]}) == 3
    assert problem(ana.get("conversations", after="???")) == (400, "input_invalid")


def test_a_business_is_talked_to_like_anyone(ana: Phone, padaria: PartyFacts) -> None:
    opened = ana.post("conversations", {"with": [padaria.public_id]}).json()
    assert [(m["kind"], m["name"]) for m in opened["members"]] == [
        ("person", "Ana"),
        ("business", "Padaria do Zé"),
    ]

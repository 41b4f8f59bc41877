"""Markers only rise, and tell the others."""

import pytest

from messaging.models import Conversation, FeedRow
from messaging.services.reading import Delivered, mark_delivered
from tests.messaging.cast import Phone
from tests.messaging.test_conversations import problem

pytestmark = pytest.mark.django_db


def receipts() -> list[tuple[str, int, int]]:
    rows = FeedRow.objects.filter(kind="receipt").order_by("id").values_list("payload", flat=True)
    return [(row["party"], row["read_seq"], row["delivered_seq"]) for row in rows]


def test_a_read_marker_only_rises(ana: Phone, bruno: Phone, talk: str) -> None:
    for number in range(3):
        ana.say(talk, "oi", f"{number}")
    path = f"conversations/{talk}/read"
    assert bruno.get("conversations").json()["data"][0]["unread"] == 3
    assert bruno.post(path, {"seq": 2}).json() == {"read_seq": 2}
    assert bruno.post(path, {"seq": 1}).json() == {"read_seq": 2}
    assert bruno.post(path, {"seq": 2}).json() == {"read_seq": 2}
    assert bruno.get("conversations").json()["data"][0]["unread"] == 1
    assert receipts() == [(bruno.party.public_id, 2, 2)]
    seen = ana.get("conversations").json()["data"][0]["members"][1]
    assert (seen["party"], seen["read_seq"], seen["delivered_seq"]) == (bruno.party.public_id, 2, 2)


@pytest.mark.parametrize("seq", [-1, 4, 2**63, "x", None, 1.5])
def test_a_message_that_is_not_there_cannot_be_read(
    ana: Phone, bruno: Phone, talk: str, seq: object
) -> None:
    for number in range(3):
        ana.say(talk, "oi", f"{number}")
    assert problem(bruno.post(f"conversations/{talk}/read", {"seq": seq})) == (400, "input_invalid")
    assert receipts() == []


def test_delivery_marks_rise_and_never_pass_the_last_message(
    ana: Phone, bruno: Phone, talk: str
) -> None:
    ana.say(talk, "oi", "1")
    ana.say(talk, "oi", "2")
    key = Conversation.objects.get().pk
    assert mark_delivered(marks=[Delivered(key, bruno.party.id, 1)]) == 1
    assert mark_delivered(marks=[Delivered(key, bruno.party.id, 1)]) == 0
    marks = [Delivered(key, bruno.party.id, 99), Delivered(key, bruno.party.id, 2)]
    assert mark_delivered(marks=marks) == 1
    assert mark_delivered(marks=[Delivered(10**9, bruno.party.id, 1)]) == 0
    assert receipts() == [(bruno.party.public_id, 0, 1), (bruno.party.public_id, 0, 2)]

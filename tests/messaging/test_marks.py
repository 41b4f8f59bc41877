"""What others do about a message: reactions, mentions, and how far they have got."""

from typing import Any

import pytest

from messaging.models import Conversation, FeedRow, Member, Mention, Message, Reaction
from messaging.services.reactions import is_emoji
from messaging.services.reading import Delivered, mark_delivered
from messaging.services.receipts import TOLD_UP_TO
from people.services.blocks import block
from tests.messaging.cast import Phone, make_phone
from tests.messaging.test_changes import delete, edit
from tests.messaging.test_conversations import problem, same_refusal
from tests.messaging.test_groups import drop, make_group

pytestmark = pytest.mark.django_db


def react(who: Phone, message: str, emoji: Any) -> Any:
    return who.client.put(f"/v1/messages/{message}/reaction", {"emoji": emoji}, format="json")


def felt(who: Phone, message: str) -> list[tuple[str, int, bool]]:
    rows = who.get(f"messages/{message}").json()["reactions"]
    return [(row["emoji"], row["count"], row["mine"]) for row in rows]


def test_a_member_feels_one_thing_about_a_message(ana: Phone, bruno: Phone, carla: Phone) -> None:
    group = make_group(ana, bruno, carla)
    message = ana.say(group, "Pão quente!", "1").message.public_id
    for who, emoji in ((bruno, "😋"), (bruno, "❤️"), (bruno, "❤️"), (carla, "❤️"), (ana, "👩🏽‍🍳")):
        assert react(who, message, emoji).status_code == 204
    assert felt(bruno, message) == [("❤️", 2, True), ("👩🏽‍🍳", 1, False)]
    assert react(carla, message, "").status_code == 204
    assert felt(carla, message) == [("❤️", 1, False), ("👩🏽‍🍳", 1, False)]
    rows = bruno.get(f"conversations/{group}/messages").json()["data"]
    assert rows[0]["reactions"][0] == {"emoji": "❤️", "count": 1, "mine": True}
    news = [row.payload["emoji"] for row in FeedRow.objects.filter(kind="reaction").order_by("id")]
    assert news == ["😋", "❤️", "❤️", "👩🏽‍🍳", None]
    assert Reaction.objects.count() == 2


@pytest.mark.parametrize("emoji", ["😀", "👍🏽", "🇧🇷", "1️⃣", "👨‍👩‍👧‍👦", "❤️", "‼️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "♻️"])
def test_pictures_are_pictures(emoji: str) -> None:
    assert is_emoji(emoji) is True


@pytest.mark.parametrize(
    "emoji", ["a", "ok", "é", "১", " ", "😀 ", "<b>", "1", "😀a", "x" * 33, "\u200b"]
)
def test_words_are_no_pictures(emoji: str) -> None:
    assert is_emoji(emoji) is False


def test_only_members_react_and_only_to_what_they_see(
    ana: Phone, bruno: Phone, carla: Phone, talk: str
) -> None:
    message = ana.say(talk, "oi", "1").message.public_id
    assert problem(react(carla, message, "😀")) == (404, "not_found")
    assert same_refusal(react(carla, message, "😀"), react(carla, "msg_unknown", "😀"))
    for wrong in ("a", 7, None, ["😀"], "😀" * 33):
        assert problem(react(bruno, message, wrong)) == (400, "input_invalid")
    assert delete(ana, message).status_code == 204
    assert problem(react(bruno, message, "😀")) == (409, "message_not_changeable")
    second = ana.say(talk, "oi", "2").message.public_id
    block(party_id=ana.party.id, other_public_id=bruno.party.public_id)
    assert problem(react(bruno, second, "😀")) == (404, "not_found")
    assert Reaction.objects.count() == 0


def test_mentions_are_of_members_and_counted_until_read(
    ana: Phone, bruno: Phone, carla: Phone
) -> None:
    group = make_group(ana, bruno)
    path = f"conversations/{group}/messages"

    def say(client_id: str, *named: Phone) -> Any:
        parties = [each.party.public_id for each in named]
        return ana.post(
            path, {"client_id": client_id, "type": "text", "text": "@", "mentions": parties}
        )

    first = say("1", bruno, ana, bruno)
    assert first.json()["content"]["mentions"] == [bruno.party.public_id, ana.party.public_id]
    assert problem(say("2", carla)) == (400, "input_invalid")
    assert say("3", bruno).status_code == 201
    assert bruno.get("conversations").json()["data"][0]["mentions"] == 2
    assert bruno.get(f"conversations/{group}").json()["mentions"] == 2
    edited = edit(ana, first.json()["id"], "@")
    assert edited.json()["content"] == {"text": "@"}
    assert bruno.get(f"conversations/{group}").json()["mentions"] == 1
    bruno.post(f"conversations/{group}/read", {"seq": 3})
    assert bruno.get("conversations").json()["data"][0]["mentions"] == 0
    assert Mention.objects.count() == 1
    assert Message.objects.filter(kind="text").count() == 2


def test_receipts_tell_the_sender_who_has_got_and_read_a_message(
    ana: Phone, bruno: Phone, carla: Phone
) -> None:
    dora = make_phone("+5511966666666", "Friend")
    group = make_group(ana, bruno, carla, dora)
    message = ana.say(group, "oi", "1").message
    path = f"messages/{message.public_id}/receipts"
    bruno.post(f"conversations/{group}/read", {"seq": message.seq})
    mark_delivered(marks=[Delivered(message.conversation_id, carla.party.id, message.seq)])
    answer = ana.get(path, limit=2).json()
    assert [(row["name"], row["state"]) for row in answer["data"]] == [
        ("Bruno", "read"),
        ("Carla", "delivered"),
    ]
    assert (answer["members"], answer["delivered"], answer["read"]) == (3, 2, 1)
    rest = ana.get(path, limit=2, after=answer["next"]).json()
    assert [(row["name"], row["state"]) for row in rest["data"]] == [("Friend", "sent")]
    assert ana.get(f"messages/{message.public_id}").json()["state"] == "sent"
    drop(ana, group, dora)
    assert ana.get(f"messages/{message.public_id}").json()["state"] == "delivered"
    carla.post(f"conversations/{group}/read", {"seq": message.seq})
    assert ana.get(f"conversations/{group}/messages").json()["data"][1]["state"] == "read"
    assert bruno.get(f"messages/{message.public_id}").json()["state"] is None
    assert problem(bruno.get(path)) == (403, "forbidden")
    stranger = make_phone("+5511955555555", "Stranger")
    assert problem(stranger.get(path)) == (404, "not_found")
    assert same_refusal(stranger.get(path), stranger.get("messages/msg_unknown/receipts"))


@pytest.mark.parametrize("count", [1, 3])
def test_receipts_ask_the_same_however_many(
    ana: Phone, bruno: Phone, carla: Phone, count: int, django_assert_num_queries: Any
) -> None:
    dora = make_phone("+5511966666666", "Friend")
    group = make_group(ana, *[bruno, carla, dora][:count])
    message = ana.say(group, "oi", "1").message.public_id
    with django_assert_num_queries(5):  # The device and four reads.
        rows = ana.get(f"messages/{message}/receipts").json()["data"]
    assert len(rows) == count


def test_a_large_group_gets_its_marks_in_silence(ana: Phone, bruno: Phone, carla: Phone) -> None:
    group = make_group(ana, bruno, carla)
    Conversation.objects.filter(public_id=group).update(member_count=TOLD_UP_TO + 1)
    message = ana.say(group, "oi", "1").message
    key = message.conversation_id
    marks = [
        Delivered(key, bruno.party.id, 99),
        Delivered(key, carla.party.id, 1),
        Delivered(key, 10**9, 1),
    ]
    assert mark_delivered(marks=marks) == 2
    assert mark_delivered(marks=marks) == 0
    bruno.post(f"conversations/{group}/read", {"seq": 1})
    rows = Member.objects.filter(conversation_id=key).order_by("id")
    assert list(rows.values_list("delivered_seq", "read_seq")) == [(2, 2), (2, 1), (1, 0)]
    assert FeedRow.objects.filter(kind="receipt").count() == 0

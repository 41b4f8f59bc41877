"""Groups: who takes part, who may change it, and what those who come and go can read."""

from typing import Any

import pytest

from messaging.models import Conversation, FeedRow, Member, Message
from messaging.queries import history, sender_names, updates
from people.services.blocks import block
from tests.messaging.cast import Phone, make_phone, settle_feed
from tests.messaging.test_conversations import problem, same_refusal

pytestmark = pytest.mark.django_db


def make_group(owner: Phone, *others: Phone, title: str = "Pão") -> str:
    """Open a group and return its public id."""
    answer = owner.post(
        "conversations", {"title": title, "with": [each.party.public_id for each in others]}
    )
    assert answer.status_code == 201
    return str(answer.json()["id"])


def said(who: Phone, group: str) -> list[str]:
    """Return what somebody can read of a group, the oldest first: words, or what happened."""
    answer = who.get(f"conversations/{group}/messages", after_seq=0)
    assert answer.status_code == 200
    contents = [row["content"] for row in answer.json()["data"]]
    return [content.get("text", content.get("what")) for content in contents]


def heard(who: Phone) -> list[str]:
    """Return what the feed tells somebody of groups."""
    settle_feed()
    items = updates(who.party.id, None, 500).items
    created = [item.payload["content"] for item in items if item.kind == "message.created"]
    return [content.get("text", content.get("what")) for content in created]


def drop(actor: Phone, group: str, who: Phone) -> Any:
    return actor.client.delete(f"/v1/conversations/{group}/members/{who.party.public_id}")


def set_role(actor: Phone, group: str, who: Phone, role: str) -> Any:
    path = f"/v1/conversations/{group}/members/{who.party.public_id}"
    return actor.client.patch(path, {"role": role}, format="json")


def add(actor: Phone, group: str, *others: str) -> Any:
    return actor.post(f"conversations/{group}/members", {"add": list(others)})


def roles(who: Phone, group: str) -> dict[str, str]:
    answer = who.get(f"conversations/{group}/members")
    return {row["name"]: row["role"] for row in answer.json()["data"]}


@pytest.mark.django_db(transaction=True)
def test_a_group_is_one_row_for_each_message(ana: Phone, bruno: Phone, carla: Phone) -> None:
    group = make_group(ana, bruno)
    ana.say(group, "Bom dia!", "1")
    bruno.say(group, "Bom dia, Ana!", "2")
    assert (Message.objects.count(), FeedRow.objects.filter(kind="message.created").count()) == (
        3,
        3,
    )
    assert said(ana, group) == said(bruno, group) == ["created", "Bom dia!", "Bom dia, Ana!"]
    shown = bruno.get(f"conversations/{group}").json()
    assert (shown["type"], shown["title"], shown["member_count"], shown["role"]) == (
        "group",
        "Pão",
        2,
        "member",
    )
    assert [(row["name"], row["role"]) for row in shown["members"]] == [("Bruno", "member")]
    assert roles(bruno, group) == {"Ana": "owner", "Bruno": "member"}
    assert heard(bruno) == ["created", "Bom dia!", "Bom dia, Ana!"]
    assert heard(carla) == []


def test_who_said_what_has_a_name(ana: Phone, bruno: Phone, carla: Phone) -> None:
    group = make_group(ana, bruno, carla)
    ana.say(group, "Bom dia!", "1")
    carla.say(group, "Oi", "2")
    messages, _next = history(bruno.party.id, group)
    names = sender_names(messages)
    assert [names[each.sender_id] for each in messages] == ["Carla", "Ana", "Ana"]
    assert sender_names([]) == {}


def test_a_group_of_others_is_as_good_as_none(ana: Phone, bruno: Phone, carla: Phone) -> None:
    group = make_group(ana, bruno)
    ana.say(group, "segredo", "1")

    def asked(name: str) -> list[Any]:
        path = f"conversations/{name}"
        message = {"client_id": "x", "type": "text", "text": "oi"}
        return [
            carla.get(path),
            carla.get(f"{path}/messages"),
            carla.get(f"{path}/members"),
            carla.post(f"{path}/messages", message),
            carla.post(f"{path}/read", {"seq": 1}),
            add(carla, name, carla.party.public_id),
            drop(carla, name, ana),
            drop(carla, name, carla),
            set_role(carla, name, carla, "owner"),
            carla.client.patch(f"/v1/{path}", {"title": "x"}, format="json"),
        ]

    for mine, unknown in zip(asked(group), asked("cnv_unknown"), strict=True):
        assert problem(mine) == (404, "not_found")
        assert same_refusal(mine, unknown)
    assert carla.get("conversations").json() == {"data": [], "next": None}
    assert Message.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_who_joins_sees_from_then_on_and_who_leaves_up_to_then(
    ana: Phone, bruno: Phone, carla: Phone
) -> None:
    group = make_group(ana, bruno)
    ana.say(group, "antes", "1")
    assert add(ana, group, carla.number, bruno.party.public_id).json() == {"added": 1}
    ana.say(group, "juntos", "2")
    assert carla.get("conversations").json()["data"][0]["unread"] == 2
    assert drop(carla, group, carla).status_code == 204
    ana.say(group, "depois", "3")
    assert said(carla, group) == ["added", "juntos", "left"]
    assert said(bruno, group) == ["created", "antes", "added", "juntos", "left", "depois"]
    assert heard(carla) == ["added", "juntos", "left"]
    assert heard(bruno) == said(bruno, group)
    row = carla.get("conversations").json()["data"][0]
    assert (row["is_member"], row["last_seq"], row["unread"], row["last_message"]["seq"]) == (
        False,
        5,
        2,
        5,
    )
    assert carla.post(f"conversations/{group}/read", {"seq": 5}).json() == {"read_seq": 5}
    assert problem(carla.post(f"conversations/{group}/read", {"seq": 6}))[0] == 400
    assert problem(carla.get(f"conversations/{group}/members")) == (404, "not_found")


@pytest.mark.django_db(transaction=True)
def test_who_left_writes_nothing_and_comes_back_to_a_clean_page(
    ana: Phone, bruno: Phone, carla: Phone
) -> None:
    group = make_group(ana, bruno, carla)
    ana.say(group, "um", "1")
    assert drop(ana, group, carla).status_code == 204
    text = {"client_id": "c", "type": "text", "text": "oi"}
    assert problem(carla.post(f"conversations/{group}/messages", text)) == (403, "not_in_group")
    assert problem(add(carla, group, carla.number)) == (403, "not_in_group")
    ana.say(group, "dois", "2")
    assert add(ana, group, carla.number).json() == {"added": 1}
    ana.say(group, "três", "3")
    assert said(carla, group) == ["added", "três"]
    settle_feed()
    assert heard(carla) == ["added", "três"]
    earlier = Message.objects.get(content__text="um").public_id
    reply = {**text, "reply_to": earlier}
    assert problem(carla.post(f"conversations/{group}/messages", reply)) == (400, "input_invalid")
    assert carla.post(f"conversations/{group}/messages", text).status_code == 201


def test_roles_say_who_may_change_the_group(ana: Phone, bruno: Phone, carla: Phone) -> None:
    dora = make_phone("+5511966666666", "Friend")
    group = make_group(ana, bruno, carla)
    for refused in (
        add(bruno, group, dora.number),
        drop(bruno, group, carla),
        set_role(bruno, group, carla, "admin"),
        bruno.client.patch(f"/v1/conversations/{group}", {"title": "x"}, format="json"),
    ):
        assert problem(refused) == (403, "forbidden")
    assert set_role(ana, group, bruno, "admin").status_code == 204
    assert add(bruno, group, dora.number).json() == {"added": 1}
    assert problem(drop(bruno, group, ana)) == (403, "forbidden")
    assert problem(set_role(bruno, group, carla, "admin")) == (403, "forbidden")
    assert problem(set_role(ana, group, ana, "member")) == (409, "state_conflict")
    assert drop(bruno, group, carla).status_code == 204
    assert problem(drop(ana, group, carla)) == (404, "not_found")
    renamed = bruno.client.patch(f"/v1/conversations/{group}", {"title": " Festa "}, format="json")
    assert renamed.json()["title"] == "Festa"
    assert set_role(ana, group, bruno, "owner").status_code == 204
    assert roles(dora, group) == {"Ana": "admin", "Bruno": "owner", "Friend": "member"}
    assert said(ana, group)[1:] == ["role", "added", "removed", "renamed", "role"]


def test_the_longest_there_inherits_and_the_last_one_leaves_nobody(
    ana: Phone, bruno: Phone, carla: Phone
) -> None:
    group = make_group(ana, bruno, carla)
    set_role(ana, group, carla, "admin")
    assert drop(ana, group, ana).status_code == 204
    assert roles(bruno, group) == {"Bruno": "member", "Carla": "owner"}
    assert Message.objects.latest("id").content["owner"]["name"] == "Carla"
    drop(carla, group, carla)
    assert roles(bruno, group) == {"Bruno": "owner"}
    drop(bruno, group, bruno)
    assert Conversation.objects.get(public_id=group).member_count == 0
    assert Member.objects.filter(left_seq__isnull=True).count() == 0
    assert said(ana, group)[-1] == "left"


def test_nobody_is_pulled_in_past_a_block(ana: Phone, bruno: Phone, carla: Phone) -> None:
    block(party_id=carla.party.id, other_public_id=ana.party.public_id)
    everybody = [bruno.party.public_id, carla.party.public_id]
    refused = ana.post("conversations", {"title": "x", "with": everybody})
    nobody = ana.post("conversations", {"title": "x", "with": [*everybody[:1], "pty_nobody"]})
    assert problem(refused) == (404, "not_found")
    assert same_refusal(refused, nobody)
    assert Conversation.objects.count() == 0
    group = make_group(ana, bruno)
    assert same_refusal(add(ana, group, carla.party.public_id), add(ana, group, "pty_nobody"))
    assert Member.objects.count() == 2


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"title": "", "with": ["pty_x", "pty_y"]}, "input_invalid"),
        ({"title": "   ", "with": ["+5511976543210"]}, "input_invalid"),
        ({"title": "x" * 121, "with": ["+5511976543210"]}, "input_invalid"),
        ({"title": "a\x00b", "with": ["+5511976543210"]}, "text_invalid"),
        ({"title": 7, "with": ["+5511976543210"]}, "input_invalid"),
        ({"title": "x", "with": []}, "input_invalid"),
        ({"title": "x", "with": "all"}, "input_invalid"),
        ({"title": "x", "with": [["+5511976543210"]]}, "input_invalid"),
        ({"title": "x", "with": ["+5511987654321"]}, "input_invalid"),
        ({"title": "x", "with": ["pty_x"] * 1001}, "input_invalid"),
        ({"title": "x", "with": [f"+55119{n:08d}" for n in range(51)]}, "input_invalid"),
        ({"with": ["+5511976543210", "pty_x"]}, "input_invalid"),
        ({"title": "x", "with": ["+5511976543210"], "role": "owner"}, "unknown_field"),
    ],
)
def test_a_group_that_is_not_right_is_not_opened(
    ana: Phone, bruno: Phone, body: dict[str, Any], code: str
) -> None:
    assert problem(ana.post("conversations", body)) == (400, code)
    assert Conversation.objects.count() == 0


def test_the_same_key_opens_one_group(ana: Phone, bruno: Phone) -> None:
    body = {"title": "Pão", "with": [bruno.number]}
    first, again = (
        ana.client.post(
            "/v1/conversations", body, format="json", headers={"Idempotency-Key": "group-1"}
        )
        for _ in range(2)
    )
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert Conversation.objects.count() == 1


def test_a_pair_has_no_members_to_change(ana: Phone, bruno: Phone, talk: str) -> None:
    assert problem(drop(ana, talk, bruno)) == (409, "state_conflict")
    assert problem(add(ana, talk, bruno.number)) == (409, "state_conflict")
    assert roles(ana, talk) == {"Ana": "member", "Bruno": "member"}


@pytest.mark.parametrize("count", [1, 3])
def test_lists_of_groups_ask_the_same_however_long(
    ana: Phone, bruno: Phone, carla: Phone, count: int, django_assert_num_queries: Any
) -> None:
    groups = [make_group(ana, bruno, title=f"{number}") for number in range(count)]
    for group in groups:
        add(ana, group, carla.number)
    with django_assert_num_queries(3):  # The device, the places, the last messages.
        rows = ana.get("conversations").json()["data"]
    assert [(row["member_count"], row["unread"]) for row in rows] == [(3, 0)] * count
    with django_assert_num_queries(3):  # The device, the place, the members.
        first = ana.get(f"conversations/{groups[0]}/members", limit=count).json()
    assert len(first["data"]) == count
    assert (first["next"] is None) == (count == 3)


def test_a_thousand_members_and_no_more(ana: Phone, bruno: Phone) -> None:
    group = make_group(ana, bruno)
    Conversation.objects.filter(public_id=group).update(member_count=1000)
    dora = make_phone("+5511966666666", "Friend")
    assert problem(add(ana, group, dora.number)) == (409, "group_full")

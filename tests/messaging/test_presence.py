"""Typing and presence: heard by those who listen, kept nowhere, hidden both ways."""

from collections.abc import Iterator
from typing import Any

import pytest

from config.asgi import make_front
from messaging.models import FeedRow, Presence
from messaging.services import typing
from people.services.blocks import block
from tests.front.serving import listening, serve, wait_until
from tests.messaging.cast import Phone
from tests.messaging.test_conversations import problem, same_refusal
from tests.messaging.test_groups import make_group
from tests.messaging.test_stream import ear

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def port(transactional_db: None) -> Iterator[int]:
    typing._told.clear()  # noqa: SLF001 - Another test may have typed a moment ago.
    with serve(make_front("")) as port:
        yield port


def present(who: Phone, talk: str) -> list[tuple[str, bool]]:
    rows = who.get(f"conversations/{talk}/presence").json()["data"]
    return [(row["party"], row["online"]) for row in rows]


def share(who: Phone, *, shared: Any) -> Any:
    return who.client.put("/v1/me/presence", {"shared": shared}, format="json")


def test_typing_is_heard_once_by_the_others_and_kept_nowhere(
    port: int, ana: Phone, bruno: Phone, carla: Phone, talk: str
) -> None:
    rows = FeedRow.objects.count()
    with (
        listening(ear(port, bruno)) as brunos,
        listening(ear(port, carla)) as carlas,
        listening(ear(port, ana)) as anas,
    ):
        cursor = brunos.cursor
        for _ in range(3):
            assert ana.post(f"conversations/{talk}/typing", {}).status_code == 204
        wait_until(lambda: "typing" in brunos.kinds())
        stored = ana.say(talk, "oi", "1").message
        wait_until(lambda: "message.created" in brunos.kinds())
        wait_until(lambda: "message.created" in anas.kinds())
    typed = [each["data"] for each in brunos.heard if each["kind"] == "typing"]
    assert typed == [
        {"conversation": talk, "party": ana.party.public_id, "name": "Ana", "typing": True}
    ]
    assert "typing" not in anas.kinds()
    assert carlas.kinds().count("typing") == 0
    assert brunos.cursor != cursor
    assert stored.seq == 1
    assert FeedRow.objects.filter(kind="typing").count() == 0
    assert FeedRow.objects.count() > rows


def test_who_has_a_stream_open_is_there_and_hiding_it_hides_the_others(
    port: int, ana: Phone, bruno: Phone, talk: str
) -> None:
    assert present(ana, talk) == []
    with listening(ear(port, bruno)):
        wait_until(lambda: present(ana, talk) == [(bruno.party.public_id, True)])
        assert share(ana, shared=False).json() == {"shared": False}
        assert ana.get("me/presence").json() == {"shared": False}
        assert present(ana, talk) == []
        assert share(ana, shared=True).json() == {"shared": True}
        assert present(ana, talk) == [(bruno.party.public_id, True)]
        block(party_id=bruno.party.id, other_public_id=ana.party.public_id)
        assert present(ana, talk) == []
    wait_until(lambda: Presence.objects.get(party_id=bruno.party.id).online_until is not None)
    assert share(bruno, shared=False).status_code == 200
    row = Presence.objects.get(party_id=bruno.party.id)
    assert (row.seen_at, row.online_until) == (None, None)


def test_a_presence_that_ends_is_a_last_seen(
    port: int, ana: Phone, bruno: Phone, talk: str
) -> None:
    with listening(ear(port, bruno)):
        wait_until(lambda: present(ana, talk) == [(bruno.party.public_id, True)])
    wait_until(lambda: present(ana, talk) == [(bruno.party.public_id, False)])
    (row,) = ana.get(f"conversations/{talk}/presence").json()["data"]
    assert row["last_seen"] is not None


def test_a_hidden_presence_leaves_no_trace(port: int, ana: Phone, bruno: Phone, talk: str) -> None:
    share(bruno, shared=False)
    with listening(ear(port, bruno)), listening(ear(port, ana)) as anas:
        wait_until(lambda: Presence.objects.filter(party_id=ana.party.id).exists())
        assert bruno.post(f"conversations/{talk}/typing", {}).status_code == 204
        bruno.say(talk, "oi", "1")
        wait_until(lambda: "message.created" in anas.kinds())
    row = Presence.objects.get(party_id=bruno.party.id)
    assert (row.is_shared, row.seen_at) == (False, None)
    assert "typing" not in anas.kinds()
    assert present(ana, talk) == []


def test_carla_learns_nothing(ana: Phone, bruno: Phone, carla: Phone, talk: str) -> None:
    group = make_group(ana, bruno)
    for name in (talk, group):
        asked = carla.get(f"conversations/{name}/presence")
        assert problem(asked) == (404, "not_found")
        assert same_refusal(asked, carla.get("conversations/cnv_unknown/presence"))
        typed = carla.post(f"conversations/{name}/typing", {})
        assert problem(typed) == (404, "not_found")
    for wrong in ("yes", 1, None, ["yes"]):
        assert problem(share(carla, shared=wrong)) == (400, "input_invalid")
        typed = ana.post(f"conversations/{talk}/typing", {"typing": wrong})
        assert problem(typed) == (400, "input_invalid")

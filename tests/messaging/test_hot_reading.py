"""What the hot doors tell of news and history is what the ordinary ones tell, to the byte."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from messaging.api.hot.shelf import Kept, Shelf
from messaging.models import Conversation
from messaging.queries.quick import Page
from messaging.services.reading import Delivered, mark_delivered, mark_read
from tests.messaging.cast import Phone, settle_feed
from tests.messaging.doors import Doors, ask, open_doors, plain, say, text

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def doors(transactional_db: None) -> Iterator[Doors]:
    with open_doors() as both:
        yield both


USUAL = ["", "?limit=2", "?after=now", "?after={middle}", "?after={middle}&limit=500"]
UNUSUAL = [
    "?limit=0",
    "?limit=501",
    "?limit=x",
    "?after=",
    "?after=abc",
    "?x=1",
    "?limit=1&limit=2",
]
UNUSUAL += ["?after=OTk5OTk5OTk5OS4w", "?format=json", "?limit=007"]


def test_news_are_told_alike(doors: Doors, ana: Phone, talk: str) -> None:
    for number in range(3):
        ana.say(talk, f"é {number}", f"{number}")
    settle_feed()
    middle = ask(doors.ordinary, ana, "updates?limit=2").json()["next"]
    for form in [*USUAL, *UNUSUAL]:
        doors.handed_on.clear()
        query = form.format(middle=middle)
        ordinary, hot = (ask(base, ana, f"updates{query}") for base in (doors.ordinary, doors.hot))
        assert _without_horizon(plain(hot)) == _without_horizon(plain(ordinary)), query
        assert len(doors.handed_on) == int(form in UNUSUAL), query


def _without_horizon(answer: tuple[int, bytes, dict[str, Any]]) -> tuple[int, bytes, Any]:
    """Leave out where a complete page says to go on: that moves with anybody's transaction."""
    code, body, headers = answer
    return code, re.sub(rb'"next":"[^"]*","complete":true', b"_", body), headers


PAGES = ["", "?limit=2", "?before_seq=4", "?after_seq=1", "?after_seq=1&before_seq=4&limit=1"]
PAGES += ["?before_seq=1", "?after_seq=6", "?after_seq=0&limit=200"]
NO_PAGES = ["?limit=0", "?limit=201", "?before_seq=-1", "?after_seq=x", "?x=1", "?limit=1&limit=2"]


def test_history_is_told_alike(doors: Doors, ana: Phone, bruno: Phone, talk: str) -> None:
    first = ana.say(talk, 'São "João" 👋🏽', "1").message
    answer = text("oi", "2", reply_to=first.public_id)
    second = say(doors.hot, bruno, talk, answer).json()["id"]
    ana.say(talk, "Foi por engano, devolva para ana@example.com", "3")
    gone = ana.say(talk, "oops", "4").message.public_id
    for number in range(3):
        bruno.say(talk, f"{number}", f"b{number}")
    for who, emoji in ((ana, "👍"), (bruno, "❤️")):
        who.client.put(f"/v1/messages/{second}/reaction", {"emoji": emoji}, format="json")
    assert ana.client.delete(f"/v1/messages/{gone}").status_code < 300
    mark_read(party_id=bruno.party.id, conversation_id=talk, seq=2)
    compare_pages(doors, talk, ana, bruno)


def compare_pages(doors: Doors, talk: str, *readers: Phone, hot: int = 2) -> None:
    """Compare what both doors tell; the hot one answers so many of the readers."""
    for query in [*PAGES, *NO_PAGES]:
        doors.handed_on.clear()
        path = f"conversations/{talk}/messages{query}"
        for who in readers:
            ordinary, ours = (ask(base, who, path) for base in (doors.ordinary, doors.hot))
            assert plain(ours) == plain(ordinary), query
            assert ours.content == ordinary.content or query in NO_PAGES, query
        assert len(doors.handed_on) == len(readers) - hot * (query not in NO_PAGES), query


def test_a_group_is_hot_for_who_takes_part(
    doors: Doors, ana: Phone, bruno: Phone, carla: Phone
) -> None:
    others = [bruno.party.public_id, carla.party.public_id]
    group = ana.post("conversations", {"title": "Festa", "with": others}).json()["id"]
    for number, who in enumerate((ana, bruno, carla)):
        said = say(doors.hot, who, group, text(f"{number}", f"g{number}"))
        assert said.status_code == 201
    assert doors.handed_on == []
    left = f"/v1/conversations/{group}/members/{carla.party.public_id}"
    assert carla.client.delete(left).status_code < 300
    ana.say(group, "after", "after")
    refused = [
        say(base, carla, group, text("still here?", "late")) for base in (doors.ordinary, doors.hot)
    ]
    assert plain(refused[0]) == plain(refused[1])
    assert refused[0].json()["code"] == "not_in_group"
    compare_pages(doors, group, ana, carla, hot=1)


def test_history_of_others_is_not_told(doors: Doors, ana: Phone, carla: Phone, talk: str) -> None:
    ana.say(talk, "oi", "1")
    seen = {
        plain(ask(base, carla, f"conversations/{each}/messages"))[:2]
        for base in (doors.ordinary, doors.hot)
        for each in (talk, "cnv_nothing")
    }
    assert [code for code, _body in seen] == [404]


def test_a_page_that_was_told_before_is_told_as_it_is_now(
    doors: Doors, ana: Phone, bruno: Phone, talk: str
) -> None:
    first = ana.say(talk, "um", "1").message.public_id

    def edit() -> None:
        body = {"text": "um, corrigido"}
        assert ana.client.patch(f"/v1/messages/{first}", body, format="json").status_code == 200

    def react() -> None:
        path = f"/v1/messages/{first}/reaction"
        assert bruno.client.put(path, {"emoji": "👍"}, format="json").status_code < 300

    def delete() -> None:
        assert ana.client.delete(f"/v1/messages/{first}").status_code < 300

    changes = (
        edit,
        react,
        lambda: mark_read(party_id=bruno.party.id, conversation_id=talk, seq=1),
        lambda: say(doors.hot, bruno, talk, text("dois", "2")),
        lambda: mark_delivered(marks=[Delivered(_key(talk), ana.party.id, 2)]),
        delete,
    )
    told = set()
    for change in (lambda: None, *changes):
        change()
        for who in (ana, bruno):
            path = f"conversations/{talk}/messages"
            pages = [
                ask(base, who, path).content for base in (doors.ordinary, doors.hot, doors.hot)
            ]
            assert pages[0] == pages[1] == pages[2]
            told.add((who.number, pages[0]))
    # Reading moves what its sender is told only, and only so does what is delivered.
    assert len(told) == 12


def test_in_a_large_group_markers_that_rise_in_silence_are_told(
    doors: Doors, ana: Phone, bruno: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("messaging.services.reading.TOLD_UP_TO", 1)
    group = ana.post("conversations", {"title": "Festa", "with": [bruno.party.public_id]}).json()[
        "id"
    ]
    seq = ana.say(group, "oi", "1").message.seq
    path = f"conversations/{group}/messages?limit=1"
    states = [ask(doors.hot, ana, path).json()["data"][0]["state"]]
    mark_delivered(marks=[Delivered(_key(group), bruno.party.id, seq)])
    states.append(ask(doors.hot, ana, path).json()["data"][0]["state"])
    mark_read(party_id=bruno.party.id, conversation_id=group, seq=seq)
    states.append(ask(doors.hot, ana, path).json()["data"][0]["state"])
    assert states == ["sent", "delivered", "read"]
    assert doors.handed_on == []


def _key(talk: str) -> int:
    return Conversation.objects.get(public_id=talk).pk


def test_a_shelf_holds_what_was_asked_for_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("messaging.api.hot.shelf.MOST_PAGES", 2)
    monkeypatch.setattr("messaging.api.hot.shelf.MOST_BYTES", 10)
    shelf = Shelf()
    pages = [Page(f"cnv_{number}", None, None, 50) for number in range(3)]
    for page in pages[:2]:
        shelf.put(b"ana", page, Kept("1", b"four"))
    assert shelf.get(b"ana", pages[0]).body == b"four"
    assert shelf.get(b"bruno", pages[0]) == Kept("", b"")
    shelf.put(b"ana", pages[2], Kept("1", b"four"))
    assert [shelf.get(b"ana", page).stamp for page in pages] == ["1", "", "1"]
    shelf.put(b"ana", pages[0], Kept("2", b"eight by"))
    assert [shelf.get(b"ana", page).stamp for page in pages] == ["2", "", ""]
    shelf.clear()
    assert shelf.get(b"ana", pages[0]).stamp == ""

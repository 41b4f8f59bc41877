"""What the hot doors tell of news and history is what the ordinary ones tell, to the byte."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from messaging.services.reading import mark_read
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


def compare_pages(doors: Doors, talk: str, *readers: Phone) -> None:
    for query in [*PAGES, *NO_PAGES]:
        doors.handed_on.clear()
        path = f"conversations/{talk}/messages{query}"
        for who in readers:
            ordinary, hot = (ask(base, who, path) for base in (doors.ordinary, doors.hot))
            assert plain(hot) == plain(ordinary), query
            assert hot.content == ordinary.content or query in NO_PAGES, query
        assert len(doors.handed_on) == len(readers) * (query in NO_PAGES), query


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
    compare_pages(doors, group, ana, carla)


def test_history_of_others_is_not_told(doors: Doors, ana: Phone, carla: Phone, talk: str) -> None:
    ana.say(talk, "oi", "1")
    seen = {
        plain(ask(base, carla, f"conversations/{each}/messages"))[:2]
        for base in (doors.ordinary, doors.hot)
        for each in (talk, "cnv_nothing")
    }
    assert [code for code, _body in seen] == [404]

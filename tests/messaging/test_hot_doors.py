"""The hot doors answer what the ordinary ones answer, to the byte, and store what they store."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.db import connection

from core.clock import wall_now
from core.transactions import owns_block
from messaging.models import Conversation, FeedRow, Member, Message
from messaging.services.access import lock_conversation
from people.models import Device, Person
from people.services.blocks import block
from people.services.devices import remove_device
from tests.front.serving import wait_until
from tests.messaging.cast import Phone, make_talk
from tests.messaging.doors import Doors, open_doors, plain, say, text

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def doors(transactional_db: None) -> Iterator[Doors]:
    with open_doors() as both:
        yield both


CARD = {"name": {"formatted_name": "Zé"}, "phones": [{"phone": "+55 11 98765-4321"}]}
STORED_AT_ONCE = {
    "a text": text("oi"),
    "accents, marks and a smile": text('São João "é" <b>\\ \u2028 👋🏽 ফেরত'),
    "the longest": text("x" * 4096),
    "no reply": text("oi", reply_to=None),
    "a place": {
        "client_id": "one",
        "type": "location",
        "location": {"longitude": -46.6, "latitude": -23, "name": "Praça"},
    },
    "a card": {"client_id": "one", "type": "contact", "contacts": [CARD]},
}


@pytest.mark.parametrize("body", STORED_AT_ONCE.values(), ids=STORED_AT_ONCE)
def test_what_is_right_is_stored_and_answered_alike(
    doors: Doors, ana: Phone, bruno: Phone, carla: Phone, body: dict[str, Any]
) -> None:
    first, second = make_talk(ana, bruno), make_talk(ana, carla)
    ordinary = say(doors.ordinary, ana, first, body, headers={"Accept-Language": "pt-BR"})
    hot = say(
        doors.hot, ana, second, {**body, "client_id": "two"}, headers={"Accept-Language": "pt-BR"}
    )
    assert doors.handed_on == []
    code, said, headers = plain(hot)
    said = said.replace(second.encode(), first.encode()).replace(b'"two"', b'"one"')
    assert (code, said, headers) == plain(ordinary)
    assert rows_of(second) == rows_of(first)


def rows_of(talk: str) -> Any:
    """Return everything that a first message left, without ids and moments."""
    conversation = Conversation.objects.get(public_id=talk)
    message: dict[str, Any] = {**Message.objects.filter(conversation=conversation).values().get()}
    news: dict[str, Any] = {**FeedRow.objects.filter(conversation=conversation).values().get()}
    assert news["xid"] == conversation.feed_xid
    assert message["created_at"] == conversation.last_at
    for name in ("id", "public_id", "conversation_id", "client_id", "created_at"):
        del message[name]
    for name in ("id", "conversation", "client_id", "created_at"):
        del news["payload"][name]
    own = Member.objects.get(conversation=conversation, party_id=message["sender_id"])
    other = Member.objects.filter(conversation=conversation).exclude(pk=own.pk).get()
    markers = (own.read_seq, own.delivered_seq, other.read_seq)
    return message, news["kind"], news["payload"], conversation.last_seq, markers


def test_a_reply_and_a_second_telling(doors: Doors, ana: Phone, bruno: Phone, talk: str) -> None:
    first = say(doors.hot, bruno, talk, text("oi", "b1")).json()
    answered = say(doors.hot, ana, talk, text("oi, Bruno", "a1", reply_to=first["id"]))
    assert (answered.status_code, answered.json()["reply_to"]) == (201, first["id"])
    assert doors.handed_on == []
    again = say(doors.hot, ana, talk, text("oi, Bruno", "a1", reply_to=first["id"]))
    assert (again.status_code, again.json()["id"]) == (200, answered.json()["id"])
    stored = Message.objects.filter(conversation__public_id=talk).order_by("seq")
    assert [message.seq for message in stored] == [1, 2]


REFUSED: dict[str, tuple[Any, dict[str, Any]]] = {
    "another text under the same id": (text("other", "used"), {}),
    "an answer to nothing": (text("oi", reply_to="msg_nothing"), {}),
    "an unknown field": (text("oi", more=1), {}),
    "a blank": (text("  "), {}),
    "too long": (text("x" * 4097), {}),
    "a NUL": (text("a\x00b"), {}),
    "a number": ({"client_id": "one", "type": "text", "text": 1}, {}),
    "no client id": ({"type": "text", "text": "oi"}, {}),
    "a client id with a space": (text("oi", "a b"), {}),
    "a payment": ({"client_id": "one", "type": "payment", "text": "oi"}, {}),
    "no JSON": (b"{", {}),
    "a list": (b"[]", {}),
    "half a pair": (b'{"client_id":"one","type":"text","text":"\\ud800"}', {}),
    "a key twice": (b'{"client_id":"one","type":"text","text":"a","text":"b"}', {}),
    "too deep": (b"[" * 10_000, {}),
    "a body in two kinds": (text("oi", location={"latitude": 1, "longitude": 1}), {}),
    "form fields": (text("oi"), {"headers": {"Content-Type": "text/plain"}}),
    "a page, please": (text("oi"), {"headers": {"Accept": "text/html"}}),
    "another host": (text("oi"), {"headers": {"Host": "evil.example"}}),
    "no token": (text("oi"), {"headers": {"Authorization": ""}}),
    "a wrong token": (text("oi"), {"headers": {"Authorization": "Bearer trc_" + "x" * 43}}),
}


def test_what_is_refused_is_refused_alike_and_stores_nothing(
    doors: Doors, ana: Phone, talk: str
) -> None:
    ana.say(talk, "first", "used")
    for at, (name, (body, more)) in enumerate(REFUSED.items()):
        language = ("en", "pt-BR")[at % 2]
        headers = {"Accept-Language": language, **more.get("headers", {})}
        ordinary, hot = (
            say(base, ana, talk, body, headers=dict(headers))
            for base in (doors.ordinary, doors.hot)
        )
        assert plain(hot) == plain(ordinary), name
        assert hot.status_code >= 400, name
        assert len(doors.handed_on) == at + 1, name
    assert count_in(talk) == 1


def count_in(talk: str) -> int:
    return Message.objects.filter(conversation__public_id=talk).count()


def test_a_talk_of_others_a_blocked_one_and_none_are_the_same(
    doors: Doors, ana: Phone, bruno: Phone, carla: Phone, talk: str
) -> None:
    blocked = make_talk(carla, ana)
    block(party_id=ana.party.id, other_public_id=carla.party.public_id)
    seen = {
        plain(say(base, carla, each, text("oi")))[:2]
        for base in (doors.ordinary, doors.hot)
        for each in (talk, "cnv_nothing", blocked)
    }
    assert [code for code, _body in seen] == [404]
    assert (count_in(talk), count_in(blocked)) == (0, 0)


def test_a_removed_device_and_a_person_who_is_out_stop_with_the_next_request(
    doors: Doors, ana: Phone, bruno: Phone, talk: str
) -> None:
    assert say(doors.hot, ana, talk, text("oi", "1")).status_code == 201
    assert say(doors.hot, bruno, talk, text("oi", "1")).status_code == 201
    person = Person.objects.get(party_id=ana.party.id)
    mine = Device.objects.get(public_id=ana.device_id)
    remove_device(person=person, device=mine, public_id=ana.device_id)
    Person.objects.filter(party_id=bruno.party.id).update(is_active=False)
    codes = [say(doors.hot, who, talk, text("oi", "2")).status_code for who in (ana, bruno)]
    assert codes == [401, 401]
    assert count_in(talk) == 2


def test_a_device_is_seen_once_in_a_while(doors: Doors, ana: Phone, talk: str) -> None:
    long_ago = wall_now() - timedelta(hours=1)
    mine = Device.objects.filter(public_id=ana.device_id)
    mine.update(last_seen_at=long_ago)
    say(doors.hot, ana, talk, text("oi", "1"))
    wait_until(lambda: mine.get().last_seen_at > long_ago)
    seen = mine.get().last_seen_at
    say(doors.hot, ana, talk, text("oi", "2"))
    assert mine.get().last_seen_at == seen


def test_a_text_that_asks_for_money_elsewhere_is_looked_at(
    doors: Doors, ana: Phone, talk: str
) -> None:
    words = "Foi por engano, devolva para ana@example.com"
    assert say(doors.hot, ana, talk, text(words)).status_code == 201
    assert len(doors.handed_on) == 1


def at_once(*calls: Callable[[], httpx.Response]) -> list[httpx.Response]:
    answers: list[httpx.Response | None] = [None] * len(calls)

    def run(number: int) -> None:
        answers[number] = calls[number]()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return [answer for answer in answers if answer is not None]


def test_messages_share_a_commit_and_a_bad_one_fails_alone(
    doors: Doors, ana: Phone, bruno: Phone, carla: Phone, talk: str
) -> None:
    other = make_talk(ana, carla)
    stop, held = threading.Event(), threading.Event()

    def hold() -> None:
        """Keep the first commit waiting, so that the others gather behind it."""
        with owns_block(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE messaging_conversation IN SHARE MODE")
            held.set()
            stop.wait(10)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(10)
    threading.Timer(1.2, stop.set).start()
    good = [
        lambda number=number: say(
            doors.hot, ana, (talk, other)[number % 2], text(f"{number}", f"{number}")
        )
        for number in range(12)
    ]
    bad = [
        lambda: say(doors.hot, ana, talk, text("oi", "r", reply_to="msg_nothing")),
        lambda: say(doors.hot, bruno, other, text("oi", "n")),
        lambda: say(doors.hot, bruno, talk, text("first", "twice")),
        lambda: say(doors.hot, bruno, talk, text("first", "twice")),
    ]
    answers = at_once(*good, *bad)
    holder.join()
    codes = [answer.status_code for answer in answers]
    assert (codes[:12], codes[12:14], sorted(codes[14:])) == ([201] * 12, [400, 404], [200, 201])
    news = FeedRow.objects.filter(conversation__public_id__in=[talk, other], kind="message.created")
    assert len(set(news.values_list("xid", flat=True))) < 10
    for each in (talk, other):
        rows = Message.objects.filter(conversation__public_id=each).order_by("seq")
        assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
        told = FeedRow.objects.filter(conversation__public_id=each, kind="message.created")
        assert [row.payload["seq"] for row in told.order_by("xid", "id")] == [
            row.seq for row in rows
        ]


def test_a_conversation_that_is_held_delays_nobody_else_and_is_not_skipped(
    doors: Doors, ana: Phone, carla: Phone, talk: str
) -> None:
    other = make_talk(ana, carla)
    answers: list[httpx.Response] = []
    with owns_block():
        lock_conversation(party_id=ana.party.id, public_id=talk)
        waiting = threading.Thread(
            target=lambda: answers.append(say(doors.hot, ana, talk, text("held", "h")))
        )
        waiting.start()
        assert say(doors.hot, ana, other, text("free", "f")).status_code == 201
        assert answers == []
    waiting.join(10)
    assert [answer.status_code for answer in answers] == [201]
    assert Message.objects.filter(conversation__public_id=talk).get().content == {"text": "held"}

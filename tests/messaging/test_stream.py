"""The stream over real sockets: in order, once, across reconnects, and only to whom it concerns."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.db import connection

from config.asgi import make_front
from messaging.models import Member
from messaging.services.reading import mark_read
from people.models import Device, Person
from people.services.devices import remove_device
from tests.front.serving import Ear, listening, serve, wait_until
from tests.messaging.cast import Phone, settle_feed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def port(transactional_db: None) -> Iterator[int]:
    with serve(make_front("")) as port:
        yield port


def ear(port: int, phone: Phone, **more: str | None) -> Ear:
    settle_feed()
    return Ear(port, {"Authorization": f"Bearer {phone.token}"}, **more)  # type: ignore[arg-type]


def news(ear: Ear) -> list[dict[str, Any]]:
    """What was heard but the sign-in of the cast, which the tail may not have passed yet."""
    return [each for each in ear.heard if each["kind"] != "device"]


def test_both_sides_hear_a_message_and_carla_hears_nothing(
    port: int, ana: Phone, bruno: Phone, carla: Phone, talk: str
) -> None:
    with (
        listening(ear(port, ana)) as anas,
        listening(ear(port, bruno)) as brunos,
        listening(ear(port, bruno)) as brunos_tablet,
        listening(ear(port, carla)) as carlas,
    ):
        stored = ana.say(talk, "oi", "1").message
        for each in (anas, brunos, brunos_tablet):
            wait_until(lambda each=each: "message.created" in each.kinds())
        wait_until(lambda: "receipt" in anas.kinds())
    assert news(brunos)[0]["data"]["id"] == stored.public_id
    assert news(brunos)[0] == news(brunos_tablet)[0] == news(anas)[0]
    receipt = next(each["data"] for each in anas.heard if each["kind"] == "receipt")
    assert (receipt["party"], receipt["delivered_seq"]) == (bruno.party.public_id, 1)
    assert news(carlas) == []
    assert Member.objects.get(party_id=bruno.party.id).read_seq == 0


def test_a_reader_that_reconnects_misses_and_repeats_nothing(
    port: int, ana: Phone, bruno: Phone, talk: str
) -> None:
    brunos = ear(port, bruno)
    brunos.stand()
    stop = threading.Event()

    def chat() -> None:
        for number in range(60):
            ana.say(talk, f"{number}", f"{number}")
            stop.wait(0.02)

    writer = threading.Thread(target=chat)
    writer.start()
    while writer.is_alive():
        brunos.listen(0.15)
    writer.join()
    settle_feed()
    with listening(brunos):
        wait_until(lambda: len(brunos.texts()) >= 60, seconds=20)
    assert brunos.texts() == [f"{number}" for number in range(60)]
    cursors = [each["id"] for each in brunos.heard]
    assert len(set(cursors)) == len(cursors)


def test_what_was_said_while_nobody_listened_comes_first(
    port: int, ana: Phone, bruno: Phone, talk: str
) -> None:
    brunos = ear(port, bruno)
    brunos.stand()
    for number in range(220):
        ana.say(talk, f"{number}", f"{number}")
    mark_read(party_id=bruno.party.id, conversation_id=talk, seq=3)
    with listening(brunos):
        ana.say(talk, "live", "live")
        wait_until(lambda: "live" in brunos.texts())
    assert brunos.texts() == [*[f"{number}" for number in range(220)], "live"]


def test_updates_and_stream_tell_the_same(port: int, ana: Phone, bruno: Phone, talk: str) -> None:
    settle_feed()
    start = bruno.get("updates", after="now").json()["next"]
    with listening(ear(port, bruno, query=f"?after={start}")) as brunos:
        for number in range(3):
            ana.say(talk, f"{number}", f"{number}")
        # The last news of all: the marker has reached the last message.
        wait_until(lambda: any(e["data"].get("delivered_seq") == 3 for e in brunos.heard))
    settle_feed()
    page = bruno.get("updates", after=start, limit=500).json()
    assert page["complete"] is True
    assert page["data"][: len(news(brunos))] == news(brunos)
    assert bruno.get("updates", after=page["next"]).json()["data"] == []


def test_a_removed_device_is_cut_off_at_once(port: int, ana: Phone) -> None:
    person = Person.objects.get(party_id=ana.party.id)
    with listening(ear(port, ana)) as anas:
        mine = Device.objects.get(public_id=ana.device_id)
        remove_device(person=person, device=mine, public_id=ana.device_id)
        wait_until(lambda: anas.ended, seconds=3)
    again = ear(port, ana)
    again.listen(5)
    assert (again.code, again.heard[0]["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize("query", ["?after=abc", "?after=", "?x=1", "?after=MC4w&after=MC4w"])
def test_a_wrong_cursor_is_refused(port: int, ana: Phone, query: str) -> None:
    anas = ear(port, ana, query=query)
    while anas.code is None:
        anas.listen(0.5)
    expected = 200 if query == "?after=" else 400
    assert anas.code == expected


def test_a_cursor_of_another_database_is_refused(port: int, ana: Phone) -> None:
    ahead = ear(port, ana, cursor="OTk5OTk5OTk5OS4w")
    ahead.listen(5)
    assert (ahead.code, ahead.heard[0]["code"]) == (400, "input_invalid")
    answer = ana.get("updates", after="OTk5OTk5OTk5OS4w")
    assert (answer.status_code, answer.json()["code"]) == (400, "input_invalid")


@pytest.mark.parametrize(
    "token", ["", "Bearer", "Bearer trc_wrong", "Basic x", "Bearer " + "é" * 9]
)
def test_without_a_valid_token_nobody_listens(port: int, token: str) -> None:
    nobody = Ear(port, {"Authorization": token} if token else {})
    nobody.listen(5)
    assert (nobody.code, nobody.heard[0]["code"]) == (401, "unauthenticated")


def test_the_stream_survives_the_loss_of_its_database_connection(
    port: int, ana: Phone, bruno: Phone, talk: str
) -> None:
    with listening(ear(port, bruno)) as brunos:
        for turn in range(3):
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND query LIKE '%%messaging_feedrow w%%'"
                    " AND pid <> pg_backend_pid()"
                )
                assert cursor.fetchone()[0] >= 1
            ana.say(talk, f"{turn}", f"{turn}")
            wait_until(lambda turn=turn: len(brunos.texts()) == turn + 1)
    assert brunos.texts() == ["0", "1", "2"]


def test_a_lost_hint_costs_one_poll(
    port: int, ana: Phone, bruno: Phone, talk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("messaging.services.feed.CHANNEL", "nobody_listens")
    with listening(ear(port, bruno)) as brunos:
        ana.say(talk, "oi", "1")
        wait_until(lambda: brunos.texts() == ["oi"], seconds=4)


def test_a_quiet_stream_shows_that_it_lives(
    port: int, ana: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("messaging.api.stream.keeper.HEARTBEAT_SECONDS", 0.1)
    with listening(ear(port, ana)) as anas:
        wait_until(lambda: anas.signs_of_life >= 3)
    assert news(anas) == []


def test_a_person_who_is_switched_off_is_cut_off(
    port: int, ana: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("messaging.api.stream.keeper.RECHECK_SECONDS", 0.2)
    monkeypatch.setattr("messaging.api.stream.keeper.HEARTBEAT_SECONDS", 0.1)
    with listening(ear(port, ana)) as anas:
        Person.objects.filter(party_id=ana.party.id).update(is_active=False)
        wait_until(lambda: anas.ended, seconds=5)


def test_a_reader_that_takes_nothing_is_cut_off_and_comes_back(
    port: int, ana: Phone, bruno: Phone, talk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its socket is full, so the server may wait for it no longer than it says."""
    monkeypatch.setattr("messaging.api.stream.hub.MAX_WAITING", 8)
    monkeypatch.setattr("messaging.api.stream.keeper.SEND_SECONDS", 1.0)
    brunos = ear(port, bruno, query="?after=MC4w")
    brunos.stand()
    with socket.socket() as wire:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        wire.connect(("127.0.0.1", port))
        head = f"GET /v1/stream HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {bruno.token}\r\n\r\n"
        wire.sendall(head.encode())
        wait_until(lambda: b"ready" in wire.recv(4096))
        for number in range(100):
            ana.say(talk, "x" * 4000, f"{number}")
        time.sleep(1.5)
        wire.settimeout(5)
        size = 0
        with suppress(ConnectionError):
            while piece := wire.recv(65536):
                size += len(piece)
    assert size < 100 * 4000
    wait_until(lambda: listened(brunos, 100), seconds=20)
    assert len(brunos.texts()) == 100


def listened(ear: Ear, count: int) -> bool:
    """Listen on, and tell whether so many texts were heard by now."""
    ear.listen(0.3)
    return len(ear.texts()) >= count

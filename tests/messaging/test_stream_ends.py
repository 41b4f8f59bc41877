"""Whoever loses the right to listen hears nothing that was said after it."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY, devices_for_user

from config.asgi import django_application, make_front
from config.front import Front
from merchants.enums import Role
from merchants.services.shops import NewShop, open_shop
from merchants.services.team import add_member, change_role, remove_member
from messaging.access import Knock, Listener
from messaging.api.stream import StreamDoor
from messaging.api.stream.admission import Admission
from messaging.api.stream.hub import Subscriber
from people.models import Device, Person
from people.queries import party_by_public_id, sandbox_code
from people.services.devices import remove_device
from people.services.members import create_portal_person
from people.services.signing import NewDevice, request_code, sign_in
from people.services.web_sessions import Browser, end_session, note_session, sessions_of
from tests.front.serving import Ear, listening, serve, wait_until
from tests.messaging.cast import Phone, make_talk, settle_feed

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture
def port(transactional_db: None) -> Iterator[int]:
    with serve(make_front("")) as port:
        yield port


def ear_of(port: int, phone: Phone) -> Ear:
    settle_feed()
    return Ear(port, {"Authorization": f"Bearer {phone.token}"})


def portal_person(login: str, phone: str) -> Person:
    return create_portal_person(
        login=login,
        phone=phone,
        display_name=login.title(),
        password="a long enough passphrase",
        totp_secret=SECRET,
    )


def browser_of(person: Person) -> str:
    """Return the key of a browser's session that has passed its second factor."""
    client = Client()
    client.force_login(person)
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = next(devices_for_user(person)).persistent_id
    session.save()
    key = str(session.session_key)
    note_session(person=person, browser=Browser(key, "Firefox", "127.0.0.1"), factor="totp")
    return key


def ear_of_browser(port: int, key: str, party: str) -> Ear:
    settle_feed()
    return Ear(port, {"Cookie": f"{settings.SESSION_COOKIE_NAME}={key}"}, f"?party={party}")


def chat_across(phone: Phone, talk: str, act: Callable[[], Any]) -> str:
    """Speak all the time while something happens, and once more after; return the last words."""
    stop = threading.Event()

    def chat() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            phone.say(talk, f"before {number}", f"before-{number}")

    writer = threading.Thread(target=chat)
    writer.start()
    try:
        stop.wait(0.2)
        act()
    finally:
        stop.set()
        writer.join()
    for number in range(3):
        phone.say(talk, f"after {number}", f"after-{number}")
    return "after 2"


def test_a_removed_member_of_a_group_hears_its_removal_and_nothing_later(
    port: int, ana: Phone, bruno: Phone, carla: Phone
) -> None:
    named = {"with": [bruno.party.public_id, carla.party.public_id], "title": "Praia"}
    group = ana.post("conversations", named).json()["id"]
    with listening(ear_of(port, bruno)) as brunos, listening(ear_of(port, carla)) as carlas:
        place = f"/v1/conversations/{group}/members/{carla.party.public_id}"
        last = chat_across(bruno, group, lambda: ana.client.delete(place))
        wait_until(lambda: message_of(brunos, last) != "")
        ana.client.put(
            f"/v1/messages/{message_of(brunos, last)}/reaction", {"emoji": "👍"}, format="json"
        )
        bruno.post(f"conversations/{group}/typing", {"typing": True})
        wait_until(lambda: "reaction" in brunos.kinds())
    said = [each["data"] for each in carlas.heard if "seq" in each["data"]]
    assert said[-1]["content"]["what"] == "removed"
    assert not [each for each in carlas.heard if each["kind"] in {"reaction", "typing"}]


def message_of(ear: Ear, words: str) -> str:
    told = [each["data"] for each in ear.heard if each["kind"] == "message.created"]
    return next((str(each["id"]) for each in told if each["content"].get("text") == words), "")


def test_a_removed_device_hears_nothing_later(
    port: int, ana: Phone, bruno: Phone, talk: str
) -> None:
    person = Person.objects.get(party_id=bruno.party.id)
    mine = Device.objects.get(public_id=bruno.device_id)
    with listening(ear_of(port, ana)) as anas, listening(ear_of(port, bruno)) as brunos:
        last = chat_across(
            ana, talk, lambda: remove_device(person=person, device=mine, public_id=mine.public_id)
        )
        wait_until(lambda: last in anas.texts())
        wait_until(lambda: brunos.ended, seconds=20)
    assert not [words for words in brunos.texts() if words.startswith("after")]


def test_a_token_that_was_replaced_hears_nothing_later(
    port: int, ana: Phone, bruno: Phone, talk: str
) -> None:
    key = Device.objects.get(public_id=bruno.device_id).public_key

    def come_again() -> None:
        request_code(phone=bruno.number)
        told = sandbox_code(bruno.number)
        assert told is not None
        again = NewDevice("Phone", key)
        sign_in(phone=bruno.number, code=told[0], display_name="Bruno", locale="en", device=again)

    with listening(ear_of(port, ana)) as anas, listening(ear_of(port, bruno)) as brunos:
        last = chat_across(ana, talk, come_again)
        wait_until(lambda: last in anas.texts())
        wait_until(lambda: brunos.ended, seconds=20)
    assert not [words for words in brunos.texts() if words.startswith("after")]
    assert anas.ended is False


def test_who_is_taken_out_of_a_team_or_signed_out_hears_nothing_later(
    port: int, ana: Phone
) -> None:
    """Of four who listen to a shop one leaves, one keeps the books now, one is signed out."""
    ze, caixa = portal_person("ze", "+5511911112222"), portal_person("caixa", "+5511911113333")
    lia = portal_person("lia", "+5511911114444")
    shop = open_shop(owner=ze, facts=PADARIA)
    for person in (caixa, lia):
        add_member(shop_id=shop.pk, actor=ze, person=person, role=Role.CASHIER)
    party = shop.party.public_id
    stays, goes = browser_of(ze), browser_of(ze)
    gone = next(e for e in sessions_of(person=ze, session_key=stays) if not e.is_this).public_id
    talk = make_talk(ana, Phone("", "", "", shop_party(party), ana.client))

    def act() -> None:
        remove_member(shop_id=shop.pk, actor=ze, person_id=caixa.pk)
        change_role(shop_id=shop.pk, actor=ze, person_id=lia.pk, role=Role.ACCOUNTANT)
        end_session(person=ze, public_id=gone)

    with (
        listening(ear_of_browser(port, stays, party)) as stayer,
        listening(ear_of_browser(port, goes, party)) as signed_out,
        listening(ear_of_browser(port, browser_of(caixa), party)) as cashier,
        listening(ear_of_browser(port, browser_of(lia), party)) as bookkeeper,
    ):
        last = chat_across(ana, talk, act)
        wait_until(lambda: last in stayer.texts())
        wait_until(lambda: all(ear.ended for ear in (signed_out, cashier, bookkeeper)), seconds=20)
    for each in (signed_out, cashier, bookkeeper):
        assert each.texts()
        assert not [words for words in each.texts() if words.startswith("after")]
    assert "access" not in stayer.kinds()
    assert not Session.objects.filter(session_key=goes).exists()


def test_a_doubt_between_the_question_and_the_first_news_is_not_missed(
    transactional_db: None, ana: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The device is removed, and the tail has passed it, before the stream stands."""
    person = Person.objects.get(party_id=ana.party.id)
    mine = Device.objects.get(public_id=ana.device_id)
    door = StreamDoor()
    ask = Admission.listener

    async def ask_and_dawdle(self: Admission, knock: Knock) -> Listener:
        found = await ask(self, knock)
        await asyncio.to_thread(remove_device, person=person, device=mine, public_id=mine.public_id)
        await asyncio.to_thread(wait_until, lambda: door.hub.turns)
        return found

    monkeypatch.setattr(Admission, "listener", ask_and_dawdle)
    plain: Any = django_application
    with serve(Front(plain, door)) as port:
        anas = ear_of(port, ana)
        anas.listen(5)
    assert (anas.code, anas.heard[0]["code"]) == (401, "unauthenticated")


def test_a_doubt_that_two_look_into_is_settled_once() -> None:
    """The look of every minute and the one for a doubt may ask of one stream at the same time."""
    nobody: Any = None
    stream = Subscriber(Knock({}, None), Listener(1, 1, "pty_1", None), nobody)
    stream.is_live, stream.doubts = True, 1
    seen = [stream.is_listening]
    for settled in (1, 1):
        stream.trust(settled)
        seen.append(stream.is_listening)
    stream.doubts += 1
    for settled in (1, 2):
        stream.trust(settled)
        seen.append(stream.is_listening)
    assert seen == [False, True, True, False, True]


def shop_party(public_id: str) -> Any:
    return party_by_public_id(public_id)


PADARIA = NewShop(
    name="Padaria do Zé",
    legal_name="Padaria do Zé Ltda",
    tax_id="11.222.333/0001-81",
    country="BR",
    currency="BRL",
    timezone="America/Sao_Paulo",
)

"""Waiting for a country to open: joining, leaving, being counted, being told once."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from core.clock import business_now
from core.events import Later
from payments.models import Country, WaitlistEntry
from payments.services import waitlist
from payments.services.availability import add_country, open_capability
from people.queries import sandbox_code, sandbox_invitations
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import join, new_staff, open_land, work

pytestmark = pytest.mark.django_db

PLACE = "/v1/availability/IN/waitlist"
NUMBER = "+919876543210"
LISTED = {"country": "IN", "state": "listed"}
INDIA = {"iso2": "IN", "name": "India", "currency": "INR", "timezone": "Asia/Kolkata"}


@pytest.fixture
def india(db: None) -> Country:
    return add_country(facts=dict(INDIA), staff=None)


def asked(phone: str, client: Any = None) -> Any:
    return (client or APIClient()).post(PLACE, {"phone": phone}, format="json")


def prove(phone: str, code: str | None = None) -> Any:
    """Ask with the code that was sent, or with another."""
    sent = sandbox_code(phone)
    body = {"phone": phone, "code": code or (sent[0] if sent else "000000")}
    return APIClient().post(PLACE, body, format="json")


def test_a_number_is_on_the_list_once_it_is_proven_and_the_answer_tells_nothing(
    india: Country,
) -> None:
    """New or not, the bodies are the same; a number that nobody proves is never listed."""
    answers = [(asked("+91 98765 43210").json(), prove(NUMBER).json()) for _ in range(2)]
    assert answers == [({"country": "IN", "state": "code_sent"}, LISTED)] * 2
    assert asked("+919876543211").json() == {"country": "IN", "state": "code_sent"}
    assert list(WaitlistEntry.objects.values_list("phone", flat=True)) == [NUMBER]
    assert APIClient().get("/v1/availability/IN").json()["waiting"] == 0


def test_a_wrong_or_used_code_lists_nobody(india: Country) -> None:
    asked(NUMBER)
    sent = sandbox_code(NUMBER)
    assert sent is not None
    wrong = "000000" if sent[0] != "000000" else "111111"
    refused = prove(NUMBER, wrong)
    assert (refused.status_code, refused.json()["code"]) == (403, "sign_in_rejected")
    assert WaitlistEntry.objects.count() == 0
    assert [prove(NUMBER, sent[0]).status_code for _ in range(2)] == [202, 403]
    asha = join("Asha", phone="+919876543212")
    assert asked(NUMBER, asha.client).json()["state"] == "code_sent"  # Somebody else's.
    assert asked("+919876543212", asha.client).json() == LISTED


def test_the_ordinary_ration_of_codes_holds(india: Country, settings: Any) -> None:
    settings.TROCO_POLITENESS = True
    answers = [asked(NUMBER).status_code for _ in range(2)]
    assert answers == [202, 429]


def test_how_many_wait_is_told_in_tens(india: Country) -> None:
    for number in range(12):
        waitlist.join_waitlist(country="IN", phone=f"+9198765432{number:02d}")
    assert APIClient().get("/v1/availability/IN").json()["waiting"] == 10


def test_malformed_wishes_list_nobody(india: Country) -> None:
    refusals: list[tuple[dict[str, str], int]] = [
        ({}, 401),
        ({"phone": "12"}, 400),
        ({"telefone": NUMBER}, 400),
    ]
    for body, status in refusals:
        assert APIClient().post(PLACE, body, format="json").status_code == status
    nowhere = APIClient().post("/v1/availability/FR/waitlist", {"phone": NUMBER}, format="json")
    assert nowhere.status_code == 404
    assert WaitlistEntry.objects.count() == 0


def test_whoever_is_signed_in_joins_and_leaves_with_their_own_number(india: Country) -> None:
    asha, carla = join("Asha", phone=NUMBER), join("Carla", phone="+919876543212")
    assert asha.client.post(PLACE, {}, format="json").status_code == 202
    assert APIClient().delete(PLACE).status_code == 401
    assert carla.client.delete(PLACE).status_code == 204
    assert WaitlistEntry.objects.get().phone == NUMBER
    for _ in range(2):
        assert asha.client.delete(PLACE).status_code == 204
    assert WaitlistEntry.objects.count() == 0


def test_each_is_told_once_when_it_opens(brazil: Simulator, settings: Any) -> None:
    Country.objects.filter(iso2="BR").update(name="Brazil")
    numbers = [f"+55119888877{number:02d}" for number in range(3)]
    for number in numbers:
        waitlist.join_waitlist(country="BR", phone=number)
    waitlist.TOLD_AT_ONCE, before = 2, waitlist.TOLD_AT_ONCE
    try:
        with pytest.raises(Later):
            waitlist.tell_waiting(country="BR")
        assert waitlist.tell_waiting(country="BR") == 1
    finally:
        waitlist.TOLD_AT_ONCE = before
    assert waitlist.tell_waiting(country="BR") == 0
    for number in numbers:
        ((text, _at),) = sandbox_invitations(number)
        assert text.startswith("Troco is open in Brazil")
    assert WaitlistEntry.objects.filter(told_at__lte=business_now()).count() == 3
    assert APIClient().get("/v1/availability/BR").json()["waiting"] == 0


def test_opening_tells_the_list(simulator: Simulator, db: None) -> None:
    add_country(
        facts={"iso2": "BR", "name": "Brazil", "currency": "BRL", "timezone": "America/Sao_Paulo"},
        staff=None,
    )
    waitlist.join_waitlist(country="BR", phone="+5511988887700")
    work()
    assert sandbox_invitations("+5511988887700") == []
    open_land(simulator)
    work()
    assert len(sandbox_invitations("+5511988887700")) == 1


def test_opening_again_tells_nobody_twice(brazil: Simulator) -> None:
    waitlist.join_waitlist(country="BR", phone="+5511988887700")
    waitlist.tell_waiting(country="BR")
    with pytest.raises(Exception, match="state_conflict"):
        open_capability(
            staff=new_staff("marta"), country="BR", capability="purchase", reason="again"
        )
    work()
    assert len(sandbox_invitations("+5511988887700")) == 1

"""Freezing with one tap, unfreezing with a proof, and what staff froze."""

from collections.abc import Callable
from typing import Any

import pytest

from people.models import AuditEntry, Freeze, Person
from people.queries import is_frozen_party
from people.services.freezing import freeze, freeze_by_staff, unfreeze_by_staff
from people.services.staff import create_staff
from tests.people.cast import ANA, ANA_PIN, BRUNO, Phone, enrolled_ana, sign_in

pytestmark = pytest.mark.django_db

FREE = {"is_frozen": False, "frozen_at": None, "by": None, "device_name": ""}


def unfreeze(phone: Phone, pin: str = ANA_PIN) -> Any:
    challenge = phone.client.post("/v1/me/challenges", {"purpose": "unfreeze"}, format="json")
    proof = phone.proof(challenge.json()["digest"], pin)
    body = {"challenge": challenge.json()["id"], "proof": proof}
    return phone.client.post("/v1/me/unfreeze", body, format="json")


def told(phone: Phone) -> list[str]:
    news = phone.client.get("/v1/updates").json()["data"]
    return [each["data"]["what"] for each in news if each["kind"] == "security"]


def hire() -> Person:
    return create_staff(
        login="sara", password="a long enough passphrase", totp_secret="JBSWY3DPEHPK3PXP"
    )


def test_any_device_freezes_with_one_tap_and_the_pin_unfreezes() -> None:
    ana = enrolled_ana()
    tablet = sign_in(ANA)
    assert ana.client.get("/v1/me/freeze").json() == FREE
    frozen = tablet.client.post("/v1/me/freeze")
    assert frozen.status_code == 200
    assert (frozen.json()["is_frozen"], frozen.json()["by"]) == (True, "person")
    assert frozen.json()["device_name"] == "Phone"
    assert ana.client.get("/v1/me/freeze").json() == frozen.json()
    assert ana.client.post("/v1/me/freeze").json() == frozen.json()
    assert is_frozen_party(Person.objects.get().party_id or 0)
    assert unfreeze(ana).json() == FREE
    assert not is_frozen_party(Person.objects.get().party_id or 0)
    assert ana.client.post("/v1/me/freeze").json()["is_frozen"] is True
    assert Freeze.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_every_device_hears_of_it_once() -> None:
    ana = enrolled_ana()
    ana.client.post("/v1/me/freeze")
    ana.client.post("/v1/me/freeze")
    unfreeze(ana)
    assert told(sign_in(ANA)) == ["pin_changed", "frozen", "unfrozen"]


def test_a_wrong_pin_or_another_challenge_lifts_nothing() -> None:
    ana = enrolled_ana()
    ana.client.post("/v1/me/freeze")
    assert unfreeze(ana, "407283").json()["code"] == "proof_rejected"
    other = ana.client.post("/v1/me/challenges", {"purpose": "pin"}, format="json").json()
    body = {"challenge": other["id"], "proof": ana.proof(other["digest"], ANA_PIN)}
    answer = ana.client.post("/v1/me/unfreeze", body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (403, "proof_rejected")
    assert ana.client.post("/v1/me/unfreeze", {"challenge": "x"}, format="json").status_code == 400
    assert ana.client.get("/v1/me/freeze").json()["is_frozen"] is True


def test_who_froze_nothing_unfreezes_nothing() -> None:
    answer = unfreeze(enrolled_ana())
    assert (answer.status_code, answer.json()["code"]) == (409, "state_conflict")


def test_brunos_freeze_is_not_anas() -> None:
    ana = enrolled_ana()
    sign_in(BRUNO).client.post("/v1/me/freeze")
    assert ana.client.get("/v1/me/freeze").json() == FREE


def test_only_staff_lift_what_staff_froze() -> None:
    ana = enrolled_ana()
    sara = hire()
    ana.client.post("/v1/me/freeze")
    freeze_by_staff(staff=sara, login=ANA, reason="She called from another number")
    assert ana.client.get("/v1/me/freeze").json()["by"] == "staff"
    still = unfreeze(ana)
    assert (still.status_code, still.json()["is_frozen"], still.json()["by"]) == (
        200,
        True,
        "staff",
    )
    assert unfreeze(ana).json()["code"] == "state_conflict"
    unfreeze_by_staff(staff=sara, login=ANA, reason="She came with her document")
    assert ana.client.get("/v1/me/freeze").json() == FREE
    acts = AuditEntry.objects.filter(object_ref=ANA).order_by("id").values_list("action", "reason")
    assert list(acts) == [
        ("person.frozen", "She called from another number"),
        ("person.unfrozen", "She came with her document"),
    ]


@pytest.mark.django_db(transaction=True)
def test_of_twenty_taps_at_once_one_freezes(in_threads: Callable[..., list[Any]]) -> None:
    ana = enrolled_ana()
    person = Person.objects.get()
    device = person.devices.get()
    outcomes = in_threads(lambda: freeze(person=person, device=device), times=20)
    assert {each.is_frozen for each in outcomes} == {True}
    assert Freeze.objects.count() == 1
    assert told(ana) == ["pin_changed", "frozen"]

"""Staff and people of the portal: password and second factor."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth import authenticate
from django.test import Client
from django_otp import devices_for_user

from core.clock import wall_now
from core.errors import StateConflict
from people.models import AuditEntry, Person, PinDevice
from people.queries import blocked_between, party_by_public_id
from people.services.blocks import block, unblock
from people.services.factors import current_totp, verify_totp
from people.services.members import create_portal_person
from people.services.staff import create_staff
from tests.people.cast import ANA, ANA_PIN, BRUNO, enrolled_ana, sign_in

pytestmark = pytest.mark.django_db

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PASSWORD = "padaria-do-ze-2026"


def open_ze() -> Person:
    return create_portal_person(
        login="ze",
        phone="+5511976543299",
        display_name="Zé",
        password=PASSWORD,
        totp_secret=SECRET,
    )


def code_of(login: str) -> str:
    code = current_totp(login=login)
    assert code is not None
    return code


def test_a_person_of_the_portal_has_password_factor_and_party() -> None:
    ze = open_ze()
    assert authenticate(login="ze", password=PASSWORD) == ze
    assert authenticate(login="ze", password="x") is None
    assert ze.password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert ze.party is not None
    assert (ze.party.display_name, ze.party.country) == ("Zé", "BR")
    assert sign_in("+5511976543299").party["id"] == ze.party.public_id
    for login, phone in (("ze", BRUNO), ("zé", "+5511976543299"), ("+5511", BRUNO)):
        with pytest.raises(StateConflict):
            create_portal_person(
                login=login,
                phone=phone,
                display_name="Z",
                password=PASSWORD,
                totp_secret=SECRET,
            )


def test_a_pin_is_offered_nowhere_as_a_second_factor() -> None:
    enrolled_ana()
    pin = PinDevice.objects.get()
    assert list(devices_for_user(pin.user)) == []
    assert pin.verify_token(ANA_PIN) is False
    assert verify_totp(person=pin.user, token=ANA_PIN) is None


def test_a_consumer_has_no_password() -> None:
    sign_in(ANA)
    assert authenticate(login=ANA, password="") is None
    assert not Person.objects.get().has_usable_password()


def test_a_code_of_the_authenticator_works_once() -> None:
    ze = open_ze()
    code = code_of("ze")
    assert verify_totp(person=ze, token=code) is not None
    assert verify_totp(person=ze, token=code) is None
    with time_machine.travel(wall_now() + timedelta(seconds=90)):
        assert verify_totp(person=ze, token="abcdef") is None
        assert verify_totp(person=ze, token=code_of("ze")) is not None
    assert current_totp(login="nobody") is None


@pytest.mark.django_db(transaction=True)
def test_of_twenty_wrong_codes_at_once_one_is_looked_at(
    in_threads: Callable[..., list[Any]],
) -> None:
    ze = open_ze()
    wrong = f"{(int(code_of('ze')) + 7) % 1_000_000:06d}"
    outcomes = in_threads(lambda: verify_totp(person=ze, token=wrong), times=20)
    assert outcomes == [None] * 20
    device = ze.totpdevice_set.get()  # type: ignore[attr-defined]  # django-otp ships no types.
    assert device.throttling_failure_count == 1


def test_staff_get_into_the_admin_with_a_second_factor_only() -> None:
    create_staff(login="dora", password=PASSWORD, totp_secret=SECRET, is_superuser=True)
    assert AuditEntry.objects.get().action == "staff.created"
    client = Client()
    client.force_login(Person.objects.get(login="dora"))
    assert client.get("/admin/people/auditentry/").status_code == 302
    form = {"username": "dora", "password": PASSWORD, "code": code_of("dora")}
    assert client.post("/admin/login/?next=/admin/", form).status_code == 302
    for page in ("auditentry", "person", "party", "device", "identity"):
        answer = client.get(f"/admin/people/{page}/", {"q": "dora"})
        assert answer.status_code == 200, page
    shown = client.get(f"/admin/people/person/{Person.objects.get().pk}/change/")
    assert shown.status_code == 200
    assert "argon2" not in shown.content.decode()
    with pytest.raises(StateConflict):
        create_staff(login="dora", password=PASSWORD, totp_secret=SECRET)


def test_a_block_holds_both_ways_until_it_is_taken_back() -> None:
    ana = party_by_public_id(sign_in(ANA).party["id"])
    bruno = party_by_public_id(sign_in(BRUNO).party["id"])
    assert ana is not None
    assert bruno is not None
    block(party_id=ana.id, other_public_id=bruno.public_id)
    block(party_id=ana.id, other_public_id=bruno.public_id)
    assert blocked_between(ana.id, bruno.id)
    assert blocked_between(bruno.id, ana.id)
    unblock(party_id=bruno.id, other_public_id=ana.public_id)
    assert blocked_between(ana.id, bruno.id)
    unblock(party_id=ana.id, other_public_id=bruno.public_id)
    assert not blocked_between(ana.id, bruno.id)

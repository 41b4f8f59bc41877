"""A forgotten password: what stands for it, and what does not."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth import authenticate
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from core.clock import wall_now
from messaging.models import FeedRow
from people.models import AuditEntry, Person
from people.queries import sandbox_code
from people.services.factors import make_recovery_codes, recovery_codes_left
from tests.portal import cast

pytestmark = pytest.mark.django_db

NEW = "quite another passphrase"
REFUSED = "That code is not right, or was used. Wait for a new one and try again."


def ask(phone: str) -> cast.Clerk:
    """Give a number and the code that it got, in a browser of nobody's."""
    nobody = cast.Clerk(Person(), Client())
    assert nobody.post("/sign-in/forgotten", phone=phone)["Location"] == (
        "/portal/sign-in/forgotten/code"
    )
    told = sandbox_code(phone)
    assert told is not None
    led = nobody.post("/sign-in/forgotten/code", code=told[0])
    assert led["Location"] == "/portal/sign-in/forgotten/password"
    return nobody


def change(nobody: cast.Clerk, code: str, recovery: str, password: str = NEW) -> Any:
    fields = {"code": code, "recovery": recovery, "password": password}
    return nobody.post("/sign-in/forgotten/password", **fields)


def knows(person: Person, password: str) -> bool:
    return authenticate(username=person.login, password=password) is not None


def told(person: Person) -> list[str]:
    """What the devices of a person heard about their safety."""
    rows = FeedRow.objects.filter(party=person.party, kind="security").order_by("id")
    return [row.payload["what"] for row in rows]


def test_number_app_and_recovery_code_stand_for_a_password(owner: cast.Clerk) -> None:
    person = owner.person
    codes = make_recovery_codes(person=person)
    assert owner.get("/").status_code == 200
    nobody = ask(str(person.phone))
    changed = change(nobody, cast.code_of(person), codes[0])
    assert (changed.status_code, changed["Location"]) == (303, "/portal/security")
    assert nobody.get("/").status_code == 200
    assert owner.get("/").status_code == 302
    assert (knows(person, NEW), knows(person, cast.PASSWORD)) == (True, False)
    assert recovery_codes_left(person=person) == 9
    assert AuditEntry.objects.filter(action="account.password_reset").count() == 1
    assert told(person) == ["password_reset"]
    again = cast.Clerk(Person(), nobody.client)
    assert change(again, cast.code_of(person), codes[1])["Location"] == "/portal/sign-in/forgotten"


def test_one_of_the_two_codes_is_not_enough(owner: cast.Clerk) -> None:
    person = owner.person
    codes = make_recovery_codes(person=person)
    nobody = ask(str(person.phone))
    for code, recovery in (
        ("000000", codes[0]),
        (cast.code_of(person), "aaaa-bbbb-cccc-dddd"),
        (cast.code_of(person), cast.code_of(person)),
    ):
        answer = change(nobody, code, recovery)
        assert answer.status_code == 422
        assert REFUSED in answer.content.decode()
    assert change(nobody, "", "").status_code == 422
    assert change(nobody, cast.code_of(person), codes[0], "short").status_code == 422
    assert recovery_codes_left(person=person) == 10
    assert knows(person, cast.PASSWORD)
    assert told(person) == []


def test_the_last_step_is_for_who_showed_the_number_and_for_a_quarter_of_an_hour(
    owner: cast.Clerk,
) -> None:
    person = owner.person
    codes = make_recovery_codes(person=person)
    nobody = cast.Clerk(Person(), Client())
    nobody.post("/sign-in/forgotten", phone=str(person.phone))
    assert nobody.post("/sign-in/forgotten/code", code="000000").status_code == 422
    assert change(nobody, cast.code_of(person), codes[0])["Location"] == "/portal/sign-in/forgotten"
    shown = ask(str(person.phone))
    with time_machine.travel(wall_now() + timedelta(seconds=901), tick=False):
        late = change(shown, cast.code_of(person), codes[0])
    assert late["Location"] == "/portal/sign-in/forgotten"
    assert knows(person, cast.PASSWORD)


def test_a_number_without_an_account_and_staff_are_refused_alike(owner: cast.Clerk) -> None:
    person = owner.person
    codes = make_recovery_codes(person=person)
    Person.objects.filter(pk=person.pk).update(is_staff=True)
    for phone in ("+5511987650999", str(person.phone)):
        TOTPDevice.objects.update(last_t=-1)
        answer = change(ask(phone), cast.code_of(person), codes[0])
        assert answer.status_code == 422
        assert REFUSED in answer.content.decode()
    assert recovery_codes_left(person=person) == 10


def test_the_sign_in_page_leads_there(owner: cast.Clerk) -> None:
    page = Client().get("/portal/sign-in").content.decode()
    assert 'href="/portal/sign-in/forgotten"' in page


def test_who_signs_up_with_an_account_is_led_on_to_all_of_the_page_they_asked_for(
    owner: cast.Clerk,
) -> None:
    nobody = cast.Clerk(Person(), Client())
    asked = "/portal/orders?state=paid&from=2026-01-01"
    nobody.post("/sign-up", phone=str(owner.person.phone), next=asked)
    told = sandbox_code(str(owner.person.phone))
    assert told is not None
    led = nobody.post("/sign-up/code", code=told[0])["Location"]
    assert nobody.client.get(led).context["next"] == asked

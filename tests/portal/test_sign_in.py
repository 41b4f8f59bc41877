"""Two factors, and nothing with one of them."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from core.clock import wall_now
from people.models import Person
from tests.merchants import cast as consumers
from tests.portal import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def zed(planned: None) -> Person:
    """Zé, who is not signed in."""
    person = cast.hire("Zé")
    consumers.new_shop(person)
    return person


def knock(person: Person, **more: str) -> cast.Clerk:
    """Give the password only."""
    clerk = cast.Clerk(person, Client())
    answer = clerk.post("/sign-in", login=person.login, password=cast.PASSWORD, **more)
    assert answer.status_code == 303
    return clerk


def is_in(clerk: cast.Clerk) -> bool:
    return bool(clerk.get("/").status_code == 200)


def test_both_factors_open_the_portal_and_signing_out_closes_it(zed: Person) -> None:
    clerk = knock(zed)
    opened = clerk.post("/sign-in/code", code=f" {cast.code_of(zed)} ")
    assert (opened.status_code, opened["Location"]) == (303, "/portal/")
    assert is_in(clerk)
    left = clerk.post("/sign-out")
    assert (left.status_code, left["Location"]) == (303, "/portal/sign-in")
    assert not is_in(clerk)


def test_the_password_alone_opens_nothing(zed: Person) -> None:
    clerk = knock(zed)
    for path in ("/", "/conversations", "/orders", "/payments", "/payouts", "/catalogue"):
        answer = clerk.get(path)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/portal/sign-in")
    stream = clerk.client.get("/v1/me")
    assert stream.status_code == 401


def test_the_code_alone_opens_nothing(zed: Person) -> None:
    clerk = cast.Clerk(zed, Client())
    for answer in (clerk.get("/sign-in/code"), clerk.post("/sign-in/code", code=cast.code_of(zed))):
        assert (answer.status_code, answer["Location"]) == (303, "/portal/sign-in")
    assert not is_in(clerk)


@pytest.mark.parametrize(
    ("login", "password"),
    [("", cast.PASSWORD), ("nobody", cast.PASSWORD), (None, "wrong"), (None, ""), ("\0", "\0")],
)
def test_a_wrong_login_and_a_wrong_password_look_the_same(
    zed: Person, login: str | None, password: str
) -> None:
    clerk = cast.Clerk(zed, Client())
    typed = zed.login if login is None else login
    answer = clerk.post("/sign-in", login=typed, password=password)
    assert answer.status_code == 422
    if login != "\0" and typed and password:
        assert "Login or password is not right." in answer.content.decode()
    assert clerk.get("/sign-in/code")["Location"] == "/portal/sign-in"


@pytest.mark.parametrize("code", ["", "000000", "12345", "1234567", "½½½½½½", "abcdef"])
def test_a_wrong_code_opens_nothing(zed: Person, code: str) -> None:
    clerk = knock(zed)
    if code == cast.code_of(zed):
        return
    answer = clerk.post("/sign-in/code", code=code)
    assert answer.status_code == 422
    assert not is_in(clerk)


def test_a_code_works_once(zed: Person) -> None:
    code = cast.code_of(zed)
    first, second = knock(zed), knock(zed)
    assert first.post("/sign-in/code", code=code).status_code == 303
    again = second.post("/sign-in/code", code=code)
    assert again.status_code == 422
    assert "was used" in again.content.decode()
    assert not is_in(second)


def test_the_password_is_good_for_five_minutes(zed: Person) -> None:
    clerk = knock(zed)
    with time_machine.travel(wall_now() + timedelta(seconds=301), tick=False):
        answer = clerk.post("/sign-in/code", code=cast.code_of(zed))
        assert (answer.status_code, answer["Location"]) == (303, "/portal/sign-in")
        assert not is_in(clerk)


def test_a_person_who_is_switched_off_meanwhile_does_not_get_in(zed: Person) -> None:
    clerk = knock(zed)
    Person.objects.filter(pk=zed.pk).update(is_active=False)
    assert clerk.post("/sign-in/code", code=cast.code_of(zed))["Location"] == "/portal/sign-in"
    assert not is_in(clerk)


def test_an_open_session_ends_when_its_person_is_switched_off(zed: Person) -> None:
    clerk = cast.signed_in(zed)
    Person.objects.filter(pk=zed.pk).update(is_active=False)
    assert not is_in(clerk)


def test_who_has_no_authenticator_cannot_pass(zed: Person) -> None:
    code = cast.code_of(zed)
    TOTPDevice.objects.filter(user=zed).delete()
    clerk = knock(zed)
    assert clerk.post("/sign-in/code", code=code).status_code == 422
    assert not is_in(clerk)


def test_a_lost_authenticator_closes_the_open_session(zed: Person) -> None:
    clerk = cast.signed_in(zed)
    TOTPDevice.objects.filter(user=zed).delete()
    assert not is_in(clerk)


def test_a_consumer_has_no_password_to_sign_in_with() -> None:
    ana = consumers.join("Ana").person
    for password in ("", "!", ana.password):
        answer = Client().post("/portal/sign-in", {"login": ana.login, "password": password})
        assert answer.status_code == 422


@pytest.mark.parametrize(
    ("asked", "led"),
    [
        ("/portal/orders?state=paid", "/portal/orders?state=paid"),
        ("", "/portal/"),
        ("https://evil.example/portal/", "/portal/"),
        ("//evil.example/portal/", "/portal/"),
        ("/\\evil.example", "/portal/"),
        ("javascript:alert(1)", "/portal/"),
        ("portal/orders", "/portal/"),
        ("/portal/orders\nSet-Cookie: a=b", "/portal/orders%0ASet-Cookie:%20a=b"),
        ("/portal/orders\r", "/portal/orders%0D"),
        ("/portal/search?q=পাউরুটি&to=1", f"/portal/search?q={quote('পাউরুটি')}&to=1"),
        ("/portal/search?q=p%C3%A3o", "/portal/search?q=p%C3%A3o"),
    ],
)
def test_the_way_back_stays_within_the_origin(zed: Person, asked: str, led: str) -> None:
    clerk = knock(zed, next=asked)
    assert clerk.post("/sign-in/code", code=cast.code_of(zed))["Location"] == led


def test_a_password_that_was_changed_meanwhile_leads_no_further(zed: Person) -> None:
    clerk = knock(zed)
    zed.set_password("quite another passphrase")
    zed.save(update_fields=["password"])
    assert clerk.post("/sign-in/code", code=cast.code_of(zed))["Location"] == "/portal/sign-in"
    assert not is_in(clerk)


def test_a_page_that_was_asked_for_is_opened_after_signing_in(zed: Person) -> None:
    clerk = cast.Clerk(zed, Client())
    door = clerk.get("/orders", state="paid")["Location"]
    assert door == "/portal/sign-in?next=%2Fportal%2Forders%3Fstate%3Dpaid"
    assert (
        'name="next" value="/portal/orders?state=paid"' in clerk.client.get(door).content.decode()
    )


def test_what_was_sent_is_not_asked_for_again(zed: Person) -> None:
    clerk = cast.Clerk(zed, Client())
    assert clerk.post("/orders/ord_1/move", verb="accept")["Location"] == "/portal/sign-in"


@pytest.mark.parametrize(
    ("page", "way_back"),
    [
        (
            "http://testserver/portal/catalogue/new?like=prd_1",
            "%2Fportal%2Fcatalogue%2Fnew%3Flike%3Dprd_1",
        ),
        ("http://evil.example/portal/catalogue/new", ""),
        ("http://testserver/r/receipt", ""),
        ("nonsense", ""),
        ("http://[testserver/portal/catalogue/new", ""),
    ],
)
def test_who_was_signed_out_over_a_form_comes_back_to_its_page(page: str, way_back: str) -> None:
    fields = {"name": "Pão", "price": "3,00"}
    answer: Any = Client().post("/portal/catalogue/new", fields, headers={"Referer": page})
    assert answer["Location"] == "/portal/sign-in" + (way_back and f"?next={way_back}")


def test_a_part_that_fetches_itself_has_the_page_loaded_again(zed: Person) -> None:
    answer: Any = Client().get("/portal/orders", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Refresh"]) == (204, "true")


def test_each_step_gives_the_session_another_key(zed: Person) -> None:
    clerk = cast.Clerk(zed, Client())
    clerk.client.get("/portal/sign-in")
    planted = clerk.client.session
    planted["planted"] = 1
    planted.save()
    clerk.client.cookies["troco"] = planted.session_key or ""
    clerk.post("/sign-in", login=zed.login, password=cast.PASSWORD)
    between = clerk.client.cookies["troco"].value
    clerk.post("/sign-in/code", code=cast.code_of(zed))
    after = clerk.client.cookies["troco"].value
    assert len({planted.session_key, between, after}) == 3
    for old in (planted.session_key, between):
        thief = Client()
        thief.cookies["troco"] = old or ""
        assert thief.get("/portal/").status_code == 302


def test_forms_need_their_token(zed: Person) -> None:
    browser = Client(enforce_csrf_checks=True)
    fields = {"login": zed.login, "password": cast.PASSWORD}
    assert browser.post("/portal/sign-in", fields).status_code == 403
    clerk = cast.signed_in(zed)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies["troco"] = clerk.client.cookies["troco"].value
    assert strict.get("/portal/").status_code == 200
    for path in ("/sign-out", "/settings", "/catalogue/new", "/orders/ord_1/move"):
        assert strict.post(f"/portal{path}", {}).status_code == 403
    strict.cookies[settings.LANGUAGE_COOKIE_NAME] = "pt-br"
    told = strict.post("/portal/settings", {}).content.decode()
    assert "Esta página está desatualizada" in told
    assert 'href="/portal/"' in told
    assert strict.get("/portal/").status_code == 200

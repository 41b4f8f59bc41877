"""What people sign in with: recovery codes, another app, another password, and their browsers."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from messaging.models import FeedRow
from people.models import WebKey, WebSession
from people.queries import passkeys_of
from people.services.factors import recovery_codes_left
from people.services.passkeys import request_for
from tests.people.authenticator import Authenticator
from tests.people.cast import unb64
from tests.portal import cast
from tests.portal.test_team import _code_of

pytestmark = pytest.mark.django_db


def codes_of(clerk: cast.Clerk) -> list[str]:
    """Make new recovery codes on the page, and read them."""
    answer = clerk.post("/security", verb="codes", code=cast.code_of(clerk.person))
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    return re.findall(r'<li class="code">([^<]+)</li>', answer.content.decode())


def second_browser(clerk: cast.Clerk, **how: str) -> Any:
    """Sign the same person in elsewhere; what the second step answers, and the browser."""
    other = cast.Clerk(clerk.person, Client())
    other.post("/sign-in", login=clerk.login, password=cast.PASSWORD)
    return other.post("/sign-in/code", **how), other


def test_a_recovery_code_opens_once(owner: cast.Clerk) -> None:
    assert owner.post("/security", verb="codes", code="1").status_code == 422
    codes = codes_of(owner)
    assert len(set(codes)) == 10
    page = owner.body("/security")
    assert "10 left" in page
    assert codes[0] not in page
    answer, other = second_browser(owner, code=codes[0].upper())
    assert (answer.status_code, other.get("/").status_code) == (303, 200)
    again, third = second_browser(owner, code=codes[0])
    assert (again.status_code, third.get("/").status_code) == (422, 302)
    assert recovery_codes_left(person=owner.person) == 9
    fresh = codes_of(owner)
    old, _other = second_browser(owner, code=codes[1])
    assert old.status_code == 422
    assert recovery_codes_left(person=owner.person) == len(fresh) == 10
    assert other.get("/").status_code == 302  # It stood on a code of the older ones.


def test_browsers_are_listed_and_ended_from_elsewhere(
    owner: cast.Clerk, stranger: cast.Clerk
) -> None:
    _answer, other = second_browser(owner, code=cast.code_of(owner.person))
    _answer, third = second_browser(owner, code=cast.code_of(owner.person))
    rows = owner.get("/security").context["sessions"]
    assert [row["is_this"] for row in rows] == [False, False, True]
    newest = rows[0]["id"]
    assert stranger.post("/security", verb="end", session=newest).status_code == 404
    assert third.get("/").status_code == 200
    assert owner.post("/security", verb="end", session=newest).status_code == 303
    assert (third.get("/").status_code, other.get("/").status_code) == (302, 200)
    assert owner.post("/security", verb="end_others").status_code == 303
    assert (other.get("/").status_code, owner.get("/").status_code) == (302, 200)
    assert stranger.get("/").status_code == 200
    assert WebSession.objects.filter(person=owner.person, ended_at__isnull=True).count() == 1


def test_another_app_takes_the_place_of_the_old_one(owner: cast.Clerk) -> None:
    _answer, other = second_browser(owner, code=cast.code_of(owner.person))
    assert owner.get("/security/authenticator").status_code == 200
    secret = owner.client.session["new_totp"]
    code = cast.code_of(owner.person)
    wrong = owner.post("/security/authenticator", new_code="000", code=code)
    assert wrong.status_code == 422
    done = owner.post(
        "/security/authenticator", new_code=_code_of(secret), code=cast.code_of(owner.person)
    )
    assert done.status_code == 303
    assert (owner.get("/").status_code, other.get("/").status_code) == (200, 302)


def test_another_password_signs_out_everywhere_else(owner: cast.Clerk) -> None:
    _answer, other = second_browser(owner, code=cast.code_of(owner.person))
    new = "another rather long passphrase"
    for wrong in (
        {"old": "no", "new": new, "code": cast.code_of(owner.person)},
        {"old": cast.PASSWORD, "new": "short", "code": cast.code_of(owner.person)},
        {"old": cast.PASSWORD, "new": new, "code": "1"},
    ):
        assert owner.post("/security/password", **wrong).status_code == 422
    form = {"old": cast.PASSWORD, "new": new, "code": cast.code_of(owner.person)}
    assert owner.post("/security/password", **form).status_code == 303
    assert (owner.get("/").status_code, other.get("/").status_code) == (200, 302)
    assert [row["is_this"] for row in owner.get("/security").context["sessions"]] == [True]
    late = cast.Clerk(owner.person, Client())
    assert late.post("/sign-in", login=owner.login, password=cast.PASSWORD).status_code == 422
    assert late.post("/sign-in", login=owner.login, password=new).status_code == 303
    told = FeedRow.objects.filter(party=owner.person.party, kind="security")
    assert [row.payload["what"] for row in told] == ["password_changed"]


@pytest.mark.parametrize("credential", ["", "{}", "[]", "null", '{"id": "AAAA"}', "\0"])
def test_what_is_no_passkey_is_not_added_and_opens_nothing(
    owner: cast.Clerk, credential: str
) -> None:
    owner.get("/security/passkey")
    form = {"name": "Laptop", "credential": credential, "code": cast.code_of(owner.person)}
    refused = 404 if credential == "\0" else 422
    assert owner.post("/security/passkey", **form).status_code == refused
    assert WebKey.objects.count() == 0
    answer, other = second_browser(owner, credential=credential)
    assert answer.status_code == 422
    assert other.get("/").status_code == 302


def test_a_number_is_a_login_however_it_is_written(owner: cast.Clerk) -> None:
    owner.person.login = owner.person.phone or ""
    owner.person.save(update_fields=["login"])
    phone = owner.person.login
    written = f"{phone[:3]} {phone[3:5]} {phone[5:10]}-{phone[10:]}"
    clerk = cast.Clerk(owner.person, Client())
    assert clerk.post("/sign-in", login=written, password=cast.PASSWORD).status_code == 303


def test_a_passkey_is_added_opens_in_the_place_of_the_code_and_is_removed(
    owner: cast.Clerk,
) -> None:
    own = Authenticator(counts=True)
    options = owner.get("/security/passkey").context["options"]
    form = {"name": "Shop's laptop", "code": cast.code_of(owner.person)}
    made = json.dumps(own.create(options))
    assert owner.post("/security/passkey", **form, credential=made).status_code == 303
    again = {"name": "Again", "code": cast.code_of(owner.person), "credential": made}
    assert owner.post("/security/passkey", **again).status_code == 422
    (key,) = owner.get("/security").context["passkeys"]
    assert key.name == "Shop's laptop"

    def knock(sign: Callable[[bytes], dict[str, Any]]) -> tuple[int, cast.Clerk]:
        other = cast.Clerk(owner.person, Client())
        other.post("/sign-in", login=owner.login, password=cast.PASSWORD)
        asked = other.get("/sign-in/code").context["passkey"]
        said = json.dumps(sign(unb64(asked["challenge"])))
        return other.post("/sign-in/code", credential=said).status_code, other

    status, other = knock(own.get)
    assert (status, other.get("/").status_code) == (303, 200)
    sessions = owner.get("/security").context["sessions"]
    assert [str(row["factor"]) for row in sessions] == ["Passkey", "Authenticator app"]
    for wrong in (
        lambda challenge: own.get(challenge, origin="https://evil.example"),
        lambda challenge: own.get(challenge, verified=False),
        lambda _challenge: own.get(b"x" * 32),
        lambda challenge: Authenticator().get(challenge),
    ):
        status, stranger = knock(wrong)
        assert (status, stranger.get("/").status_code) == (422, 302)
    assert owner.post("/security", verb="remove_passkey", passkey="wky_x").status_code == 404
    gone = owner.post("/security", verb="remove_passkey", passkey=key.public_id)
    assert gone.status_code == 303
    assert other.get("/").status_code == 302


def test_a_passkey_of_the_portal_pays_nothing(owner: cast.Clerk) -> None:
    own = Authenticator()
    options = owner.get("/security/passkey").context["options"]
    form = {"name": "Laptop", "code": cast.code_of(owner.person)}
    owner.post("/security/passkey", **form, credential=json.dumps(own.create(options)))
    assert not passkeys_of(owner.person).exists()
    assert request_for(person=owner.person, digest=b"x" * 32) is None

"""Who gets in: staff with password and code, and nobody else."""

from typing import Any

import pytest
from django.test import Client

from config.staff.site import IDLE_SECONDS, SEEN
from core.models import Tick
from people.services.factors import current_totp
from people.services.members import create_portal_person
from tests.admin import people_rows
from tests.admin.doors import PASSWORD, SECRET, enter, hire, inline_parts, knock

PAGES = (
    "/admin/",
    "/admin/payments/payment/",
    "/admin/payments/country/",
    "/admin/people/auditentry/",
    "/admin/holds/impose",
    "/admin/password_change/",
)
WRONG = "Login, password or code is wrong."


@pytest.mark.parametrize("path", PAGES)
def test_strangers_are_led_to_the_door(db: None, path: str) -> None:
    answer = Client().get(path)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/admin/login/?next={path}")


def test_a_password_alone_lets_nobody_in(db: None) -> None:
    hire("marta")
    client = Client()
    for code in ("", "abcdef", "12345", "1234567"):
        answer = knock(client, "marta", code=code)
        assert (answer.status_code, WRONG in answer.content.decode()) == (200, True)
    assert client.get("/admin/").status_code == 302
    assert "_auth_user_id" not in client.session


def test_a_code_alone_lets_nobody_in(db: None) -> None:
    hire("marta")
    client = Client()
    answer = knock(client, "marta", password="wrong", code=str(current_totp(login="marta")))
    assert (answer.status_code, WRONG in answer.content.decode()) == (200, True)
    assert client.get("/admin/").status_code == 302


def test_a_code_lets_in_once(db: None) -> None:
    hire("marta")
    code = str(current_totp(login="marta"))
    assert knock(Client(), "marta", code=code).status_code == 302
    again = knock(Client(), "marta", code=code)
    assert (again.status_code, WRONG in again.content.decode()) == (200, True)


def test_a_password_session_without_a_code_is_no_session_here(db: None) -> None:
    client = Client()
    client.force_login(hire("marta", is_superuser=True))
    assert [client.get(path).status_code for path in PAGES] == [302] * len(PAGES)


def test_people_of_shops_are_refused_whatever_they_type(db: None) -> None:
    person = create_portal_person(
        login="ze",
        phone="+5511987650001",
        display_name="Zé",
        password=PASSWORD,
        totp_secret=SECRET,
    )
    client = Client()
    answer = knock(client, "ze", code=str(current_totp(login="ze")))
    assert (answer.status_code, WRONG in answer.content.decode()) == (200, True)
    client.force_login(person)
    assert [client.get(path).status_code for path in PAGES] == [302] * len(PAGES)


def test_staff_who_left_are_refused(db: None) -> None:
    person = hire("marta", is_superuser=True)
    client = enter("marta")
    assert client.get("/admin/").status_code == 200
    person.is_active = False
    person.save(update_fields=["is_active"])
    assert client.get("/admin/").status_code == 302


def test_a_session_ends_after_fifteen_minutes_of_nothing(marta: Any) -> None:
    assert IDLE_SECONDS == 900
    _age(marta, 890)
    assert marta.get("/admin/").status_code == 200
    _age(marta, 890)  # Counted from the page just seen.
    assert marta.get("/admin/").status_code == 200
    _age(marta, 901)
    assert marta.get("/admin/").status_code == 302
    page = marta.get("/admin/login/")
    assert "fifteen minutes" in page.content.decode()
    assert marta.get("/admin/").status_code == 302


def test_the_strict_policy_holds_on_every_kind_of_page(marta: Any) -> None:
    pages = [Client().get("/admin/login/"), *(marta.get(path) for path in PAGES)]
    for page in pages:
        assert page.status_code == 200
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert inline_parts(page) == []


def test_pages_are_by_permission(db: None) -> None:
    hire("clara", "support")
    clara = enter("clara")
    seen = [
        clara.get(path).status_code
        for path in (
            "/admin/payments/payment/",
            "/admin/payments/regulatorhold/",
            "/admin/payments/settlementbatch/",
            "/admin/people/auditentry/",
            "/admin/holds/impose",
        )
    ]
    assert seen == [200, 200, 403, 403, 403]


def test_a_line_of_the_clock_that_keeps_failing_is_on_the_first_page(marta: Any) -> None:
    for name, failures in (("line-five", 5), ("line-four", 4)):
        Tick.objects.create(name=name, failures=failures, last_error="RuntimeError: no")
    page = marta.get("/admin/").content.decode()
    assert ("line-five" in page, "line-four" in page) == (True, False)


def _age(client: Client, seconds: int) -> None:
    """Let a session have been used so long ago."""
    session = client.session
    session[SEEN] -= seconds
    session.save()


@pytest.mark.parametrize(
    ("named", "shown"),
    [
        ("America%2FSao_Paulo", "2026-11-23 09:00 -03"),
        ("Asia/Dhaka", "2026-11-23 18:00 +06"),
        ("../../etc/passwd", "2026-11-23 12:00 UTC"),
        ("", "2026-11-23 12:00 UTC"),
    ],
)
def test_moments_are_by_the_reader_s_clock(marta: Any, named: str, shown: str) -> None:
    asked = people_rows.approval()
    marta.cookies["troco_zone"] = named
    page = marta.get(f"/admin/approvals/{asked.public_id}/approve").content.decode()
    assert shown in page

"""The people behind the counter: Zé owns the bakery, Lia is its cashier, each with two factors."""

import itertools
import re
from dataclasses import dataclass
from typing import Any

from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from merchants.enums import Role
from merchants.models import Shop
from merchants.services.team import add_member
from payments.services.availability import add_country
from people.models import Person
from people.services.factors import current_totp
from people.services.members import create_portal_person
from tests.merchants import cast
from tests.payments.cast import new_staff

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PASSWORD = "a long enough passphrase"
_numbers = itertools.count(1)


@dataclass
class Clerk:
    """Somebody who signs in to the portal, and their browser."""

    person: Person
    client: Client

    @property
    def login(self) -> str:
        return self.person.login

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/portal{path}", query)

    def post(self, path: str, **fields: Any) -> Any:
        return self.client.post(f"/portal{path}", fields)

    def rows(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """Return the rows that a list shows."""
        listing = self.get(path, **query).context["listing"]
        return list(listing.rows)

    def body(self, path: str, **query: Any) -> str:
        answer = self.get(path, **query)
        assert answer.status_code == 200, (answer.status_code, path)
        return str(answer.content.decode())


def plan_brazil() -> None:
    """Let Brazil be known, with nothing open in it yet."""
    facts = {
        "iso2": "BR",
        "name": "Brazil",
        "currency": "BRL",
        "timezone": "America/Sao_Paulo",
        "min_live_banks": 2,
        "holds_funds": False,
    }
    add_country(facts=facts, staff=new_staff("planner"))


def hire(name: str) -> Person:
    """Make somebody with a login, a password and an authenticator."""
    number = next(_numbers)
    return create_portal_person(
        login=f"{name.lower()}-{number}",
        phone=f"+55119{70000000 + number:08d}",
        display_name=name,
        password=PASSWORD,
        totp_secret=SECRET,
    )


def code_of(person: Person) -> str:
    """Return what the person's authenticator shows; uses and pauses of before are undone."""
    mine = TOTPDevice.objects.filter(user=person)
    mine.update(last_t=-1, throttling_failure_count=0, throttling_failure_timestamp=None)
    code = current_totp(login=person.login)
    assert code is not None
    return code


def signed_in(person: Person) -> Clerk:
    """Sign in through the two forms."""
    clerk = Clerk(person, Client())
    first = clerk.post("/sign-in", login=person.login, password=PASSWORD)
    assert (first.status_code, first["Location"]) == (303, "/portal/sign-in/code")
    second = clerk.post("/sign-in/code", code=code_of(person))
    assert (second.status_code, second["Location"]) == (303, "/portal/")
    return clerk


def owner_of(name: str, shop_name: str) -> tuple[Clerk, Shop]:
    """Return a signed-in owner with a shop of their own."""
    person = hire(name)
    shop = cast.new_shop(person, shop_name)
    return signed_in(person), shop


def cashier_of(shop: Shop, name: str = "Lia") -> Clerk:
    """Return a signed-in cashier of a shop."""
    return member_of(shop, Role.CASHIER, name)


def member_of(shop: Shop, role: Role, name: str = "Lia") -> Clerk:
    """Return somebody of a shop's team, signed in."""
    person = hire(name)
    add_member(shop_id=shop.pk, actor=None, person=person, role=role)
    return signed_in(person)


def without_request_id(page: Any) -> str:
    """Return a page's text without what is new at each request."""
    text = page.content.decode()
    for fresh in (page.headers.get("X-Request-Id", ""),):
        text = text.replace(fresh, "") if fresh else text
    return re.sub(r'nonce="[^"]*"|req_[0-9A-Za-z]+', "", text)

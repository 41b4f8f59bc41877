"""Signing staff in as they do it, and reading what a page may not contain."""

from html.parser import HTMLParser
from typing import Any

from django.test import Client

from config.staff.groups import prepare_groups
from people.models import Person
from people.services.factors import current_totp
from people.services.staff import create_staff

PASSWORD = "a long enough passphrase"
SECRET = "JBSWY3DPEHPK3PXP"


def hire(login: str, *groups: str, is_superuser: bool = False) -> Person:
    """Make a member of the staff; the groups are as the command writes them."""
    if groups:
        prepare_groups()
    return create_staff(
        login=login,
        password=PASSWORD,
        totp_secret=SECRET,
        is_superuser=is_superuser,
        groups=groups,
    )


def enter(login: str) -> Client:
    """Sign in with password and code."""
    client = Client()
    answer = knock(client, login, code=str(current_totp(login=login)))
    assert (answer.status_code, answer.headers.get("Location")) == (302, "/admin/")
    return client


def knock(client: Client, login: str, *, password: str = PASSWORD, code: str = "") -> Any:
    """Send the sign-in form."""
    form = {"username": login, "password": password, "code": code, "next": "/admin/"}
    return client.post("/admin/login/", form)


class Inline(HTMLParser):
    """Finds what the strict policy would refuse: inline style, script and handlers."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "style" or "style" in given:
            self.found.append(f"{tag} style")
        is_data = given.get("type") == "application/json"
        if tag == "script" and "src" not in given and not is_data:
            self.found.append("script")
        self.found += [f"{tag} {name}" for name in given if name.startswith("on")]
        target = given.get("src") or (given.get("href") if tag == "link" else None)
        if target is not None and not target.startswith("/"):
            self.found.append(f"{tag} {target}")


def inline_parts(page: Any) -> list[str]:
    """Return everything inline or from elsewhere in a page."""
    parser = Inline()
    parser.feed(page.content.decode())
    return parser.found

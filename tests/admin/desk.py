"""Members of staff at a browser: what they click, and what they type."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect

from people.services.factors import current_totp
from tests.admin.doors import PASSWORD, enter
from tests.look import browser

_REFUSED = re.compile("status of (403|409)")


class Desk:
    """One member of staff at a browser."""

    def __init__(self, page: Page, address: str, login: str) -> None:
        self.page, self.address, self.login = page, address, login

    def type_in(self) -> None:
        """Sign in as they do: login, password and code."""
        self.go("/admin/login/?next=/admin/")
        self.page.get_by_label("Login").fill(self.login)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_label("Code").fill(str(current_totp(login=self.login)))
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("heading", name="What waits for a person")).to_be_visible()

    def come_in(self) -> None:
        """Sign in without a look at the door's page."""
        cookies = enter(self.login).cookies
        self.page.context.add_cookies(
            [
                {"name": each.key, "value": each.value, "url": self.address}
                for each in cookies.values()
            ]
        )

    def go(self, path: str) -> None:
        self.page.goto(f"{self.address}{path}", wait_until="load")

    def open_queue(self, words: str) -> None:
        """Go from the first page to what waits, and open the first thing of the list."""
        self.go("/admin/")
        self.page.locator("a.queue", has_text=words).click()
        first = self.page.locator("#result_list th a, .cards .button-small, .cards a").first
        first.click()

    def follow(self, words: str) -> None:
        """Press a link of the page."""
        self.page.get_by_role("link", name=words, exact=True).first.click()

    def fill(self, **answers: Any) -> None:
        """Fill fields of the page's form by their names."""
        for name, answer in answers.items():
            field = self.page.locator(f".act-field [name={name}]")
            if field.first.get_attribute("type") in {"radio", "checkbox"}:
                self.page.locator(f'.act-field [name={name}][value="{answer}"]').check()
            elif field.evaluate("field => field.tagName") == "SELECT":
                field.select_option(str(answer))
            elif field.get_attribute("type") == "file":
                field.set_input_files(answer)
            else:
                field.fill(str(answer))

    def act(self, door: str, said: str, **answers: Any) -> None:
        """Open the page of an act by its button, answer, press, and read what was done."""
        self.follow(door)
        self.fill(**answers)
        self.press(said)

    def press(self, said: str) -> None:
        """Press the act's one button, and read what the site says to it."""
        self.page.locator(".act-buttons button").click()
        expect(self.said.filter(has_text=said).first).to_be_visible()

    @property
    def said(self) -> Locator:
        """What the site says to what was pressed: done, or refused."""
        return self.page.locator(".messagelist li, .errornote")

    def sees(self, words: str) -> None:
        expect(self.page.get_by_text(words).first).to_be_visible()

    def offers(self, *, tool: str) -> bool:
        """Tell whether the page has such a button."""
        return self.page.locator(".object-tools a", has_text=tool).count() > 0


@contextmanager
def desk_of(started: Browser, address: str, login: str) -> Iterator[Desk]:
    """Open a window for a member of staff who is signed in.

    Afterwards nothing may have been refused by the policy, nor failed in a script. That an act
    is refused with 403 or 409 the console tells too; it is what some tests are about.
    """
    with browser.page_of(started, width=1440, theme="light") as page:
        desk = Desk(page, address, login)
        desk.come_in()
        yield desk
        said = browser.complaints_of(page)
        assert [each for each in said if not _REFUSED.search(each)] == []

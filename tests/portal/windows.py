"""People of the team at a browser: what they open, press and type."""

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from config.seed.cast import PortalLogin
from tests.portal.clerks import Code

# A machine that does much else at once takes its time; what is awaited comes, or the test fails.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)


class Window:
    """Somebody's window: wide with a navigation at the side, or narrow with one at the bottom.

    Args:
        page: What it shows.
        address: Scheme and host of the site.
        login: Who sits there.
        code: Where the codes of their authenticator come from.
    """

    def __init__(self, page: Page, address: str, login: PortalLogin, code: Code) -> None:
        self.page, self.address, self.login, self._code = page, address, login, code

    @property
    def is_narrow(self) -> bool:
        size = self.page.viewport_size
        assert size is not None
        return size["width"] < 1024

    def code(self) -> str:
        return self._code(self.login)

    def sign_in(self) -> None:
        """Come in by both forms."""
        self.page.goto(f"{self.address}/portal/sign-in")
        self.page.get_by_label("Login").fill(self.login.login)
        self.page.get_by_label("Password").fill(self.login.password)
        self.page.keyboard.press("Enter")
        self.page.get_by_label("Code").fill(self.code())
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(f"{self.address}/portal/")

    def offered(self) -> set[str]:
        """Return the addresses that the navigation leads to."""
        links = self.page.locator("#side-nav a, #tabs a, #more-menu nav > a[href^='/portal']")
        hrefs: list[str] = links.evaluate_all("links => links.map(each => each.pathname)")
        return set(hrefs) - {"/portal/help"}

    def go(self, path: str) -> None:
        """Open a page by the navigation that this window shows."""
        if not self.is_narrow:
            self.page.locator(f'#side-nav a[href="{path}"]').click()
        elif self.page.locator(f'#tabs a[href="{path}"]').count():
            self.page.locator(f'#tabs a[href="{path}"]').click()
        else:
            self.page.locator("#tabs [popovertarget=more-menu]").click()
            self.page.locator(f'#more-menu a[href="{path}"]').click()
        self.page.wait_for_url(self.address + path)

    def open_talk(self, talk: str) -> None:
        """Open a conversation from the list of all."""
        self.go("/portal/conversations")
        self.page.locator(f'#convs a[href="/portal/conversations/{talk}"]').click()
        expect(self.page.locator("#log")).to_be_visible()

    def offer(self, words: str, dialog: str) -> Locator:
        """Open one of the composer's dialogs by the menu beside it, after the words before it."""
        expect(self.page.get_by_role("textbox", name="Message")).to_have_value("")
        self.page.get_by_role("button", name="Send something else").click()
        self.page.get_by_role("button", name=words, exact=True).click()
        return self.page.get_by_role("dialog", name=dialog)

    def charge(self, amount: str, words: str) -> Locator:
        """Ask for an amount in the conversation; its bubble."""
        sheet = self.offer("An amount to pay", "Charge an amount")
        sheet.get_by_label("Amount", exact=True).fill(amount)
        sheet.get_by_label("What for").fill(words)
        sheet.get_by_role("button", name="Charge").click()
        return self.page.locator("#log .thing", has_text=words).last

    def refund(self, amount: str, note: str) -> None:
        """Fill in the refund's sheet, which is open, and press."""
        page = self.page
        page.get_by_label("Amount").fill(amount)
        page.get_by_label("Reason").select_option("damaged")
        page.get_by_label("Note, shown to the customer").fill(note)
        page.get_by_label("code").fill(self.code())
        page.get_by_role("button", name="Give it back").click()

    def opens(self, path: str) -> int:
        """Type an address; the status that comes back."""
        answer = self.page.goto(self.address + path)
        assert answer is not None
        return answer.status

    def keep(self, words: str) -> bytes:
        """Ask for a file by its button, wait until it is made, and download it."""
        self.page.get_by_role("button", name=words, exact=True).click()
        link = self.page.locator("#live a[download]")
        expect(link).to_be_visible()
        with self.page.expect_download() as kept:
            link.click()
        return kept.value.path().read_bytes()


def cents(shown: Any) -> int:
    """Read an amount as the pages write it in English."""
    digits = re.sub(r"[^0-9-]", "", str(shown).replace("−", "-"))
    return int(digits)


class Keys:
    """Somebody who has no mouse: each press of Tab must lead to something that shows it."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def to(self, aim: Locator, *, most: int = 120) -> None:
        """Press Tab until something has the focus, which is seen wherever it goes."""
        aim.wait_for()
        for _ in range(most):
            self.press("Tab")
            self.see()
            if aim.evaluate("aim => aim === document.activeElement"):
                return
        raise AssertionError(f"Tab never came to {aim}")

    def see(self) -> None:
        """Fail unless what has the focus is in the window and drawn as such."""
        lost = self.page.evaluate(
            """() => {
              const at = document.activeElement;
              const box = at.getBoundingClientRect();
              const drawn = getComputedStyle(at);
              const isIn = box.bottom > 0 && box.top < innerHeight && box.right > 0
                && box.left < innerWidth;
              const isDrawn = drawn.outlineStyle !== "none" || drawn.boxShadow !== "none";
              // A page that has just come in has the focus nowhere yet.
              if (at === document.body && !window.hadFocus) return "";
              window.hadFocus = true;
              const isFine = at !== document.body && at.checkVisibility() && isIn && isDrawn;
              return isFine ? "" : at.outerHTML.slice(0, 200);
            }"""
        )
        assert lost == "", f"the focus is not seen: {lost}"

    def holds(self, dialog: Locator, *, times: int = 12) -> None:
        """Fail if Tab leads out of a dialog that is open."""
        for _ in range(times):
            self.press("Tab")
            inside = dialog.evaluate(
                "dialog => [document.body, document.documentElement, null].includes("
                "document.activeElement) || dialog.contains(document.activeElement)"
            )
            assert inside, "Tab led out of the dialog"

"""Step-up by a passkey in a real browser, with its own virtual authenticator."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from config.seed import cast
from tests.look import browser
from tests.portal import clerks
from tests.portal.windows import PATIENCE_MS, Keys, Window
from tests.processes.instance import Instance

pytestmark = [pytest.mark.browser, pytest.mark.processes]
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
}
NOTHING_DONE = "Nothing was done. Press it again, or type a code."


class Finger:
    """What verifies the person at their browser, or does not: as one who closes its window."""

    def __init__(self, page: Page) -> None:
        self._devtools: CDPSession = page.context.new_cdp_session(page)
        self._devtools.send("WebAuthn.enable")
        made = self._devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        self._id = made["authenticatorId"]

    def is_put_down(self, *, is_there: bool) -> None:
        self._devtools.send(
            "WebAuthn.setUserVerified", {"authenticatorId": self._id, "isUserVerified": is_there}
        )


@pytest.fixture
def ze(chromium: Browser, place: Instance) -> Iterator[Window]:
    """José, signed in where passkeys work: browsers take no bare address for a domain."""
    here = place.url.replace("127.0.0.1", "localhost")
    with browser.page_of(chromium, width=1440, theme="light") as page:
        window = Window(page, here, cast.OWNER, clerks.fresh_codes(place))
        window.sign_in()
        yield window
        assert browser.complaints_of(page) == []


def test_money_goes_back_by_a_passkey_and_by_keys_alone(ze: Window, buyer: clerks.Customer) -> None:
    page, keys = ze.page, Keys(ze.page)
    finger = Finger(page)
    _add(ze)
    buyer.buy("Brigadeiro", 1)
    page.goto(f"{ze.address}/portal/payments")
    page.locator("#rows a.go").first.click()
    page.get_by_role("link", name="Refund…").click()
    # Closing the authenticator's window is no failure: the button stays, and what was typed.
    finger.is_put_down(is_there=False)
    page.get_by_label("Note, shown to the customer").fill("Faltou um")
    button = page.get_by_role("button", name="Confirm with a passkey instead")
    keys.to(button)
    keys.press("Enter")
    told = page.get_by_text(NOTHING_DONE)
    expect(told).to_be_visible(timeout=PATIENCE_MS)
    expect(button).to_be_focused()
    assert browser.axe_violations(page) == []
    finger.is_put_down(is_there=True)
    keys.press("Enter")
    row = page.locator("section", has_text="Refunds").locator("tr", has_text="Faltou um")
    expect(row).to_be_visible(timeout=PATIENCE_MS)
    _remove(ze)


def test_each_form_of_a_page_sends_itself(ze: Window) -> None:
    page = ze.page
    Finger(page)
    _add(ze)
    page.goto(f"{ze.address}/portal/developers/keys/new")
    page.get_by_label("What it is for").fill("Caixa")
    page.get_by_role("button", name="Confirm with a passkey instead").click()
    expect(page.get_by_text("sk_test_").first).to_be_visible(timeout=PATIENCE_MS)
    page.goto(f"{ze.address}/portal/developers")
    page.get_by_role("link", name="Caixa").first.click()
    here = page.get_by_role("form", name="From where it opens")
    here.get_by_label("Addresses of your program").fill("203.0.113.0/24\n2001:db8::1")
    here.get_by_role("button", name="Confirm with a passkey instead").click()
    facts = page.get_by_role("region", name="This key")
    expect(facts).to_contain_text("2001:db8::1", timeout=PATIENCE_MS)
    expect(facts).to_contain_text("203.0.113.0/24")
    page.get_by_role("form", name="End it").get_by_role(
        "button", name="Confirm with a passkey instead"
    ).click()
    expect(page.get_by_text("The key opens nothing any more.")).to_be_visible(timeout=PATIENCE_MS)
    _remove(ze)


def _add(ze: Window) -> None:
    page = ze.page
    page.goto(f"{ze.address}/portal/security/passkey")
    page.get_by_label("What you call it").fill("Laptop")
    page.get_by_label("code").fill(ze.code())
    page.get_by_role("button", name="Add it").click()
    page.wait_for_url(f"{ze.address}/portal/security", timeout=PATIENCE_MS)


def _remove(ze: Window) -> None:
    page = ze.page
    page.goto(f"{ze.address}/portal/security")
    page.locator("li", has_text="Laptop").get_by_role("button", name="Remove").click()
    expect(page.locator("li", has_text="Laptop")).to_have_count(0, timeout=PATIENCE_MS)

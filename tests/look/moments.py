"""Pages in a state that no link leads to: half a form, picked rows, a shop that has just opened.

Each part opens its page, brings it there, and yields the name of the picture while it stands.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.urls import reverse
from playwright.sync_api import Page

from tests.portal.clerks import Clerk

Moments = Iterator[str]
Seen = Callable[[Page], Moments]
"""What somebody sees once they have a window."""
Paths = Mapping[str, str]

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
}
EMPTY = (
    *("overview", "inbox", "orders", "keypad", "catalogue", "payments", "payouts", "disputes"),
    *("customers", "broadcasts", "links", "team", "keys", "webhooks", "calls", "events"),
    *("statements", "payout_calendar", "notifications", "setup", "review", "search", "close"),
)
"""Pages of a shop that has just opened."""


def lists(page: Page, address: str) -> Moments:
    """Rows picked for a step with all of them, and a view that is kept."""
    page.goto(f"{address}/portal/orders")
    for number in range(2):
        page.locator("[data-pick]").nth(number).check()
    yield "orders-picked"
    page.goto(f"{address}/portal/catalogue")
    for number in range(2):
        page.locator("[data-pick]").nth(number).check()
    yield "catalogue-picked"
    page.goto(f"{address}/portal/payments?state=completed")
    page.locator("[popovertarget=list-views]").click()
    if page.locator("#list-views a[aria-current]").count() == 0:
        page.locator("#view-name").fill("Pagos")
        page.locator("#list-views form").first.locator("button").click()
        page.wait_for_load_state()
        page.locator("[popovertarget=list-views]").click()
    yield "payments-views"


def words(page: Page, address: str, paths: Paths) -> Moments:
    """Words that are looked at before they are sent, and what stands beside a thread."""
    page.goto(f"{address}/portal/news/new")
    page.locator("[name=text]").fill("Hoje tem broa de milho, até acabar.")
    page.locator("[value=look]").click()
    page.wait_for_load_state()
    yield "broadcast-look"
    page.goto(f"{address}/portal/desk#holidays-title")
    yield "holidays"
    page.goto(address + paths["conversation"])
    page.locator("[popovertarget=send-menu]").click()
    yield "conversation-more"
    page.goto(address + paths["conversation"])
    page.locator("[data-opens=charge-dialog]").first.click()
    yield "conversation-charge"


def papers(page: Page, address: str, paths: Paths) -> Moments:
    """An answer to a dispute with its papers, as whoever decides will read it; an import."""
    page.goto(address + paths["dispute"])
    if page.locator("[value=preview]").count():
        page.locator("[name=text]").first.fill("Entregue às 14h10, recebeu a porteira.")
        page.locator("[value=preview]").click()
        page.wait_for_load_state()
        yield "dispute-preview"
    page.goto(f"{address}/portal/catalogue/import")
    page.locator("a[href*='/portal/jobs/']").first.click()
    page.wait_for_load_state()
    yield "import-errors"


def shared(page: Page, address: str, owner: Clerk) -> Moments:
    """What a buyer finds behind a link that is over, and behind addresses that are none."""
    made = owner.leads("/portal/links/new", title="Cesta de Natal", amount="89,90", most_uses="1")
    shown = re.search(r"/l/[A-Za-z0-9]+", owner.client.get(made).text)
    assert shown is not None
    owner.send(f"{made}/disable", page=made)
    for name, path in (
        ("link-over", shown[0]),
        ("link-unknown", "/l/nothing"),
        ("receipt-unknown", "/r/NOTHING"),
        ("lost", "/portal/nothing-is-here"),
    ):
        page.goto(address + path)
        yield name


def paid_link(page: Page, address: str, pay: Callable[[str], object], owner: Clerk) -> Moments:
    """A code at the counter while it waits, and a link that somebody has paid."""
    code = owner.leads("/portal/keypad", amount="7,50", title="Balcão")
    page.goto(address + code)
    link = page.locator(".copy .code").inner_text().rpartition("/")[2]
    yield "keypad-waits"
    pay(link)
    page.goto(address + code)
    yield "keypad-paid"
    page.goto(f"{address}/l/{link}")
    yield "link-paid"


def new_shop(address: str, owner: Clerk) -> Seen:
    """Each page of a shop that has just opened; then it is closed, and could open again."""

    def seen(page: Page) -> Moments:
        page.context.add_cookies(owner.cookies())
        for name in EMPTY:
            page.goto(address + reverse(f"portal:{name}", urlconf="config.urls"))
            yield f"new-{name}"
        owner.send("/portal/settings/close", verb="close", code=owner.code())
        page.goto(f"{address}/portal/settings/close")
        yield "reopen"

    return seen


def shut(address: str, cashier: Clerk) -> Seen:
    """A page that is not for this role."""

    def seen(page: Page) -> Moments:
        page.context.add_cookies(cashier.cookies())
        page.goto(f"{address}/portal/developers")
        yield "shut"

    return seen


def broken(gallery: str) -> Seen:
    """What is shown when something broke or came too large; no address leads there."""

    def seen(page: Page) -> Moments:
        page.goto(f"{gallery}/look/500")
        yield "broken"
        page.goto(f"{gallery}/look/403-csrf")
        yield "out-of-date"
        page.goto(f"{gallery}/look/paper-too-large")
        yield "paper-too-large"

    return seen


def passkey(address: str, owner: Clerk, path: str) -> Seen:
    """A form that asks for a code or a passkey, by somebody who has both.

    Browsers take no bare address for a domain, so the site is opened by its name here.
    """
    here = address.replace("127.0.0.1", "localhost")

    def seen(page: Page) -> Moments:
        cookies: list[Any] = [{**each, "url": here} for each in owner.cookies()]
        page.context.add_cookies(cookies)
        devtools = page.context.new_cdp_session(page)
        devtools.send("WebAuthn.enable")
        devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        page.goto(f"{here}/portal/security/passkey")
        page.locator("[name=name]").fill("Notebook")
        page.locator("main [name=code]").fill(owner.code())
        page.locator("form[data-passkey] button").click()
        page.wait_for_url(f"{here}/portal/security")
        yield "security-passkey"
        page.goto(here + path)
        yield "refund-passkey"

    return seen

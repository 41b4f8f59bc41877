"""The portal of a whole instance in a real browser: every page, and news without a refresh."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from config.story.people import new_key
from tests.look import browser
from tests.portal import clerks
from tests.processes.instance import Instance

pytestmark = [pytest.mark.browser, pytest.mark.processes]
SOON = 10_000

Open = Callable[..., AbstractContextManager[Page]]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An instance with all its processes, seeded without history."""
    made = Instance(Path(tmp_path_factory.mktemp("portal")))
    try:
        made.start()
        yield made.url
    finally:
        made.stop()


@pytest.fixture(scope="module")
def ana(address: str) -> clerks.Customer:
    """Ana, who has bought, whose payment was paid out, and who has an open order."""
    ana = clerks.customer(address, "Ana Souza")
    ana.buy("cenoura", 1)
    ana.phone.api.call("POST", "/v1/sandbox/cutoff", {"bank": "banco-jatoba"})
    ana.buy("fub", 2)
    ana.order("Sonho", 1)
    ana.say("Que horas fecha?")
    return ana


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser.browser() as started:
        yield started


@pytest.fixture(scope="module")
def cookies(address: str) -> list[dict[str, Any]]:
    return clerks.session_of(address)


@pytest.fixture
def open_page(chromium: Browser, cookies: list[Any]) -> Open:
    """Open a page of one width and theme, signed in."""

    @contextmanager
    def run(*, width: int = 1440, theme: str = "light") -> Iterator[Page]:
        with browser.page_of(chromium, width=width, theme=theme) as page:
            page.context.add_cookies(cookies)
            yield page

    return run


def paths_of(page: Page, address: str) -> list[str]:
    """Return the address of every page, with the first thing of each list."""
    paths = [
        "/portal/",
        "/portal/orders?view=board",
        "/portal/payments?state=completed",
        "/portal/catalogue/new",
        "/portal/catalogue/import",
        "/portal/statements",
        "/portal/links",
        "/portal/links/new",
        "/styleguide/",
        "/portal/settings",
        "/portal/settings/setup",
        "/portal/settings/bank",
        "/portal/settings/outside",
        "/portal/settings/outside/pix",
        "/portal/team",
        "/portal/team/new",
        "/portal/team/activity",
        "/portal/security",
        "/portal/developers",
        "/portal/developers/webhooks",
        "/portal/developers/requests",
        "/portal/desk",
        "/portal/notifications",
        "/portal/help",
        "/portal/search?q=a",
        "/portal/orders/ord_unknown",
        "/portal/conversations?q=nobody",
    ]
    for where in ("conversations", "orders", "payments", "payouts", "catalogue", "customers"):
        page.goto(f"{address}/portal/{where}")
        first = page.locator(
            f'main a[href^="/portal/{where}/"]:not([href$="/new"], [href$="/import"])'
        ).first
        paths += [f"/portal/{where}", first.get_attribute("href") or "/nothing"]
    return paths


@pytest.mark.parametrize("theme", browser.THEMES)
def test_every_page_holds_in_every_width(
    open_page: Open, address: str, ana: clerks.Customer, theme: str
) -> None:
    wrong = []
    with open_page(theme=theme) as page:
        for path in paths_of(page, address):
            answer = page.goto(address + path, wait_until="load")
            assert answer is not None
            assert answer.status == (404 if "unknown" in path else 200), path
            for width in browser.SIZES:
                browser.resize(page, width)
                found = browser.axe_violations(page) if width > 320 else []
                aside = browser.sideways_scroll(page)
                wrong += [f"{path} {width}: {each}" for each in found]
                wrong += [f"{path} {width}: {aside} px sideways"] if aside else []
        wrong += [line for line in browser.complaints_of(page) if "404" not in line]
    assert wrong == []


def test_sign_in_works_by_keyboard_and_breaks_no_rule(chromium: Browser, address: str) -> None:
    with browser.page_of(chromium, width=320, theme="dark") as page:
        browser.visit(page, f"{address}/portal/sign-in")
        assert browser.axe_violations(page) == []
        assert browser.sideways_scroll(page) == 0
        expect(page.get_by_label("Login")).to_be_focused()
        page.keyboard.type("ze")
        page.keyboard.press("Tab")
        page.keyboard.type("wrong")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Login or password is not right.")).to_be_visible()
        page.get_by_label("Login").fill("ze")
        page.get_by_label("Password").fill("sandbox-ze")
        page.keyboard.press("Enter")
        expect(page.get_by_label("Code")).to_be_focused()
        assert browser.axe_violations(page) == []
        assert browser.sideways_scroll(page) == 0


def test_a_message_shows_in_the_list_and_in_the_counts_without_a_refresh(
    open_page: Open, address: str, ana: clerks.Customer
) -> None:
    with open_page() as page:
        page.goto(f"{address}/portal/conversations")
        page.evaluate("() => { window.isSamePage = true }")
        row = page.locator("#convs .conv", has_text="Ana Souza").first
        ana.say("Ainda tem bolo?")
        expect(row).to_contain_text("Ainda tem bolo?", timeout=SOON)
        expect(row.locator(".count")).to_be_visible()
        expect(page.locator("#side-nav .count").first).to_be_visible()
        ana.say("E café?")
        expect(row).to_contain_text("E café?", timeout=SOON)
        assert page.evaluate("() => window.isSamePage")
        assert browser.complaints_of(page) == []


def test_thread_grows_while_a_draft_is_typed_and_enter_sends_it(
    open_page: Open, address: str, ana: clerks.Customer
) -> None:
    with open_page() as page:
        page.goto(f"{address}/portal/conversations/{ana.talk}")
        box = page.get_by_role("textbox", name="Message")
        box.fill("Temos, ")
        ana.say("Oi? Tem alguém?")
        expect(page.locator("#log")).to_contain_text("Oi? Tem alguém?", timeout=SOON)
        expect(box).to_have_value("Temos, ")
        box.press("End")
        page.keyboard.type("sim!")
        page.keyboard.press("Enter")
        expect(page.locator("#log .mine").last).to_contain_text("Temos, sim!", timeout=SOON)
        expect(box).to_have_value("")
        expect(box).to_be_focused()
        page.keyboard.type("Mais uma")
        page.keyboard.press("Control+Enter")
        expect(page.locator("#log .mine").last).to_contain_text("Mais uma", timeout=SOON)
        assert browser.complaints_of(page) == []


def test_a_refused_message_says_why_and_keeps_the_words(
    open_page: Open, address: str, ana: clerks.Customer
) -> None:
    with open_page(width=390) as page:
        page.goto(f"{address}/portal/conversations/{ana.talk}")
        box = page.get_by_role("textbox", name="Message")
        box.evaluate("box => { box.removeAttribute('maxlength'); box.value = 'x'.repeat(4097) }")
        page.get_by_role("button", name="Send", exact=True).click()
        expect(page.locator("#thread [role=alert]")).to_be_visible(timeout=SOON)
        expect(page.get_by_role("textbox", name="Message")).to_have_value("x" * 4097)


def test_a_product_is_picked_in_a_dialog_that_escape_closes(
    open_page: Open, address: str, ana: clerks.Customer
) -> None:
    with open_page(width=390) as page:
        page.goto(f"{address}/portal/conversations/{ana.talk}")
        opener = page.get_by_role("button", name="Send something else")
        opener.click()
        page.get_by_role("button", name="Products", exact=True).click()
        dialog = page.locator("dialog[open]")
        expect(dialog).to_be_visible()
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        expect(opener).to_be_focused()


def test_an_amount_is_charged_in_the_chat_and_turns_paid_there(
    open_page: Open, address: str, ana: clerks.Customer
) -> None:
    with open_page() as page:
        page.goto(f"{address}/portal/conversations/{ana.talk}")
        page.get_by_role("button", name="Charge", exact=True).click()
        sheet = page.get_by_role("dialog", name="Charge an amount")
        sheet.get_by_label("Amount", exact=True).fill("12,50")
        sheet.get_by_label("What for").fill("Encomenda")
        sheet.get_by_role("button", name="Charge").click()
        bubble = page.locator("#log .thing", has_text="Encomenda").last
        expect(bubble).to_contain_text("Waiting for payment", timeout=SOON)
        order = ana.phone.api.call("GET", "/v1/orders")["data"][0]
        payment = ana.phone.pay(ana.phone.quote({"order": order["id"]}), key=new_key())["id"]
        ana.phone.wait_for_payment(str(payment), "completed")
        expect(bubble).to_contain_text("Paid", timeout=SOON)
        assert browser.complaints_of(page) == []


def test_a_new_paid_order_reaches_the_first_page_and_the_list(
    open_page: Open, address: str, ana: clerks.Customer
) -> None:
    with open_page() as page, open_page(width=390) as other:
        page.goto(f"{address}/portal/")
        other.goto(f"{address}/portal/orders")
        before = page.locator(".kpis").text_content() or ""
        ana.buy("Brigadeiro", 1)
        expect(page.locator(".kpis")).not_to_have_text(before, timeout=SOON)
        expect(other.locator("#rows tr").first).to_contain_text("Brigadeiro", timeout=SOON)
        assert browser.complaints_of(page) == []


def test_the_skip_link_comes_first(open_page: Open, address: str) -> None:
    with open_page() as page:
        page.goto(f"{address}/portal/payments")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()


def test_a_stranger_to_the_session_gets_no_stream(chromium: Browser, address: str) -> None:
    with browser.page_of(chromium, width=1440, theme="light") as page:
        answer = page.request.get(f"{address}/v1/stream?party=pty_unknown")
        assert answer.status == 401

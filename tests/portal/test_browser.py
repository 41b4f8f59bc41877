"""The portal of a whole instance in a real browser: what is pressed there, and news."""

import pytest
from playwright.sync_api import Browser, expect

from tests.look import browser
from tests.portal import clerks
from tests.portal.conftest import Open
from tests.processes.instance import Instance

pytestmark = [pytest.mark.browser, pytest.mark.processes]
SOON = 10_000


def test_sign_in_works_by_keyboard_and_breaks_no_rule(chromium: Browser, place: Instance) -> None:
    with browser.page_of(chromium, width=320, theme="dark") as page:
        browser.visit(page, f"{place.url}/portal/sign-in")
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
    open_page: Open, place: Instance, buyer: clerks.Customer
) -> None:
    with open_page() as page:
        page.goto(f"{place.url}/portal/conversations")
        page.evaluate("() => { window.isSamePage = true }")
        row = page.locator("#convs .conv", has_text="Ana Souza").first
        buyer.say("Ainda tem bolo?")
        expect(row).to_contain_text("Ainda tem bolo?", timeout=SOON)
        expect(row.locator(".count")).to_be_visible()
        expect(page.locator("#side-nav .count").first).to_be_visible()
        buyer.say("E café?")
        expect(row).to_contain_text("E café?", timeout=SOON)
        assert page.evaluate("() => window.isSamePage")
        assert browser.complaints_of(page) == []


def test_thread_grows_while_a_draft_is_typed_and_enter_sends_it(
    open_page: Open, place: Instance, buyer: clerks.Customer
) -> None:
    with open_page() as page:
        page.goto(f"{place.url}/portal/conversations/{buyer.talk}")
        box = page.get_by_role("textbox", name="Message")
        box.fill("Temos, ")
        buyer.say("Oi? Tem alguém?")
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
    open_page: Open, place: Instance, buyer: clerks.Customer
) -> None:
    with open_page(width=390) as page:
        page.goto(f"{place.url}/portal/conversations/{buyer.talk}")
        box = page.get_by_role("textbox", name="Message")
        box.evaluate("box => { box.removeAttribute('maxlength'); box.value = 'x'.repeat(4097) }")
        page.get_by_role("button", name="Send", exact=True).click()
        expect(page.locator("#thread [role=alert]")).to_be_visible(timeout=SOON)
        expect(page.get_by_role("textbox", name="Message")).to_have_value("x" * 4097)


def test_a_product_is_picked_in_a_dialog_that_escape_closes(
    open_page: Open, place: Instance, buyer: clerks.Customer
) -> None:
    with open_page(width=390) as page:
        page.goto(f"{place.url}/portal/conversations/{buyer.talk}")
        opener = page.get_by_role("button", name="Send something else")
        opener.click()
        page.get_by_role("button", name="Products", exact=True).click()
        dialog = page.locator("dialog[open]")
        expect(dialog).to_be_visible()
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        expect(opener).to_be_focused()


def test_an_amount_is_charged_in_the_chat_and_turns_paid_there(
    open_page: Open, place: Instance, buyer: clerks.Customer
) -> None:
    with open_page() as page:
        page.goto(f"{place.url}/portal/conversations/{buyer.talk}")
        page.get_by_role("button", name="Charge", exact=True).click()
        sheet = page.get_by_role("dialog", name="Charge an amount")
        sheet.get_by_label("Amount", exact=True).fill("12,50")
        sheet.get_by_label("What for").fill("Encomenda")
        sheet.get_by_role("button", name="Charge").click()
        bubble = page.locator("#log .thing", has_text="Encomenda").last
        expect(bubble).to_contain_text("Waiting for payment", timeout=SOON)
        buyer.pay_newest()
        expect(bubble).to_contain_text("Paid", timeout=SOON)
        assert browser.complaints_of(page) == []


def test_a_new_paid_order_reaches_the_first_page_and_the_list(
    open_page: Open, place: Instance, buyer: clerks.Customer
) -> None:
    with open_page() as page, open_page(width=390) as other:
        page.goto(f"{place.url}/portal/")
        other.goto(f"{place.url}/portal/orders")
        before = page.locator(".kpis").text_content() or ""
        buyer.buy("Brigadeiro", 1)
        expect(page.locator(".kpis")).not_to_have_text(before, timeout=SOON)
        expect(other.locator("#rows tr").first).to_contain_text("Brigadeiro", timeout=SOON)
        assert browser.complaints_of(page) == []


def test_the_skip_link_comes_first(open_page: Open, place: Instance) -> None:
    with open_page() as page:
        page.goto(f"{place.url}/portal/payments")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()


def test_a_stranger_to_the_session_gets_no_stream(chromium: Browser, place: Instance) -> None:
    with browser.page_of(chromium, width=1440, theme="light") as page:
        answer = page.request.get(f"{place.url}/v1/stream?party=pty_unknown")
        assert answer.status == 401

"""The composer in a real browser: nothing that somebody has begun is taken from them."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.look import browser
from tests.portal import clerks
from tests.portal.conftest import Open
from tests.processes.instance import Instance

pytestmark = [pytest.mark.browser, pytest.mark.processes]
SOON = 10_000
SENDING = re.compile(r"/portal/conversations/[^/]+/text$")


def _open(page: Page, place: Instance, buyer: clerks.Customer) -> None:
    page.goto(f"{place.url}/portal/conversations/{buyer.talk}")
    page.evaluate("() => { window.isSamePage = true }")


def _hold(page: Page) -> list[Route]:
    """Let the first that the composer sends wait until its route is continued."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        if held:
            route.continue_()
        held.append(route)

    page.route(SENDING, hold)
    return held


def test_what_is_begun_while_a_message_is_on_its_way_stays(
    open_page: Open, place: Instance, buyer: clerks.Customer
) -> None:
    with open_page() as page:
        _open(page, place, buyer)
        held = _hold(page)
        box = page.get_by_role("textbox", name="Message")
        box.fill("Já vou ver.")
        with page.expect_request(SENDING):
            box.press("Enter")
        expect(box).to_have_value("")
        page.keyboard.type("Temos dois")
        page.keyboard.press("ArrowLeft")
        page.get_by_role("button", name="Send something else").click()
        menu = page.locator("#send-menu")
        expect(menu).to_be_visible()
        held[0].continue_()
        expect(page.locator("#log .mine").last).to_contain_text("Já vou ver.", timeout=SOON)
        expect(menu).to_be_visible()
        expect(box).to_have_value("Temos dois")
        page.keyboard.press("Escape")
        box.focus()
        page.keyboard.type("!")
        expect(box).to_have_value("Temos doi!s")
        assert page.evaluate("() => window.isSamePage")
        assert browser.complaints_of(page) == []


def test_what_is_open_while_a_message_arrives_stays(
    open_page: Open, place: Instance, buyer: clerks.Customer
) -> None:
    with open_page(width=390) as page:
        _open(page, place, buyer)
        log = page.locator("#log")
        page.get_by_role("button", name="Send something else").click()
        buyer.say("Um recado.")
        expect(log).to_contain_text("Um recado.", timeout=SOON)
        expect(page.locator("#send-menu")).to_be_visible()
        page.get_by_role("button", name="An amount to pay", exact=True).click()
        amount = page.get_by_role("dialog").get_by_label("Amount", exact=True)
        amount.fill("12")
        buyer.say("Outro recado.")
        expect(log).to_contain_text("Outro recado.", timeout=SOON)
        expect(amount).to_be_focused()
        page.keyboard.type(",50")
        expect(amount).to_have_value("12,50")


def test_who_reads_what_was_said_before_is_not_moved(
    open_page: Open, place: Instance, buyer: clerks.Customer
) -> None:
    with open_page(width=390) as page:
        for number in range(12):
            buyer.say(f"Linha {number}\n\n\nmais uma")
        _open(page, place, buyer)
        log = page.locator("#log")
        seen = log.locator(".bubble", has_text="Linha 3").last
        seen.evaluate("line => line.scrollIntoView({ block: 'start' })")
        before = seen.evaluate("line => line.getBoundingClientRect().top")
        buyer.say("E o café?")
        expect(log).to_contain_text("E o café?", timeout=SOON)
        after = seen.evaluate("line => line.getBoundingClientRect().top")
        assert abs(after - before) < 2
        box = page.get_by_role("textbox", name="Message")
        box.fill("Sai já.")
        page.get_by_role("button", name="Send", exact=True).click()
        sent = log.locator(".mine", has_text="Sai já.").last
        expect(sent).to_be_in_viewport(timeout=SOON)
        expect(box).to_be_focused()


def test_two_messages_at_once_are_two_in_their_order(
    open_page: Open, place: Instance, buyer: clerks.Customer
) -> None:
    with open_page() as page:
        _open(page, place, buyer)
        held = _hold(page)
        box = page.get_by_role("textbox", name="Message")
        with page.expect_request(SENDING):
            for words in ("Primeiro isto,", "depois isto,", "e isto."):
                box.fill(words)
                box.press("Enter")
        held[0].continue_()
        mine = page.locator("#log .mine .text")
        expect(mine.last).to_have_text("e isto.", timeout=SOON)
        assert mine.all_text_contents()[-3:] == ["Primeiro isto,", "depois isto,", "e isto."]


def test_a_message_that_was_not_sent_comes_back_and_is_sent_once(
    open_page: Open, place: Instance, buyer: clerks.Customer
) -> None:
    with open_page(width=390) as page:
        _open(page, place, buyer)
        box = page.get_by_role("textbox", name="Message")
        page.route(SENDING, _answer_and_lose)
        box.fill("Chegou isto?")
        page.get_by_role("button", name="Send", exact=True).click()
        told = page.get_by_text("It was not sent. Check the connection, and send it again.")
        expect(told).to_be_visible(timeout=SOON)
        expect(box).to_have_value("Chegou isto?")
        page.unroute(SENDING)
        page.get_by_role("button", name="Send", exact=True).click()
        expect(told).to_have_count(0, timeout=SOON)
        expect(page.locator("#log .mine", has_text="Chegou isto?")).to_have_count(1)


def test_a_draft_outlives_what_else_is_sent(
    open_page: Open, place: Instance, buyer: clerks.Customer
) -> None:
    with open_page() as page:
        _open(page, place, buyer)
        box = page.get_by_role("textbox", name="Message")
        box.fill("Sobre o bolo: ")
        page.get_by_role("button", name="Charge", exact=True).click()
        sheet = page.get_by_role("dialog", name="Charge an amount")
        sheet.get_by_label("Amount", exact=True).fill("3,50")
        sheet.get_by_role("button", name="Charge").click()
        expect(page.locator("#log .thing").last).to_contain_text("3.50", timeout=SOON)
        expect(box).to_have_value("Sobre o bolo: ")


def _answer_and_lose(route: Route) -> None:
    """Let it reach the server, and lose the answer."""
    route.fetch(max_redirects=0)
    route.abort()

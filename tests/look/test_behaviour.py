"""What the pages do when they are pressed, typed into, or told that there is news."""

import re

import pytest
from playwright.sync_api import Browser, Request, Route, expect

from tests.look import browser

pytestmark = pytest.mark.browser
CONVERSATION = "/portal/conversations/cnv_0000"


def test_theme_is_chosen_by_hand_and_remembered_without_a_flash(
    chromium: Browser, site: str
) -> None:
    with browser.page_of(chromium, width=1440, theme="light") as page:
        browser.visit(page, site + "/portal/")
        page.get_by_role("button", name="Switch between light and dark").click()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        answer = page.goto(site + "/portal/payments")
        assert answer is not None
        assert 'data-theme="dark"' in answer.text()  # The server wrote it: no script had to run.


def test_slash_goes_to_the_search_but_not_while_typing(chromium: Browser, site: str) -> None:
    with browser.page_of(chromium, width=1440, theme="light") as page:
        browser.visit(page, site + CONVERSATION)
        page.keyboard.press("/")
        search = page.get_by_role("searchbox", name="Search", exact=True)
        expect(search).to_be_focused()
        message = page.get_by_role("textbox", name="Message")
        message.click()
        page.keyboard.type("1/2 kg")
        expect(message).to_have_value("1/2 kg")


def test_dialog_opens_closes_by_escape_and_gives_the_focus_back(
    chromium: Browser, site: str
) -> None:
    with browser.page_of(chromium, width=390, theme="light") as page:
        browser.visit(page, site + "/portal/orders/ord_0000")
        opener = page.get_by_role("button", name="Cancel the order")
        opener.click()
        dialog = page.get_by_role("dialog", name="Cancel order 1047?")
        expect(dialog).to_be_visible()
        assert browser.axe_violations(page) == []
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        expect(opener).to_be_focused()


def test_skip_link_comes_first_and_leads_to_the_content(chromium: Browser, site: str) -> None:
    with browser.page_of(chromium, width=1440, theme="light") as page:
        browser.visit(page, site + "/portal/")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()


def test_news_from_the_stream_fetches_list_and_thread_again(chromium: Browser, site: str) -> None:
    with browser.page_of(chromium, width=1440, theme="light") as page:
        page.goto(site + CONVERSATION)
        page.get_by_role("textbox", name="Message").fill("half a sentence")
        with page.expect_request(_is_refresh, timeout=5_000):
            pass
        page.wait_for_timeout(300)
        expect(page.get_by_role("textbox", name="Message")).to_have_value("half a sentence")
        expect(page.locator("#log .bubble")).to_have_count(8)
        expect(page.locator("#convs .conv")).to_have_count(10)
        assert browser.complaints_of(page) == []


def test_lost_stream_is_told_and_made_good(chromium: Browser, site: str) -> None:
    with browser.page_of(chromium, width=1440, theme="light") as page:
        page.route(
            "**/v1/stream",
            lambda route: route.fulfill(content_type="text/event-stream", body=": hello\n\n"),
            times=1,
        )
        page.goto(site + CONVERSATION)
        expect(page.get_by_text("Reconnecting…")).to_be_visible()
        with page.expect_request(_is_refresh, timeout=5_000):
            pass
        expect(page.get_by_text("Reconnecting…")).to_be_hidden()


def _is_refresh(request: Request) -> bool:
    return request.url.endswith(CONVERSATION) and request.resource_type == "fetch"


def test_newest_message_is_in_sight_and_more_is_under_the_thumb(
    chromium: Browser, site: str
) -> None:
    with browser.page_of(chromium, width=390, theme="dark") as page:
        browser.visit(page, site + CONVERSATION)
        expect(page.get_by_text("Got it. See you at six!")).to_be_in_viewport()
        page.get_by_role("link", name="Back to the list").click()
        page.get_by_role("button", name="More 2 waiting").click()
        expect(page.get_by_role("link", name="Payouts")).to_be_visible()
        assert browser.axe_violations(page) == []


def test_more_rows_are_added_below(chromium: Browser, site: str) -> None:
    with browser.page_of(chromium, width=1440, theme="light") as page:
        browser.visit(page, site + "/portal/payments")
        expect(page.locator("#rows > tr")).to_have_count(7)
        page.get_by_role("link", name="Load more").click()
        expect(page.locator("#rows > tr")).to_have_count(14)
        assert browser.complaints_of(page) == []


def test_markup_in_a_message_stays_text(chromium: Browser, site: str) -> None:
    with browser.page_of(chromium, width=1440, theme="light") as page:
        browser.visit(page, site + CONVERSATION)
        page.evaluate(
            """() => {
              const button = document.createElement("button");
              button.setAttribute("hx-get", "/stolen");
              button.setAttribute("hx-trigger", "load");
              document.querySelector("#messages").append(button);
              htmx.process(button);
            }"""
        )
        page.wait_for_timeout(300)
        assert page.locator("#messages > button[hx-get]").count() == 0
        assert any(re.search("hx-csp.*blocked", line) for line in browser.complaints_of(page))


def test_everything_can_be_read_without_script(chromium: Browser, site: str) -> None:
    with browser.page_of(chromium, width=390, theme="dark", java_script_enabled=False) as page:
        page.goto(site + "/portal/")
        expect(page.get_by_role("heading", name="Sales per day")).to_be_visible()
        page.goto(site + CONVERSATION)
        expect(page.get_by_text("Got it. See you at six!")).to_be_in_viewport()


def test_quick_replies_are_narrowed_by_a_slash_and_enter_takes_one(
    chromium: Browser, site: str
) -> None:
    with browser.page_of(chromium, width=390, theme="light") as page:
        browser.visit(page, site + CONVERSATION)
        box = page.get_by_role("textbox", name="Message", exact=True)
        box.fill("/ho")
        expect(page.locator("[data-reply]:visible")).to_have_text(["/horario"])
        box.press("Enter")
        expect(box).to_have_value("Abrimos às seis.")
        expect(page.locator("[data-reply]:visible")).to_have_count(3)
        page.get_by_role("button", name="Send something else").click()
        page.get_by_role("button", name="An amount to pay").click()
        expect(page.get_by_role("dialog", name="Charge an amount")).to_be_visible()
        assert browser.axe_violations(page) == []
        assert browser.sideways_scroll(page) == 0
        assert browser.complaints_of(page) == []


def test_g_and_a_letter_open_a_page_but_not_while_typing(chromium: Browser, site: str) -> None:
    with browser.page_of(chromium, width=1440, theme="light") as page:
        browser.visit(page, site + CONVERSATION)
        page.get_by_role("textbox", name="Message", exact=True).click()
        page.keyboard.type("go?")
        assert page.url == site + CONVERSATION
        page.locator("main").click(position={"x": 2, "y": 2})
        page.evaluate("() => document.activeElement.blur()")
        page.keyboard.press("g")
        page.keyboard.press("o")
        page.wait_for_url(site + "/portal/orders")


def test_a_passkey_is_asked_for_and_handed_over(chromium: Browser, site: str) -> None:
    """The browser's own virtual authenticator; browsers take no bare address for a domain."""
    here = site.replace("127.0.0.1", "localhost")
    with browser.page_of(chromium, width=1440, theme="light") as page:
        session = page.context.new_cdp_session(page)
        session.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
        }
        session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        page.route("**/security/passkey", _kept)
        browser.visit(page, here + "/portal/security/passkey")
        page.get_by_label("What you call it").fill("Laptop")
        with page.expect_request(lambda request: request.method == "POST") as sent:
            page.get_by_role("button", name="Add it").click()
        said = sent.value.post_data or ""
        assert "attestationObject" in said
        assert "name=Laptop" in said


def _kept(route: Route) -> None:
    """Let the page through, and swallow what its form sends."""
    if route.request.method == "POST":
        route.fulfill(status=200, body="<title>Sent</title>", content_type="text/html")
    else:
        route.continue_()


def test_a_search_in_the_composer_keeps_what_is_picked(chromium: Browser, site: str) -> None:
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(content_type="text/html", body='<ul id="picks-order"><li>Cuca</li></ul>')

    with browser.page_of(chromium, width=390, theme="light") as page:
        page.route("**/portal/picks/order?*", answer)
        browser.visit(page, site + CONVERSATION)
        page.get_by_role("button", name="Send something else").click()
        page.get_by_role("button", name="An order", exact=True).click()
        dialog = page.get_by_role("dialog", name="Put an order together")
        dialog.get_by_label("How many: Brigadeiro").fill("3")
        search = dialog.get_by_role("searchbox")
        search.fill("cuca")
        expect(dialog.get_by_text("Cuca")).to_be_visible()
        expect(search).to_be_focused()
        search.press("Enter")
        expect(dialog).to_be_visible()
        assert {"q=cuca", "q_prd_0002=3"} <= set(asked[0].partition("?")[2].split("&"))
        assert browser.complaints_of(page) == []


def test_a_place_that_is_not_told_is_said(chromium: Browser, site: str) -> None:
    with browser.page_of(chromium, width=390, theme="light") as page:
        browser.visit(page, site + CONVERSATION)
        page.get_by_role("button", name="Send something else").click()
        page.get_by_role("button", name="A place").click()
        page.get_by_role("button", name="Where I am").click()
        told = page.get_by_role("dialog", name="Send a place").get_by_role("alert")
        expect(told).to_contain_text("This browser does not say where you are.")


def test_a_colour_is_picked_without_knowing_its_number(chromium: Browser, site: str) -> None:
    with browser.page_of(chromium, width=390, theme="light") as page:
        browser.visit(page, site + "/portal/settings")
        page.get_by_label("Pick a colour").fill("#b3261e")
        expect(page.get_by_label("Your colour")).to_have_value("#b3261e")
        assert browser.axe_violations(page) == []


def test_the_chosen_one_of_a_long_row_is_in_sight(chromium: Browser, site: str) -> None:
    with browser.page_of(chromium, width=320, theme="light") as page:
        for path in ("/portal/developers/requests", "/portal/orders?state=done"):
            browser.visit(page, site + path)
            expect(page.locator(".chips > [aria-current]").first).to_be_in_viewport(ratio=1)

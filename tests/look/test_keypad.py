"""The keypad in a browser: its keys write where a keyboard does, and are large enough."""

import pytest
from playwright.sync_api import Browser, expect

from tests.look import browser

pytestmark = pytest.mark.browser


def test_keys_write_what_a_keyboard_would_and_nothing_that_is_no_amount(
    chromium: Browser, site: str
) -> None:
    with browser.page_of(chromium, width=390, theme="light") as page:
        browser.visit(page, f"{site}/portal/keypad")
        amount = page.get_by_label("Amount", exact=True)
        expect(amount).to_be_focused()
        expect(amount).to_have_attribute("inputmode", "none")
        for key in ("1", "2", "Decimals", "5", "0", "9", "Decimals"):
            page.get_by_role("button", name=key, exact=True).click()
        expect(amount).to_have_value("12.50")
        page.get_by_role("button", name="Take the last digit away").click()
        expect(amount).to_have_value("12.5")
        expect(amount).to_be_focused()
        page.keyboard.press("Backspace")
        page.keyboard.type("75")
        expect(amount).to_have_value("12.75")
        keys = page.locator(".pad button").all()
        assert len(keys) == 12
        assert [
            box for key in keys if (box := key.bounding_box()) is None or box["height"] < 56
        ] == []
        assert browser.complaints_of(page) == []


def test_the_code_fills_a_phone_and_can_be_seen_whole(chromium: Browser, site: str) -> None:
    with browser.page_of(chromium, width=390, theme="dark") as page:
        browser.visit(page, f"{site}/portal/keypad/lnk_0000")
        code = page.get_by_role("img", name="QR code").bounding_box()
        assert code is not None
        assert code["width"] >= 300
        assert code["y"] + code["height"] <= browser.SIZES[390]
        expect(page.get_by_role("link", name="New charge")).to_be_visible()

"""Every page in both themes and three widths: nothing broken, nothing cut, nothing refused."""

import pytest
from playwright.sync_api import Browser

from tests.look import browser
from tests.look.pages import PAGES

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("theme", browser.THEMES)
@pytest.mark.parametrize("path", PAGES)
def test_page_holds_in_every_width(chromium: Browser, site: str, path: str, theme: str) -> None:
    with browser.page_of(chromium, width=1440, theme=theme) as page:
        browser.visit(page, site + path)
        for width in browser.SIZES:
            browser.resize(page, width)
            assert browser.sideways_scroll(page) == 0, width
            assert browser.small_targets(page) == [], width
            if width > 320:
                assert browser.axe_violations(page) == [], width
        assert browser.complaints_of(page) == []


@pytest.mark.long
@pytest.mark.parametrize("theme", browser.THEMES)
@pytest.mark.parametrize("path", PAGES)
def test_smallest_phone_breaks_no_rule(chromium: Browser, site: str, path: str, theme: str) -> None:
    with browser.page_of(chromium, width=320, theme=theme) as page:
        browser.visit(page, site + path)
        assert browser.axe_violations(page) == []

"""Long words and the other direction: nothing is pushed off the page."""

import pytest
from playwright.sync_api import Browser

from tests.look import browser, programs, pseudo, setup, team

PATHS = ["/portal/", "/portal/conversations/cnv_0000", *programs.PAGES, *team.PAGES, *setup.PAGES]


@pytest.mark.browser
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_pages_hold_long_words_in_both_directions(
    chromium: Browser, site: str, direction: str
) -> None:
    wrong = []
    with pseudo.spoken(), browser.page_of(chromium, width=320, theme="light") as page:
        for path in PATHS:
            browser.visit(page, site + path)
            page.evaluate("way => { document.documentElement.dir = way }", direction)
            for width in (320, 1440):
                browser.resize(page, width)
                aside = browser.sideways_scroll(page)
                wrong += [f"{path} {width}: {aside}"] if aside else []
    assert wrong == []


def test_a_sentence_is_stretched_and_keeps_its_gaps() -> None:
    assert pseudo.stretch("Order %(number)s") == "⟦Órdér %(number)s ~~~~⟧"

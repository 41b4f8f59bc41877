"""A quick reply's file in the composer: seen, kept with the draft, taken out, sent once."""

import pytest
from playwright.sync_api import Browser, expect

from tests.look import browser

pytestmark = pytest.mark.browser
CONVERSATION = "/portal/conversations/cnv_0000"


@pytest.mark.parametrize("width", [1440, 390])
def test_a_file_goes_with_the_words_of_its_reply(chromium: Browser, site: str, width: int) -> None:
    with browser.page_of(chromium, width=width, theme="light") as page:
        browser.visit(page, site + CONVERSATION)
        box = page.get_by_role("textbox", name="Message", exact=True)
        media, line = page.locator("[name='media']"), page.locator("#composer-file")
        expect(line).to_be_hidden()
        box.fill("/pi")
        box.press("Enter")
        expect(box).to_have_value("Padaria do Zé: pague aqui mesmo.")
        expect(line).to_contain_text("tabela-de-precos.pdf")
        expect(media).to_have_value("med_0001")
        assert browser.axe_violations(page) == []
        assert browser.sideways_scroll(page) == 0
        box.press("End")
        box.type("!")
        page.reload()
        expect(box).to_have_value("Padaria do Zé: pague aqui mesmo.!")
        expect(media).to_have_value("med_0001")
        line.get_by_role("button", name="Take it out").click()
        expect(line).to_be_hidden()
        expect(media).to_have_value("")
        expect(box).to_have_value("Padaria do Zé: pague aqui mesmo.!")


def test_a_file_that_was_not_sent_comes_back_with_its_words(chromium: Browser, site: str) -> None:
    with browser.page_of(chromium, width=1440, theme="light") as page:
        browser.visit(page, site + CONVERSATION)
        page.route("**/text", lambda route: route.abort())
        box = page.get_by_role("textbox", name="Message", exact=True)
        box.fill("/pi")
        box.press("Enter")
        with page.expect_request("**/text") as sent:
            page.get_by_role("button", name="Send", exact=True).click()
        assert "med_0001" in (sent.value.post_data or "")
        expect(page.locator("#composer-told")).to_contain_text("It was not sent")
        expect(page.locator("[name='media']")).to_have_value("med_0001")
        expect(page.locator("#composer-file")).to_be_visible()

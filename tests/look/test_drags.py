"""Dragging does what the buttons beside it do; a sound is heard by those who asked for it."""

from urllib.parse import parse_qsl

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.look import browser

pytestmark = pytest.mark.browser


def posted(page: Page) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return a list that fills with what forms send; each is answered by an empty page."""
    sent: list[tuple[str, list[tuple[str, str]]]] = []

    def answer(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        path = "/" + route.request.url.split("/", 3)[3]
        sent.append((path, parse_qsl(route.request.post_data or "", keep_blank_values=True)))
        route.fulfill(status=204)

    page.route("**/portal/**", answer)
    return sent


def test_a_picture_is_dragged_to_another_place(chromium: Browser, site: str) -> None:
    with browser.page_of(chromium, width=1440, theme="light") as page:
        sent = posted(page)
        browser.visit(page, site + "/portal/catalogue/prd_0001")
        pictures = page.locator("[data-sorts] > li > img")
        pictures.nth(2).drag_to(pictures.nth(0))
        expect(page.locator("[data-sorts] > li").first.locator("[name=order]")).to_have_value(
            "pic_0003"
        )
        page.wait_for_timeout(200)
        ((path, fields),) = sent
        assert path == "/portal/pictures/prd_0001"
        order = [value for name, value in fields if name == "order"]
        assert order == ["pic_0003", "pic_0001", "pic_0002"]
        assert "verb" not in dict(fields)


def test_a_card_is_dragged_to_the_next_column_only(chromium: Browser, site: str) -> None:
    with browser.page_of(chromium, width=1440, theme="light") as page:
        sent = posted(page)
        browser.visit(page, site + "/look/board")
        columns = page.locator(".board .column")
        card = columns.nth(0).locator("[data-card]").first
        card.drag_to(columns.nth(2).locator("header"))
        page.wait_for_timeout(200)
        assert sent == []
        card.drag_to(columns.nth(1).locator("header"))
        page.wait_for_timeout(200)
        assert [dict(fields)["verb"] for _path, fields in sent] == ["accept"]

"""The staff's pages break no rule of accessibility, in both themes, on a desk and on a phone."""

import hashlib
import io
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from merchants.models import ReviewDocument, ShopReview
from tests.admin import bank_rows, people_rows
from tests.admin.desk import Desk
from tests.admin.rows import MAKERS
from tests.admin.test_browser import (
    asked_by_otto,
    chromium,
    desk,
    desks,
    settled_day,
    waiting_shop,
)
from tests.admin.test_limits import limit_of_brazil
from tests.admin.test_line_acts import suspended
from tests.look import browser, staff

__all__ = ["chromium", "desk", "desks"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def _paper(review: ShopReview) -> ReviewDocument:
    """A picture that the shop sent to its reviewers."""
    drawn = io.BytesIO()
    Image.new("RGB", (600, 400), "#c8d8d0").save(drawn, "PNG")
    content = drawn.getvalue()
    return ReviewDocument.objects.create(
        public_id="doc_1",
        review=review,
        kind="registration",
        name="contrato.png",
        mime="image/png",
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        sent_by=people_rows.person(),
        sent_at=people_rows.AT,
    )


def _world() -> list[str]:
    """Make one thing of each queue; the pages that staff work on most."""
    review, asked, hold, line = waiting_shop(), asked_by_otto(), bank_rows.hold(), suspended()
    settled_day()
    limit_of_brazil()
    ana, back = people_rows.person(), bank_rows.way_back()
    return [
        "/admin/",
        "/admin/approvals/",
        f"/admin/approvals/{asked.public_id}/approve",
        "/admin/settlement/",
        f"/admin/merchants/shopreview/{review.pk}/change/",
        f"/admin/papers/{_paper(review).public_id}",
        f"/admin/reviews/{review.public_id}/ask",
        f"/admin/payments/country/{hold.country_id}/change/",
        "/admin/holds/impose",
        "/admin/payments/statementline/?state=suspense",
        f"/admin/lines/{line.pk}/split",
        f"/admin/payments/wayback/{back.pk}/change/",
        f"/admin/ways-back/{back.return_id}/ask",
        "/admin/merchants/",
        f"/admin/people/{ana.pk}/limits",
        "/admin/payments/refund/",
        "/admin/search?q=ana",
        "/admin/audit/export",
    ]


def _wrongs(page: Page, path: str, widths: tuple[int, ...]) -> list[str]:
    """Look at the page that is open, in each width; what axe itself does to it is not counted."""
    wrong = [f"{path}: {each[:200]}" for each in browser.complaints_of(page)]
    for width in widths:
        browser.resize(page, width)
        small = [each for each in browser.small_targets(page) if "toggle-nav" not in each]
        found = [*browser.axe_violations(page), *small]
        aside = browser.sideways_scroll(page)
        wrong += [f"{path} {width}: {each[:200]}" for each in found]
        wrong += [f"{path} {width}: {aside} px sideways"] if aside else []
    page.complaints.clear()  # type: ignore[attr-defined]
    return wrong


def test_the_pages_of_every_queue_break_no_rule(desk: Desk, chromium: Browser) -> None:
    paths, wrong = _world(), []
    cookies: Any = desk.page.context.cookies()
    for theme, width in (("light", 1440), ("dark", 390)):
        with browser.page_of(chromium, width=width, theme=theme) as page:
            page.context.add_cookies(cookies)
            for path in paths:
                page.goto(desk.address + path)
                wrong += _wrongs(page, f"{theme} {path}", (width,))
    assert wrong == []


@pytest.mark.long
@pytest.mark.parametrize("theme", browser.THEMES)
def test_every_page_that_can_be_reached_breaks_no_rule(
    desk: Desk, chromium: Browser, theme: str
) -> None:
    _world()
    for make in MAKERS.values():
        make()
    wrong, seen = [], 0
    cookies: Any = desk.page.context.cookies()
    with browser.page_of(chromium, width=1440, theme=theme) as page:
        page.context.add_cookies(cookies)
        for path in staff.walk(page, desk.address):
            wrong += _wrongs(page, path, (1440, 390, 1440))
            seen += 1
    assert wrong == []
    assert seen > 150

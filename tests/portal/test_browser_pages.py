"""Every page of the portal on a running instance: rules kept, nothing cut, nothing heavy."""

import zlib
from collections import Counter
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from merchants.portal import urls
from tests.look import browser, pictures, tour
from tests.portal import clerks, furnish
from tests.portal.conftest import Open
from tests.processes.instance import Instance

pytestmark = [pytest.mark.browser, pytest.mark.processes]
LOOKS = [(theme, width) for width in browser.SIZES for theme in browser.THEMES]
FIRST_VIEW = 60_000
MOST = {"html": 20_000, "css": 15_000, "js": 25_000}
FILES = ("/static/", "/v1/media/", "/media/")
OWN = 0.4
"""How much of a small window is the page's own, and not its frame's."""


@pytest.fixture(scope="module")
def first(place: Instance, boss: clerks.Clerk, buyer: clerks.Customer) -> list[str]:
    """The bakery with one thing of each kind; which pages to open first."""
    return furnish.furnish(boss, buyer, f"http://127.0.0.1:{place.hooks[0]}/news")


def faults(page: Page, stop: tour.Stop, theme: str, width: int) -> list[str]:
    """Return what is wrong with the page that is open, in one look."""
    browser.look(page, width, theme)
    aside = browser.sideways_scroll(page)
    found = browser.axe_violations(page) + [f"{aside} px sideways"] * bool(aside)
    return [f"{stop.name} {theme} {width}: {each}" for each in found]


def weights(page: Page, packed: dict[str, int]) -> Counter[str]:
    """Return the bytes of the first view by kind, packed; brotli packs a little better.

    Args:
        page: The page that is open.
        packed: How much each file takes that was looked at before.
    """
    sums = Counter({"html": len(zlib.compress(page.content().encode(), 9))})
    names = "() => performance.getEntriesByType('resource').map(each => each.name)"
    for address in page.evaluate(names):
        path = urlsplit(address).path
        if path.startswith(FILES):
            if path not in packed:
                packed[path] = len(zlib.compress(page.request.get(address).body(), 9))
            sums[path.rpartition(".")[2]] += packed[path]
    return sums


def heavy(page: Page, stop: tour.Stop, packed: dict[str, int]) -> list[str]:
    sums = weights(page, packed)
    wrong = [
        f"{stop.name}: {sums[kind]} bytes of {kind}" for kind in MOST if sums[kind] > MOST[kind]
    ]
    return wrong + [f"{stop.name}: {sums.total()} bytes"] * (sums.total() > FIRST_VIEW)


def reflowed(page: Page, stop: tour.Stop) -> list[str]:
    """Look at the page in 320 by 256: a window of 1280 by 1024 at 400 %."""
    page.set_viewport_size({"width": 320, "height": 256})
    aside = browser.sideways_scroll(page)
    own = page.evaluate(
        """() => [...Array(32).keys()].map(row => document.elementFromPoint(160, row * 8 + 4))
        .filter(each => each?.closest("main, dialog")).length / 32"""
    )
    wrong = [f"{aside} px sideways"] * bool(aside) + [f"{own:.0%} for the page"] * (own < OWN)
    return [f"{stop.name} at 400 %: {each}" for each in wrong]


def test_every_page_is_light_and_reflows(
    open_page: Open, place: Instance, first: list[str]
) -> None:
    wrong: list[str] = []
    seen: list[str] = []
    packed: dict[str, int] = {}
    with open_page() as page:
        for stop in tour.walk(page, place.url, first):
            wrong += heavy(page, stop, packed)
            wrong += reflowed(page, stop)
            seen.append(stop.name)
        wrong += browser.complaints_of(page)
    assert "\n".join(wrong) == ""
    assert set(seen) == tour.pages()


@pytest.mark.parametrize("theme", browser.THEMES)
def test_every_page_breaks_no_rule(
    open_page: Open, place: Instance, first: list[str], theme: str
) -> None:
    wrong = []
    with open_page(theme=theme) as page:
        for stop in tour.walk(page, place.url, first):
            for width in browser.SIZES:
                wrong += faults(page, stop, theme, width)
        wrong += browser.complaints_of(page)
    assert "\n".join(wrong) == ""


def test_the_gates_break_no_rule(chromium: Browser, place: Instance) -> None:
    """The pages of somebody who is not in yet, each as far as it leads without a code."""
    wrong = []
    with browser.page_of(chromium, width=1440, theme="light") as page:
        for turn, name in enumerate(pictures.gates(page, place.url)):
            for theme, width in (LOOKS[turn % len(LOOKS)], LOOKS[-turn % len(LOOKS) - 1]):
                wrong += faults(page, tour.Stop(name, ""), theme, width)
            wrong += reflowed(page, tour.Stop(name, ""))
        wrong += browser.complaints_of(page)
    assert "\n".join(wrong) == ""


def test_the_gates_are_all_there() -> None:
    names = {str(each.name) for each in urls.urlpatterns}
    assert names >= {*tour.GATES, *tour.LEFT_OUT}

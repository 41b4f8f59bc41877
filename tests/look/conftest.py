"""One Chromium and one gallery for all tests that look."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.look import browser, gallery


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser.browser() as started:
        yield started


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    address, stop = gallery.serve()
    yield address
    stop()

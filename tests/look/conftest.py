"""One Chromium and one gallery for all tests that look; read before Django is set up."""

from collections.abc import Iterator
from importlib import import_module

import pytest
from playwright.sync_api import Browser

from tests.look import browser


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser.browser() as started:
        yield started


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    address, stop = import_module("tests.look.gallery").serve()
    yield address
    stop()

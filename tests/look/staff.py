"""Finds every page of the staff's site by following its links: one page of each shape.

The list and its filters, the first record of each list, and every page that asks before it acts.
"""

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import Page

from tests.look import browser

_SKIPPED = (
    *("/admin/logout", "/admin/jsi18n", "/admin/password"),
    *("/file", "/record", "/document", "/bytes"),
)
_NAMES = re.compile(
    r"/(?:[a-z]{2,4}_[0-9A-Za-z]+|[A-Z]{2}|[0-9]+|[0-9A-Za-z-]*[0-9][0-9A-Za-z-]*)(?=/|$)"
)
_SLUGS = re.compile(r"/(banks|countries)/[a-z0-9_-]+")


def shape(path: str) -> str:
    """Return a path with the names of things left out: pages of one shape look alike."""
    plain = _SLUGS.sub(r"/\1/*", _NAMES.sub("/*", urlsplit(path).path))
    return plain.replace("/history/", "/change/")


def walk(page: Page, address: str, starts: tuple[str, ...] = ("/admin/",)) -> Iterator[str]:
    """Open one page of each shape and yield its path, while it is open.

    Args:
        page: Of somebody who is signed in.
        address: Scheme and host of the site.
        starts: Where to begin.
    """
    seen: set[str] = {shape(each) for each in starts}
    ahead = list(starts)
    while ahead:
        path = ahead.pop(0)
        browser.visit(page, address + path)
        yield path
        for found in _links(page, address):
            if shape(found) not in seen:
                seen.add(shape(found))
                ahead.append(found)


def _links(page: Page, address: str) -> list[str]:
    """Return the paths of the staff's pages that a page leads to."""
    hrefs: list[str] = page.eval_on_selector_all(
        "a[href]", "links => links.map(link => link.getAttribute('href'))"
    )
    paths = [urljoin(page.url, href).removeprefix(address) for href in hrefs]
    return [
        path
        for path in paths
        if path.startswith("/admin/") and not any(part in path for part in _SKIPPED)
    ]

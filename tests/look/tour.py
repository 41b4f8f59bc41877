"""Finds every page of the portal: the addresses say which there are, the links where they are.

A page whose address has no parts is opened as it is; one of somebody or something is opened by
the first link to it that another page shows. So a new page is found without being named here.
"""

from collections.abc import Collection, Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from django.urls import Resolver404, URLPattern, resolve, reverse
from playwright.sync_api import Page

from merchants.portal import urls

_CONF = "config.urls"
_ALONE = ("styleguide", "link", "shown-product", "receipt", "errors")
"""Pages outside of the portal that a shop shares with others, or reads."""

GATES = (
    *("sign_in", "sign_in_code", "sign_up", "sign_up_code", "sign_up_account"),
    *("forgotten", "forgotten_code", "new_password"),
)
"""Pages of somebody who is not signed in; each but the first leads on from another."""

_FORMS = "takes a form of the conversation's page, and shows that page again"
LEFT_OUT = {
    "send_text": _FORMS,
    "send_product": _FORMS,
    "send_products": _FORMS,
    "send_order": _FORMS,
    "charge": _FORMS,
    "send_place": _FORMS,
    "send_file": _FORMS,
    "send_paper": "takes a form of the review's page, and shows that page again",
    "keep_reply": "takes a form of the desk's page, and shows that page again",
    "paper_phone": "shows a code once, in answer to a form of the review's page",
    "send_evidence": "takes a form of the dispute's page, and shows that page again",
    "dispute_paper": "a file",
    "picks": "a part of the conversation's page, which its search fetches",
    "notices": "a part of every page, which fetches itself",
    "of_shop": "leads to another page",
    "import_template": "a file",
    "import_troubles": "a file",
    "job_file": "a file",
    "poster": "a file; docs/pictures shows one",
    "product_poster": "a file, like the other poster",
}
"""Addresses that answer to GET with no page, and why."""


class Stop(NamedTuple):
    """A page of the tour: the name of its address, and where it is."""

    name: str
    path: str


def pages() -> set[str]:
    """Return the names of all addresses that show a page to somebody who is signed in."""
    shown = {str(each.name) for each in urls.urlpatterns if _is_shown(each)}
    return shown - set(GATES) - set(LEFT_OUT) | set(_ALONE)


def _is_shown(pattern: URLPattern) -> bool:
    return hasattr(getattr(pattern.callback, "view_class", None), "get")


def name_of(path: str) -> str:
    """Return the name of an address, or nothing."""
    try:
        found = resolve(urlsplit(path).path, urlconf=_CONF)
    except Resolver404:
        return ""
    return found.url_name or "" if found.namespace in {"portal", ""} else ""


def starts() -> list[str]:
    """Return the addresses that have no parts."""
    plain = [each for each in urls.urlpatterns if "<" not in str(each.pattern)]
    kept = [str(each.name) for each in plain if each.name in pages()]
    return [
        *(reverse(f"portal:{name}", urlconf=_CONF) for name in kept),
        *(reverse(name, urlconf=_CONF) for name in ("styleguide", "errors")),
    ]


def walk(page: Page, address: str, first: Collection[str] = ()) -> Iterator[Stop]:
    """Open one page of each name and yield it while it is open.

    Args:
        page: Of somebody who is signed in and may see everything.
        address: Scheme and host of the site.
        first: Paths to open before all others of their names.
    """
    ahead = [Stop(name_of(path), path) for path in first]
    named = {stop.name for stop in ahead}
    ahead += [stop for path in starts() if (stop := Stop(name_of(path), path)).name not in named]
    named |= {stop.name for stop in ahead}
    wanted = pages()
    while ahead:
        stop = ahead.pop(0)
        page.goto(address + stop.path, wait_until="load")
        yield stop
        for path in _links(page, address):
            found = Stop(name_of(path), path)
            if found.name in wanted - named:
                named.add(found.name)
                ahead.append(found)


def _links(page: Page, address: str) -> list[str]:
    """Return the paths of this site that a page leads to."""
    hrefs: list[str] = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
    return [href.removeprefix(address) for href in hrefs if href.startswith(f"{address}/")]

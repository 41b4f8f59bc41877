"""Takes the pictures of ``docs/pictures`` from a running sandbox: every page of the portal.

usage: python -m tests.look.pictures [http://127.0.0.1:8000 [HOOK]]

Each page is taken in light on a desktop and in dark on a phone. HOOK is an address that webhooks
may be sent to; the sandbox must have been started with it in ``TROCO_HTTP_ALLOWED_ORIGINS``.
"""

import io
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import django
from PIL import Image
from playwright.sync_api import Browser, Page

from config.seed import cast
from config.story.client import new_phone
from tests.look import browser

if TYPE_CHECKING:
    from tests.portal.clerks import Clerk, Customer

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
LOOKS = {"desk-light": (1440, "light"), "phone-dark": (390, "dark")}
MORE = {
    "board": "/portal/orders?view=board",
    "search": "/portal/search?q=bolo",
    "inbox_search": "/portal/conversations?q=horas",
    "message_search": "/portal/search?messages=1&q=horas",
}
"""Pages that look otherwise by what their address asks for."""
GUIDE = (
    *("overview", "conversation", "order", "product", "payment", "refund", "payouts", "setup"),
    *("keypad", "import", "broadcast_new", "statements"),
)
"""Pages that the guide for the shop shows, in each of its languages on a phone."""

LANGUAGES = {"en": "en", "pt-br": "pt-BR", "bn": "bn"}
"""Each language's code, and what its guide is named by."""

COLOURS = 96
HOOK = "http://127.0.0.1:18741"


def save(page: Page, name: str) -> None:
    """Keep what the window shows in each look, with as many colours as a page of the portal has."""
    for look, (width, theme) in LOOKS.items():
        browser.look(page, width, theme)
        page.evaluate("() => document.querySelector(':target')?.scrollIntoView()")
        keep(page, f"{name.replace('_', '-')}-{look}")


def keep(page: Page, name: str) -> None:
    """Keep what the window shows now."""
    page.evaluate("() => document.fonts.ready")
    raw = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    few = raw.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(FOLDER / f"{name}.png", optimize=True)


def gates(page: Page, address: str) -> Iterator[str]:
    """Open each page of somebody who is not in yet; the name of its address while it is open."""
    page.goto(f"{address}/portal/sign-in")
    yield "sign_in"
    page.get_by_label("Login").fill(cast.OWNER.login)
    page.get_by_label("Password").fill(cast.OWNER.password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in/code")
    yield "sign_in_code"
    number = new_phone()
    page.goto(f"{address}/portal/sign-up")
    yield "sign_up"
    page.locator("[name=phone]").fill(number)
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-up/code")
    yield "sign_up_code"
    told = page.request.get(f"{address}/v1/sandbox/codes", params={"phone": number}).json()
    page.locator("[name=code]").fill(told["code"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-up/account")
    yield "sign_up_account"
    yield from forgotten(page, address, cast.OWNER.phone)


def forgotten(page: Page, address: str, number: str) -> Iterator[str]:
    """Open each page of somebody who has forgotten their password, up to the last."""
    page.goto(f"{address}/portal/sign-in/forgotten")
    yield "forgotten"
    page.locator("[name=phone]").fill(number)
    page.keyboard.press("Enter")
    page.wait_for_url("**/forgotten/code")
    yield "forgotten_code"
    told = page.request.get(f"{address}/v1/sandbox/codes", params={"phone": number}).json()
    page.locator("[name=code]").fill(told["code"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/forgotten/password")
    yield "new_password"


def take(started: Browser, address: str, hook: str) -> None:
    """Fill the shop, and take every page in each look."""
    # Django's settings are there only now.
    from tests.look import gallery, moments, tour  # noqa: PLC0415
    from tests.portal import clerks, furnish  # noqa: PLC0415

    codes = clerks.patient_codes()
    owner = clerks.Clerk(address, cast.OWNER, codes)
    ana = clerks.customer(address, "Ana Beatriz Souza")
    first = furnish.furnish(owner, ana, hook)
    with browser.page_of(started, width=1440, theme="light") as page:
        for name in gates(page, address):
            save(page, name)
    with browser.page_of(started, width=1440, theme="light") as page:
        page.context.add_cookies(owner.cookies())
        paths: dict[str, str] = {}
        for stop in tour.walk(page, address, first):
            paths[stop.name] = stop.path
            save(page, stop.name)
        for name, path in MORE.items():
            page.goto(address + path)
            save(page, name)
        for name in moments_of(page, address, paths, owner, ana):
            save(page, name)
        guide(page, address, paths)
    lia = clerks.Clerk(address, cast.CASHIER, codes)
    rita = clerks.newcomer(address, "Rita Prado", "Quitanda da Rita", codes)
    shown, shut_gallery = gallery.serve()
    for seen in (
        moments.passkey(address, owner, paths["refund"]),
        moments.shut(address, lia),
        moments.new_shop(address, rita),
        moments.broken(shown),
    ):
        others(started, seen)
    shut_gallery()


def moments_of(
    page: Page, address: str, paths: Mapping[str, str], owner: "Clerk", ana: "Customer"
) -> Iterator[str]:
    """Bring pages into states that no link leads to; the name of each while it stands."""
    from tests.look import moments  # noqa: PLC0415 - Django's settings are there only now.

    yield from moments.lists(page, address)
    yield from moments.words(page, address, paths)
    yield from moments.papers(page, address, paths)
    yield from moments.shared(page, address, owner)
    yield from moments.paid_link(page, address, ana.pay_link, owner)


def others(started: Browser, seen: Callable[[Page], Iterator[str]]) -> None:
    """Take what somebody else sees, in a window of their own."""
    with browser.page_of(started, width=1440, theme="light") as page:
        for name in seen(page):
            save(page, name)


def guide(page: Page, address: str, paths: Mapping[str, str]) -> None:
    """Take the pages of the guide as its readers see them."""
    browser.look(page, 390, "light")
    for code, language in LANGUAGES.items():
        chosen = {"name": "troco-language", "value": code, "url": address}
        page.context.add_cookies([chosen])  # type: ignore[list-item]  # A cookie like any other.
        for name in GUIDE:
            page.goto(address + paths[name])
            keep(page, f"guide-{name.replace('_', '-')}.{language}")


def main() -> None:
    """Take them all."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("DATABASE_URL", "postgresql:///none?host=/nonexistent")
    django.setup()
    address = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
    FOLDER.mkdir(parents=True, exist_ok=True)
    with browser.browser() as started:
        take(started, address, sys.argv[2] if len(sys.argv) > 2 else HOOK)


if __name__ == "__main__":
    main()

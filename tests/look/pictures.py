"""Takes the pictures of ``docs/pictures`` from a running sandbox: every page of the portal.

usage: python -m tests.look.pictures [http://127.0.0.1:8000]
"""

import contextlib
import sys
import time
from pathlib import Path

from django_otp.oath import TOTP
from playwright.sync_api import BrowserContext, Page, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from config.seed import cast

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
SIZES = {"desk": (1440, 900), "phone": (390, 844)}
PAGES = {
    "overview": "/portal/",
    "inbox": "/portal/conversations",
    "orders": "/portal/orders",
    "board": "/portal/orders?view=board",
    "payments": "/portal/payments",
    "payouts": "/portal/payouts",
    "disputes": "/portal/disputes",
    "catalogue": "/portal/catalogue",
    "product-new": "/portal/catalogue/new",
    "settings": "/portal/settings",
    "setup": "/portal/settings/setup",
    "desk": "/portal/desk",
    "team": "/portal/team",
    "activity": "/portal/team/activity",
    "security": "/portal/security",
    "developers": "/portal/developers",
    "webhooks": "/portal/developers/webhooks",
    "notifications": "/portal/notifications",
    "help": "/portal/help",
    "outside": "/portal/settings/outside",
    "outside-new": "/portal/settings/outside/pix",
    "search": "/portal/search?q=bolo",
}
INNER = {
    "conversation": ("/portal/conversations", "cnv_"),
    "order": ("/portal/orders", "ord_"),
    "payment": ("/portal/payments", "pay_"),
    "payout": ("/portal/payouts", "pyo_"),
    "dispute": ("/portal/disputes", "dsp_"),
}
STEP_SECONDS = 30


def sign_in(page: Page, address: str) -> None:
    """Sign the owner in; a code that was used already is not taken again."""
    for _ in range(3):
        page.goto(f"{address}/portal/sign-in")
        page.fill("[name=login]", cast.OWNER.login)
        page.fill("[name=password]", cast.OWNER.password)
        page.keyboard.press("Enter")
        page.wait_for_url("**/code")
        page.fill("[name=code]", f"{TOTP(cast.OWNER.totp_key()).token():06d}")
        page.keyboard.press("Enter")
        with contextlib.suppress(PlaywrightTimeout):
            page.wait_for_url(f"{address}/portal/", timeout=8000)
            return
        time.sleep(STEP_SECONDS - time.time() % STEP_SECONDS + 1)
    raise SystemExit("The owner could not sign in.")


def addresses(page: Page, address: str) -> dict[str, str]:
    """Return every page's path, with the first thing of each list opened."""
    found = dict(PAGES)
    for name, (where, prefix) in INNER.items():
        page.goto(f"{address}{where}")
        links = page.locator(f'main a[href*="{prefix}"]')
        link = links.first.get_attribute("href") if links.count() else None
        found[name] = link or where
    page.goto(f"{address}/portal/payments")
    paid = page.locator("main tr", has=page.get_by_text("Paid", exact=True)).first
    sold = paid.locator('a[href*="pay_"]').first.get_attribute("href")
    return {**found, "refund": f"{sold}/refund"}


def take(context: BrowserContext, address: str, paths: dict[str, str], tail: str) -> None:
    """Save one picture of each page."""
    page = context.new_page()
    for name, path in paths.items():
        page.goto(f"{address}{path}")
        page.wait_for_timeout(300)
        page.screenshot(path=FOLDER / f"{name}-{tail}.png")
    page.close()


def main() -> None:
    """Take them all."""
    address = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        first = chromium.new_context()
        page = first.new_page()
        page.goto(f"{address}/portal/sign-in")
        page.screenshot(path=FOLDER / "sign-in-desk-light.png")
        sign_in(page, address)
        paths, kept = addresses(page, address), first.storage_state()
        for size, (width, height) in SIZES.items():
            for theme in ("light", "dark"):
                context = chromium.new_context(
                    viewport={"width": width, "height": height},
                    storage_state=kept,
                    color_scheme="dark" if theme == "dark" else "light",
                )
                take(context, address, paths, f"{size}-{theme}")
                context.close()
        chromium.close()


if __name__ == "__main__":
    main()

"""Chromium for tests that look: screenshots, accessibility, sideways scrolling, console errors.

The system's own Chromium is used (``chromium`` on PATH, or the path in ``TROCO_CHROMIUM``).
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

AXE = Path(__file__).with_name("vendor") / "axe.min.js"
SIZES = {1440: 900, 390: 844, 320: 640}
THEMES = ("light", "dark")
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_SETTLE_MS = 100


def chromium_path() -> str | None:
    """Return where Chromium is, or None."""
    return shutil.which(os.environ.get("TROCO_CHROMIUM") or "chromium")


@contextmanager
def browser() -> Iterator[Browser]:
    """Start one headless Chromium and close it at the end."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium_path(), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        try:
            yield started
        finally:
            started.close()


@contextmanager
def page_of(started: Browser, *, width: int, theme: str, **options: Any) -> Iterator[Page]:
    """Open a page of one width and theme; ``page.complaints`` collects what the console says.

    Args:
        started: The browser.
        width: In CSS pixels: 1440, 390 or 320.
        theme: ``light`` or ``dark``, as the system would say it.
        **options: More for ``new_context``, such as ``storage_state``.
    """
    context = started.new_context(
        viewport={"width": width, "height": SIZES.get(width, 900)},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
        locale="en-US",
        **options,
    )
    page = context.new_page()
    complaints: list[str] = []
    page.complaints = complaints  # type: ignore[attr-defined]
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "requestfailed",
        lambda request: (
            None if "ERR_ABORTED" in (request.failure or "") else complaints.append(request.url)
        ),
    )
    try:
        yield page
    finally:
        context.close()


def complaints_of(page: Page) -> list[str]:
    """Return what the console complained about so far: script, network and policy errors."""
    return list(page.complaints)  # type: ignore[attr-defined]


def resize(page: Page, width: int) -> None:
    """Show the page that is open in another width, as a turned or dragged window does."""
    page.set_viewport_size({"width": width, "height": SIZES.get(width, 900)})
    page.wait_for_timeout(_SETTLE_MS)


def look(page: Page, width: int, theme: str) -> None:
    """Show the page that is open in another width and theme."""
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    resize(page, width)


def visit(page: Page, url: str) -> None:
    """Open an address and wait until nothing moves."""
    page.goto(url, wait_until="load")
    page.wait_for_timeout(_SETTLE_MS)


def screenshot(page: Page, url: str, file: Path, *, is_full: bool = True) -> None:
    """Open an address and keep a picture of it.

    Args:
        page: From ``page_of``.
        url: What to open.
        file: Where the PNG goes.
        is_full: The whole page, or only what the window shows.
    """
    visit(page, url)
    file.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=file, full_page=is_full)


def axe_violations(page: Page) -> list[str]:
    """Return every broken rule of WCAG 2.0 to 2.2 A and AA and of good practice, with where.

    The page must have been opened. Axe is injected past the page's own policy.
    """
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text())
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})", _RULES
    )
    return [
        f"{rule['id']}: {node['target']} {node.get('failureSummary', '')}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def sideways_scroll(page: Page) -> int:
    """Return by how many pixels the page can be scrolled sideways; 0 is right."""
    return int(
        page.evaluate(
            "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
    )


def small_targets(page: Page) -> list[str]:
    """Return what can be pressed and is smaller than 24 by 24 pixels, links in sentences aside."""
    return list(
        page.evaluate(
            """() => [...document.querySelectorAll('a, button, input, select, textarea, summary')]
            .filter(e => e.checkVisibility({checkOpacity: true, checkVisibilityCSS: true}))
            .filter(e => getComputedStyle(e).display !== 'inline')
            .filter(e => !e.closest('.unseen'))
            .map(e => [e, e.getBoundingClientRect()])
            .filter(([e, box]) => box.width > 0 && (box.width < 24 || box.height < 24))
            .map(([e, box]) => `${e.outerHTML.slice(0, 80)} ${box.width}x${box.height}`)"""
        )
    )

"""Writes the catalogue of error codes from the code itself."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import translation

from core.errors import catalogue

HEAD = """# Error codes

Every refusal is a problem document (RFC 9457) with `type, title, status, detail, code,
request_id`. Branch on `code`: codes are stable, words are for people and come in the caller's
language. This page is written by `manage.py write_error_catalogue`; a test compares it.

| code | HTTP | what it means and what to do |
|---|---|---|
"""


def catalogue_page() -> str:
    """Return the page in Markdown, in English."""
    with translation.override("en"):
        rows = [f"| `{e.code}` | {e.http_status} | {e.words} |\n" for e in catalogue()]
    return HEAD + "".join(rows)


class Command(BaseCommand):
    """Write ``docs/errors.md``."""

    help = "Write docs/errors.md from the errors that the code defines."

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer to check instead of writing."""
        parser.add_argument("--check", action="store_true", help="Only compare; fail if old.")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Write the page, or compare it."""
        page = Path(settings.BASE_DIR) / "docs" / "errors.md"
        written = catalogue_page()
        if options["check"]:
            if not page.exists() or page.read_text() != written:
                raise SystemExit("docs/errors.md is old: run manage.py write_error_catalogue")
            return
        page.write_text(written)
        self.stdout.write(f"{written.count(chr(10)) - HEAD.count(chr(10))} codes written")

"""What the pages of a shop say about its money, read as its owner reads them."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from lxml import etree

from core.money import Money
from merchants.models import ShopJob
from tests.payments.cast import work
from tests.portal.cast import Clerk

Rows = list[dict[str, Any]]


def every_row(clerk: Clerk, href: str) -> Rows:
    """Return what a link leads to: all rows of its list, page after page."""
    found: Rows = []
    while href:
        listing = clerk.client.get(href).context["listing"]
        found += listing.rows
        href = listing.next_href
    return found


def sheet(clerk: Clerk, path: str, **query: str) -> list[dict[str, str]]:
    """Return a list's file, line by line."""
    answer = clerk.get(path, export="csv", **query)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def minor(rows: Sequence[dict[str, Any]], name: str) -> int:
    """Add up a column of money, of a page or of a file."""
    return sum(_minor(row[name]) for row in rows)


def _minor(value: Any) -> int:
    if isinstance(value, Money):
        return value.amount_minor
    return round(float(value or "0") * 100)


def files(clerk: Clerk, first: date, last: date) -> Iterator[tuple[str, bytes]]:
    """Return a span's statement as each kind of file."""
    for file in ("csv", "ofx"):
        fields = {"file": file, "from": first.isoformat(), "to": last.isoformat()}
        assert clerk.post("/statements", **fields).status_code == 303
        work()
        job = ShopJob.objects.order_by("-id")[0]
        assert job.state == "done", (job.state, job.tally)
        yield file, bytes(clerk.get(f"/jobs/{job.public_id}/file").content)


def lines_of(file: str, made: bytes) -> list[int]:
    """Return the amounts of a statement's lines, in minor units."""
    if file == "csv":
        rows = csv.DictReader(io.StringIO(made.decode("utf-8-sig"), newline=""))
        return [int(row["amount_minor"]) for row in rows]
    return [_minor(each.text) for each in etree.fromstring(made).iterfind(".//TRNAMT")]

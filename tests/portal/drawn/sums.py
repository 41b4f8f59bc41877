"""Each number of the portal against its list, and both against the books."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from core import clock
from core.clock import business_now
from merchants.models import Shop
from tests.portal.cast import Clerk
from tests.portal.drawn.books import BACK, DISPUTES, REFUNDS, Books, read_books
from tests.portal.drawn.pages import every_row, files, lines_of, minor, sheet

OWED_AGAIN = {"ready", "rejected", "not_executed", "returned"}
PARTS = ("gross", "fee", "refunds", "held", "net")


def compare(clerk: Clerk, shop: Shop, first: date) -> None:
    """Compare all of it; ``first`` is before the first day of the course."""
    zone = ZoneInfo(shop.timezone)
    if f"{business_now().astimezone(zone):%H:%M}" >= "23:58":
        clock.advance(180)  # All pages shall be of one day.
    books, today = read_books(shop.party_id, zone), business_now().astimezone(zone).date()
    _overview(clerk, books, today)
    _periods(clerk, books, today)
    _sales(clerk, books, today)
    _payouts(clerk, books)
    _disputes(clerk, books)
    _statement(clerk, books, first, today)


def _overview(clerk: Clerk, books: Books, today: date) -> None:
    page = clerk.get("/").context
    sales, owed, held, under_way = page["kpis"]
    sold = every_row(clerk, sales["href"])
    assert sales["value"].amount_minor == minor(sold, "amount") == books.days[today]
    assert len(sold) == books.sales[today]
    assert f"{len(sold)} payment" in sales["hint"]
    assert clerk.client.get(sales["href"]).context["sums"]["count"] == books.sales[today]

    behind = clerk.client.get(owed["href"]).context
    again = [row for row in every_row(clerk, owed["href"]) if row["state"] in OWED_AGAIN]
    coming = behind["coming"]["net"].amount_minor if behind["coming"] else 0
    assert owed["value"].amount_minor == books.owed == coming + minor(again, "net")
    gone = every_row(clerk, under_way["href"])
    assert under_way["value"].amount_minor == minor(gone, "net") == books.under_way
    holding = every_row(clerk, held["href"])
    assert held["value"].amount_minor == minor(holding, "held") == books.held
    assert page["mine"].amount_minor == books.owed + books.held + books.under_way
    following = page["next_payout"]
    assert (following["amount"].amount_minor if following else 0) == coming
    for task in page["todo"]:
        if "dispute" in task["href"]:
            assert task["title"].split()[0] == str(len(every_row(clerk, task["href"])))


def _periods(clerk: Clerk, books: Books, today: date) -> None:
    """The chart and the ways of each period, and how many payments went through."""
    for days in (7, 30):
        shown = clerk.get("/", days=days).context["sales"]
        listed = {point["date"]: point["amount"].amount_minor for point in shown["points"]}
        assert listed == {day: books.days[day] for day in _days(today, days)}
        assert shown["total"].amount_minor == sum(listed.values())
        ways = clerk.get("/", days=days).context["methods"]
        assert minor(ways, "amount") == sum(listed.values())
        for way in ways:
            assert minor([way], "amount") == minor(every_row(clerk, way["href"]), "amount")
    went = clerk.get("/").context["went"]
    assert went["sold"] == len(every_row(clerk, went["sold_href"]))
    assert went["sold"] == sum(books.sales[day] for day in _days(today, 30))
    assert went["failed"] == len(every_row(clerk, went["failed_href"]))


def _days(today: date, count: int) -> list[date]:
    return [today - timedelta(days=back) for back in range(count)]


def _sales(clerk: Clerk, books: Books, today: date) -> None:
    """The list of sales, its sums and its file; what is not in the books is not in them."""
    wanted = {"state": "completed", "to": today.isoformat()}
    sums, lines = (
        clerk.get("/payments", **wanted).context["sums"],
        sheet(clerk, "/payments", **wanted),
    )
    assert sums["count"] == len(lines) == sum(books.sales.values())
    assert sums["gross"].amount_minor == minor(lines, "amount") == books.sum("deliver")
    assert sums["fee"].amount_minor == minor(lines, "fee") == -books.sum("fee")
    assert sums["refunds"].amount_minor == minor(lines, "refunds")
    assert sums["net"].amount_minor == minor(lines, "net")
    # What the shop sold and did not give back is owed, held, on its way, or paid.
    paid = -books.sum("settle_claim", *BACK)
    assert sums["net"].amount_minor == books.owed + books.held + paid - books.sum("won_back")


def _payouts(clerk: Clerk, books: Books) -> None:
    rows, lines = every_row(clerk, "/portal/payouts"), sheet(clerk, "/payouts")
    assert [row["id"] for row in rows] == [line["id"] for line in lines]
    for row, line in zip(rows, lines, strict=True):
        assert [minor([row], name) for name in PARTS] == [minor([line], name) for name in PARTS]
        _payout(clerk, books, row)
    coming = clerk.get("/payouts").context["coming"] or {}
    living = [row for row in rows if row["state"] != "reissued"]
    whole = {name: minor(living, name) + minor([coming] if coming else [], name) for name in PARTS}
    assert whole["gross"] == books.sum("deliver")
    assert whole["fee"] == -books.sum("fee")
    assert whole["refunds"] == -books.sum(*REFUNDS)
    assert whole["held"] == -books.sum(*DISPUTES)


def _payout(clerk: Clerk, books: Books, row: dict[str, Any]) -> None:
    """One payout: what it says, what is in it, and what it took out of what was owed."""
    gross, fee, refunds, held, net = (minor([row], name) for name in PARTS)
    assert gross - fee - refunds - held == net
    left = -books.of["settle_claim", row["id"]]
    assert left == (0 if row["state"] == "ready" else net)
    came_back = sum(books.of[kind, row["id"]] for kind in BACK)
    assert came_back in ({0, net} if row["state"] == "reissued" else {_back(row, net)})
    page = clerk.get(f"/payouts/{row['id']}").context
    inside = every_row(clerk, f"/portal/payouts/{row['id']}")
    assert (len(inside), minor(inside, "gross"), minor(inside, "fee")) == (row["count"], gross, fee)
    assert minor(list(page["entries"]), "taken") == refunds + held


def _back(row: dict[str, Any], net: int) -> int:
    return net if row["state"] in OWED_AGAIN - {"ready"} else 0


def _disputes(clerk: Clerk, books: Books) -> None:
    rows, lines = every_row(clerk, "/portal/disputes"), sheet(clerk, "/disputes")
    assert minor(rows, "held") == minor(lines, "held") == books.held


def _statement(clerk: Clerk, books: Books, first: date, today: date) -> None:
    span = {"from": first.isoformat(), "to": today.isoformat()}
    page = clerk.get("/statements", **span).context
    opening, *parts, closing = (each["amount"].amount_minor for each in page["equation"])
    assert (opening, sum(parts), closing) == (0, books.owed, books.owed)
    assert (
        sum(minor([{"": part} for part in each["parts"]], "") for each in page["days"])
        == books.owed
    )
    for file, made in files(clerk, first, today):
        assert lines_of(file, made) == books.lines, file

"""Every figure is the sum of the list behind it, over real payments at a real bank."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock
from core.money import Money
from merchants.enums import Role
from merchants.models import Shop
from merchants.portal.payouts import PayoutPage
from merchants.services.reviews import approve_in_sandbox
from merchants.services.team import add_member
from tests.bank_simulator.harness import Simulator
from tests.merchants import cast as consumers
from tests.payments.cast import Someone, new_payer, work
from tests.payments.settlement_cast import cutoff, fault, heal
from tests.portal import cast

pytestmark = pytest.mark.django_db(transaction=True)
PAYERS_BANK = "banco-ipe"


@pytest.fixture
def clerk(bakery: Shop) -> cast.Clerk:
    """An owner at the portal of a bakery that is really paid."""
    person = cast.hire("Zé")
    add_member(shop_id=bakery.pk, actor=None, person=person, role=Role.OWNER)
    approve_in_sandbox(shop_id=bakery.pk)  # Another owner opens the review again.
    return cast.signed_in(person)


@pytest.fixture
def buy(brazil: Simulator, bakery: Shop) -> Iterator[Any]:
    """Buy so many pieces of a roll at R$ 3,33 and let the worker charge."""
    payer = new_payer(brazil, "Ana")
    roll = consumers.new_product(bakery, "Rosca", 333, None)

    def run(quantity: int) -> str:
        return _bought(payer, bakery, roll.public_id, quantity)

    yield run
    heal(brazil, bank=PAYERS_BANK)


def _bought(payer: Someone, shop: Shop, product: str, quantity: int) -> str:
    lines = [{"product": product, "quantity": quantity}]
    talk = payer.post("/v1/conversations", {"with": [consumers.facts(shop).party_public_id]})
    body = {"shop": shop.public_id, "lines": lines, "conversation": talk.json()["id"]}
    order = payer.post("/v1/orders", body)
    assert order.status_code == 201, order.json()
    answer = payer.pay({"order": order.json()["id"]})
    assert answer.status_code == 201, answer.json()
    work()
    return str(answer.json()["id"])


def sum_of(rows: list[dict[str, Any]], name: str) -> Money:
    return sum((row[name] for row in rows), start=Money(0, "BRL"))


def test_figures_are_the_sums_of_the_lists_behind_them(
    brazil: Simulator, clerk: cast.Clerk, buy: Any
) -> None:
    dice = random.Random(20)
    for _ in range(3):
        for _ in range(dice.randint(1, 3)):
            buy(dice.randint(1, 9))
        clock.advance(24 * 3600)
    buy(2)
    fault(brazil, "reject", bank=PAYERS_BANK)
    buy(5)

    page = clerk.get("/").context
    today, payable, held, on_the_way = (kpi["value"] for kpi in page["kpis"])
    behind = clerk.client.get(page["kpis"][0]["href"]).context
    assert today == sum_of(behind["listing"].rows, "amount") == Money(666, "BRL")
    assert behind["sums"]["gross"] == today
    assert page["kpis"][0]["hint"] == f"{behind['sums']['count']} payment"
    assert (held, on_the_way, page["mine"]) == (Money(0, "BRL"), Money(0, "BRL"), payable)

    everything = clerk.get("/payments", state="completed").context
    sums = everything["sums"]
    assert sums["gross"] == sum_of(everything["listing"].rows, "amount") == page["sales"]["total"]
    assert sums["gross"] - sums["fee"] == sums["net"] == payable
    assert sums["count"] == len(everything["listing"].rows)
    assert len(clerk.rows("/payments")) == sums["count"] + 1
    check_what_went(clerk, page["went"], sums["count"])
    assert [row["state"] for row in clerk.rows("/payments", state="failed")] == ["failed"]
    days = {point["date"]: point["amount"] for point in page["sales"]["points"]}
    for day, amount in days.items():
        listed = clerk.get("/payments", **{"state": "completed", "from": day, "to": day}).context
        assert listed["sums"]["gross"] == amount
    coming = clerk.get("/payouts").context["coming"]
    assert (coming["gross"], coming["fee"], coming["net"]) == (
        sums["gross"],
        sums["fee"],
        sums["net"],
    )
    assert page["next_payout"]["amount"] == payable
    assert "Next payout" in clerk.body("/")


def test_how_sales_came_adds_up_to_the_lists_behind_it(clerk: cast.Clerk, buy: Any) -> None:
    buy(2)
    page = clerk.get("/").context
    (way,) = page["methods"]
    rows = clerk.client.get(way["href"]).context["listing"].rows
    assert (way["percent"], way["amount"]) == (100, sum_of(rows, "amount"))
    assert way["amount"] == page["sales"]["total"] == Money(666, "BRL")
    assert [str(row["method"]) for row in rows] == ["PIN"]
    assert clerk.rows("/payments", by="link") == clerk.rows("/payments", by="direct") == []


def check_what_went(clerk: cast.Clerk, went: dict[str, Any], sold: int) -> None:
    assert (went["sold"], went["failed"]) == (sold, 1)
    assert went["percent"] == 100 * sold // (sold + 1)
    for name in ("sold", "failed"):
        listed = clerk.client.get(went[f"{name}_href"]).context["listing"]
        assert len(listed.rows) == went[name]


def test_a_payout_is_gross_less_fee_and_holds_exactly_its_sales(
    clerk: cast.Clerk, buy: Any, bakery: Shop
) -> None:
    sold = {buy(quantity) for quantity in (1, 4, 2)}
    coming = clerk.get("/payouts").context["coming"]
    cutoff()
    later = buy(3)
    work()
    listed = clerk.get("/payouts").context
    (row,) = listed["listing"].rows
    assert {name: row[name] for name in ("gross", "fee", "net", "count")} == {
        name: coming[name] for name in ("gross", "fee", "net", "count")
    }
    assert row["gross"] - row["fee"] == row["net"]
    page = clerk.get(f"/payouts/{row['id']}").context
    inside = page["listing"].rows
    assert {item["id"] for item in inside} == sold
    for name in ("gross", "fee", "net"):
        assert sum_of(inside, name) == row[name]
    for item in inside:
        assert item["gross"] - item["fee"] == item["net"]
    assert listed["coming"]["count"] == 1
    month = clerk.get("/payouts/calendar", month=row["date"].isoformat()[:7]).context
    days = [cell for week in month["weeks"] for cell in week if cell["payouts"]]
    assert [(cell["day"], cell["payouts"][0]["id"]) for cell in days] == [(row["date"], row["id"])]
    assert [each["net"] for each in days[0]["payouts"]] == [row["net"]]
    overview = clerk.get("/").context["kpis"]
    assert overview[1]["value"] == listed["coming"]["net"]
    assert overview[3]["value"] in {row["net"], Money(0, "BRL")}
    assert clerk.get(f"/payments/{later}").context["links"]["payout"] is None
    found = clerk.get("/search", q=row["id"])
    assert found["Location"] == f"/portal/payouts/{row['id']}"


def test_a_payment_shows_its_walk_and_its_lines_in_the_books(
    clerk: cast.Clerk, buy: Any, brazil: Simulator
) -> None:
    payment = buy(2)
    page = clerk.get(f"/payments/{payment}").context
    facts = page["payment"]
    assert facts["amount"] - facts["fee"] == facts["net"]
    assert [str(move["title"]) for move in page["moves"]][-1] == "Paid"
    assert facts["amount"] in [line["amount"] for line in page["journal"]]
    assert facts["fee"] in [line["amount"] for line in page["journal"]]
    assert "Souza" not in clerk.body(f"/payments/{payment}")
    assert clerk.client.get(page["links"]["conversation_href"]).status_code == 200

    fault(brazil, "reject", bank=PAYERS_BANK)
    failed = buy(1)
    page = clerk.get(f"/payments/{failed}").context
    assert page["failure"] is not None
    assert page["links"]["payout"] is None


def test_payments_are_found_by_customer_order_and_id(clerk: cast.Clerk, buy: Any) -> None:
    first, second = buy(1), buy(2)

    def found(**query: str) -> list[str]:
        return [row["id"] for row in clerk.rows("/payments", **query)]

    assert found(q="ana") == found() == [second, first]
    assert found(q="1") == found(q="#1") == [first]
    assert found(q=second) == found(q=second[-8:]) == [second]
    assert found(q="nobody") == []
    assert clerk.get("/search", q=first)["Location"] == f"/portal/payments/{first}"
    groups = clerk.get("/search", q="ana").context["groups"]
    assert [str(group["words"]) for group in groups] == ["Orders", "Payments", "Conversations"]


def test_each_page_asks_the_database_the_same_for_one_row_and_for_three(
    clerk: cast.Clerk, buy: Any, bakery: Shop
) -> None:
    def asked() -> dict[str, int]:
        found = {}
        for path in paths:
            clerk.get(path)
            with CaptureQueriesContext(connection) as queries:
                assert clerk.get(path).status_code == 200
            found[path] = len(queries)
        return found

    first = buy(1)
    cutoff()
    payout = clerk.rows("/payouts")[0]["id"]
    order = clerk.rows("/orders")[0]["id"]
    talk = clerk.get("/conversations").context["conversations"][0]["id"]
    paths = (
        "/",
        "/conversations",
        f"/conversations/{talk}",
        "/orders",
        "/orders?view=board",
        f"/orders/{order}",
        "/payments",
        "/payments?state=completed",
        f"/payments/{first}",
        "/payouts",
        f"/payouts/{payout}",
        "/catalogue",
        "/settings",
        "/search?q=a",
    )
    once = asked()
    for number in range(2):
        consumers.new_product(bakery, f"Broa {number}", 500, 3)
        other = consumers.join(f"Aline {number}")
        other.post("/v1/conversations", {"with": [consumers.facts(bakery).party_public_id]})
        buy(2)
        cutoff()
    cast.cashier_of(bakery)
    assert asked() == once
    assert max(once.values()) <= 45


@pytest.mark.parametrize("count", [1, 3])
def test_a_payout_is_read_page_by_page_and_as_a_file(
    clerk: cast.Clerk, buy: Any, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    sold = [buy(1) for _ in range(count)]
    cutoff()
    name = clerk.rows("/payouts")[0]["id"]
    clerk.get(f"/payouts/{name}")
    with CaptureQueriesContext(connection) as asked:
        listing = clerk.get(f"/payouts/{name}").context["listing"]
    assert len(asked) == 13
    assert [row["id"] for row in listing.rows] == sold
    monkeypatch.setattr(PayoutPage, "page_size", 2)
    first = clerk.get(f"/payouts/{name}").context["listing"]
    assert [row["id"] for row in first.rows] == sold[:2]
    assert (first.next_href == "") == (count < 3)
    if first.next_href:
        rest = clerk.client.get(first.next_href).context["listing"]
        assert ([row["id"] for row in rest.rows], rest.next_href) == (sold[2:], "")
    file = b"".join(clerk.get(f"/payouts/{name}", export="csv").streaming_content).decode()
    assert [line.split(",")[0] for line in file.splitlines()[1:]] == sold
    assert clerk.get("/payouts/pyo_unknown", export="csv").status_code == 404

"""Statements: the equation from the books, on the page and as files, as all lists have it."""

import csv
import io
import random
from datetime import timedelta
from typing import Any

import pytest
from lxml import etree

from core import clock
from core.money import Money
from merchants.enums import Role
from merchants.models import Shop, ShopJob
from merchants.queries.statements import statement
from merchants.services.refunds import refund_sale
from merchants.services.reviews import approve_in_sandbox
from merchants.services.team import add_member
from payments.queries.payments import PaymentFilter
from payments.queries.shop import shop_payouts, shop_sums
from payments.queries.shop_figures import payable_now, unsettled
from payments.services.refunds import RefundWish
from tests.bank_simulator.harness import Simulator
from tests.merchants import cast as consumers
from tests.payments.cast import new_payer, work
from tests.payments.settlement_cast import cutoff, local_day
from tests.portal import cast
from tests.portal.test_figures import _bought

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clerk(bakery: Shop) -> cast.Clerk:
    person = cast.hire("Zé")
    add_member(shop_id=bakery.pk, actor=None, person=person, role=Role.OWNER)
    approve_in_sandbox(shop_id=bakery.pk)  # Another owner opens the review again.
    return cast.signed_in(person)


@pytest.fixture
def buy(brazil: Simulator, bakery: Shop) -> Any:
    payer = new_payer(brazil, "Ana")
    roll = consumers.new_product(bakery, "Rosca", 333, None)
    return lambda quantity: _bought(payer, bakery, roll.public_id, quantity)


def read(answer: Any) -> bytes:
    assert answer.status_code == 200
    return bytes(answer.content)


def made(clerk: cast.Clerk, file: str, first: str, last: str) -> bytes:
    """Ask for a file, let the worker make it, and download it."""
    asked = clerk.post("/statements", **{"file": file, "from": first, "to": last})
    assert asked.status_code == 303, asked.content.decode()
    work()
    job = ShopJob.objects.order_by("-id")[0]
    assert job.state == "done", (job.state, job.tally)
    return read(clerk.get(f"/jobs/{job.public_id}/file"))


def trade(clerk: cast.Clerk, buy: Any, bakery: Shop) -> None:
    """Sell, give back and pay out for three days, as the dice fall."""
    dice = random.Random(33)
    sold: list[str] = []
    for day in range(3):
        sold += [buy(dice.randint(2, 9)) for _ in range(2)]
        if day:
            amount = Money(dice.randint(1, 333), "BRL")
            wish = RefundWish(sold.pop(0), amount, "other", "", f"key-{day}")
            refund_sale(person=clerk.person, shop_id=bakery.pk, wish=wish)
            work()
        if day < 2:
            cutoff()
            work()
            clock.advance(24 * 3600)


def test_books_lists_payouts_and_files_say_the_same(
    clerk: cast.Clerk, buy: Any, bakery: Shop
) -> None:
    first = local_day() - timedelta(days=1)
    trade(clerk, buy, bakery)
    today = local_day()
    party = bakery.party_id
    facts = statement(party, first, today, "America/Sao_Paulo")
    sums = shop_sums(party, PaymentFilter(is_sale=True, direction="received"))
    payouts, _more = shop_payouts(party, None, 100)
    waiting = unsettled(party)
    nothing = Money(0, "BRL")
    assert facts.opening == nothing
    assert facts.closing == payable_now(party) == waiting.net
    assert facts.parts["sales"] == sums.gross
    assert -facts.parts["fees"] == sums.fee
    assert -facts.parts["refunds"] == sums.refunds
    assert -facts.parts["payouts"] == sum((each.net for each in payouts), start=nothing)
    for each in payouts:
        assert each.gross - each.fee - each.refunds - each.held == each.net
    gross = sum((each.gross for each in payouts), start=waiting.gross)
    refunds = sum((each.refunds for each in payouts), start=waiting.refunds)
    assert (gross, refunds) == (sums.gross, sums.refunds)
    assert facts.days[-1].owed == facts.closing
    dashboard = clerk.get("/").context
    assert dashboard["sales"]["total"] == sums.gross
    assert dashboard["kpis"][1]["value"] == facts.closing
    check_files(clerk, facts, (first.isoformat(), today.isoformat()))


def check_files(clerk: cast.Clerk, facts: Any, days: tuple[str, str]) -> None:
    text = made(clerk, "csv", *days).decode("utf-8-sig")
    head, *rows = list(csv.reader(io.StringIO(text)))
    assert head[:2] == ["date", "kind"]
    amount, balance = head.index("amount_minor"), head.index("balance")
    assert sum(int(row[amount]) for row in rows) == facts.closing.amount_minor
    assert round(float(rows[-1][balance]) * 100) == facts.closing.amount_minor
    tree = etree.fromstring(made(clerk, "ofx", *days))
    assert len(tree.findall(".//STMTTRN")) == len(rows)
    assert len({each.text for each in tree.findall(".//FITID")}) == len(rows)
    assert tree.findtext(".//LEDGERBAL/BALAMT") == rows[-1][balance]
    assert made(clerk, "pdf", *days).startswith(b"%PDF-")
    page = clerk.get("/statements", **{"from": days[0], "to": days[1]}).context
    assert page["equation"][-1]["amount"] == facts.closing
    assert [job["file"].rsplit(".", 1)[1] for job in page["jobs"]] == ["pdf", "ofx", "csv"]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"file": "exe", "from": "2026-01-01", "to": "2026-01-02"}, 404),
        ({"file": "csv", "from": "nonsense", "to": "2026-01-02"}, 404),
        ({"file": "csv", "from": "2026-01-03", "to": "2026-01-02"}, 303),
        ({"file": "csv", "from": "2020-01-01", "to": "2026-01-02"}, 303),
        ({"file": "csv", "from": "2020-01-01", "to": "2999-01-02"}, 303),
    ],
)
def test_a_statement_that_cannot_be_is_not_made(
    owner: cast.Clerk, fields: dict[str, str], status: int
) -> None:
    assert owner.post("/statements", **fields).status_code == status
    assert not ShopJob.objects.exists()


def test_a_neighbours_work_does_not_exist(owner: cast.Clerk, stranger: cast.Clerk) -> None:
    day = local_day().isoformat()
    owner.post("/statements", **{"file": "csv", "from": day, "to": day})
    job = ShopJob.objects.get().public_id
    for path in (f"/jobs/{job}", f"/jobs/{job}/file"):
        assert stranger.get(path).status_code == 404
    assert stranger.post(f"/jobs/{job}", verb="stop").status_code == 404
    assert owner.get(f"/jobs/{job}").status_code == 200
    assert owner.get(f"/jobs/{job}/file").status_code == 404
    assert owner.post(f"/jobs/{job}", verb="stop").status_code == 303
    assert ShopJob.objects.get().state == "stopped"

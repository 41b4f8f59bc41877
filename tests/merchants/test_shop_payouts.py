"""``/v1/shop/payouts``: what went to a shop's bank and what was in it, by key."""

from datetime import timedelta
from typing import Any

import pytest

from merchants.enums import KeyScope
from merchants.models import Shop
from payments.models import Payout
from tests.bank_simulator.harness import Simulator
from tests.merchants.cast import Caller, new_paid_shop, new_shop
from tests.merchants.program import Program, problem
from tests.payments.cast import new_payer, work
from tests.payments.refund_cast import give_back
from tests.payments.settlement_cast import cutoff, local_day, sell

pytestmark = pytest.mark.django_db
PATH = "/v1/shop/payouts"


@pytest.fixture
def shop(fresh_brazil: Simulator, ze: Caller) -> Shop:
    return new_paid_shop(fresh_brazil, ze.person)


def reais(amount_minor: int) -> dict[str, Any]:
    return {"amount_minor": amount_minor, "currency": "BRL"}


def settle(simulator: Simulator, shop: Shop, count: int = 3) -> list[str]:
    """Sell some cakes for R$ 40, give R$ 15 of the first back, and pay out; the sales."""
    ana = new_payer(simulator, "Ana")
    sales = [sell(shop.party, ana, 40_00) for _ in range(count)]
    give_back(shop.party, sales[0], 15_00)
    work()
    cutoff()
    return sales


def test_a_payout_and_the_lines_that_sum_to_it(
    fresh_brazil: Simulator, shop: Shop, program: Program
) -> None:
    sales = settle(fresh_brazil, shop)
    (listed,) = program.get(PATH).json()["data"]
    shown = dict(program.get(f"{PATH}/{listed['id']}").json())
    timeline = shown.pop("timeline")
    assert shown == listed
    assert {name: shown[name] for name in ("gross", "fee", "refunds", "held", "net")} == {
        "gross": reais(120_00),
        "fee": reais(2_40),
        "refunds": reais(14_70),
        "held": reais(0),
        "net": reais(102_90),
    }
    assert (shown["payments"], shown["bank_reference"] is not None) == (3, True)
    assert timeline[-1]["to"] == shown["state"]
    here = f"{PATH}/{listed['id']}"
    lines = program.get(f"{here}/sales").json()["data"]
    assert [row["payment"] for row in lines] == sales
    assert sum(row["gross"]["amount_minor"] for row in lines) == 120_00
    assert sum(row["fee"]["amount_minor"] for row in lines) == 2_40
    entries = program.get(f"{here}/entries").json()["data"]
    assert [(row["kind"], row["payment"], row["taken"]) for row in entries] == [
        ("refund", sales[0], reais(14_70))
    ]
    detail = program.get(f"/v1/shop/payments/{sales[0]}").json()
    assert detail["payout"] == listed["id"]


def test_a_statement_is_every_line_of_the_books(
    fresh_brazil: Simulator, shop: Shop, program: Program
) -> None:
    settle(fresh_brazil, shop)
    today = local_day()
    days = {"first_day": today - timedelta(days=1), "last_day": today + timedelta(days=1)}
    path = "/v1/shop/statement"
    whole = program.get(path, **days).json()
    amounts = [row["amount"]["amount_minor"] for row in whole["data"]]
    assert whole["opening"] == reais(0)
    assert whole["closing"] == reais(sum(amounts))
    assert [row["seq"] for row in whole["data"]] == sorted(row["seq"] for row in whole["data"])
    first = program.get(path, limit=2, **days).json()
    rest = program.get(path, after=first["next"], **days).json()
    assert first["data"] + rest["data"] == whole["data"]
    assert rest["next"] is None
    for wrong in (
        {"first_day": "2020-01-02"},
        {"first_day": "2020-01-02", "last_day": "2020-01-01"},
        {"first_day": "2020-01-01", "last_day": "2021-01-02"},
        {"first_day": "9999-12-31", "last_day": "9999-12-31"},
        {**days, "after": "x"},
    ):
        assert program.get(path, **wrong).json()["code"] == "input_invalid"


def test_what_is_owed_waits_for_a_payout(
    fresh_brazil: Simulator, shop: Shop, program: Program
) -> None:
    sell(shop.party, new_payer(fresh_brazil, "Ana"), 40_00)
    assert program.get("/v1/shop/balance").json() == {
        "owed": reais(39_20),
        "gross": reais(40_00),
        "fee": reais(80),
        "refunds": reais(0),
        "held": reais(0),
        "net": reais(39_20),
        "payments": 1,
    }


@pytest.mark.parametrize("count", [1, 3])
def test_lists_cost_the_same_whatever_they_hold(
    fresh_brazil: Simulator,
    shop: Shop,
    program: Program,
    count: int,
    django_assert_num_queries: Any,
) -> None:
    settle(fresh_brazil, shop, count)
    name = Payout.objects.get().public_id
    program.get(PATH)
    # The key and the line of the request log are two of each.
    with django_assert_num_queries(3):
        assert [row["id"] for row in program.get(PATH).json()["data"]] == [name]
    with django_assert_num_queries(4):
        program.get(f"{PATH}/{name}")
    with django_assert_num_queries(5):
        assert len(program.get(f"{PATH}/{name}/sales").json()["data"]) == count
    with django_assert_num_queries(4):
        assert len(program.get(f"{PATH}/{name}/entries").json()["data"]) == 1
    page = program.get(f"{PATH}/{name}/sales", limit=2).json()
    assert (len(page["data"]), page["next"] is None) == (min(2, count), count < 3)


def test_another_shops_payout_is_no_payout(
    fresh_brazil: Simulator, shop: Shop, program: Program, ze: Caller
) -> None:
    settle(fresh_brazil, shop, 1)
    name = Payout.objects.get().public_id
    stranger = Program(new_shop(ze.person, "Outra"))
    answers = [stranger.get(f"{PATH}/{name}{rest}") for rest in ("", "/sales", "/entries")]
    unknown = problem(stranger.get(f"{PATH}/pto_unknown"))
    assert [each.status_code for each in answers] == [404] * 3
    assert [problem(each) for each in answers] == [unknown] * 3
    assert stranger.get(PATH).json()["data"] == []


def test_a_key_without_the_scope_is_refused(shop: Shop) -> None:
    narrow = Program(shop, *(each for each in KeyScope if each != KeyScope.PAYOUTS))
    paths = (PATH, f"{PATH}/x", f"{PATH}/x/sales", f"{PATH}/x/entries", "/v1/shop/balance")
    answers = [narrow.get(path) for path in (*paths, "/v1/shop/statement")]
    assert [(each.status_code, each.json()["scope"]) for each in answers] == [(403, "payouts")] * 6

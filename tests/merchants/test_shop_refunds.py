"""``/v1/shop/payments`` and ``/refunds``: what a shop was paid, and gives back, by key."""

from typing import Any

import pytest

from core.money import Money
from merchants.enums import KeyScope
from merchants.models import Shop
from payments.models import Refund, RefundMove
from people.models import AuditEntry
from tests.merchants.cast import Caller, new_shop
from tests.merchants.program import Program, problem
from tests.payments.cast import Someone, new_payer, prove_the_books, state_of, work
from tests.payments.settlement_cast import sell

pytestmark = pytest.mark.django_db
PAYMENTS, REFUNDS = "/v1/shop/payments", "/v1/shop/refunds"


@pytest.fixture
def shop(bakery: Shop) -> Shop:
    return bakery


@pytest.fixture
def ana(brazil: Any) -> Someone:
    return new_payer(brazil, "Ana")


@pytest.fixture
def payment(shop: Shop, ana: Someone) -> str:
    """Ana has bought for R$ 80."""
    return sell(shop.party, ana, 80_00)


def reais(amount_minor: int) -> dict[str, Any]:
    return {"amount_minor": amount_minor, "currency": "BRL"}


def asked(payment: str, amount_minor: int | None = None, **more: Any) -> dict[str, Any]:
    amount = {} if amount_minor is None else {"amount": reais(amount_minor)}
    return {"payment": payment, "reason": "damaged", **amount, **more}


def test_a_part_and_then_the_rest_are_given_back(
    program: Program, payment: str, ana: Someone
) -> None:
    made = program.post(REFUNDS, asked(payment, 30_00, note="Metade"), key="r1")
    assert made.status_code == 201, made.json()
    shown = made.json()
    name = shown["id"]
    assert shown == {
        "id": name,
        "payment": payment,
        "state": "approved",
        "amount": reais(30_00),
        "fee": reais(60),
        "origin": "seller",
        "reason": "damaged",
        "note": "Metade",
        "failure_code": "",
        "created_at": shown["created_at"],
        "closed_at": None,
    }
    again = program.post(REFUNDS, asked(payment, 30_00, note="Metade"), key="r1")
    assert (again.json(), again.headers["Idempotent-Replayed"]) == (shown, "true")
    other = program.post(REFUNDS, asked(payment, 31_00), key="r1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    work()
    done = program.get(f"{REFUNDS}/{name}").json()
    assert (done["state"], done["closed_at"] is not None) == ("completed", True)
    detail = program.get(f"{PAYMENTS}/{payment}").json()
    assert (detail["state"], detail["refunded"], detail["fee_refunded"]) == (
        "partially_refunded",
        reais(30_00),
        reais(60),
    )
    assert [row["id"] for row in detail["refunds"]] == [name]
    assert [row["to"] for row in detail["timeline"]][-2:] == ["completed", "partially_refunded"]
    assert (detail["payer"]["name"], detail["payout"], detail["dispute"]) == ("Ana", None, None)
    assert program.post(REFUNDS, asked(payment), key="r2").status_code == 201
    work()
    assert state_of(payment) == "refunded"
    found = program.get(REFUNDS, payment=payment, state="completed").json()["data"]
    assert [row["amount"] for row in found] == [reais(50_00), reais(30_00)]
    prove_the_books()


def test_who_gave_back_is_written_down(program: Program, payment: str) -> None:
    name = program.post(REFUNDS, asked(payment, 5_00), key="r1").json()["id"]
    key = program.key.public_id
    assert RefundMove.objects.get(refund__public_id=name).actor == key
    act = AuditEntry.objects.get(object_ref=name)
    assert (act.action, act.actor, act.actor_login) == ("refund.asked", None, key)
    assert act.after["amount_minor"] == 5_00


def test_a_key_gives_back_what_it_may_and_no_more(shop: Shop, payment: str) -> None:
    small = Program(shop, KeyScope.REFUNDS, KeyScope.PAYMENTS, refund_limit=Money(20_00, "BRL"))
    assert small.post(REFUNDS, asked(payment, 15_00), key="a").status_code == 201
    over = small.post(REFUNDS, asked(payment, 5_01), key="b")
    assert (over.status_code, over.json()["code"], over.json()["limit_minor"]) == (
        403,
        "refund_over_key",
        20_00,
    )
    assert small.post(REFUNDS, asked(payment), key="c").status_code == 403
    assert small.post(REFUNDS, asked(payment, 5_00), key="d").status_code == 201
    assert list(Refund.objects.order_by("id").values_list("amount_minor", flat=True)) == [
        15_00,
        5_00,
    ]


def test_a_key_that_reads_does_not_refund(shop: Shop, payment: str) -> None:
    reader = Program(shop, KeyScope.PAYMENTS)
    refused = reader.post(REFUNDS, asked(payment, 5_00), key="a")
    assert (refused.status_code, refused.json()["scope"]) == (403, "refunds")
    assert reader.get(REFUNDS).status_code == 200
    blind = Program(shop, *(each for each in KeyScope if each != KeyScope.PAYMENTS))
    for path in (PAYMENTS, f"{PAYMENTS}/{payment}", REFUNDS):
        assert (blind.get(path).status_code, blind.get(path).json()["scope"]) == (403, "payments")
    assert Refund.objects.count() == 0


def test_another_shops_money_is_not_there(
    program: Program, payment: str, ze: Caller, brazil: Any, ana: Someone
) -> None:
    refund = program.post(REFUNDS, asked(payment, 5_00), key="a").json()["id"]
    stranger = Program(new_shop(ze.person, "Outra"))
    answers = [
        stranger.get(f"{PAYMENTS}/{payment}"),
        stranger.get(f"{REFUNDS}/{refund}"),
        stranger.post(REFUNDS, asked(payment, 5_00), key="b"),
    ]
    unknown = problem(stranger.get(f"{PAYMENTS}/pay_unknown"))
    assert [each.status_code for each in answers] == [404] * 3
    assert [problem(each) for each in answers] == [unknown] * 3
    assert stranger.get(PAYMENTS).json()["data"] == stranger.get(REFUNDS).json()["data"] == []
    assert Refund.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"amount": reais(80_01)}, 422, "refund_exceeds_rest"),
        ({"amount": reais(0)}, 400, "amount_invalid"),
        ({"amount": reais(-5)}, 400, "amount_invalid"),
        ({"amount": {"amount_minor": 5, "currency": "USD"}}, 422, "currency_mismatch"),
        ({"amount": {"amount_minor": 5, "currency": "BRL", "to": "x"}}, 400, "unknown_field"),
        ({"reason": "dispute_lost"}, 400, "input_invalid"),
        ({"reason": "because"}, 400, "input_invalid"),
        ({"note": "x" * 141}, 400, "input_invalid"),
        ({"note": "\u202ex"}, 400, "text_invalid"),
        ({"account": "x"}, 400, "unknown_field"),
        ({"payment": "pay_unknown"}, 404, "not_found"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_moves(
    program: Program, payment: str, changes: dict[str, Any], status: int, code: str
) -> None:
    reply = program.post(REFUNDS, {**asked(payment, 5_00), **changes}, key="a")
    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert (Refund.objects.count(), state_of(payment)) == (0, "completed")


@pytest.mark.parametrize(
    ("language", "words"), [("pt-BR", "Isto é mais do que resta"), ("bn", "পেমেন্টের যা বাকি আছে")]
)
def test_a_refusal_speaks_the_callers_language(
    program: Program, payment: str, language: str, words: str
) -> None:
    program.headers["Accept-Language"] = language
    said = program.post(REFUNDS, asked(payment, 80_01), key="a").json()
    assert said["title"].startswith(words)


def test_money_moves_under_a_key_only(program: Program, payment: str) -> None:
    reply = program.post(REFUNDS, asked(payment, 5_00))
    assert (reply.status_code, reply.json()["code"]) == (400, "idempotency_key_missing")
    assert Refund.objects.count() == 0


@pytest.mark.parametrize("count", [1, 3])
def test_lists_cost_the_same_whatever_they_hold(
    program: Program, shop: Shop, ana: Someone, count: int, django_assert_num_queries: Any
) -> None:
    sales = [sell(shop.party, ana, 10_00) for _ in range(count)]
    for number, each in enumerate(sales):
        program.post(REFUNDS, asked(each, 1_00), key=f"r{number}")
    # The key, the rows, the people of a payment, and the line of the request log.
    with django_assert_num_queries(4):
        found = program.get(PAYMENTS).json()["data"]
    assert [row["id"] for row in found] == sales[::-1]
    with django_assert_num_queries(3):
        assert len(program.get(REFUNDS).json()["data"]) == count
    page = program.get(PAYMENTS, limit=2, order="oldest").json()
    assert [row["id"] for row in page["data"]] == sales[:2]
    assert (page["next"] is None) == (count < 3)
    assert (program.get(REFUNDS, limit=2).json()["next"] is None) == (count < 3)


def test_payments_are_narrowed(program: Program, shop: Shop, payment: str, ana: Someone) -> None:
    small = sell(shop.party, ana, 3_00)

    def found(**query: Any) -> list[str]:
        return [row["id"] for row in program.get(PAYMENTS, **query).json()["data"]]

    assert found() == found(state="completed") == found(q="Ana") == [small, payment]
    assert found(least_minor=80_00) == found(q=payment) == [payment]
    assert found(most_minor=79_99) == [small]
    assert found(state="failed") == found(last_day="2020-01-01") == found(q="Carla") == []
    days = ({"first_day": "x"}, {"last_day": "9999-12-31"})
    for query in ({"state": "gone"}, {"least_minor": -1}, {"after": "x"}, *days):
        assert program.get(PAYMENTS, **query).json()["code"] == "input_invalid"

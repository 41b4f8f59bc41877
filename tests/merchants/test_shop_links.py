"""``/v1/shop/links``: a shop's own system makes payment links and switches them off, by key."""

from datetime import timedelta
from typing import Any

import pytest

from core.clock import business_now
from merchants.enums import KeyScope
from merchants.models import PaymentLink, Shop
from people.models import AuditEntry
from tests.merchants.cast import Caller, new_shop
from tests.merchants.program import Program, problem
from tests.payments.cast import new_payer, work

pytestmark = pytest.mark.django_db
PATH = "/v1/shop/links"
BASKET = {"title": "Cesta de Natal", "amount": {"amount_minor": 4_990, "currency": "BRL"}}


def test_a_link_is_made_read_and_switched_off(program: Program) -> None:
    made = program.post(PATH, {**BASKET, "most_uses": 3}, key="l1")
    assert made.status_code == 201, made.json()
    shown = made.json()
    name = shown["id"]
    assert shown == {
        "id": name,
        "url": shown["url"],
        "code": shown["code"],
        "title": "Cesta de Natal",
        "amount": BASKET["amount"],
        "state": "open",
        "most_uses": 3,
        "expires_at": None,
        "paid_count": 0,
        "paid_total": {"amount_minor": 0, "currency": "BRL"},
        "created_at": shown["created_at"],
        "disabled_at": None,
    }
    assert shown["url"].endswith(f"/l/{shown['code']}")
    again = program.post(PATH, {**BASKET, "most_uses": 3}, key="l1")
    assert (again.json(), again.headers["Idempotent-Replayed"]) == (shown, "true")
    assert program.get(f"{PATH}/{name}").json() == shown
    assert program.get(PATH, show="over").json()["data"] == []
    off = program.post(f"{PATH}/{name}/disable")
    assert (off.status_code, off.json()["state"]) == (200, "disabled")
    assert program.post(f"{PATH}/{name}/disable").json() == off.json()
    assert [row["id"] for row in program.get(PATH, show="over").json()["data"]] == [name]
    link = PaymentLink.objects.get()
    assert (link.created_by, link.created_key, link.disabled_by, link.disabled_key) == (
        None,
        program.key,
        None,
        program.key,
    )
    acts = AuditEntry.objects.filter(object_ref=name).order_by("id")
    assert list(acts.values_list("action", "actor_login")) == [
        ("link.made", program.key.public_id),
        ("link.disabled", program.key.public_id),
    ]


def test_who_paid_a_link_is_listed(bakery: Shop, brazil: Any) -> None:
    program = Program(bakery)
    link = program.post(PATH, BASKET, key="l1").json()
    ana = new_payer(brazil, "Ana")
    use = ana.post(f"/v1/links/{link['code']}/uses").json()["id"]
    payment = ana.pay({"link": use}).json()["id"]
    work()
    (paid,) = program.get(f"{PATH}/{link['id']}/payments").json()["data"]
    assert (paid["payment"], paid["payer"]["name"], paid["amount"]) == (
        payment,
        "Ana",
        BASKET["amount"],
    )
    assert program.get(f"{PATH}/{link['id']}").json()["paid_count"] == 1
    assert program.get(f"/v1/shop/payments/{payment}").json()["link"] == link["id"]
    assert program.get("/v1/shop/payments").json()["data"][0]["link"] == link["id"]


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_whatever_it_holds(
    program: Program, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        program.post(PATH, {**BASKET, "title": f"Cesta {number}"}, key=f"l{number}")
    # The key, the moment, the page, and the line of the request log.
    with django_assert_num_queries(4):
        found = program.get(PATH).json()["data"]
    assert [row["title"] for row in found] == [f"Cesta {n}" for n in reversed(range(count))]
    with django_assert_num_queries(4):
        assert program.get(f"{PATH}/{found[0]['id']}/payments").json()["data"] == []
    page = program.get(PATH, limit=2).json()
    assert (len(page["data"]), page["next"] is None) == (min(2, count), count < 3)


def test_another_shops_link_is_no_link(program: Program, carla: Caller) -> None:
    name = program.post(PATH, BASKET, key="l1").json()["id"]
    stranger = Program(new_shop(carla.person, "Outra"))
    answers = [
        stranger.get(f"{PATH}/{name}"),
        stranger.get(f"{PATH}/{name}/payments"),
        stranger.post(f"{PATH}/{name}/disable"),
    ]
    unknown = problem(stranger.get(f"{PATH}/lnk_unknown"))
    assert [each.status_code for each in answers] == [404] * 3
    assert [problem(each) for each in answers] == [unknown] * 3
    assert PaymentLink.objects.get().disabled_at is None


def test_a_key_without_the_scope_is_refused(shop: Shop) -> None:
    narrow = Program(shop, *(each for each in KeyScope if each != KeyScope.LINKS))
    answers = [narrow.get(PATH), narrow.post(PATH, BASKET, key="l1")]
    assert [(each.status_code, each.json()["scope"]) for each in answers] == [(403, "links")] * 2
    assert PaymentLink.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"title": ""}, 400, "input_invalid"),
        ({"title": "x" * 81}, 400, "input_invalid"),
        ({"title": "\u202ex"}, 400, "text_invalid"),
        ({"amount": {"amount_minor": 0, "currency": "BRL"}}, 400, "amount_invalid"),
        ({"amount": {"amount_minor": 10**13, "currency": "BRL"}}, 400, "amount_invalid"),
        ({"amount": {"amount_minor": 5, "currency": "USD"}}, 422, "currency_mismatch"),
        ({"most_uses": 0}, 400, "input_invalid"),
        ({"most_uses": "3"}, 400, "input_invalid"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, 400, "input_invalid"),
        ({"expires_at": "tomorrow"}, 400, "input_invalid"),
        ({"expires_at": "9999-12-31T23:59:59Z"}, 400, "input_invalid"),
        ({"code": "mine"}, 400, "unknown_field"),
    ],
)
def test_what_is_no_link_is_refused(
    program: Program, changes: dict[str, Any], status: int, code: str
) -> None:
    reply = program.post(PATH, {**BASKET, **changes}, key="l1")
    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert PaymentLink.objects.count() == 0


def test_a_link_without_a_key_is_refused(program: Program) -> None:
    ends = (business_now() + timedelta(days=1)).isoformat()
    reply = program.post(PATH, {**BASKET, "expires_at": ends})
    assert (reply.status_code, reply.json()["code"]) == (400, "idempotency_key_missing")
    assert PaymentLink.objects.count() == 0

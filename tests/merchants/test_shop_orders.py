"""``/v1/shop/orders``: a shop's own system reads orders, makes some and moves them on, by key."""

from datetime import timedelta
from typing import Any

import pytest

from core.clock import business_now
from merchants.enums import KeyScope
from merchants.models import Order, OrderMove, ShopKey
from merchants.services.orders import place_order
from merchants.services.stock import LineWish
from people.models import AuditEntry
from tests.merchants.bot import write_to
from tests.merchants.cast import Caller, new_shop, set_up
from tests.merchants.program import Program, problem

PATH = "/v1/shop/orders"


@pytest.fixture
def talk(shop: Any, ana: Caller) -> str:
    """The conversation that Ana opened with the bakery."""
    return write_to(shop, ana)


def buy(ana: Caller, shop: Any, bread: Any, quantity: int = 2) -> Order:
    lines = [LineWish(bread.public_id, quantity)]
    return place_order(buyer=ana.person, shop_id=shop.public_id, lines=lines)


def reais(amount_minor: int) -> dict[str, Any]:
    return {"amount_minor": amount_minor, "currency": "BRL"}


def sale(talk: str, bread: Any, **changes: Any) -> dict[str, Any]:
    """Two loaves at the catalogue's price and a cake that is not in it, sent home."""
    return {
        "conversation": talk,
        "reference": "ERP-1001",
        "lines": [
            {"product": bread.public_id, "quantity": 2},
            {"code": "C-9", "name": "Bolo de rolo", "quantity": 1, "unit": reais(2400)},
        ],
        "shipping": reais(500),
        "discount": reais(200),
        "note": "Entrega às sete.",
        **changes,
    }


def test_an_order_is_made_for_the_customer_of_a_conversation(
    program: Program, ana: Caller, bread: Any, talk: str
) -> None:
    made = program.post(PATH, sale(talk, bread, total=reais(3000)), key="erp-1001")
    assert made.status_code == 201, made.json()
    shown = dict(made.json())
    name = shown["id"]
    moments = {each: shown[each] for each in ("placed_at", "expires_at")}
    timeline = shown.pop("timeline")
    assert shown == {
        "id": name,
        "number": 1,
        "reference": "ERP-1001",
        "state": "external_pending",
        "buyer": {"id": ana.person.party.public_id, "name": "Ana"},  # type: ignore[union-attr]
        "lines": [
            {
                "position": 1,
                "product": bread.public_id,
                "code": bread.public_id,
                "name": "Pão francês",
                "quantity": 2,
                "unit": reais(150),
                "unit_code": "",
                "total": reais(300),
            },
            {
                "position": 2,
                "product": None,
                "code": "C-9",
                "name": "Bolo de rolo",
                "quantity": 1,
                "unit": reais(2400),
                "unit_code": "",
                "total": reais(2400),
            },
        ],
        "tax": reais(0),
        "shipping": reais(500),
        "discount": reais(200),
        "total": reais(3000),
        "payment_kind": "external",
        "payment": None,
        "conversation": talk,
        "note": "Entrega às sete.",
        **moments,
        "paid_at": None,
        "preparation_minutes": None,
        "ready_at": None,
        "tax_notes": [],
        "told_at": None,
        "received_at": None,
        "shipped": [],
    }
    assert [(row["code"], row["side"], row["actor"]) for row in timeline] == [
        ("placed", "seller", "Caixa"),
        ("accepted", "seller", "Caixa"),
        ("external_pending", "seller", "Caixa"),
    ]


def test_an_order_that_is_made_is_shown_and_keeps_its_pieces(
    program: Program, ana: Caller, bread: Any, talk: str
) -> None:
    name = program.post(PATH, sale(talk, bread), key="erp-1001").json()["id"]
    bread.refresh_from_db()
    assert bread.reserved == 2
    said = ana.get(f"/v1/conversations/{talk}/messages").json()["data"]
    assert [row["content"]["order"] for row in said if row["type"] == "order"] == [name]


def test_the_same_order_again_is_the_same(program: Program, bread: Any, talk: str) -> None:
    made = program.post(PATH, sale(talk, bread), key="erp-1001")
    again = program.post(PATH, sale(talk, bread), key="erp-1001")
    assert (again.json(), again.headers["Idempotent-Replayed"]) == (made.json(), "true")
    # The reference is the system's own: under a fresh key it still means this one order.
    same = program.post(PATH, sale(talk, bread), key="erp-1001-b")
    assert (same.status_code, same.json()["id"]) == (201, made.json()["id"])
    other = program.post(PATH, sale(talk, bread, note="Outra"), key="erp-1001-c")
    assert (other.status_code, other.json()["code"]) == (409, "state_conflict")
    assert Order.objects.count() == 1


def test_orders_keep_the_pace_of_what_programs_say(
    program: Program, bread: Any, talk: str, settings: Any
) -> None:
    settings.TROCO_CLOUD_PAIR_SECONDS, settings.TROCO_CLOUD_PAIR_BURST = 600, 1
    made = program.post(PATH, sale(talk, bread), key="a")
    busy = program.post(PATH, sale(talk, bread, reference="ERP-1002"), key="b")
    assert (busy.status_code, busy.json()["code"]) == (429, "pair_busy")
    assert program.post(PATH, sale(talk, bread), key="a").json() == made.json()
    assert Order.objects.count() == 1


def test_an_order_is_moved_on_step_by_step(
    program: Program, ana: Caller, shop: Any, bread: Any
) -> None:
    set_up(shop, auto_accept=False)
    order = buy(ana, shop, bread)
    here = f"{PATH}/{order.public_id}"
    assert program.post(f"{here}/accept").json()["state"] == "external_pending"
    early = program.post(f"{here}/prepare")
    assert (early.status_code, early.json()["code"]) == (409, "state_conflict")
    assert program.post(f"{here}/received").json()["received_at"] is not None
    assert program.post(f"{here}/not-received").json()["received_at"] is None
    program.post(f"{here}/received")
    order.refresh_from_db()
    assert (order.external_received_by, order.external_received_key) == (None, program.key)
    assert program.post(f"{here}/prepare").json()["state"] == "preparing"
    part = program.post(f"{here}/ship", {"pieces": [{"position": 1, "quantity": 1}]}, key="s1")
    assert (part.json()["state"], part.json()["shipped"]) == (
        "preparing",
        [{"position": 1, "quantity": 1}],
    )
    same = program.post(f"{here}/ship", {"pieces": [{"position": 1, "quantity": 1}]}, key="s1")
    assert (same.json(), same.headers["Idempotent-Replayed"]) == (part.json(), "true")
    rest = {"pieces": [{"position": 1, "quantity": 1}], "note": "Correios AB123"}
    assert program.post(f"{here}/ship", rest).json()["state"] == "shipped"
    done = program.post(f"{here}/complete").json()
    assert done["state"] == "completed"
    by_key = {"accepted", "external_pending", "preparing", "shipped", "completed"}
    moves = [row for row in done["timeline"] if row["kind"] == "move"]
    assert {row["code"] for row in moves if row["actor"] == "Caixa"} == by_key
    assert OrderMove.objects.filter(key=program.key).count() == len(by_key)
    words = AuditEntry.objects.filter(object_ref=order.public_id)
    assert set(words.values_list("actor_login", flat=True)) == {program.key.public_id}
    assert words.filter(action="order.part_shipped").get().after == {"shipped": [[1, 1]]}


def test_what_a_key_changes_is_news_as_from_the_portal(
    program: Program, bread: Any, talk: str
) -> None:
    program.post("/v1/shop/webhook-endpoints", {"url": "https://padaria.example/"})
    made = program.post(PATH, sale(talk, bread), key="k").json()["id"]
    program.post(f"{PATH}/{made}/cancel", {"reason": "Acabou."})
    told = [row["type"] for row in program.get("/v1/shop/events").json()["data"]]
    assert [each for each in reversed(told) if each.startswith("order.")] == [
        "order.placed",
        "order.accepted",
        "order.external_pending",
        "order.cancelled",
    ]


def test_an_order_is_declined_and_one_cancelled(
    program: Program, ana: Caller, shop: Any, bread: Any
) -> None:
    set_up(shop, auto_accept=False)
    first, second = buy(ana, shop, bread), buy(ana, shop, bread)
    silent = program.post(f"{PATH}/{first.public_id}/decline")
    assert (silent.status_code, silent.json()["code"]) == (400, "input_invalid")
    said = program.post(f"{PATH}/{first.public_id}/decline", {"reason": "Acabou."})
    assert said.json()["state"] == "declined"
    assert said.json()["timeline"][-1]["reason"] == "Acabou."
    assert program.post(f"{PATH}/{second.public_id}/cancel").json()["state"] == "cancelled"
    assert program.post(f"{PATH}/{second.public_id}/ready").status_code == 409
    bread.refresh_from_db()
    assert bread.reserved == 0


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_whatever_it_holds(
    program: Program,
    ana: Caller,
    shop: Any,
    bread: Any,
    count: int,
    django_assert_num_queries: Any,
) -> None:
    orders = [buy(ana, shop, bread, 1) for _ in range(count)]
    program.get(PATH)
    # The key, the orders with their buyers, their lines, and the line of the request log.
    with django_assert_num_queries(4):
        found = program.get(PATH).json()["data"]
    assert [row["number"] for row in found] == list(range(count, 0, -1))
    with django_assert_num_queries(7):
        program.get(f"{PATH}/{orders[0].public_id}")
    page = program.get(PATH, limit=2, order="oldest").json()
    assert [row["number"] for row in page["data"]] == [1, 2][:count]
    assert (page["next"] is None) == (count < 3)


def test_the_list_is_narrowed(
    program: Program, ana: Caller, shop: Any, bread: Any, talk: str
) -> None:
    placed = buy(ana, shop, bread)
    made = program.post(PATH, sale(talk, bread), key="k").json()["id"]
    moment = business_now()

    def found(**query: Any) -> set[str]:
        return {row["id"] for row in program.get(PATH, **query).json()["data"]}

    both = {placed.public_id, made}
    party = ana.person.party.public_id  # type: ignore[union-attr]
    assert found() == found(state="external_pending") == found(buyer=party) == both
    assert found(reference="ERP-1001") == found(q="rolo") == {made}
    assert found(since=(moment - timedelta(minutes=5)).isoformat()) == both
    assert found(until=(moment - timedelta(minutes=5)).isoformat()) == set()
    assert found(reference="ERP-9") == found(buyer="pty_unknown") == found(state="paid") == set()


def test_another_shops_order_is_no_order(
    program: Program, carla: Caller, ana: Caller, shop: Any, bread: Any, talk: str
) -> None:
    order = buy(ana, shop, bread)
    stranger = Program(new_shop(carla.person, "Outra"))
    steps = ("accept", "cancel", "prepare", "ready", "ship", "complete", "received", "not-received")
    answers = [stranger.get(f"{PATH}/{order.public_id}")]
    answers += [stranger.post(f"{PATH}/{order.public_id}/{step}") for step in steps]
    answers.append(stranger.post(f"{PATH}/{order.public_id}/decline", {"reason": "x"}))
    # Nor can it make one in a conversation, or of a product, that is not its own.
    answers.append(stranger.post(PATH, sale(talk, bread), key="k"))
    unknown = problem(stranger.get(f"{PATH}/ord_unknown"))
    assert [each.status_code for each in answers] == [404] * len(answers)
    assert [problem(each) for each in answers] == [unknown] * len(answers)
    order.refresh_from_db()
    assert (order.state, Order.objects.count()) == ("external_pending", 1)


def test_a_key_without_the_scope_is_refused(shop: Any, ana: Caller, bread: Any, talk: str) -> None:
    narrow = Program(shop, *(each for each in KeyScope if each != KeyScope.ORDERS))
    order = buy(ana, shop, bread)
    answers = [
        narrow.get(PATH),
        narrow.post(PATH, sale(talk, bread), key="k"),
        narrow.post(f"{PATH}/{order.public_id}/cancel"),
    ]
    assert [(each.status_code, each.json()["scope"]) for each in answers] == [(403, "orders")] * 3
    assert (Order.objects.count(), Order.objects.get().state) == (1, "external_pending")
    ShopKey.objects.update(revoked_at=business_now())
    assert narrow.get(PATH).status_code == 401


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"lines": []}, 400, "input_invalid"),
        ({"lines": [{"product": "prd_unknown", "quantity": 1}]}, 404, "not_found"),
        ({"lines": [{"name": "Bolo", "quantity": 1}]}, 400, "input_invalid"),
        ({"lines": [{"unit": reais(5), "quantity": 1}]}, 400, "input_invalid"),
        ({"lines": [{"name": "Bolo", "unit": reais(5), "quantity": 0}]}, 400, "input_invalid"),
        (
            {"lines": [{"name": "Bolo", "unit": reais(10**13), "quantity": 1}]},
            400,
            "amount_invalid",
        ),
        (
            {"lines": [{"code": "prd_1", "name": "B", "unit": reais(5), "quantity": 1}]},
            400,
            "input_invalid",
        ),
        ({"discount": reais(3200)}, 400, "amount_invalid"),
        ({"total": reais(1)}, 400, "input_invalid"),
        ({"shipping": {"amount_minor": 5, "currency": "USD"}}, 422, "currency_mismatch"),
        ({"reference": "com espaço"}, 400, "input_invalid"),
        ({"reference": "x" * 61}, 400, "input_invalid"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, 400, "input_invalid"),
        ({"buyer": "pty_1"}, 400, "unknown_field"),
        ({"note": "\u202eabc"}, 400, "text_invalid"),
        ({"conversation": "cnv_unknown"}, 404, "not_found"),
    ],
)
def test_what_is_no_order_is_refused(
    program: Program, bread: Any, talk: str, changes: dict[str, Any], status: int, code: str
) -> None:
    reply = program.post(PATH, sale(talk, bread, **changes), key="k")
    assert (reply.status_code, reply.json()["code"]) == (status, code)
    bread.refresh_from_db()
    assert (Order.objects.count(), bread.reserved) == (0, 0)


def test_an_order_without_a_key_is_refused(program: Program, bread: Any, talk: str) -> None:
    reply = program.post(PATH, sale(talk, bread))
    assert (reply.status_code, reply.json()["code"]) == (400, "idempotency_key_missing")
    assert Order.objects.count() == 0


@pytest.mark.parametrize(
    "body",
    [
        {"pieces": []},
        {"pieces": [{"position": 1, "quantity": 3}]},
        {"pieces": [{"position": 2, "quantity": 1}]},
        {"pieces": [{"position": 1, "quantity": 1}, {"position": 1, "quantity": 1}]},
        {"pieces": [{"position": 1}]},
        {"note": "x" * 501},
    ],
)
def test_pieces_that_are_not_there_do_not_go_out(
    program: Program, ana: Caller, shop: Any, bread: Any, body: dict[str, Any]
) -> None:
    here = f"{PATH}/{buy(ana, shop, bread).public_id}"
    program.post(f"{here}/received")
    program.post(f"{here}/prepare")
    reply = program.post(f"{here}/ship", body)
    assert (reply.status_code, reply.json()["code"]) == (400, "input_invalid")
    assert program.get(here).json()["shipped"] == []

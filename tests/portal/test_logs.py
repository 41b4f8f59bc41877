"""The logs and the small lists: acts, calls, deliveries, team, keys, who paid a link."""

from datetime import timedelta
from typing import Any

import pytest

from core.clock import business_now, wall_now
from core.money import Money
from merchants.enums import DeliveryState, KeyScope, Role
from merchants.models import (
    LinkUse,
    PaymentLink,
    Product,
    Shop,
    ShopCall,
    ShopKey,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from merchants.portal.calls import CallsPage
from merchants.services.endpoints import Wish, make_endpoint
from merchants.services.keys import make_key
from merchants.services.links import LinkWish, make_link
from merchants.services.orders import place_order
from merchants.services.stock import LineWish
from merchants.services.team import change_role, remove_member
from tests.merchants import cast as consumers
from tests.portal import cast
from tests.portal.test_lists import cost, lines_of

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def key(shop: Shop, owner: cast.Clerk) -> ShopKey:
    """A program of the bakery's."""
    return a_key(shop, owner, "Bot")


@pytest.fixture
def endpoint(shop: Shop) -> WebhookEndpoint:
    """Where the bakery's program hears news."""
    return make_endpoint(shop_id=shop.pk, actor=None, wish=Wish(url="https://a.example/x")).endpoint


def a_key(shop: Shop, owner: cast.Clerk, name: str) -> ShopKey:
    about: dict[str, Any] = {"shop_id": shop.pk, "actor": owner.person}
    return make_key(**about, name=name, scopes=[KeyScope.ORDERS]).key


def a_call(key: ShopKey, method: str, path: str, status: int, **facts: Any) -> None:
    ShopCall.objects.create(
        **{"at": wall_now(), "took_ms": 7, **facts},
        shop_id=key.shop_id,
        key=key,
        method=method,
        path=path,
        http_status=status,
        request_id=f"req_{status}",
    )


def a_delivery(endpoint: WebhookEndpoint, kind: str, number: int, **facts: Any) -> None:
    moment = business_now()
    event = WebhookEvent.objects.create(
        public_id=f"evt_{number}",
        shop_id=endpoint.shop_id,
        kind=kind,
        ref="ord_1",
        facts={},
        at=facts.pop("at", moment),
    )
    WebhookDelivery.objects.create(
        public_id=f"dlv_{number}",
        endpoint=endpoint,
        event=event,
        begun_at=moment,
        due_at=moment,
        **facts,
    )


def a_use(link: PaymentLink, payer: consumers.Caller, number: int, **facts: Any) -> None:
    moment = facts.get("paid_at", business_now())
    LinkUse.objects.create(
        public_id=f"lku_{number}",
        link=link,
        payer_id=payer.person.party_id or 0,
        amount_minor=1000 + number,
        opened_at=moment,
        expires_at=moment + DAY,
        **{"payment_ref": f"pay_{number}", "paid_at": moment, **facts},
    )


def test_calls_are_narrowed_by_answer_method_path_key_and_day(
    owner: cast.Clerk, shop: Shop, key: ShopKey
) -> None:
    other = a_key(shop, owner, "Caixa")
    a_call(key, "GET", "/v1/shop/orders", 200, at=wall_now() - 3 * DAY)
    a_call(key, "POST", "/v1/shop/orders/ord_1/accept", 409)
    a_call(other, "GET", "/v1/shop/payments", 503)
    path, today = "/developers/requests", wall_now().date()
    narrowed = {
        name: [row["http_status"] for row in owner.rows(path, **asked)]
        for name, asked in {
            "none": {},
            "well": {"show": "ok"},
            "refused": {"show": "refused"},
            "failed": {"show": "failed"},
            "nonsense": {"show": "x", "method": "X", "key": "key_0", "from": "x"},
            "post": {"method": "POST"},
            "orders": {"address": "/v1/shop/orders"},
            "key": {"key": other.public_id},
            "new": {"from": str(today - DAY)},
            "old": {"to": str(today - 2 * DAY)},
        }.items()
    }
    assert narrowed == {
        "none": [503, 409, 200],
        "well": [200],
        "refused": [409],
        "failed": [503],
        "nonsense": [503, 409, 200],
        "post": [409],
        "orders": [409, 200],
        "key": [503],
        "new": [503, 409],
        "old": [200],
    }
    head, line = lines_of(owner.get(path, export="csv", show="refused"))
    assert head == list(CallsPage.sheet_head)
    assert line[1:7] == [
        *(str(key), "POST", "/v1/shop/orders/ord_1/accept", "409", "7", "req_409"),
    ]


def test_a_call_with_a_neighbours_key_is_nowhere(
    stranger: cast.Clerk, key: ShopKey, owner: cast.Clerk
) -> None:
    a_call(key, "GET", "/v1/shop/orders", 200)
    path = "/developers/requests"
    assert stranger.rows(path, key=key.public_id) == []
    assert str(key) not in stranger.body(path)
    assert len(lines_of(stranger.get(path, export="csv"))) == 1
    assert str(key) in owner.body(path)


def test_deliveries_are_narrowed_by_state_kind_and_day(
    owner: cast.Clerk, endpoint: WebhookEndpoint
) -> None:
    moment = business_now()
    over = {"ended_at": moment, "tries": 10}
    a_delivery(endpoint, "order.paid", 1, state=DeliveryState.PARKED, at=moment - 3 * DAY, **over)
    a_delivery(endpoint, "order.placed", 2, state=DeliveryState.DELIVERED, **over)
    a_delivery(endpoint, "order.paid", 3)
    path = f"/developers/webhooks/{endpoint.public_id}"
    day = moment.date() - 2 * DAY

    def ids(**asked: str) -> list[str]:
        return [row["id"] for row in owner.rows(path, **asked)]

    assert ids() == ids(state="x", kind="x") == ["dlv_3", "dlv_2", "dlv_1"]
    assert ids(state="parked") == ["dlv_1"]
    assert ids(kind="order.paid") == ["dlv_3", "dlv_1"]
    assert ids(kind="order.paid", state="waiting") == ["dlv_3"]
    assert (ids(**{"from": str(day)}), ids(to=str(day))) == (["dlv_3", "dlv_2"], ["dlv_1"])
    head, *lines = lines_of(owner.get(path, export="csv", state="parked"))
    assert (head[:5], lines[0][:6]) == (
        ["id", "event", "kind", "about", "state"],
        ["dlv_1", "evt_1", "order.paid", "ord_1", "parked", "10"],
    )


def test_the_activity_log_is_narrowed_by_member_kind_and_day(
    owner: cast.Clerk, shop: Shop, key: ShopKey
) -> None:
    lia = cast.member_of(shop, Role.MANAGER)
    about: dict[str, Any] = {"shop_id": shop.pk, "person_id": lia.person.pk}
    change_role(**about, actor=owner.person, role=Role.CASHIER)
    lia.post("/team", verb="leave")
    path, today = "/team/activity", business_now().date()

    def told(**asked: Any) -> list[str]:
        return [str(row["words"]) for row in owner.rows(path, **asked)]

    team = ["Removed from the team", "Changed a role", "Added to the team"]
    assert told(kind="team") == team
    assert told(kind="programs") == ["Made a key"]
    assert told(kind="nonsense") == [*team[:2], team[2], "Made a key", "Opened the shop"]
    assert told(by=lia.person.pk) == ["Removed from the team"]
    assert told(to=str(today - 2 * DAY)) == []
    by = owner.get(path).context["listing"].fields[0]["choices"]
    assert [str(words) for _code, words, _is_chosen in by] == ["All", "Zé", "Lia (left)"]
    head, *lines = lines_of(owner.get(path, export="csv", kind="programs"))
    assert (head[:3], lines[0][1:3]) == (["at", "who", "what"], ["Zé", "shop_key.made"])


def test_who_left_is_shown_to_those_who_read_the_log(owner: cast.Clerk, shop: Shop) -> None:
    lia, rita = cast.member_of(shop, Role.CASHIER), cast.member_of(shop, Role.MANAGER)
    names = [row["name"] for row in owner.rows("/team")]
    assert owner.rows("/team", show="left") == []
    remove_member(shop_id=shop.pk, actor=owner.person, person_id=lia.person.pk)
    assert [row["name"] for row in rita.rows("/team", show="left")] == [names[1]]
    assert [row["name"] for row in owner.rows("/team")] == [names[0], names[2]]
    other = cast.member_of(shop, Role.SUPPORT)
    page = other.get("/team", show="left").context["listing"]
    assert (len(page.rows), page.chips) == (3, [])
    assert len(lines_of(owner.get("/team", export="csv"))) == 4
    assert len(lines_of(owner.get("/team", export="csv", show="left"))) == 2


def test_keys_are_narrowed_by_what_they_open_and_never_written_down(
    owner: cast.Clerk, shop: Shop, key: ShopKey
) -> None:
    about: dict[str, Any] = {"shop_id": shop.pk, "actor": owner.person}
    limit = Money(5000, "BRL")
    made = make_key(**about, name="Caixa", scopes=[KeyScope.REFUNDS], refund_limit=limit)
    assert [row["name"] for row in owner.rows("/developers")] == ["Caixa", "Bot"]
    assert [row["name"] for row in owner.rows("/developers", opens="refunds")] == ["Caixa"]
    _head, line = lines_of(owner.get("/developers", export="csv", opens="refunds"))
    assert line[:6] == [
        *(made.key.public_id, "Caixa", made.key.hint, "refunds", "50.00", "BRL"),
    ]
    assert made.secret not in ",".join(line)


def test_who_paid_a_link_is_narrowed_by_day(
    owner: cast.Clerk, shop: Shop, ana: consumers.Caller
) -> None:
    about: dict[str, Any] = {"shop_id": shop.pk, "actor": owner.person}
    link, moment = make_link(**about, wish=LinkWish("Rifa")), business_now()
    a_use(link, ana, 1, paid_at=moment - 3 * DAY)
    a_use(link, ana, 2)
    path, day = f"/links/{link.public_id}", str(moment.date() - 2 * DAY)
    assert [row["id"] for row in owner.rows(path)] == ["pay_2", "pay_1"]
    assert [row["id"] for row in owner.rows(path, to=day)] == ["pay_1"]
    _head, line = lines_of(owner.get(path, export="csv", **{"from": day}))
    assert [line[0], *line[2:6]] == ["pay_2", "Ana", "10.02", "1002", "BRL"]


def test_a_customers_orders_are_narrowed_by_state_and_day(
    owner: cast.Clerk, shop: Shop, ana: consumers.Caller, bread: Product
) -> None:
    consumers.set_up(shop, auto_accept=False)
    orders = [a_sale(ana, shop, bread) for _number in range(2)]
    owner.post(f"/orders/{orders[0].public_id}/move", verb="decline", note="x")
    assert ana.person.party is not None
    path = f"/customers/{ana.person.party.public_id}"
    assert [row["number"] for row in owner.rows(path)] == [2, 1]
    assert [row["number"] for row in owner.rows(path, state="declined")] == [1]
    assert owner.rows(path, to=str(business_now().date() - 2 * DAY)) == []
    assert [line[0] for line in lines_of(owner.get(path, export="csv"))] == ["number", "2", "1"]


def a_sale(buyer: consumers.Caller, shop: Shop, bread: Product) -> Any:
    lines = [LineWish(bread.public_id, 1)]
    return place_order(buyer=buyer.person, shop_id=shop.public_id, lines=lines)


def test_each_asks_as_much_for_one_row_as_for_three(
    owner: cast.Clerk,
    shop: Shop,
    key: ShopKey,
    endpoint: WebhookEndpoint,
    ana: consumers.Caller,
    bread: Product,
) -> None:
    link = make_link(shop_id=shop.pk, actor=owner.person, wish=LinkWish("Rifa"))
    assert ana.person.party is not None

    def more(number: int) -> None:
        a_call(key, "GET", "/v1/shop/orders", 200)
        a_delivery(endpoint, "order.paid", number)
        a_use(link, ana, number)
        a_sale(ana, shop, bread)

    more(1)
    paths = {
        "/team/activity": 10,
        "/developers/requests": 10,
        f"/developers/webhooks/{endpoint.public_id}": 12,
        f"/links/{link.public_id}": 10,
        f"/customers/{ana.person.party.public_id}": 12,
        "/team": 11,
        "/developers": 8,
    }
    once = {path: cost(owner, path) for path in paths}
    for number in (2, 3):
        more(number)
        cast.member_of(shop, Role.CASHIER)
        a_key(shop, owner, f"Bot {number}")
    assert {path: cost(owner, path) for path in paths} == once
    assert once == paths

"""The doors of ``/v1/shop``: endpoints, their log, replays, and what is refused."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from core.models import KeptAnswer
from merchants.models import WebhookEndpoint
from merchants.services.courier import Courier
from merchants.services.orders import place_order
from merchants.services.stock import LineWish
from tests.merchants.cast import Caller, new_shop
from tests.merchants.program import Program
from tests.merchants.receiver import Receiver, listening

PATH = "/v1/shop/webhook-endpoints"


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    with listening(settings) as heard:
        yield heard


def deliver() -> None:
    courier = Courier()
    courier.run_until_idle()
    courier.close(5)


def buy(ana: Caller, shop: Any, bread: Any) -> None:
    place_order(buyer=ana.person, shop_id=shop.public_id, lines=[LineWish(bread.public_id, 1)])


def test_an_endpoint_is_made_changed_and_removed(program: Program) -> None:
    made = program.post(PATH, {"url": "https://padaria.example/news", "events": ["order.paid"]})
    assert made.status_code == 201
    shown = made.json()
    assert shown.pop("secret").startswith("whsec_")
    name = shown["id"]
    assert shown == {
        "id": name,
        "url": "https://padaria.example/news",
        "description": "",
        "events": ["order.paid"],
        "state": "enabled",
        "stop": "",
        "stopped_at": None,
        "old_secret_until": None,
        "created_at": shown["created_at"],
    }
    assert program.get(f"{PATH}/{name}").json() == shown
    changed = program.send("PATCH", f"{PATH}/{name}", {"is_enabled": False, "events": []})
    assert changed.json()["state"] == "disabled"
    assert changed.json()["stop"] == "shop"
    assert program.post(f"{PATH}/{name}/test").status_code == 409
    assert program.send("PATCH", f"{PATH}/{name}", {"is_enabled": True}).json()["stop"] == ""
    rotated = program.post(f"{PATH}/{name}/rotate-secret", {"overlap_hours": 1})
    assert rotated.json()["secret"].startswith("whsec_")
    assert rotated.json()["old_secret_until"] is not None
    assert program.send("DELETE", f"{PATH}/{name}").status_code == 204
    assert program.get(f"{PATH}/{name}").status_code == 404
    assert KeptAnswer.objects.count() == 0


@pytest.mark.parametrize("count", [1, 3])
def test_lists_cost_the_same_whatever_they_hold(
    program: Program,
    ana: Caller,
    shop: Any,
    bread: Any,
    count: int,
    django_assert_num_queries: Any,
) -> None:
    made = [program.post(PATH, {"url": "https://padaria.example/"}).json() for _ in range(count)]
    for _ in range(count):
        buy(ana, shop, bread)
    name = made[0]["id"]
    # Each call is written into the shop's request log: one statement more.
    with django_assert_num_queries(3):
        assert len(program.get(PATH).json()["data"]) == count
    with django_assert_num_queries(3):
        assert len(program.get("/v1/shop/events").json()["data"]) == 3 * count
    with django_assert_num_queries(5):
        log = program.get(f"{PATH}/{name}/deliveries").json()["data"]
    assert len(log) == 3 * count
    page = program.get("/v1/shop/events", limit=2, type="order.placed").json()
    assert [row["type"] for row in page["data"]] == ["order.placed"] * min(2, count)
    assert (page["next"] is None) == (count < 3)


def test_another_shops_endpoint_is_no_endpoint(program: Program, carla: Caller) -> None:
    stranger = Program(new_shop(carla.person, "Outra"))
    name = program.post(PATH, {"url": "https://padaria.example/"}).json()["id"]
    answers = [
        stranger.get(f"{PATH}/{name}"),
        stranger.get(f"{PATH}/{name}/deliveries"),
        stranger.send("PATCH", f"{PATH}/{name}", {"is_enabled": False}),
        stranger.send("DELETE", f"{PATH}/{name}"),
        stranger.post(f"{PATH}/{name}/rotate-secret"),
        stranger.post(f"{PATH}/{name}/test"),
        stranger.post(f"{PATH}/{name}/replay", {"since": "2026-01-01T00:00:00Z"}),
        stranger.post(f"{PATH}/{name}/deliveries/dlv_1/replay"),
    ]
    assert [each.status_code for each in answers] == [404] * 8
    unknown = stranger.get(f"{PATH}/whk_unknown").json()
    assert {**answers[0].json(), "request_id": ""} == {**unknown, "request_id": ""}
    assert WebhookEndpoint.objects.get().state == "enabled"
    assert stranger.get(PATH).json()["data"] == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"url": ""},
        {"url": 7},
        {"url": "ftp://padaria.example/"},
        {"url": "https://user:pass@padaria.example/"},
        {"url": "https://padaria.example:22/"},
        {"url": "https://padaria.example:99999/"},
        {"url": "https://127.0.0.1/"},
        {"url": "https://[::1]/"},
        {"url": "https://localhost/"},
        {"url": "https://metadata.internal/"},
        {"url": "https://padaria.example/\\@127.0.0.1/"},
        {"url": "https://padaria.example/ x"},
        {"url": "https://padária.example/"},
        {"url": "https://" + "a" * 2000},
        {"url": "https://padaria.example/", "events": ["order paid"]},
        {"url": "https://padaria.example/", "events": ["order.paid"] * 51},
        {"url": "https://padaria.example/", "description": "\x00"},
        {"url": "https://padaria.example/", "secret": "mine"},
    ],
)
def test_what_is_no_endpoint_is_refused(program: Program, body: dict[str, Any]) -> None:
    reply = program.post(PATH, body)
    assert reply.status_code == 400
    assert reply.json()["code"] in {"input_invalid", "unknown_field", "text_invalid"}
    assert WebhookEndpoint.objects.count() == 0


def test_news_is_sent_again_one_by_one_and_since_a_time(
    transactional_db: None,
    program: Program,
    receiver: Receiver,
    ana: Caller,
    shop: Any,
    bread: Any,
) -> None:
    first = program.post(PATH, {"url": f"{receiver.origin}/a"}).json()["id"]
    buy(ana, shop, bread)
    deliver()
    newest = program.get(f"{PATH}/{first}/deliveries", limit=1).json()["data"][0]
    assert (newest["state"], newest["tries"]) == ("delivered", 1)
    assert [each["http_status"] for each in newest["attempts"]] == [200]
    again = program.post(f"{PATH}/{first}/deliveries/{newest['id']}/replay", key="k1")
    assert (again.status_code, again.json()["state"]) == (202, "aside")
    same = program.post(f"{PATH}/{first}/deliveries/{newest['id']}/replay", key="k1")
    assert same.headers["Idempotent-Replayed"] == "true"
    deliver()
    assert [each.body for each in receiver.heard[2:]] == [receiver.heard[2].body] * 2
    late = program.post(PATH, {"url": f"{receiver.origin}/late"}).json()["id"]
    since = {"since": "2020-01-01T00:00:00Z", "events": ["order.placed", "order.accepted"]}
    assert program.post(f"{PATH}/{late}/replay", since).json() == {"replayed": 2}
    deliver()
    told = [json.loads(each.body)["type"] for each in receiver.of("/late")]
    assert told == ["order.placed", "order.accepted"]
    assert receiver.of("/late")[0].headers["webhook-id"] == receiver.heard[0].headers["webhook-id"]


def test_a_test_event_arrives(transactional_db: None, program: Program, receiver: Receiver) -> None:
    name = program.post(PATH, {"url": f"{receiver.origin}/a"}).json()["id"]
    assert program.post(f"{PATH}/{name}/test").status_code == 202
    deliver()
    (heard,) = receiver.heard
    assert json.loads(heard.body)["data"] == {"endpoint": name}

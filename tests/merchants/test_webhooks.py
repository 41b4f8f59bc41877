"""News for shops' own programs: what is sent, how often, in which order, and what it says."""

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import Error, connection
from django.db.models import F
from django.test import Client
from standardwebhooks import Webhook, WebhookVerificationError

from merchants.enums import EndpointStanding, KeyScope
from merchants.models import ShopKey, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from merchants.services.courier import Courier
from merchants.services.deliveries import SCHEDULE, WHOLE
from merchants.services.endpoints import SecretShown, Wish, make_endpoint, rotate_secret
from merchants.services.keys import make_key, revoke_key
from merchants.services.orders import cancel_order, place_order
from merchants.services.stock import LineWish
from tests.front.serving import wait_until
from tests.merchants.cast import Caller, new_shop
from tests.merchants.receiver import Heard, Receiver, closed_origin, listening


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    with listening(settings) as heard:
        yield heard


@pytest.fixture
def courier(transactional_db: None) -> Iterator[Courier]:
    made = Courier()
    yield made
    made.close(5)


def endpoint_at(shop: Any, url: str, *kinds: str) -> SecretShown:
    return make_endpoint(shop_id=shop.pk, actor=None, wish=Wish(url=url, kinds=kinds))


def order(ana: Caller, shop: Any, bread: Any, times: int = 1) -> Any:
    lines = [LineWish(bread.public_id, 1)]
    made = [
        place_order(buyer=ana.person, shop_id=shop.public_id, lines=lines) for _ in range(times)
    ]
    return made[-1]


def kinds_of(heard: list[Heard]) -> list[str]:
    return [json.loads(each.body)["type"] for each in heard]


def make_due() -> None:
    """Let the time to the next try pass, for everything that waits for it."""
    WebhookDelivery.objects.update(due_at=F("begun_at"))


def test_news_of_an_order_arrives_signed_in_its_order(
    courier: Courier, receiver: Receiver, ana: Caller, shop: Any, bread: Any
) -> None:
    shown = endpoint_at(shop, f"{receiver.origin}/news")
    placed = order(ana, shop, bread)
    courier.run_until_idle()
    assert kinds_of(receiver.heard) == ["order.placed", "order.accepted", "order.external_pending"]
    checked = [Webhook(shown.secret).verify(each.body, each.headers) for each in receiver.heard]
    first = checked[0]
    assert first["id"] == receiver.heard[0].headers["webhook-id"]
    assert first["data"] == {
        "id": placed.public_id,
        "number": 1,
        "reference": "",
        "state": "placed",
        "buyer": {"id": ana.person.party.public_id, "name": "Ana"},  # type: ignore[union-attr]
        "lines": [
            {
                "product": bread.public_id,
                "code": "",
                "name": "Pão francês",
                "quantity": 1,
                "unit": {"amount_minor": 150, "currency": "BRL"},
                "total": {"amount_minor": 150, "currency": "BRL"},
            }
        ],
        "total": {"amount_minor": 150, "currency": "BRL"},
        "payment_kind": "",
        "payment": None,
        "conversation": placed.conversation_ref,
        "note": "",
        "placed_at": first["data"]["placed_at"],
        "expires_at": first["data"]["expires_at"],
        "paid_at": None,
    }
    assert all(each.body.isascii() for each in receiver.heard)
    with pytest.raises(WebhookVerificationError):
        Webhook(shown.secret).verify(receiver.heard[0].body + b" ", receiver.heard[0].headers)


def test_an_endpoint_hears_only_what_it_wants_and_only_of_its_shop(
    courier: Courier, receiver: Receiver, ana: Caller, ze: Caller, shop: Any, bread: Any
) -> None:
    other = new_shop(ze.person, "Outra")
    endpoint_at(other, f"{receiver.origin}/other")
    endpoint_at(shop, f"{receiver.origin}/news", "order.cancelled")
    placed = order(ana, shop, bread)
    cancel_order(order_id=placed.public_id, buyer=ana.person)
    courier.run_until_idle()
    assert [(each.path, json.loads(each.body)["type"]) for each in receiver.heard] == [
        ("/news", "order.cancelled")
    ]


def test_what_arrived_while_the_database_was_away_is_written_down_and_not_sent_again(
    courier: Courier, receiver: Receiver, ana: Caller, shop: Any, bread: Any
) -> None:
    endpoint_at(shop, f"{receiver.origin}/news", "order.placed")
    order(ana, shop, bread)
    assert courier.turn() == 1
    wait_until(lambda: len(receiver.heard) == 1)
    connection.connection.close()
    with pytest.raises(Error):
        courier.run_until_idle()
    connection.close()
    courier.run_until_idle()
    assert WebhookDelivery.objects.get().state == "delivered"
    assert (WebhookAttempt.objects.count(), len(receiver.heard)) == (1, 1)


def test_a_failed_try_is_made_again_with_the_same_id_and_bytes(
    courier: Courier, receiver: Receiver, ana: Caller, shop: Any, bread: Any
) -> None:
    endpoint_at(shop, f"{receiver.origin}/news", "order.placed")
    receiver.answers = lambda _heard: 500 if len(receiver.heard) == 1 else 204
    order(ana, shop, bread)
    courier.run_until_idle()
    assert len(receiver.heard) == 1
    make_due()
    courier.run_until_idle()
    first, second = receiver.heard
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
    tries = WebhookAttempt.objects.order_by("id").values_list("outcome", "http_status", "answer")
    assert list(tries) == [("answered", 500, "thanks"), ("answered", 204, "")]
    assert WebhookDelivery.objects.get().state == "delivered"


def test_what_waits_behind_a_failure_keeps_its_order(
    courier: Courier, receiver: Receiver, ana: Caller, shop: Any, bread: Any
) -> None:
    endpoint_at(shop, f"{receiver.origin}/news")
    receiver.answers = lambda _heard: 503 if len(receiver.heard) == 1 else 200
    order(ana, shop, bread)
    courier.run_until_idle()
    assert kinds_of(receiver.heard) == ["order.placed"]
    make_due()
    courier.run_until_idle()
    assert kinds_of(receiver.heard[1:]) == [
        "order.placed",
        "order.accepted",
        "order.external_pending",
    ]


def test_what_is_refused_again_and_again_steps_aside_and_is_parked_in_the_end(
    courier: Courier, receiver: Receiver, ana: Caller, shop: Any, bread: Any
) -> None:
    endpoint_at(shop, f"{receiver.origin}/news")
    receiver.answers = lambda heard: 400 if b"order.placed" in heard.body else 200
    order(ana, shop, bread)
    for turn in range(1, len(SCHEDULE) + 2):
        courier.run_until_idle()
        states = dict(WebhookDelivery.objects.values_list("event__kind", "state"))
        aside = {True: "aside", False: "waiting"}[turn >= 5]
        assert states["order.placed"] == ("parked" if turn > len(SCHEDULE) else aside)
        assert states["order.accepted"] == ("delivered" if turn >= 5 else "waiting")
        make_due()
    assert kinds_of(receiver.heard).count("order.placed") == len(SCHEDULE) + 1 == 10
    assert WebhookEndpoint.objects.get().state == "enabled"


def test_the_schedule_is_75_hours_long() -> None:
    assert timedelta(hours=75, minutes=35, seconds=5) == WHOLE


def test_gone_stops_the_endpoint_and_tells_the_shop(
    courier: Courier, receiver: Receiver, ana: Caller, shop: Any, bread: Any
) -> None:
    endpoint = endpoint_at(shop, f"{receiver.origin}/gone").endpoint
    endpoint_at(shop, f"{receiver.origin}/other", "endpoint.stopped")
    receiver.answers = lambda heard: 410 if heard.path == "/gone" else 200
    order(ana, shop, bread)
    courier.run_until_idle()
    endpoint.refresh_from_db()
    assert (endpoint.state, endpoint.stop) == ("disabled", "gone")
    assert len(receiver.of("/gone")) == 1
    (told,) = receiver.of("/other")
    assert json.loads(told.body)["data"] == {
        "endpoint": endpoint.public_id,
        "url": endpoint.url,
        "stop": "gone",
    }
    assert set(endpoint.deliveries.values_list("state", flat=True)) == {"parked"}
    order(ana, shop, bread)
    courier.run_until_idle()
    assert len(receiver.of("/gone")) == 1


def test_an_endpoint_that_is_never_reached_is_stopped_in_the_end(
    courier: Courier, settings: Any, ana: Caller, shop: Any, bread: Any
) -> None:
    origin = closed_origin()
    settings.TROCO_HTTP_ALLOWED_ORIGINS = [origin]
    endpoint = endpoint_at(shop, f"{origin}/news").endpoint
    order(ana, shop, bread, times=2)
    WebhookDelivery.objects.update(begun_at=F("begun_at") - WHOLE)
    for _ in range(4):
        courier.run_until_idle()
    endpoint.refresh_from_db()
    assert (endpoint.state, endpoint.stop, endpoint.exhausted) == ("disabled", "exhausted", 3)
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"parked"}
    assert set(WebhookAttempt.objects.values_list("outcome", flat=True)) == {"connect"}


def test_a_redirect_is_a_failure_and_is_not_followed(
    courier: Courier, receiver: Receiver, ana: Caller, shop: Any, bread: Any
) -> None:
    endpoint_at(shop, f"{receiver.origin}/news", "order.placed")
    receiver.answers = lambda _heard: 302
    order(ana, shop, bread)
    courier.run_until_idle()
    assert [each.path for each in receiver.heard] == ["/news"]
    assert WebhookDelivery.objects.get().state == "waiting"


def test_two_secrets_sign_until_the_overlap_is_over(
    courier: Courier, receiver: Receiver, ana: Caller, shop: Any, bread: Any
) -> None:
    old = endpoint_at(shop, f"{receiver.origin}/news", "order.placed")
    name = old.endpoint.public_id
    new = rotate_secret(shop_id=shop.pk, actor=None, endpoint_id=name)
    order(ana, shop, bread)
    courier.run_until_idle()
    heard = receiver.heard[-1]
    assert len(heard.headers["webhook-signature"].split(" ")) == 2
    for secret in (old.secret, new.secret):
        assert Webhook(secret).verify(heard.body, heard.headers)
    # The answer was lost and the program asked again: the secret that it knows signs on.
    again = rotate_secret(shop_id=shop.pk, actor=None, endpoint_id=name)
    order(ana, shop, bread)
    courier.run_until_idle()
    heard = receiver.heard[-1]
    for secret in (old.secret, new.secret, again.secret):
        assert Webhook(secret).verify(heard.body, heard.headers)
    last = rotate_secret(shop_id=shop.pk, actor=None, endpoint_id=name, overlap=timedelta())
    order(ana, shop, bread)
    courier.run_until_idle()
    heard = receiver.heard[-1]
    assert Webhook(last.secret).verify(heard.body, heard.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(new.secret).verify(heard.body, heard.headers)


def test_a_long_answer_is_kept_by_its_beginning(
    courier: Courier, receiver: Receiver, ana: Caller, shop: Any, bread: Any
) -> None:
    endpoint_at(shop, f"{receiver.origin}/news", "order.placed")
    receiver.says = b"\x00\xff" + b"x" * 100_000
    order(ana, shop, bread)
    courier.run_until_idle()
    assert WebhookAttempt.objects.get().answer == "\ufffd\ufffd" + "x" * 2046


def test_slow_endpoints_delay_no_other(
    settings: Any, receiver: Receiver, ana: Caller, shop: Any, bread: Any, transactional_db: None
) -> None:
    settings.TROCO_WEBHOOK_TIMEOUT_SECONDS = 8.0
    receiver.pause = lambda heard: 12.0 if heard.path.startswith("/slow") else 0.0
    endpoint_at(shop, f"{receiver.origin}/quick", "order.placed")
    courier = Courier(places={**dict.fromkeys(EndpointStanding, 2), EndpointStanding.QUICK: 4})
    try:
        order(ana, shop, bread)
        courier.run_until_idle()
        for number in range(6):
            endpoint_at(shop, f"{receiver.origin}/slow{number}", "order.placed")
        order(ana, shop, bread, times=3)
        begun = receiver.of("/quick")[0].at
        while len(receiver.of("/quick")) < 4:
            courier.turn()
        # The slow ones hold their two places for eight seconds each; nobody waited for them.
        assert receiver.of("/quick")[3].at - begun < 7
        assert not [each for each in receiver.heard if each.path.startswith("/slow")]
    finally:
        courier.close(0.1)


def test_a_courier_that_died_loses_its_lease_and_another_sends_the_same_bytes(
    courier: Courier, receiver: Receiver, ana: Caller, shop: Any, bread: Any
) -> None:
    endpoint = endpoint_at(shop, f"{receiver.origin}/news", "order.placed").endpoint
    order(ana, shop, bread)
    dead = Courier()
    dead.turn()
    while not receiver.heard:
        time.sleep(0.01)
    courier.run_until_idle()
    assert len(receiver.heard) == 1
    WebhookEndpoint.objects.update(leased_until=F("made_at"))
    courier.run_until_idle()
    first, second = receiver.heard
    assert first.body == second.body
    # The first one wakes up and writes nothing beside the other.
    dead.run_until_idle()
    assert WebhookAttempt.objects.count() == 1
    endpoint.refresh_from_db()
    assert endpoint.standing == EndpointStanding.QUICK
    dead.close(1)


def test_keys_open_their_scopes_and_end_at_once(
    ze: Caller, shop: Any, transactional_db: None
) -> None:
    made = make_key(shop_id=shop.pk, actor=ze.person, name="Bot", scopes=[KeyScope.WEBHOOKS])
    narrow = make_key(shop_id=shop.pk, actor=ze.person, name="Bot", scopes=[KeyScope.MESSAGES])
    assert made.secret.startswith("sk_test_")
    kept = ShopKey.objects.get(pk=made.key.pk)
    assert made.secret.encode() not in bytes(kept.token_hash)
    assert made.secret[-4:] in kept.hint

    def status(secret: str) -> int:
        headers = {"Authorization": f"Bearer {secret}"}
        return Client().get("/v1/shop/webhook-endpoints", headers=headers).status_code

    assert (status(made.secret), status(narrow.secret), status("sk_test_x")) == (200, 403, 401)
    kept.refresh_from_db()
    assert kept.used_at is not None
    revoke_key(shop_id=shop.pk, actor=ze.person, key_id=made.key.public_id)
    assert status(made.secret) == 401

"""A dead endpoint delays nobody else, however many of them there are."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from core.clock import wall_now
from merchants.enums import Dialect, EndpointStanding
from merchants.keys import seal
from merchants.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookEvent
from merchants.services.courier import Courier
from merchants.services.deliveries import claim_job
from tests.merchants.cast import Caller, new_product, new_shop
from tests.merchants.receiver import Receiver, listening
from tests.merchants.test_webhooks import endpoint_at, order

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    with listening(settings) as heard:
        yield heard


@pytest.mark.parametrize("standing", [EndpointStanding.FAILING, EndpointStanding.UNTRIED])
def test_two_hundred_dead_endpoints_delay_no_new_one(
    settings: Any, receiver: Receiver, ze: Caller, ana: Caller, shop: Any, standing: str
) -> None:
    """They would take minutes in turn; the newcomer waits for one try of theirs at most."""
    settings.TROCO_WEBHOOK_TIMEOUT_SECONDS = 3.0
    receiver.pause = lambda heard: 4.0 if heard.path.startswith("/dead") else 0.0
    bury(new_shop(ze.person), receiver, standing)
    bread = new_product(shop)
    courier = Courier()
    try:
        courier.turn()
        endpoint_at(shop, f"{receiver.origin}/new", "order.placed")
        order(ana, shop, bread)
        until = time.monotonic() + 30
        while not receiver.of("/new") and time.monotonic() < until:
            courier.turn()
            time.sleep(0.01)
    finally:
        courier.close(0.1)
    assert len(receiver.of("/new")) == 1
    assert WebhookAttempt.objects.count() < 200


def bury(shop: Any, receiver: Receiver, standing: str) -> None:
    """Give a shop two hundred endpoints that answer nothing, and news for all of them."""
    now = wall_now()
    event = WebhookEvent.objects.create(
        public_id="evt_dead", shop=shop, kind="order.placed", ref="x", facts={}, at=now
    )
    made = WebhookEndpoint.objects.bulk_create(
        WebhookEndpoint(
            public_id=f"whk_dead{number}",
            shop=shop,
            dialect=Dialect.STANDARD,
            url=f"{receiver.origin}/dead{number}",
            secret=seal("whsec_MTIz"),
            standing=standing,
            made_at=now,
        )
        for number in range(200)
    )
    WebhookDelivery.objects.bulk_create(
        WebhookDelivery(
            public_id=f"dlv_dead{each.pk}",
            endpoint=each,
            event=event,
            tries=3 if standing == EndpointStanding.FAILING else 0,
            begun_at=now,
            due_at=now - timedelta(minutes=1),
        )
        for each in made
    )


def test_whoever_failed_once_is_asked_before_those_that_are_dead(
    settings: Any, receiver: Receiver, ze: Caller, ana: Caller, shop: Any
) -> None:
    bury(new_shop(ze.person), receiver, EndpointStanding.FAILING)
    endpoint = endpoint_at(shop, f"{receiver.origin}/once", "order.placed").endpoint
    order(ana, shop, new_product(shop))
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(standing=EndpointStanding.FAILING)
    WebhookDelivery.objects.filter(endpoint=endpoint).update(tries=1)
    job = claim_job(standing=EndpointStanding.FAILING)
    assert job is not None
    assert job.endpoint_id == endpoint.pk

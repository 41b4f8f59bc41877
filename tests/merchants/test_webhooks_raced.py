"""What becomes of an endpoint while a try to reach it is under way."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F

from merchants.enums import AttemptOutcome, DeliveryState, EndpointStanding
from merchants.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookEvent
from merchants.services.deliveries import Ended, Job, claim_job, note_ended
from merchants.services.endpoints import Wish, change_endpoint, make_endpoint, remove_endpoint
from merchants.services.orders import place_order
from merchants.services.stock import LineWish
from merchants.services.webhooks import KEPT_FOR, forget_old_news
from tests.merchants.cast import Caller

GONE = Ended(AttemptOutcome.ANSWERED, 5, 410)
BROKEN = Ended(AttemptOutcome.ANSWERED, 5, 500)
DAY = timedelta(days=1)
URL = "https://padaria.example/news"


@pytest.fixture
def endpoint(shop: Any) -> WebhookEndpoint:
    wish = Wish(url=URL, kinds=["order.placed"])
    return make_endpoint(shop_id=shop.pk, actor=None, wish=wish).endpoint


@pytest.fixture
def job(endpoint: WebhookEndpoint, ana: Caller, shop: Any, bread: Any) -> Job:
    """A try that is under way: the fifth of this news."""
    place_order(buyer=ana.person, shop_id=shop.public_id, lines=[LineWish(bread.public_id, 1)])
    WebhookDelivery.objects.update(tries=4)
    found = claim_job(standing=EndpointStanding.UNTRIED)
    assert found is not None
    return found


def change(endpoint: WebhookEndpoint, **wishes: Any) -> None:
    change_endpoint(
        shop_id=endpoint.shop_id,
        actor=None,
        endpoint_id=endpoint.public_id,
        wish=Wish(**wishes),
    )


def state(endpoint: WebhookEndpoint) -> tuple[str, str]:
    endpoint.refresh_from_db()
    return endpoint.state, endpoint.stop


@pytest.mark.parametrize("ended", [GONE, BROKEN], ids=["gone", "broken"])
def test_a_removed_endpoint_stays_removed(
    endpoint: WebhookEndpoint, job: Job, ended: Ended
) -> None:
    remove_endpoint(shop_id=endpoint.shop_id, actor=None, endpoint_id=endpoint.public_id)
    assert note_ended(job=job, ended=ended, goes_on=True) is None
    assert state(endpoint) == ("removed", "shop")
    assert WebhookDelivery.objects.get().state == DeliveryState.PARKED
    assert WebhookAttempt.objects.get().http_status == ended.http_status


@pytest.mark.parametrize("turns", [[False], [False, True]], ids=["off", "off-and-on"])
def test_what_was_parked_stays_parked_and_the_try_is_in_the_log(
    endpoint: WebhookEndpoint, job: Job, turns: list[bool]
) -> None:
    for is_enabled in turns:
        change(endpoint, is_enabled=is_enabled)
    assert note_ended(job=job, ended=BROKEN, goes_on=True) is None
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.tries) == (DeliveryState.PARKED, 5)
    assert WebhookAttempt.objects.count() == 1


def test_what_arrived_while_the_endpoint_was_stopped_has_arrived(
    endpoint: WebhookEndpoint, job: Job
) -> None:
    change(endpoint, is_enabled=False)
    note_ended(job=job, ended=Ended(AttemptOutcome.ANSWERED, 5, 204), goes_on=True)
    assert WebhookDelivery.objects.get().state == DeliveryState.DELIVERED
    assert state(endpoint) == ("disabled", "shop")


def test_what_was_owed_while_its_endpoint_was_stopped_is_forgotten_in_the_end(
    endpoint: WebhookEndpoint, job: Job
) -> None:
    WebhookEvent.objects.update(at=F("at") - KEPT_FOR - DAY)
    assert forget_old_news() == 0
    remove_endpoint(shop_id=endpoint.shop_id, actor=None, endpoint_id=endpoint.public_id)
    # Its transaction began before the endpoint was removed, and committed afterwards.
    WebhookDelivery.objects.update(state=DeliveryState.WAITING, ended_at=None)
    assert forget_old_news() == 1


def test_an_address_that_is_gone_does_not_stop_the_one_that_took_its_place(
    endpoint: WebhookEndpoint, job: Job
) -> None:
    change(endpoint, url=f"{URL}/2")
    note_ended(job=job, ended=GONE, goes_on=True)
    assert state(endpoint) == ("enabled", "")
    assert WebhookDelivery.objects.get().state == DeliveryState.ASIDE

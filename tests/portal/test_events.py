"""The list of events: of one thing or of all, with what was told to whom, for programmers only."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.clock import business_now
from merchants.enums import Role
from merchants.models import Shop, WebhookDelivery, WebhookEndpoint, WebhookEvent
from tests.portal import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def endpoint(shop: Shop) -> WebhookEndpoint:
    return WebhookEndpoint.objects.create(
        public_id="whe_1",
        shop=shop,
        dialect="standard",
        url="https://shop.example/hook",
        kinds=["payment.completed"],
        secret="x",
        made_at=business_now(),
    )


def tell(endpoint: WebhookEndpoint, ref: str) -> WebhookEvent:
    now, number = business_now(), WebhookEvent.objects.count()
    event = WebhookEvent.objects.create(
        public_id=f"evt_{number}",
        shop=endpoint.shop,
        kind="payment.completed",
        ref=ref,
        facts={"id": ref, "payer": "<Zoë>"},
        at=now,
    )
    WebhookDelivery.objects.create(
        public_id=f"whd_{number}", endpoint=endpoint, event=event, begun_at=now, due_at=now
    )
    return event


def refs(clerk: cast.Clerk, **query: Any) -> list[str]:
    return [each["ref"] for each in clerk.get("/developers/events", **query).context["events"]]


def test_events_are_listed_with_their_facts_and_deliveries(
    owner: cast.Clerk, endpoint: WebhookEndpoint
) -> None:
    assert "No events" in owner.body("/developers/events")
    for ref in ("pay_1", "pay_2", "pay_1"):
        tell(endpoint, ref)
    assert refs(owner) == ["pay_1", "pay_2", "pay_1"]
    assert refs(owner, ref="pay_1") == ["pay_1", "pay_1"]
    assert refs(owner, ref="pay_") == []
    page = owner.body("/developers/events", ref="pay_2")
    assert "/portal/developers/webhooks/whe_1/deliveries/whd_1" in page
    assert "&lt;Zoë&gt;" in page
    assert owner.get("/developers/events", after="nonsense").status_code == 404


def test_pages_follow_each_other_and_cost_the_same(
    owner: cast.Clerk, endpoint: WebhookEndpoint
) -> None:
    costs = []
    for more in (1, 2, 18):
        for _ in range(more):
            tell(endpoint, "pay_1")
        with CaptureQueriesContext(connection) as asked:
            owner.get("/developers/events", ref="pay_1")
        costs.append(len(asked))
    assert costs == [costs[0]] * 3
    assert costs[0] <= 15
    page = owner.get("/developers/events", ref="pay_1")
    assert len(page.context["events"]) == 20
    following = owner.client.get(page.context["next_href"]).context
    assert [each["id"] for each in following["events"]] == ["evt_0"]


def test_others_see_none_of_it(shop: Shop, endpoint: WebhookEndpoint, stranger: cast.Clerk) -> None:
    tell(endpoint, "pay_1")
    assert refs(stranger) == refs(stranger, ref="pay_1") == []
    assert refs(cast.member_of(shop, Role.DEVELOPER)) == ["pay_1"]
    assert cast.member_of(shop, Role.MANAGER).get("/developers/events").status_code == 403

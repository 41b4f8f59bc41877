"""The list of events: of one thing or of all, with what was told to whom, for programmers only."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from core.clock import business_now
from merchants.enums import Role
from merchants.models import Shop, WebhookDelivery, WebhookEndpoint, WebhookEvent
from merchants.portal.events import EventsPage
from tests.portal import cast
from tests.portal.test_lists import lines_of

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
    return [each["ref"] for each in clerk.rows("/developers/events", **query)]


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
    assert costs == [10] * 3
    listing = owner.get("/developers/events", ref="pay_1").context["listing"]
    assert len(listing.rows) == 20
    following = owner.client.get(listing.next_href).context["listing"]
    assert [each["id"] for each in following.rows] == ["evt_0"]


def test_events_are_narrowed_by_kind_and_day_and_kept_as_a_view(
    owner: cast.Clerk, endpoint: WebhookEndpoint
) -> None:
    now = business_now()
    for kind, days in (("order.paid", 0), ("payment.completed", 3), ("payment.completed", 0)):
        event = tell(endpoint, f"ref_{kind}_{days}")
        event.kind, event.at = kind, now - timedelta(days=days)
        event.save(update_fields=["kind", "at"])
    day = (now - timedelta(days=1)).date().isoformat()
    every = ["ref_payment.completed_0", "ref_payment.completed_3", "ref_order.paid_0"]
    narrowed = {
        name: refs(owner, **asked)
        for name, asked in {
            "kind": {"kind": "payment.completed"},
            "new": {"from": day},
            "old": {"to": day},
            "both": {"kind": "payment.completed", "from": day},
            "nonsense": {"kind": "x", "from": "x"},
        }.items()
    }
    assert narrowed == {
        "kind": every[:2],
        "new": [every[0], every[2]],
        "old": [every[1]],
        "both": [every[0]],
        "nonsense": every,
    }
    query = "kind=payment.completed"
    assert owner.post("/views/events", name="Paid", query=query).status_code == 303
    views = owner.get("/developers/events").context["listing"].views
    assert [(each["name"], each["href"]) for each in views] == [
        ("Paid", f"/portal/developers/events?{query}")
    ]


def test_the_file_is_what_is_filtered_over_all_its_pages(
    owner: cast.Clerk, endpoint: WebhookEndpoint
) -> None:
    for number in range(103):
        tell(endpoint, "pay_2" if number == 50 else "pay_1")
    head, *lines = lines_of(owner.get("/developers/events", ref="pay_1", export="csv"))
    assert head == list(EventsPage.sheet_head)
    assert [line[0] for line in lines] == [f"evt_{n}" for n in range(102, -1, -1) if n != 50]
    assert lines[0][1:3] == ["payment.completed", "pay_1"]
    assert lines[0][4:] == [
        "whd_102:waiting",
        '{"id": "pay_1", "payer": "<Zoë>"}',
        "America/Sao_Paulo",
    ]


def test_a_row_leads_to_its_own_thing_and_keeps_the_other_filters(
    owner: cast.Clerk, endpoint: WebhookEndpoint
) -> None:
    tell(endpoint, "pay_1")
    row = owner.rows("/developers/events", kind="payment.completed")[0]
    assert row["ref_href"] == "/portal/developers/events?kind=payment.completed&ref=pay_1"


def test_others_see_none_of_it(shop: Shop, endpoint: WebhookEndpoint, stranger: cast.Clerk) -> None:
    tell(endpoint, "pay_1")
    assert refs(stranger) == refs(stranger, ref="pay_1") == []
    assert refs(cast.member_of(shop, Role.DEVELOPER)) == ["pay_1"]
    assert cast.member_of(shop, Role.MANAGER).get("/developers/events").status_code == 403


def test_the_last_day_is_called_so() -> None:
    with translation.override("pt-br"):
        assert str({each.name: each for each in EventsPage.fields}["to"].words) == "Até"

"""Every page asks the database at most fifteen things, also of a shop with a long past."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks.portal.measured import MOST_MS, MOST_STATEMENTS, is_within_goal, measure
from benchmarks.portal.pages import PATHS
from benchmarks.portal.world import Size, fill
from core.clock import business_now
from core.money import Money
from merchants.enums import JobKind, JobState, KeyScope, Role
from merchants.models import DisputePaper, Product, Shop, WebhookDelivery, WebhookEvent
from merchants.portal import urls
from merchants.services.broadcasts import plan_broadcast
from merchants.services.endpoints import Wish, make_endpoint
from merchants.services.jobs import JobWish, queue_job
from merchants.services.keys import make_key
from merchants.services.links import LinkWish, make_link, once_at_the_counter
from merchants.services.refund_proposals import propose_refund
from payments.services.refunds import RefundWish
from tests.merchants import cast as consumers
from tests.portal import cast

pytestmark = pytest.mark.django_db(transaction=True)

SMALL = Size(orders=400, talks=80, each=3, a_day=100)
LARGE = Size(orders=100_000, talks=2_000, each=500)
# Of what ``fill`` writes.
IDS = {
    "conversation": "cnv_00000077",
    "picks": "order",
    "order": "ord_00000100",
    "ticket": "ord_00000100",
    "payment": "pay_00000100",
    "refund": "pay_00000300",
    "dispute": "dsp_00000100",
    "send_evidence": "dsp_00000100",
    "payout": "pyo_00000000",
    "customer": "pty_00000077",
    "outside_new": "pix",
}
NOT_SIGNED_IN = frozenset({"sign_in", "sign_in_code", "sign_up", "sign_up_code", "sign_up_account"})
NOT_HERE = frozenset({"start", "join", "choose_shop"})
"""What somebody with a shop has no use for."""


@pytest.fixture
def past(shop: Shop, bread: Product) -> Shop:
    """A shop with some of everything."""
    fill(shop, bread, SMALL, tell)
    return shop


def tell(statement: str, values: Mapping[str, Any]) -> None:
    """Run a statement; each is a transaction of its own."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def opened(client: Client, path: str) -> tuple[int, int]:
    """Open a page the second time, as the first may note the use; its status, and what it asks."""
    client.get(f"/portal{path}")
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(f"/portal{path}")
        b"".join(answer) if answer.streaming else answer.content
    return answer.status_code, len(queries)


def wrong(pages: dict[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    return {
        name: (status, count)
        for name, (status, count) in pages.items()
        if status not in {200, 303} or count > MOST_STATEMENTS
    }


def test_no_list_asks_more_the_more_it_is_narrowed(owner: cast.Clerk, past: Shop) -> None:
    assert wrong({path: opened(owner.client, path) for path in PATHS}) == {}


def test_no_page_asks_more_than_fifteen_things(
    owner: cast.Clerk, past: Shop, bread: Product
) -> None:
    ids = IDS | things_of(past, owner, bread)
    pages = {}
    for pattern in urls.urlpatterns:
        name, view = str(pattern.name), getattr(pattern.callback, "view_class", None)
        if name not in NOT_SIGNED_IN | NOT_HERE and hasattr(view, "get"):
            path = str(pattern.pattern)
            for part in ids.get(name, IDS["conversation"]).split():
                path = re.sub(r"<[^>]+>", part, path, count=1)
            pages[name] = opened(owner.client, f"/{path}")
    assert wrong(pages) == {}
    assert len(pages) > 50


def things_of(shop: Shop, owner: cast.Clerk, bread: Product) -> dict[str, str]:
    """Make one of each thing that has a page and is not of the past; their ids by page."""
    about: dict[str, Any] = {"shop_id": shop.pk, "actor": owner.person}
    link = make_link(**about, wish=LinkWish("Mesa 4", Money(1000, "BRL"))).public_id
    sale = once_at_the_counter("Mesa 4", Money(1000, "BRL"), business_now())
    key = make_key(**about, name="Caixa", scopes=[KeyScope.ORDERS]).key.public_id
    hook = make_endpoint(**about, wish=Wish(url="https://a.example/x")).endpoint
    moment = hook.made_at
    event = WebhookEvent.objects.create(
        public_id="evt_1", shop=shop, kind="order.paid", ref="ord_1", facts={}, at=moment
    )
    delivery = WebhookDelivery.objects.create(
        public_id="dlv_1", endpoint=hook, event=event, begun_at=moment, due_at=moment
    )
    sheet = "Handle,Title,Variant Price\nx,y,z\n"
    job = queue_job(**about, wish=JobWish(JobKind.IMPORT, {}, sheet))
    job.state, job.ended_at, job.made_name = JobState.DONE, moment, "lista.csv"
    job.tally = {"wrong": 1}
    job.save()
    news = plan_broadcast(shop_id=shop.pk, author=owner.person, text="Hoje tem broa.")
    paper = DisputePaper.objects.create(
        public_id="doc_1",
        shop=shop,
        dispute_ref=IDS["dispute"],
        name="recibo.pdf",
        mime="application/pdf",
        content=b"%PDF-1.7",
        sha256="0" * 64,
        sent_by=owner.person,
        sent_at=moment,
    )
    cashier = cast.member_of(shop, Role.CASHIER).person
    Shop.objects.filter(pk=shop.pk).update(cashier_refund_minor=0)
    wish = RefundWish(IDS["refund"], Money(1, "BRL"), "damaged", "", "asked")
    return {
        "of_shop": f"{shop.public_id} orders",
        "refund_proposal": propose_refund(person=cashier, shop_id=shop.pk, wish=wish).public_id,
        "broadcast": news.public_id,
        "product": bread.public_id,
        "product_poster": f"{bread.public_id} a4 svg",
        "link": link,
        "keypad_code": make_link(**about, wish=sale).public_id,
        "poster": f"{link} a4 svg",
        "key": key,
        "webhook": hook.public_id,
        "delivery": f"{hook.public_id} {delivery.public_id}",
        "dispute_paper": f"{paper.dispute_ref} {paper.public_id}",
        "job": job.public_id,
        "job_file": job.public_id,
        "import_troubles": job.public_id,
        "member": str(cashier.pk),
    }


@pytest.mark.long
def test_every_page_of_a_large_shop_is_there_within_300_ms(
    owner: cast.Clerk, shop: Shop, bread: Product, record_property: Any
) -> None:
    for number in range(200):
        consumers.new_product(shop, f"Broa {number}")
    fill(shop, bread, LARGE, tell)
    found = [measure(owner.client, path, times=5) for path in PATHS]
    for each in found:
        told = f"{each.statements} statements, {each.wall_ms} ms, {each.cpu_ms} ms of Python"
        record_property(each.path, told)
    assert [each for each in found if not is_within_goal(each)] == [], MOST_MS

"""The shop's side of a dispute: what is held and until when, a draft, and one answer."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from core.money import Money
from merchants.models import Shop
from merchants.portal.disputes import DisputesPage
from payments.models import Dispute
from payments.services.dispute_decisions import decide_dispute
from tests.merchants import cast as consumers
from tests.payments.cast import Someone, new_payer, new_staff, prove_the_books, work
from tests.payments.dispute_cast import dispute
from tests.payments.settlement_cast import sell
from tests.portal import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def counter(brazil: Any) -> tuple[cast.Clerk, Shop]:
    """Zé at his portal, and a bakery that is paid out to."""
    person = cast.hire("Zé")
    shop = consumers.new_paid_shop(brazil, person)
    return cast.signed_in(person), shop


@pytest.fixture
def ana(brazil: Any) -> Someone:
    return new_payer(brazil, "Ana")


@pytest.fixture
def opened(ana: Someone, shop: Shop) -> str:
    """Ana says that nothing came."""
    found: str = dispute(ana, sell(shop.party, ana, 80_00))["id"]
    return found


def test_the_shop_sees_what_is_held_and_until_when(owner: cast.Clerk, opened: str) -> None:
    assert "1 dispute to answer" in owner.body("/")
    listed = owner.body("/disputes")
    assert "Waits for your answer" in listed
    assert "6 days left" in listed
    page = owner.body(f"/disputes/{opened}")
    for words in ("Nothing came.", "R$78.41 of your money is held", "tracking number"):
        assert words in page


def test_disputes_are_listed_by_what_is_to_do_and_taken_home(
    owner: cast.Clerk, ana: Someone, shop: Shop, opened: str
) -> None:
    second = dispute(ana, sell(shop.party, ana, 50_00))["id"]
    owner.post(f"/disputes/{opened}", text="Sent at nine.", evidence="", verb="submit")
    decide_dispute(staff=new_staff("otto"), dispute_id=opened, outcome="won", reason="Signed.")
    work()
    assert [row["id"] for row in owner.rows("/disputes")] == [second, opened]
    assert [row["id"] for row in owner.rows("/disputes", show="mine")] == [second]
    assert [row["id"] for row in owner.rows("/disputes", show="over")] == [opened]
    answer: Any = owner.get("/disputes", export="csv", show="over")
    head, only = csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")))
    told = dict(zip(head, only, strict=True))
    assert (told["id"], told["state"], told["amount_minor"]) == (opened, "won", "8000")
    with CaptureQueriesContext(connection) as one:
        owner.get("/disputes", show="over")
    with CaptureQueriesContext(connection) as both:
        owner.get("/disputes")
    assert len(both) == len(one)
    assert owner.get("/disputes", after="nonsense").status_code == 404


def test_every_page_of_disputes_comes_and_together_they_are_what_is_counted(
    owner: cast.Clerk, ana: Someone, shop: Shop, opened: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    second, third = (dispute(ana, sell(shop.party, ana, cents))["id"] for cents in (50_00, 40_00))
    owner.post(f"/disputes/{third}", text="Sent at nine.", evidence="", verb="submit")
    decide_dispute(staff=new_staff("otto"), dispute_id=third, outcome="lost", reason="No.")
    Dispute.objects.filter(public_id=second).update(answer_by=F("answer_by") - timedelta(hours=2))
    monkeypatch.setattr(DisputesPage, "page_size", 1)
    whole = [second, opened, third]
    for show, wanted in (("", whole), ("mine", whole[:2]), ("held", whole[:2]), ("over", [third])):
        pages = []
        href = f"/portal/disputes?show={show}"
        while href:
            listing = owner.client.get(href).context["listing"]
            pages.append([row["id"] for row in listing.rows])
            href = listing.next_href
        assert pages == [[each] for each in wanted], show


def test_what_is_held_stands_on_the_first_page_until_it_is_let_go(
    owner: cast.Clerk, ana: Someone, shop: Shop, opened: str
) -> None:
    second = dispute(ana, sell(shop.party, ana, 50_00))["id"]
    page = owner.get("/").context
    _sales, payable, held, on_the_way = page["kpis"]
    behind = owner.client.get(held["href"]).context["listing"].rows
    assert {row["id"] for row in behind} == {opened, second}
    total = sum((row["held"] for row in behind), start=Money(0, "BRL"))
    assert held["value"] == total == Money(78_41 + 49_00, "BRL")
    assert page["mine"] == payable["value"] + total + on_the_way["value"]
    owner.post(f"/disputes/{opened}", text="Sent at nine.", evidence="", verb="submit")
    decide_dispute(staff=new_staff("otto"), dispute_id=opened, outcome="won", reason="Signed.")
    work()
    assert owner.get("/").context["kpis"][2]["value"] == Money(49_00, "BRL")
    assert [row["id"] for row in owner.rows("/disputes", show="held")] == [second]
    assert owner.get("/").context["mine"] == page["mine"]


def test_a_draft_is_kept_and_the_answer_given_once(owner: cast.Clerk, opened: str) -> None:
    path = f"/disputes/{opened}"
    assert owner.post(path, text="Sent at", evidence="", verb="save").status_code == 303
    assert "Sent at" in owner.body(path)
    assert owner.post(path, text=" ", evidence="", verb="submit").status_code == 422
    lines = "\n".join(f"ref {n}" for n in range(11))
    assert owner.post(path, text="x", evidence=lines, verb="save").status_code == 422
    sent = owner.post(path, text="Sent at nine.", evidence="BR123\n\nDoor 4", verb="submit")
    assert sent.status_code == 303
    page = owner.body(path)
    assert "Door 4" in page
    assert 'name="verb"' not in page
    assert owner.post(path, text="More", evidence="", verb="submit").status_code == 422
    row = Dispute.objects.get()
    said = (row.state, row.answer.text, row.answer.evidence)
    assert said == ("under_review", "Sent at nine.", ["BR123", "Door 4"])


def test_the_shop_reads_why_it_was_decided_so(owner: cast.Clerk, opened: str) -> None:
    owner.post(f"/disputes/{opened}", text="Sent at nine.", evidence="", verb="submit")
    staff = new_staff("otto")
    decide_dispute(staff=staff, dispute_id=opened, outcome="lost", reason="No signature.")
    work()
    page = owner.body(f"/disputes/{opened}")
    assert "No signature." in page
    assert "Decided for the customer" in page
    assert "dispute to answer" not in owner.body("/")
    prove_the_books()


def test_the_payments_page_leads_to_it_and_offers_no_refund(owner: cast.Clerk, opened: str) -> None:
    payment = Dispute.objects.get().payment.public_id
    page = owner.body(f"/payments/{payment}")
    assert f"/portal/disputes/{opened}" in page
    assert f"/portal/payments/{payment}/refund" not in page
    assert "Held for disputes" in owner.body("/payouts")


def test_a_neighbour_sees_nothing(opened: str) -> None:
    carla = cast.owner_of("Carla", "Quitanda da Carla")[0]
    assert carla.get(f"/disputes/{opened}").status_code == 404
    answer = carla.post(f"/disputes/{opened}", text="x", evidence="", verb="submit")
    assert answer.status_code == 404
    assert "Ana" not in carla.body("/disputes")
    assert Dispute.objects.get().state == "evidence_due"

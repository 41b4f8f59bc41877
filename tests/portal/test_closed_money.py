"""A closed shop's money of old: it is refunded, disputed and paid out as ever."""

import pytest

from core.clock import business_now
from merchants.models import Shop
from merchants.queries.closing import obstacles_of
from merchants.queries.shops import facts_of
from payments.services.dispute_decisions import decide_dispute
from people.models import Party
from tests.bank_simulator.harness import Simulator
from tests.merchants import cast as consumers
from tests.payments.cast import Someone, new_payer, new_staff, prove_the_books, state_of, work
from tests.payments.dispute_cast import dispute
from tests.payments.settlement_cast import cutoff, payout_states, sell
from tests.portal import cast
from tests.portal.test_closing import step_up

pytestmark = pytest.mark.django_db


@pytest.fixture
def payer(fresh_brazil: Simulator) -> Someone:
    """Ana, who pays from her bank."""
    return new_payer(fresh_brazil, "Ana")


@pytest.fixture
def counter(fresh_brazil: Simulator) -> tuple[cast.Clerk, Shop]:
    """Zé at his portal, and a bakery that is paid out to."""
    person = cast.hire("Zé")
    shop = consumers.new_paid_shop(fresh_brazil, person)
    return cast.signed_in(person), shop


@pytest.fixture
def sold(shop: Shop, payer: Someone) -> str:
    """Ana has bought for R$ 80, which the bakery is owed; it had closed before it was paid out."""
    payment = sell(shop.party, payer, 80_00)
    moment = business_now()
    Shop.objects.filter(pk=shop.pk).update(closed_at=moment, is_open=False)
    Party.objects.filter(pk=shop.party_id).update(closed_at=moment)
    return payment


def in_the_way(shop: Shop) -> list[str]:
    return [each.code for each in obstacles_of(facts_of(shop))]


def refund(owner: cast.Clerk, payment: str) -> int:
    """Give R$ 30 back, as the owner does at the portal."""
    facts = {"amount": "30,00", "reason": "damaged", "note": "", "key": "k1"}
    return int(step_up(owner, f"/payments/{payment}/refund", **facts).status_code)


def test_its_sale_is_refunded_and_the_rest_is_paid_out(
    owner: cast.Clerk, shop: Shop, sold: str
) -> None:
    assert refund(owner, sold) == 303
    work()
    assert state_of(sold) == "partially_refunded"
    assert in_the_way(shop) == ["owed"]
    assert payout_states(cutoff()) == ["settled"]
    assert in_the_way(shop) == []
    assert "This shop is closed" in owner.body(f"/payments/{sold}")
    prove_the_books()


@pytest.mark.parametrize(("outcome", "state"), [("won", "completed"), ("lost", "refunded")])
def test_its_sale_is_disputed_answered_and_decided(
    owner: cast.Clerk, shop: Shop, payer: Someone, sold: str, outcome: str, state: str
) -> None:
    opened = dispute(payer, sold)
    said = {"text": "It was sent.", "evidence": "BR123", "verb": "submit"}
    assert owner.post(f"/disputes/{opened['id']}", **said).status_code == 303
    staff = new_staff("marta")
    decide_dispute(staff=staff, dispute_id=opened["id"], outcome=outcome, reason="x")
    work()
    assert state_of(sold) == state
    assert in_the_way(shop) == {"won": ["owed"], "lost": []}[outcome]
    prove_the_books()


def test_one_that_is_owed_nothing_gives_nothing_back_and_is_paid_nothing(
    owner: cast.Clerk, shop: Shop, payer: Someone
) -> None:
    """As an open one: a refund is taken from what the shop is owed."""
    payment = sell(shop.party, payer, 80_00)
    assert payout_states(cutoff()) == ["settled"]
    assert step_up(owner, "/settings/close", verb="close").status_code == 303
    assert refund(owner, payment) == 422
    refused = payer.quote({"party": shop.party.public_id}, 1_00).json()["refusal"]
    assert refused["code"] == "payee_unavailable"
    assert (state_of(payment), in_the_way(shop)) == ("completed", [])
    assert dispute(payer, payment)["state"] == "evidence_due"
    prove_the_books()

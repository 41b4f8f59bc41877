"""What a shop reads while an order stops everything: nothing is lost, and why it waits."""

from typing import Any

import pytest

from merchants.models import Shop
from tests.merchants import cast as consumers
from tests.payments.cast import new_payer, state_of, work
from tests.payments.test_holds_in_flight import lift, stop
from tests.portal import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def counter(brazil: Any) -> tuple[cast.Clerk, Shop]:
    """Zé at his portal, and a bakery that is paid out to."""
    person = cast.hire("Zé")
    shop = consumers.new_paid_shop(brazil, person)
    return cast.signed_in(person), shop


def test_a_payment_that_waits_says_so_at_the_portal(
    owner: cast.Clerk, shop: Shop, brazil: Any
) -> None:
    ana = new_payer(brazil, "Ana")
    payment = ana.pay({"party": shop.party.public_id}, 80_00).json()["id"]
    hold = stop("stop_all")
    work()
    page = owner.body(f"/payments/{payment}")
    assert "This payment is held up" in page
    assert "An order by an authority keeps this payment waiting." in page
    assert "New payments are stopped" in page
    lift(hold)
    assert state_of(payment) == "completed"
    page = owner.body(f"/payments/{payment}")
    assert "This payment is held up" not in page
    assert "New payments are stopped" not in page

"""While payouts to a shop are stopped nothing of it is claimed; afterwards all of it is."""

import pytest

from core.clock import business_now
from core.transactions import owns_block
from payments.models import Payout
from payments.services.payout_stops import let_payouts_go, stop_payouts
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import new_business, new_payer
from tests.payments.settlement_cast import cutoff, held, next_day, sell


@pytest.mark.django_db
def test_a_stopped_shop_is_owed_and_not_paid_until_it_is_let_go(fresh_brazil: Simulator) -> None:
    ana = new_payer(fresh_brazil, "Ana")
    padaria, feira = new_business(fresh_brazil), new_business(fresh_brazil, "Feira da Lu")
    sell(padaria, ana, 40_00)
    sell(feira, ana, 10_00)
    with owns_block():
        stop_payouts(party_id=padaria.id, code="shop_review", moment=business_now())
    owed = held("payable", padaria)
    batch = cutoff()
    paid = Payout.objects.filter(batch=batch).values_list("party_id", flat=True)
    assert list(paid) == [feira.id]
    assert held("payable", padaria) == owed > 0
    with owns_block():
        let_payouts_go(party_id=padaria.id, code="shop_review", moment=business_now())
    next_day()
    again = cutoff()
    assert [each.party_id for each in Payout.objects.filter(batch=again)] == [padaria.id]
    assert held("payable", padaria) == 0

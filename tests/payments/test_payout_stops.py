"""While payouts to a shop are stopped nothing of it is claimed; afterwards all of it is."""

import time
from collections.abc import Callable
from threading import Event
from typing import Any

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


@pytest.mark.django_db(transaction=True)
def test_a_claim_that_waited_for_a_stop_sees_it(
    transactional_db: None, fresh_brazil: Simulator, in_threads: Callable[..., list[Any]]
) -> None:
    ana = new_payer(fresh_brazil, "Ana")
    padaria, feira = new_business(fresh_brazil), new_business(fresh_brazil, "Feira da Lu")
    sell(padaria, ana, 40_00)
    sell(feira, ana, 10_00)
    owed, is_written = held("payable", padaria), Event()

    def stop() -> None:
        with owns_block():
            stop_payouts(party_id=padaria.id, code="shop_review", moment=business_now())
            is_written.set()
            time.sleep(1)  # The claim below waits for the account meanwhile.

    def claim() -> list[int]:
        assert is_written.wait(10)
        return [each.party_id for each in Payout.objects.filter(batch=cutoff())]

    assert in_threads(stop, claim) == [None, [feira.id]]
    assert held("payable", padaria) == owed

"""A process dies at every boundary of a commit and of a call to a bank: the same end is reached.

F12 of the test programme. The boundaries are counted by a run in which nothing dies, then each is
died at in turn; whoever asked asks again with the same key, and what is owed is taken up by the
next process. Dying is an exception that nothing in the product catches: what a transaction had
written is rolled back, and no later line runs. The ordinary run lets a process die at each boundary
of refunding, the long one also of paying and of settling.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from core.clock import business_now, wall_now
from core.http import call
from core.models import Duty
from core.transactions import watched_by
from payments.models import Attempt, Payment, Payout, PayoutItem, Refund, SettlementBatch
from payments.services.charging import look_up_due
from payments.services.reconciliation import import_due_statements
from payments.services.refunding import look_up_due_refunds
from payments.services.settlement import claim_batch, live_rail
from payments.services.submission import GIVEN_UP_AFTER, advance_batches
from people.models import Party
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import (
    Someone,
    new_business,
    new_key,
    new_payer,
    prove_the_books,
    raise_limits,
    work,
)
from tests.payments.refund_cast import give_back
from tests.payments.settlement_cast import SHOPS_BANK, executions, next_day, sell

logger = logging.getLogger(__name__)

pytestmark = pytest.mark.django_db(transaction=True)

AMOUNT = 40_00


class Died(BaseException):
    """The process is gone; nothing catches this."""


@dataclass
class Deaths:
    """Counts the boundaries, and dies once at the one that is wanted."""

    wanted: int = 0
    met: list[str] = field(default_factory=list)

    def meet(self, boundary: str, name: str) -> None:
        self.met.append(f"{boundary} {name}")
        if len(self.met) == self.wanted:
            raise Died(self.met[-1])


@contextmanager
def dying(deaths: Deaths) -> Iterator[None]:
    """Let the lines inside meet their boundaries: of each transaction, and of each call."""

    def watched_call(method: str, url: str, **more: Any) -> Any:
        deaths.meet("asking", method)
        answer = call(method, url, **more)
        deaths.meet("answered", method)
        return answer

    with pytest.MonkeyPatch.context() as patch, watched_by(deaths.meet):
        patch.setattr("payments.rails.simulator.call", watched_call)
        yield


def until_done(step: Callable[[], Any]) -> Any:
    """Do something again when its process died, as a client and the next process do."""
    while True:
        try:
            return step()
        except Died:
            let_leases_end()


def let_leases_end() -> None:
    """Let the time pass after which others take over."""
    over = wall_now() - timedelta(seconds=1)
    Duty.objects.filter(done_at__isnull=True).update(due_at=over, leased_until=None)


def take_up() -> None:
    """Do all that the clock does about what was left unfinished, until the statements are in."""
    for _ in range(3):
        until_done(work)
        Attempt.objects.filter(look_up_at__isnull=False).update(look_up_at=wall_now())
        until_done(look_up_due)
        until_done(look_up_due_refunds)


def let_days_pass() -> None:
    for _ in range(6):
        next_day()
    import_due_statements(moment=business_now())


@dataclass
class Scene:
    """Somebody pays Bruno or a shop, at banks of this test."""

    bank: Simulator
    ana: Someone
    bruno: Someone
    padaria: Party


@pytest.fixture
def scene(fresh_brazil: Simulator) -> Scene:
    raise_limits()
    ana, bruno = new_payer(fresh_brazil, "Ana"), new_payer(fresh_brazil, "Bruno")
    return Scene(fresh_brazil, ana, bruno, new_business(fresh_brazil))


def moved(scene: Scene, instruction: str) -> int:
    """Return how often banks executed an instruction."""
    found = scene.bank.client.get("/oracle?limit=5000", headers={"X-Oracle": "yes"}).json()
    return sum(1 for each in found["executions"] if each["instruction_id"] == instruction)


def pay_bruno(scene: Scene, deaths: Deaths) -> None:
    quote = scene.ana.quote({"party": scene.bruno.party}, AMOUNT).json()
    key = new_key()
    with dying(deaths):
        answer = until_done(lambda: scene.ana.approve(quote, key=key))
        assert answer.status_code == 201, answer.json()
        take_up()
    payment = Payment.objects.get(quote__public_id=quote["id"])
    assert answer.json()["id"] == payment.public_id
    if payment.state not in {"completed", "failed"}:
        let_days_pass()
        payment.refresh_from_db()
    name = payment.public_id.removeprefix("pay_")
    ends = {"completed": (1, 1), "failed": (0, 0), "returned": (1, 0)}
    assert (moved(scene, f"{name}-D"), moved(scene, f"{name}-C")) == ends[payment.state]


def give_money_back(scene: Scene, deaths: Deaths) -> None:
    payment = sell(scene.padaria, scene.ana, AMOUNT)
    refunds = Refund.objects.filter(payment__public_id=payment)
    with dying(deaths):
        until_done(lambda: refunds.exists() or give_back(scene.padaria, payment))
        take_up()
    refund = refunds.get()
    if refund.state not in {"completed", "failed"}:
        let_days_pass()
        refund.refresh_from_db()
    instruction = Attempt.objects.get(leg__refund=refund).instruction_id
    assert moved(scene, instruction) == {"completed": 1}.get(refund.state, 0)
    assert refund.state in {"completed", "failed", "unknown", "needs_other_way"}


def settle_the_day(scene: Scene, deaths: Deaths) -> None:
    sold = {sell(scene.padaria, scene.ana, AMOUNT) for _ in range(2)}
    terms, cutoff = live_rail(bank=SHOPS_BANK).pk, business_now()
    with dying(deaths):
        until_done(lambda: claim_batch(rail_id=terms, cutoff_at=cutoff))
        for _ in range(4):
            until_done(advance_batches)
            long_ago = wall_now() - GIVEN_UP_AFTER - timedelta(seconds=1)
            SettlementBatch.objects.filter(state="submitting").update(asked_at=long_ago)
            SettlementBatch.objects.filter(next_look_up_at__isnull=False).update(
                next_look_up_at=long_ago
            )
    items = PayoutItem.objects.filter(payment__public_id__in=sold)
    assert items.count() == len(sold)
    let_days_pass()
    payout = Payout.objects.get(pk__in=items.values("payout"))
    assert executions(scene.bank, payout) == {"settled": 1}.get(payout.state, 0)


@pytest.mark.parametrize(
    "verb",
    [
        pytest.param(pay_bruno, marks=pytest.mark.long),
        give_money_back,
        pytest.param(settle_the_day, marks=pytest.mark.long),
    ],
)
def test_dying_at_each_boundary_ends_the_same(
    scene: Scene, verb: Callable[[Scene, Deaths], None]
) -> None:
    nobody_dies = Deaths()
    verb(scene, nobody_dies)
    assert len(nobody_dies.met) > 10
    for wanted in range(1, len(nobody_dies.met) + 1):
        deaths = Deaths(wanted)
        verb(scene, deaths)
        # It went the same way until it died, and then went on.
        assert deaths.met[:wanted] == nobody_dies.met[:wanted]
        assert len(deaths.met) > wanted or wanted == len(nobody_dies.met)
    logger.info("%s: %s boundaries", verb.__name__, len(nobody_dies.met))
    prove_the_books()

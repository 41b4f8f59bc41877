"""A closed shop is paid nothing, of whatever way; what was accepted before goes on."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from config import subscriptions
from core.clock import business_now
from core.errors import StateConflict
from core.events import subscribe
from core.transactions import owns_block
from merchants.models import Shop
from merchants.services.closing import close_shop, reopen_shop
from payments.models import Payment
from people.models import Party
from people.services.parties import close_business
from tests.bank_simulator.harness import Simulator
from tests.front.serving import wait_until
from tests.merchants.cast import Caller, new_paid_shop
from tests.merchants.test_desk_raced import somebody_waits
from tests.payments.cast import Someone, new_payer, raise_limits, state_of, work
from tests.payments.settlement_cast import cutoff, payout_states

CLOSED = "This shop has closed and takes no money. Nothing was moved."
InThreads = Callable[..., list[Any]]


@pytest.fixture
def payer(brazil: Simulator) -> Someone:
    """Ana, who pays from her bank."""
    return new_payer(brazil, "Ana")


def to(shop: Shop) -> dict[str, str]:
    return {"party": shop.party.public_id}


def said(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


@pytest.mark.django_db
def test_nobody_pays_a_closed_shop_of_their_own_accord(
    bakery: Shop, ze: Caller, payer: Someone
) -> None:
    before = payer.quote(to(bakery), 10_00).json()
    assert before["refusal"] is None
    close_shop(shop_id=bakery.pk, actor=ze.person)
    refused = payer.approve(before)
    assert said(refused) == (409, "payee_unavailable")
    assert refused.json()["detail"] == CLOSED
    after = payer.quote(to(bakery), 10_00)
    assert (after.status_code, after.json()["refusal"]["code"]) == (201, "payee_unavailable")
    assert after.json()["refusal"]["detail"] == CLOSED
    assert said(payer.approve(after.json())) == (409, "payee_unavailable")
    assert Payment.objects.count() == 0
    reopen_shop(shop_id=bakery.pk, actor=ze.person)
    assert said(payer.approve(before)) == (201, "")
    assert payer.quote(to(bakery), 10_00).json()["refusal"] is None


@pytest.mark.django_db
def test_the_party_closes_and_opens_with_its_shop(bakery: Shop, ze: Caller) -> None:
    for step, is_closed in ((close_shop, True), (close_shop, True), (reopen_shop, False)):
        shop = step(shop_id=bakery.pk, actor=ze.person)
        party = Party.objects.get(pk=bakery.party_id)
        assert party.closed_at == shop.closed_at
        assert (party.closed_at is not None) is is_closed


@pytest.mark.django_db
def test_what_was_accepted_before_goes_on_and_is_paid_out(
    fresh_brazil: Simulator, ze: Caller
) -> None:
    ana, bakery = new_payer(fresh_brazil, "Ana"), new_paid_shop(fresh_brazil, ze.person)
    paid = ana.pay(to(bakery), 10_00).json()["id"]

    def in_the_way() -> object:
        with pytest.raises(StateConflict) as refused:
            close_shop(shop_id=bakery.pk, actor=ze.person)
        return refused.value.extra["obstacles"]

    assert in_the_way() == ["payments"]
    work()
    assert state_of(paid) == "completed"
    assert in_the_way() == ["owed"]
    assert payout_states(cutoff()) == ["settled"]
    close_shop(shop_id=bakery.pk, actor=ze.person)


@pytest.mark.django_db(transaction=True)
def test_a_payment_beside_a_closing_waits_and_is_refused(
    bakery: Shop, payer: Someone, in_threads: InThreads
) -> None:
    quote = payer.quote(to(bakery), 10_00).json()
    is_held = threading.Event()

    def close() -> None:
        with owns_block():
            close_business(party_id=bakery.party_id, moment=business_now())
            is_held.set()
            wait_until(somebody_waits, seconds=20)

    def pay() -> tuple[int, str]:
        assert is_held.wait(20)
        return said(payer.approve(quote))

    assert in_threads(close, pay) == [None, (409, "payee_unavailable")]
    assert Payment.objects.count() == 0


@pytest.fixture
def half_way() -> Iterator[threading.Event]:
    """Let each payment stop, written and not committed, until somebody waits for it."""
    reached = threading.Event()

    def stop(payment_id: str) -> None:
        reached.set()
        wait_until(somebody_waits, seconds=20)

    heard = subscriptions.TOGETHER["payment.authorized"]
    together = subscriptions.TOGETHER | {"payment.authorized": [*heard, stop]}
    subscribe(together, subscriptions.AFTERWARDS)
    yield reached
    subscribe(subscriptions.TOGETHER, subscriptions.AFTERWARDS)


@pytest.mark.django_db(transaction=True)
def test_a_closing_beside_a_payment_waits_and_sees_it(
    bakery: Shop, ze: Caller, payer: Someone, in_threads: InThreads, half_way: threading.Event
) -> None:
    """It has looked before the payment was committed, and looks again after it has waited."""
    quote = payer.quote(to(bakery), 10_00).json()

    def close() -> Any:
        assert half_way.wait(20)
        return close_shop(shop_id=bakery.pk, actor=ze.person)

    paid, refused = in_threads(lambda: payer.approve(quote), close)
    assert said(paid) == (201, "")
    assert isinstance(refused, StateConflict)
    assert refused.extra["obstacles"] == ["payments"]
    bakery.refresh_from_db()
    assert (bakery.closed_at, bakery.is_open, bakery.party.closed_at) == (None, True, None)
    work()
    assert state_of(paid.json()["id"]) == "completed"


@pytest.mark.django_db(transaction=True)
def test_many_payments_and_a_closing_at_once(
    brazil: Simulator, bakery: Shop, ze: Caller, in_threads: InThreads
) -> None:
    """Whoever is first: either nobody has paid and it is closed, or it is open."""
    raise_limits()
    payers = [new_payer(brazil, f"Ana {number}") for number in range(4)]
    offers = [(each, each.quote(to(bakery), 1_00).json()) for each in payers for _ in range(3)]
    works = [lambda one=one, offer=offer: said(one.approve(offer)) for one, offer in offers]
    *paid, closed = in_threads(*works, lambda: close_shop(shop_id=bakery.pk, actor=ze.person))
    made = paid.count((201, ""))
    assert made + paid.count((409, "payee_unavailable")) == len(offers)
    assert Payment.objects.count() == made
    bakery.refresh_from_db()
    assert isinstance(closed, StateConflict) == (bakery.closed_at is None) == (made > 0)


@pytest.mark.django_db
def test_a_person_never_closes(payer: Someone) -> None:
    with pytest.raises(Exception, match="people_party_only_a_business_closes"), owns_block():
        close_business(party_id=payer.party_id, moment=business_now())
    with connection.cursor() as cursor:
        cursor.execute("SELECT closed_at FROM people_party WHERE id = %s", [payer.party_id])
        assert cursor.fetchone() == (None,)

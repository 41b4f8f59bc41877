"""What a shop is told while its bank, or an order, keeps its payouts waiting."""

from typing import Any

import pytest

from merchants.models import Shop
from payments.enums import BankWork
from payments.models import Bank, BankTrouble
from payments.services.health import note_probe
from tests.merchants import cast as consumers
from tests.payments.cast import BANKS
from tests.payments.test_holds_in_flight import lift, stop
from tests.portal import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def counter(brazil: Any) -> tuple[cast.Clerk, Shop]:
    """Zé at his portal, and a bakery that is paid out to."""
    person = cast.hire("Zé")
    shop = consumers.new_paid_shop(brazil, person)
    return cast.signed_in(person), shop


def titles(owner: cast.Clerk) -> list[str]:
    return [each["title"] for each in owner.get("/notices").context["portal"]["notices"]]


def goes_down() -> None:
    for _ in range(3):
        note_probe(bank=BANKS[1], is_good=False, error="no answer")


def comes_back() -> None:
    for _ in range(2):
        note_probe(bank=BANKS[1], is_good=True)


def test_a_bank_that_does_not_answer_is_told_until_it_does(owner: cast.Clerk) -> None:
    name = Bank.objects.get(slug=BANKS[1]).name
    assert titles(owner) == []
    goes_down()
    assert f"{name} does not answer" in titles(owner)
    page = owner.body("/notices")
    assert "Payouts to this bank wait" in page
    assert "Since" in page
    comes_back()
    assert f"{name} does not answer" not in titles(owner)
    assert 'hx-trigger="opened from:body, every 30s"' in owner.body("/")


def test_work_that_fails_is_told_in_milder_words(owner: cast.Clerk, shop: Shop) -> None:
    bank = Bank.objects.get(slug=BANKS[1])
    facts = {"bank": bank, "error": "x", "since_at": shop.created_at, "last_at": shop.created_at}
    BankTrouble.objects.create(work=BankWork.STATEMENT, **facts)
    assert titles(owner) == []
    BankTrouble.objects.create(work=BankWork.CLAIM, **facts)
    assert titles(owner) == [f"Some work with {bank.name} fails at the moment"]


def test_an_order_that_stops_everything_is_told_first(owner: cast.Clerk) -> None:
    goes_down()
    hold = stop("stop_all")
    assert "Payouts are stopped by an order of an authority" in titles(owner)
    lift(hold)
    assert "Payouts are stopped by an order of an authority" not in titles(owner)


def test_other_shops_are_told_nothing_of_it(stranger: cast.Clerk, owner: cast.Clerk) -> None:
    goes_down()
    assert not any("does not answer" in each for each in titles(stranger))


@pytest.fixture
def planned() -> None:
    """Nothing: Brazil is open already."""

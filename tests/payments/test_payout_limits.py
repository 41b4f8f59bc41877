"""A bank's limit for one payout: what is above it is divided, or seen by staff."""

import pytest

from payments.enums import EntryKind
from payments.models import AgreementRail, PayableEntry, Payout, TooLarge
from payments.queries.queues import too_large
from payments.services.dispute_decisions import decide_dispute
from people.models import Party
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import Someone, new_business, new_payer, new_staff, prove_the_books
from tests.payments.dispute_cast import NOT_ME, dispute
from tests.payments.settlement_cast import SHOPS_BANK, cutoff, held, next_day, sell

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(fresh_brazil: Simulator) -> Someone:
    return new_payer(fresh_brazil, "Ana")


@pytest.fixture
def padaria(fresh_brazil: Simulator) -> Party:
    return new_business(fresh_brazil)


def limit(amount_minor: int | None) -> None:
    rails = AgreementRail.objects.filter(agreement__bank__slug=SHOPS_BANK)
    rails.update(instruction_limit_minor=amount_minor)


def paid() -> list[int]:
    return list(Payout.objects.order_by("id").values_list("net_minor", flat=True))


def test_what_disputes_let_go_of_is_divided_within_the_limit(ana: Someone, padaria: Party) -> None:
    """Nothing is sold any more: three entries, each within the limit, and together above it."""
    sold = [sell(padaria, ana, 40_00) for _ in range(3)]
    opened = [dispute(ana, each, **NOT_ME)["id"] for each in sold]
    cutoff()
    next_day()
    for each in opened:
        decide_dispute(staff=new_staff("x"), dispute_id=each, outcome="won", reason="x")
    limit(80_00)
    cutoff()
    assert paid() == [78_40, 39_20]
    assert (held("payable", padaria), TooLarge.objects.count()) == (0, 0)
    prove_the_books()


def test_one_that_is_above_the_limit_by_itself_waits_where_staff_see_it(
    ana: Someone, padaria: Party
) -> None:
    big = sell(padaria, ana, 90_00)
    sell(padaria, ana, 40_00)
    limit(80_00)
    cutoff()
    assert (paid(), held("payable", padaria)) == ([39_20], 88_21)
    row = TooLarge.objects.get()
    assert (row.reference, row.amount_minor, row.limit_minor) == (big, 88_21, 80_00)
    since = too_large().read()
    next_day()
    cutoff()
    assert too_large().read() == since  # As old as it is.
    limit(None)
    next_day()
    cutoff()
    assert (paid(), too_large().count, held("payable", padaria)) == ([39_20, 88_21], 0, 0)
    prove_the_books()


def test_an_entry_above_the_limit_is_seen_too(ana: Someone, padaria: Party) -> None:
    sold = sell(padaria, ana, 90_00)
    opened = dispute(ana, sold, **NOT_ME)
    cutoff()
    next_day()
    decide_dispute(staff=new_staff("x"), dispute_id=opened["id"], outcome="won", reason="x")
    limit(80_00)
    cutoff()
    entry = PayableEntry.objects.get(kind=EntryKind.RELEASE)
    waits = TooLarge.objects.filter(entry__isnull=False)
    assert (paid(), waits.get().reference) == ([], entry.public_id)
    prove_the_books()

"""What fails with one bank is told to staff, with its last error; proofs count on from old ones."""

from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from core.clock import business_now
from core.transactions import owns_block
from payments.models import (
    Bank,
    BankTrouble,
    DayProof,
    Notification,
    NotifiedEntry,
    Payout,
    Statement,
)
from payments.queries.queues import bank_troubles
from payments.services.evidence import import_notifications
from payments.services.proving import (
    LONGEST_BOOKING,
    NOTHING_KNOWN,
    count_books,
    known_before,
    prove_day,
)
from payments.services.reconciliation import import_due_statements
from tests.bank_simulator.harness import Simulator
from tests.payments.camt import entry, notification, part
from tests.payments.cast import new_business, new_payer, prove_the_books
from tests.payments.settlement_cast import (
    SHOPS_BANK,
    cutoff,
    fault,
    heal,
    local_day,
    next_day,
    sell,
)
from tests.payments.statement_cast import cash

pytestmark = pytest.mark.django_db


def troubles() -> list[tuple[str, str, str, int]]:
    rows = BankTrouble.objects.order_by("bank__slug", "work")
    return list(rows.values_list("bank__slug", "work", "error", "times"))


def test_a_bank_that_does_not_answer_is_shown_until_it_does(fresh_brazil: Simulator) -> None:
    next_day()
    fault(fresh_brazil, "unavailable", direction="statement")
    for _ in range(2):
        import_due_statements(moment=business_now())
    assert troubles() == [
        (SHOPS_BANK, "statement", "The bank does not answer: http_503", 2),
    ]
    assert bank_troubles().count == 1
    heal(fresh_brazil)
    import_due_statements(moment=business_now())
    assert troubles() == []


@pytest.fixture
def outbox(fresh_brazil: Simulator, tmp_path: Path, settings: Settings) -> Path:
    """The folder in which the shops' bank lays its papers from now on."""
    for each in ("in", "out"):
        (tmp_path / SHOPS_BANK / each).mkdir(parents=True)
    settings.TROCO_BANK_FOLDERS = {SHOPS_BANK: str(tmp_path)}
    Bank.objects.filter(slug=SHOPS_BANK).update(rail="iso20022")
    return tmp_path / SHOPS_BANK / "out"


def test_a_notification_in_a_folder_counts_once_and_only_when_it_is_whole(
    fresh_brazil: Simulator, outbox: Path
) -> None:
    ana, padaria = new_payer(fresh_brazil, "Ana"), new_business(fresh_brazil)
    sell(padaria, ana, 40_00)
    batch = cutoff()
    payout = Payout.objects.get(batch=batch)
    Payout.objects.filter(pk=payout.pk).update(state="unknown")
    told = entry(part(payout.public_id), cash(payout.net_minor), "DBIT", day=local_day())
    content = notification(told)
    (outbox / "n.xml").write_bytes(content[:-40])
    (outbox / ".m.xml").write_bytes(content)
    assert import_notifications(bank=SHOPS_BANK) == 0
    (outbox / "n.xml").write_bytes(content)
    assert import_notifications(bank=SHOPS_BANK) == 1
    (outbox / "n-again.xml").write_bytes(content)
    assert import_notifications(bank=SHOPS_BANK) == 0
    (outbox / "o.xml").write_bytes(notification(told, reference="n-2"))
    assert import_notifications(bank=SHOPS_BANK) == 1
    evidence = NotifiedEntry.objects.order_by("id").values_list("evidence", flat=True)
    assert (list(evidence), Notification.objects.count()) == (["told", "known"], 2)
    payout.refresh_from_db()
    assert payout.state == "settled"


def test_a_proof_counts_on_from_a_day_long_proven_and_comes_to_the_same(
    fresh_brazil: Simulator,
) -> None:
    ana, padaria = new_payer(fresh_brazil, "Ana"), new_business(fresh_brazil)
    sell(padaria, ana, 40_00)
    cutoff()
    next_day()
    import_due_statements(moment=business_now())
    long_ago = LONGEST_BOOKING + timedelta(days=2)
    DayProof.objects.update(made_at=business_now() - long_ago)
    sell(padaria, ana, 30_00)
    cutoff()
    for _ in range(12):
        next_day()
    sell(padaria, ana, 20_00)
    cutoff()
    next_day()
    import_due_statements(moment=business_now())
    newest = Statement.objects.filter(bank__slug=SHOPS_BANK).order_by("-date").first()
    assert newest is not None
    known = known_before(newest)
    assert (known.minor, known.after_seq > 0, known.seq > known.after_seq) == (-68_60, True, True)
    with owns_block():
        assert count_books(statement=newest, known=known) == count_books(
            statement=newest, known=NOTHING_KNOWN
        )
    assert prove_day(statement_id=newest.public_id).is_proven
    prove_the_books()

"""A paid day at the shops' bank, and statements about it, true or not, written by hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction

from payments.models import Bank, Payout, SettlementBatch, StatementLine
from payments.queries.settlement import proof_of
from payments.rails.camt053 import read_statement
from payments.services.reconciliation import finish_statement
from payments.services.storing import store_statement
from tests.bank_simulator.harness import Simulator
from tests.payments.camt import entry, part, statement
from tests.payments.cast import new_business, new_payer
from tests.payments.settlement_cast import SHOPS_BANK, cutoff, local_day, sell


@dataclass(frozen=True)
class PaidDay:
    """Two shops were paid, in one batch; nothing else moved at their bank."""

    day: date
    batch: SettlementBatch
    first: Payout
    second: Payout

    @property
    def total(self) -> int:
        return self.first.net_minor + self.second.net_minor


def paid_day(simulator: Simulator) -> PaidDay:
    """Let two shops sell, and pay them out."""
    ana = new_payer(simulator, "Ana")
    for amount_minor in (40_00, 25_50):
        sell(new_business(simulator), ana, amount_minor)
    day, batch = local_day(), cutoff()
    first, second = Payout.objects.filter(batch=batch).order_by("id")
    assert (first.state, second.state) == ("settled", "settled")
    return PaidDay(day, batch, first, second)


def cash(amount_minor: int) -> str:
    return f"{amount_minor // 100}.{amount_minor % 100:02d}"


def went(payout: Payout, reference: str, *, more: int = 0, marks: str = "") -> str:
    """The entry of a payout that went out."""
    paid = cash(payout.net_minor + more)
    return entry(part(payout.public_id), paid, "DBIT", reference=reference, marks=marks)


def came(amount_minor: int, reference: str, *, inside: str = "", name: str = "") -> str:
    """An entry of money that came in."""
    return entry(part(name, inside=inside), cash(amount_minor), reference=reference)


def take_in(
    paid: PaidDay, entries: str, moved: int, *, opening: int = 0, later: int = 0, number: int = 4
) -> str:
    """Import a statement of the paid day, or of one ``later``; the statement's public id.

    The entries are booked on their own statement's day, but for what says so itself.
    """
    day = paid.day + timedelta(days=later)
    content = statement(
        entries.replace("2026-11-23", str(day)).replace("PAID-DAY", str(paid.day)),
        balances=(opening, opening + moved),
        day=day,
        number=number + later,
    )
    bank = Bank.objects.get(slug=SHOPS_BANK)
    statement_id = store_statement(bank_id=bank.pk, file=read_statement(content))
    finish_statement(statement_id=statement_id)
    return statement_id


def told(statement_id: str) -> list[str]:
    """What became of a statement's lines and their parts, and the note at it."""
    rows = StatementLine.objects.filter(statement__public_id=statement_id)
    return [
        " ".join(filter(None, (line.state, line.resolution, line.note)))
        for line in rows.order_by("position", "part")
    ]


def differences(day: date) -> list[tuple[str, int]]:
    """The kinds of a day's differences, and what each does to the sum."""
    proof = proof_of(SHOPS_BANK, day)
    assert proof is not None
    found = [(str(each["kind"]), int(str(each["effect_minor"]))) for each in proof.differences]
    gap = proof.bank_closing.amount_minor - proof.books.amount_minor
    assert sum(effect for _, effect in found) == gap
    assert proof.is_proven == (found == [])
    return found


@contextmanager
def undone() -> Iterator[None]:
    """Forget afterwards what was done inside."""
    with transaction.atomic():
        point = transaction.savepoint()
        try:
            yield
        finally:
            transaction.savepoint_rollback(point)

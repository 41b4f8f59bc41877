"""The books against a plain model: whatever is posted, both say the same."""

from dataclasses import dataclass, field

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payments import ledger
from payments.enums import LedgerKind, TransferKind
from payments.ledger import InsufficientFunds, Line, Owned
from payments.models import LedgerTransfer
from payments.services.checking import run_checks
from tests.payments.test_ledger_post import NOW, brl

pytestmark = pytest.mark.django_db

ACCOUNTS = (
    Owned(LedgerKind.BANK_CLEARING, bank="bank-a"),
    Owned(LedgerKind.BANK_CLEARING, bank="bank-b"),
    Owned(LedgerKind.IN_FLIGHT, 1),
    Owned(LedgerKind.IN_FLIGHT, 2),
    Owned(LedgerKind.PAYABLE, 3),
    Owned(LedgerKind.BALANCE, 1),
    Owned(LedgerKind.FEE_INCOME),
)
KINDS = tuple(TransferKind)


@dataclass
class Model:
    """What the books should say, as simply as it can be said."""

    balances: dict[Owned, int] = field(default_factory=lambda: dict.fromkeys(ACCOUNTS, 0))
    posted: dict[tuple[str, str], tuple[Owned, Owned, int]] = field(default_factory=dict)

    def post(self, fact: str, lines: list[Line]) -> bool:
        """Apply a journal, or say that a floor refuses it."""
        after = dict(self.balances)
        for line in lines:
            if (fact, line.kind) in self.posted:
                continue
            after[line.debit] -= line.amount.amount_minor
            after[line.credit] += line.amount.amount_minor
            if self._is_below(line.debit, after, lines):
                return False
        self.balances = after
        for line in lines:
            made = (line.debit, line.credit, line.amount.amount_minor)
            self.posted.setdefault((fact, line.kind), made)
        return True

    @staticmethod
    def _is_below(owned: Owned, after: dict[Owned, int], lines: list[Line]) -> bool:
        """A busy account may dip within a journal that puts in at least what it takes out."""
        shape = ledger.CHART[owned.kind]
        if shape.floor is None:
            return False
        if shape.takes_inbox:
            net = sum(
                line.amount.amount_minor * ((line.credit == owned) - (line.debit == owned))
                for line in lines
            )
            if net >= 0:
                return False
        return after[owned] < shape.floor


@st.composite
def journals(draw: st.DrawFn) -> tuple[str, list[Line]]:
    fact = f"pay_{draw(st.integers(0, 5))}"
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=4, unique=True))
    lines = []
    for kind in kinds:
        debit, credit = draw(st.permutations(ACCOUNTS))[:2]
        lines.append(Line(kind, debit, credit, brl(draw(st.integers(1, 200)))))
    return fact, lines


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(journals(), min_size=1, max_size=12), st.data())
def test_the_books_agree_with_the_model(
    plan: list[tuple[str, list[Line]]], data: st.DataObject
) -> None:
    with transaction.atomic():
        model = Model()
        for fact, lines in plan:
            fresh = [line for line in lines if (fact, line.kind) not in model.posted]
            if not fresh:
                continue
            expected = model.post(fact, fresh)
            assert _post(fact, fresh) is expected
            if data.draw(st.booleans()):
                assert _post(fact, fresh) is True or not expected
        ids = ledger.accounts(list(ACCOUNTS), "BRL")
        if data.draw(st.booleans()):
            for each in ids:
                ledger.fold(each)
        read = [ledger.read_balance(each).amount_minor for each in ids]
        assert read == [model.balances[each] for each in ACCOUNTS]
        assert LedgerTransfer.objects.count() == len(model.posted)
        assert [each.check.name for each in run_checks() if each.offenders] == []
        transaction.set_rollback(True)


def _post(fact: str, lines: list[Line]) -> bool:
    try:
        with transaction.atomic():
            ledger.post_journal(fact, lines, NOW)
    except InsufficientFunds:
        return False
    return True

"""Refunds and what they leave, in short words."""

import itertools
from typing import Any

from core.money import Money
from core.transactions import owns_block
from payments.enums import RefundOrigin
from payments.models import Attempt, LedgerTransfer, Payment, Refund, RefundMove
from payments.services.refunds import Asker, RefundWish, ask_refund
from people.models import Party, Person
from tests.bank_simulator.harness import Simulator

_numbers = itertools.count(1)


def wish(payment: str, amount_minor: int | None = None, **more: Any) -> RefundWish:
    amount = None if amount_minor is None else Money(amount_minor, more.pop("currency", "BRL"))
    facts = {"reason": "customer_asked", "note": "", "key": f"wish-{next(_numbers)}"} | more
    return RefundWish(payment, amount, **facts)


def give_back(
    shop: Party,
    payment: str,
    amount_minor: int | None = None,
    *,
    person: Person | None = None,
    **more: Any,
) -> Refund:
    """Let a shop refund, as its portal does."""
    by = Asker(RefundOrigin.SELLER, person, shop.id)
    with owns_block():
        return ask_refund(wish=wish(payment, amount_minor, **more), by=by)


def refund_states() -> list[str]:
    return list(Refund.objects.order_by("id").values_list("state", flat=True))


def walked(refund: Refund) -> list[str]:
    rows = RefundMove.objects.filter(refund=refund).order_by("position")
    return list(rows.values_list("to_state", flat=True))


def lines_of(reference: str) -> list[tuple[str, int]]:
    rows = LedgerTransfer.objects.filter(payment_ref=reference).order_by("seq")
    return list(rows.values_list("kind", "amount_minor"))


def counts(payment: str) -> tuple[int, int, int]:
    """Return what is under way, what is done, and the fee that goes with both."""
    found = Payment.objects.get(public_id=payment)
    return found.refunding_minor, found.refunded_minor, found.fee_refunded_minor


def executions_of(simulator: Simulator, bank: str, refund: Refund) -> int:
    instruction = Attempt.objects.get(leg__refund=refund).instruction_id
    found = simulator.oracle(bank)["executions"]
    return sum(1 for each in found if each["instruction_id"] == instruction)

"""Both sides' books, held against each other when the day is over.

The oracle says what the banks truly executed, the product what it believes and what it told
people. Each question of the programme is one function that returns what is wrong, by name.
"""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Sum

from payments.models import (
    Attempt,
    Breaker,
    BreakerMove,
    DayProof,
    Payment,
    Payout,
    PayoutAccount,
    Refund,
    SettlementBatch,
    Statement,
    StatementLine,
)
from payments.services.checking import run_checks
from people.models import Party
from tests.payments.fault_behaviours import BOTH
from tests.payments.fault_day import Day
from tests.payments.settlement_cast import clearing, held

_THROUGH = {"completed", "partially_refunded", "refunded"}
_OVER = _THROUGH | {"failed", "cancelled", "returned"}
_UNPAID_PAYOUTS = {"rejected", "not_executed", "reissued"}


@dataclass(frozen=True)
class Truth:
    """What the banks executed: how often each instruction, and what each bank holds for us."""

    times: Counter[str]
    held_minor: dict[str, int]
    paid_to: Counter[str]


def read_truth(day: Day) -> Truth:
    times: Counter[str] = Counter()
    held_minor: dict[str, int] = {}
    paid_to: Counter[str] = Counter()
    for bank in BOTH:
        oracle = day.simulator.oracle(bank)
        held_minor[bank] = oracle["balances"]["clearing"]
        for each in oracle["executions"]:
            times[each["instruction_id"] or each["end_to_end_id"]] += 1
            if each["kind"] == "payout":
                paid_to[each["account"]] += each["amount_minor"]
    return Truth(times, held_minor, paid_to)


def violations(day: Day) -> dict[str, list[str]]:
    """Return what is wrong, by the question; nothing when all is well."""
    truth = read_truth(day)
    found = {
        "executed twice": [name for name, count in truth.times.items() if count > 1],
        "told otherwise than executed": list(_told_otherwise(truth)),
        "settled and refunded": list(_settled_and_refunded(truth)),
        "unknown after the statement": list(_still_open()),
        "ledger differs from the oracle": list(_ledger_differs(day, truth)),
        "unexplained on a statement": list(_unexplained()),
        "calls heard or refused wrongly": day.banks.mailbox.wrong,
        "breakers": list(_breakers(day)),
        "invariants": [
            f"{each.check.name}: {each.offenders}" for each in run_checks() if each.offenders
        ],
    }
    return {question: wrong for question, wrong in found.items() if wrong}


def _told_otherwise(truth: Truth) -> list[str]:
    """Compare what each leg, refund and payout says with what its bank did."""
    wrong = []
    attempts = Attempt.objects.select_related("leg__payment", "leg__refund")
    for attempt in attempts:
        is_executed = truth.times[attempt.instruction_id] > 0
        if is_executed != (attempt.leg.state == "executed"):
            wrong.append(f"{attempt.instruction_id} {attempt.leg.state}")
        refund = attempt.leg.refund
        if refund is not None and is_executed != (refund.state == "completed"):
            wrong.append(f"{refund.public_id} {refund.state}")
    for payment in Payment.objects.prefetch_related("legs__attempt"):
        done = {leg.kind for leg in payment.legs.all() if leg.state == "executed"}
        is_gone = "debit" in done and "return" not in done
        if is_gone != (payment.state in _THROUGH):
            wrong.append(f"{payment.public_id} {payment.state} {sorted(done)}")
    wrong += [
        f"{each.public_id} {each.state}"
        for each in Payout.objects.all()
        if (truth.times[each.public_id] > 0) != (each.state == "settled")
    ]
    return wrong


def _settled_and_refunded(truth: Truth) -> list[str]:
    """A credit and its way back; a shop that has more than its sales less what it gave back."""
    wrong = []
    for payment in Payment.objects.prefetch_related("legs"):
        done = Counter(leg.kind for leg in payment.legs.all() if leg.state == "executed")
        is_twice = any(done[kind] > 1 for kind in ("debit", "credit", "return"))
        if is_twice or (done["credit"] and done["return"]):
            wrong.append(f"{payment.public_id} {done}")
    for account in PayoutAccount.objects.filter(replaced_at__isnull=True):
        shop = Party.objects.get(id=account.party_id)
        sales = Payment.objects.filter(payee_id=shop.id, state__in=_THROUGH)
        sums = sales.aggregate(gross=Sum("amount_minor"), fee=Sum("fee_minor"))
        given = Refund.objects.filter(payment__payee_id=shop.id, state="completed")
        back = given.aggregate(gross=Sum("amount_minor"), fee=Sum("fee_minor"))
        due = (sums["gross"] or 0) - (sums["fee"] or 0) - (back["gross"] or 0) + (back["fee"] or 0)
        has = truth.paid_to[account.token] + held("payable", shop) + held("in_flight", shop)
        if has != due:
            wrong.append(f"{shop.display_name}: due {due}, has or is owed {has}")
    return wrong


def _breakers(day: Day) -> list[str]:
    """Twenty failures in a row open a breaker, and none of them stays open for ever."""
    wrong = sorted(day.unbroken)
    if day.behaviour.breaks and not BreakerMove.objects.filter(to_state="open").exists():
        wrong.append("none has opened")
    return wrong + [str(each) for each in Breaker.objects.exclude(state="closed")]


def _still_open() -> list[str]:
    """Everything must have an end: payments, refunds, payouts, batches."""
    wrong = [f"{each.public_id} {each.state}" for each in Payment.objects.exclude(state__in=_OVER)]
    refunds = Refund.objects.exclude(state__in=["completed", "failed", "declined"])
    wrong += [f"{each.public_id} {each.state}" for each in refunds]
    payouts = Payout.objects.exclude(state__in={"settled", *_UNPAID_PAYOUTS})
    wrong += [f"{each.public_id} {each.state}" for each in payouts]
    batches = SettlementBatch.objects.exclude(state__in=["reconciled", "skipped"])
    return wrong + [f"{each.public_id} {each.state}" for each in batches]


def _ledger_differs(day: Day, truth: Truth) -> list[str]:
    """Hold each bank's clearing account against what the bank has for us."""
    wrong = [
        f"{bank}: the bank has {truth.held_minor[bank]}, the books say {-clearing(bank)}"
        for bank in BOTH
        if truth.held_minor[bank] != -clearing(bank)
    ]
    people = [day.ana.person.party, day.bruno.person.party]
    wrong += [
        f"{party.display_name} has {held('in_flight', party)} in flight"
        for party in people
        if party is not None and held("in_flight", party)
    ]
    return wrong


def _unexplained() -> list[str]:
    """Every line is matched or resolved, and every day's newest statement is proven."""
    lines = StatementLine.objects.filter(state__in=["new", "exception", "suspense"])
    wrong = [f"line {each.pk} {each.state} {each.note}" for each in lines]
    for statement in Statement.objects.order_by("bank_id", "date", "issue"):
        newer = Statement.objects.filter(
            bank=statement.bank_id, date=statement.date, issue__gt=statement.issue
        )
        proof = DayProof.objects.filter(statement=statement).first()
        if not newer.exists() and (proof is None or not proof.is_proven):
            wrong.append(f"{statement} {proof.differences if proof else 'no proof'}")
    return wrong

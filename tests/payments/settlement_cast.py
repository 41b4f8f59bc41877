"""Sales to settle, and short questions about what became of them."""

import itertools
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pytest_django import Settings

from core.clock import business_now
from core.money import Money
from core.transactions import owns_block
from payments import ledger
from payments.models import Payout, SettlementBatch, StatementLine
from payments.services import sandbox
from payments.services.demands import Asked, create_demand
from people.models import Party
from tests.bank_simulator.harness import SECRET, Simulator
from tests.payments.cast import BANKS, SAO_PAULO, Someone, work

PAYERS_BANK, SHOPS_BANK = BANKS
_numbers = itertools.count(1)


def sell(shop: Party, buyer: Someone, amount_minor: int) -> str:
    """Let somebody buy, and the worker charge; the payment's public id."""
    reference = f"ord_{next(_numbers)}"
    with owns_block():
        create_demand(
            kind="order",
            reference=reference,
            asked=Asked(
                payee_id=shop.id,
                payer_id=buyer.party_id,
                amount=Money(amount_minor, "BRL"),
                expires_at=None,
                conversation_ref=None,
            ),
        )
    answer = buyer.pay({"order": reference})
    assert answer.status_code == 201, answer.json()
    work()
    payment: str = answer.json()["id"]
    return payment


def cutoff(bank: str = SHOPS_BANK) -> SettlementBatch:
    """Run a bank's cutoff now and return the batch."""
    run = sandbox.run_cutoff(bank=bank)
    return SettlementBatch.objects.get(public_id=run.batch.public_id)


def next_day() -> datetime:
    """Move time forward by a day, here and at the banks."""
    return sandbox.advance_clock(seconds=24 * 3600)


def local_day() -> date:
    return business_now().astimezone(ZoneInfo(SAO_PAULO)).date()


def fault(simulator: Simulator, name: str, *, bank: str = SHOPS_BANK, **more: Any) -> None:
    answer = simulator.client.post(f"/banks/{bank}/faults", json={"fault": name, **more})
    assert answer.status_code == 201, answer.text


def heal(simulator: Simulator, *, bank: str = SHOPS_BANK) -> None:
    assert simulator.client.delete(f"/banks/{bank}/faults").is_success


def held(kind: str, party: Party) -> int:
    """Return a party's balance of a kind, in minor units."""
    return ledger.read_balance(ledger.account(kind, "BRL", party_id=party.id)).amount_minor


def clearing(bank: str = SHOPS_BANK) -> int:
    return ledger.read_balance(ledger.account("bank_clearing", "BRL", bank_id=bank)).amount_minor


def house(kind: str) -> int:
    """Return the balance of an account of the house, in minor units."""
    return ledger.read_balance(ledger.account(kind, "BRL")).amount_minor


def payout_states(batch: SettlementBatch) -> list[str]:
    rows = Payout.objects.filter(batch=batch).order_by("id")
    return list(rows.values_list("state", flat=True))


def executions(simulator: Simulator, payout: Payout) -> int:
    """Return how often the bank truly executed a payout."""
    found = simulator.oracle(payout.bank.slug)["executions"]
    return sum(1 for each in found if each["end_to_end_id"] == payout.public_id)


def line_states(statement_id: str) -> list[str]:
    rows = StatementLine.objects.filter(statement__public_id=statement_id).order_by("position")
    return list(rows.values_list("state", flat=True))


def point_at(simulator: Simulator, settings: Settings) -> None:
    """Let the product speak to a simulator that has moved to another port."""
    url = str(simulator.client.base_url).rstrip("/")
    settings.TROCO_SIMULATOR_URL = url
    settings.TROCO_SIMULATOR_SECRET = SECRET
    settings.TROCO_HTTP_ALLOWED_ORIGINS = [url]

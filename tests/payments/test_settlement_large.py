"""A hundred thousand payouts: claimed, written, sent, answered and reconciled in flat memory."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from core.clock import business_now
from core.transactions import owns_block
from payments.models import Payout, PayoutAccount, SettlementBatch, StatementLine
from payments.services.batches import approve_batch
from payments.services.files import build_file
from payments.services.reconciliation import import_statement
from payments.services.settlement import claim_batch, live_rail, note_value_date
from payments.services.submission import look_up_batch, submit_batch
from people.models import Party
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import new_business
from tests.payments.settlement_cast import SHOPS_BANK, held

MANY = 100_000
GROSS, FEE = 10_00, 20
MOST_MIB = 64
"""A hundred thousand payouts as objects, with their moves and transfers, take over 500."""

_SHOPS = """
WITH party AS (
    INSERT INTO people_party (public_id, kind, display_name, country, created_at)
    SELECT 'pty_many' || number, 'business', 'Loja ' || number, 'BR', now()
      FROM generate_series(1, %(many)s) AS number
    RETURNING id
)
INSERT INTO payments_payoutaccount
       (public_id, party_id, bank, token, last4, holder_name, verified_at)
SELECT 'acc_many' || id, id, %(bank)s, %(token)s, '1234', 'Loja Ltda', now() FROM party
"""
_SALES = """
INSERT INTO payments_payment
       (public_id, kind, country, payer_id, payee_id, amount_minor, fee_minor, currency, quote_id,
        source_id, proof_id, idempotency_key, state, failure_code, note, limits_taken,
        created_at, completed_at)
SELECT 'pay_many' || party_id, 'purchase', 'BR', 0, party_id, %(gross)s, %(fee)s, 'BRL',
       -party_id, 0, 'many' || party_id, 'many' || party_id, 'completed', '', '', '[]',
       %(moment)s, %(moment)s
  FROM payments_payoutaccount WHERE public_id LIKE 'acc_many%%'
"""
_OWED = """
SELECT ledger_batch_v2(ids, journals, kinds, debits, credits, amounts, 'BRL', refs, now())
  FROM (
    SELECT array_agg(gen_random_uuid()) AS ids, array_agg(gen_random_uuid()) AS journals,
           array_agg('deliver'::text) AS kinds, array_agg(%(clearing)s::bigint) AS debits,
           array_agg(id) AS credits, array_agg(%(net)s::bigint) AS amounts,
           array_agg('many'::text) AS refs
      FROM (SELECT id, row_number() OVER (ORDER BY id) / 1000 AS page
              FROM payments_ledgeraccount WHERE kind = 'payable' AND id > %(after)s) AS owed
     GROUP BY page) AS pages
"""
_OPENED = """
SELECT ledger_accounts_v2(
           array_agg('payable'::text), array_agg(party_id), array_agg(''::text),
           array_agg('BRL'::text), array_agg(0::bigint), array_agg(true))
  FROM (SELECT party_id, row_number() OVER (ORDER BY party_id) / 1000 AS page
          FROM payments_payoutaccount WHERE public_id LIKE 'acc_many%%') AS shops
 GROUP BY page
"""


def make_shops(token: str, many: int) -> None:
    """Open shops that all are owed one sale; they share an account at the bank."""
    with owns_block(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT (ledger_accounts_v2(ARRAY['bank_clearing'], ARRAY[NULL]::bigint[],"
            " ARRAY['banco-ipe'], ARRAY['BRL'], ARRAY[NULL]::bigint[], ARRAY[true]))[1]"
        )
        clearing = cursor.fetchone()[0]
        cursor.execute(_SHOPS, {"many": many, "bank": SHOPS_BANK, "token": token})
        sale: dict[str, Any] = {"gross": GROSS, "fee": FEE, "moment": business_now()}
        cursor.execute(_SALES, sale)
        cursor.execute("SELECT coalesce(max(id), 0) FROM payments_ledgeraccount")
        after = cursor.fetchone()[0]
        cursor.execute(_OPENED)
        cursor.execute(_OWED, {"clearing": clearing, "net": GROSS - FEE, "after": after})
        # Nobody counts the rows (ANALYZE): a day may be over before the statistics know of it.


@contextmanager
def measured(job: str) -> Iterator[None]:
    """Tell how long a job takes and how much memory it needs on top; fail above the bound."""
    Path("/proc/self/clear_refs").write_text("5")  # The kernel counts the peak anew.
    before, began = peak_mib(), time.monotonic()
    yield
    more = peak_mib() - before
    print(f"{job}: {time.monotonic() - began:.1f} s, {more:.0f} MiB more")  # noqa: T201 - A figure.
    assert more < MOST_MIB


def peak_mib() -> float:
    status = Path("/proc/self/status").read_text()
    line = next(each for each in status.splitlines() if each.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def settle(simulator: Simulator, many: int) -> SettlementBatch:
    """Settle a day of many shops with the simulated bank."""
    padaria = new_business(simulator)
    make_shops(PayoutAccount.objects.get(party=padaria).token, many)
    with measured("claim"):
        batch = claim_batch(rail_id=live_rail(bank=SHOPS_BANK).pk, cutoff_at=business_now())
    assert (batch.payout_count, batch.total_minor) == (many, many * (GROSS - FEE))
    approve_batch(batch_id=batch.public_id, staff=None)
    with measured("build"):
        build_file(batch_id=batch.public_id)
    with measured("submit"):
        assert submit_batch(batch_id=batch.public_id) == "submitted"
    with measured("acknowledge"):
        assert look_up_batch(batch_id=batch.public_id) == "acknowledged"
    closed = simulator.client.post(f"/banks/{SHOPS_BANK}/cutoff", json={}, timeout=600).json()
    note_value_date(batch_id=batch.public_id, value_date=closed["date"])
    with measured("hear that all is settled"):
        look_up_batch(batch_id=batch.public_id)
    with measured("reconcile"):
        import_statement(bank=SHOPS_BANK, day=date.fromisoformat(closed["date"]))
    batch.refresh_from_db()
    assert (batch.written_count, batch.answered_count) == (many, many)
    assert StatementLine.objects.filter(state="matched").count() == many
    assert Payout.objects.filter(state="settled").count() == many
    return batch


@pytest.mark.django_db
@pytest.mark.parametrize(
    "many",
    [240, pytest.param(1_200, marks=pytest.mark.long), pytest.param(MANY, marks=pytest.mark.long)],
)
def test_a_day_of_many_shops(fresh_brazil: Simulator, settings: Settings, many: int) -> None:
    settings.TROCO_BANK_TIMEOUT_SECONDS = 120.0
    batch = settle(fresh_brazil, many)
    assert batch.state == "reconciled"
    shop = Party.objects.get(public_id=f"pty_many{many}")
    assert (held("payable", shop), held("in_flight", shop)) == (0, 0)

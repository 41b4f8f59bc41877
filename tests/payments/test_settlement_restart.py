"""A sender that is killed in the middle: what is written says where to go on."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.conf import settings as product

from core.clock import business_now, wall_now
from payments.models import Payout, SettlementBatch
from payments.services.batches import approve_batch
from payments.services.reconciliation import import_due_statements
from payments.services.settlement import claim_batch, live_rail
from payments.services.submission import GIVEN_UP_AFTER, advance_batches
from people.models import Party
from tests.bank_simulator.harness import ROOT, Simulator
from tests.payments.cast import new_business, new_payer
from tests.payments.settlement_cast import (
    SHOPS_BANK,
    cutoff,
    executions,
    fault,
    held,
    next_day,
    payout_states,
    sell,
)

SEND = """
import django
django.setup()
from payments.services.submission import submit_batch
submit_batch(batch_id={batch!r})
"""


def wait_until(question: object, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if question():  # type: ignore[operator]  # A callable of no arguments.
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


def in_submitting(batch: SettlementBatch) -> bool:
    batch.refresh_from_db()
    return batch.state == "submitting"


def start_sender(batch: SettlementBatch, dsn: str) -> "subprocess.Popen[bytes]":
    """Start another process that sends the batch, as a worker does."""
    environment = {
        **os.environ,
        "DATABASE_URL": dsn,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "TROCO_SIMULATOR_URL": product.TROCO_SIMULATOR_URL,
        "TROCO_SIMULATOR_SECRET": product.TROCO_SIMULATOR_SECRET,
    }
    code = SEND.format(batch=batch.public_id)
    return subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment)


def approved_batch(simulator: Simulator) -> tuple[SettlementBatch, Party]:
    ana, padaria = new_payer(simulator, "Ana"), new_business(simulator)
    sell(padaria, ana, 40_00)
    batch = claim_batch(rail_id=live_rail(bank=SHOPS_BANK).pk, cutoff_at=business_now())
    approve_batch(batch_id=batch.public_id, staff=None)
    return batch, padaria


def has_heard(simulator: Simulator, batch: SettlementBatch) -> bool:
    path = f"/banks/{SHOPS_BANK}/batches/{batch.message_id}"
    return simulator.client.get(path).status_code == 200


def kill_sender(batch: SettlementBatch, dsn: str, bank: Simulator | None) -> None:
    """Start a sender and kill it while it waits for the bank, which heard it or is frozen."""
    sender = start_sender(batch, dsn)
    wait_until(lambda: in_submitting(batch))
    if bank is not None:
        wait_until(lambda: has_heard(bank, batch))
    sender.kill()
    assert sender.wait(timeout=10) == -signal.SIGKILL


def let_time_pass(batch: SettlementBatch) -> None:
    """Make the clock process find the lost sender, ask the bank twice, and read statements."""
    rows = SettlementBatch.objects.filter(pk=batch.pk)
    long_ago = wall_now() - GIVEN_UP_AFTER - timedelta(seconds=1)
    rows.update(asked_at=wall_now())
    assert advance_batches() == []
    rows.update(asked_at=long_ago)
    assert advance_batches() == [batch.public_id]
    for _ in range(2):
        rows.update(next_look_up_at=long_ago)
        advance_batches()
        cutoff()
    rows.update(next_look_up_at=None)
    for _ in range(6):
        next_day()
    import_due_statements(moment=business_now())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("bank", ["hears it", "is frozen"])
def test_kill_9_while_the_bank_is_called_sends_nothing_twice(
    fresh_brazil: Simulator, app_role_dsn: str, bank: str
) -> None:
    batch, padaria = approved_batch(fresh_brazil)
    assert fresh_brazil.process is not None
    if bank == "hears it":
        fault(fresh_brazil, "batch_lost_answer", hold_seconds=60)
        kill_sender(batch, app_role_dsn, fresh_brazil)
    else:
        os.kill(fresh_brazil.process.pid, signal.SIGSTOP)
        try:
            kill_sender(batch, app_role_dsn, None)
        finally:
            os.kill(fresh_brazil.process.pid, signal.SIGCONT)
    assert in_submitting(batch)
    assert payout_states(batch) == ["claimed"]
    let_time_pass(batch)
    payout = Payout.objects.get(batch=batch)
    truly = executions(fresh_brazil, payout)
    assert (truly, payout.state) in {(1, "settled"), (0, "not_executed")}
    assert truly == 1 or bank == "is frozen"
    assert held("payable", padaria) == (0 if truly else payout.net_minor)
    assert held("in_flight", padaria) == 0


@pytest.mark.django_db(transaction=True)
def test_kill_9_of_the_bank_leaves_the_batch_to_the_look_up(
    fresh_brazil: Simulator, app_role_dsn: str
) -> None:
    batch, _ = approved_batch(fresh_brazil)
    fault(fresh_brazil, "batch_lost_answer", hold_seconds=60)
    sender = start_sender(batch, app_role_dsn)
    wait_until(lambda: has_heard(fresh_brazil, batch))
    fresh_brazil.kill()
    assert sender.wait(timeout=120) == 0
    batch.refresh_from_db()
    assert batch.state == "unknown"
    assert payout_states(batch) == ["unknown"]

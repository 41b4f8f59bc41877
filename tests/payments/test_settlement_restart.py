"""A sender that is killed in the middle: what is written says where to go on."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.conf import settings as product

from core.clock import business_now
from payments.models import Payout, SettlementBatch
from payments.services.batches import approve_batch
from payments.services.reconciliation import import_due_statements
from payments.services.settlement import claim_batch, live_rail
from payments.services.submission import GIVEN_UP_AFTER, advance_batches
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


def wait_until(question: object, seconds: float = 20) -> None:
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


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("bank", ["hears it", "is frozen"])
def test_kill_9_while_the_bank_is_called_sends_nothing_twice(
    fresh_brazil: Simulator, app_role_dsn: str, bank: str
) -> None:
    ana, padaria = new_payer(fresh_brazil, "Ana"), new_business(fresh_brazil)
    sell(padaria, ana, 40_00)
    batch = claim_batch(rail_id=live_rail(bank=SHOPS_BANK).pk, cutoff_at=business_now())
    approve_batch(batch_id=batch.public_id, staff=None)
    if bank == "hears it":
        fault(fresh_brazil, "batch_lost_answer", hold_seconds=60)
    else:
        assert fresh_brazil.process is not None
        os.kill(fresh_brazil.process.pid, signal.SIGSTOP)
    sender = start_sender(batch, app_role_dsn)
    wait_until(lambda: in_submitting(batch))
    time.sleep(1)
    sender.kill()
    assert sender.wait(timeout=10) == -signal.SIGKILL
    if fresh_brazil.process is not None:
        os.kill(fresh_brazil.process.pid, signal.SIGCONT)
    assert in_submitting(batch)
    assert payout_states(batch) == ["claimed"]
    assert advance_batches() == []
    SettlementBatch.objects.filter(pk=batch.pk).update(
        asked_at=batch.asked_at - GIVEN_UP_AFTER - timedelta(seconds=1)  # type: ignore[operator]
    )
    assert advance_batches() == [batch.public_id]
    SettlementBatch.objects.filter(pk=batch.pk).update(next_look_up_at=batch.asked_at)
    advance_batches()
    cutoff()
    SettlementBatch.objects.filter(pk=batch.pk).update(next_look_up_at=batch.asked_at)
    advance_batches()
    SettlementBatch.objects.filter(pk=batch.pk).update(next_look_up_at=None)
    for _ in range(6):
        next_day()
    import_due_statements(moment=business_now())
    payout = Payout.objects.get(batch=batch)
    truly = executions(fresh_brazil, payout)
    assert (truly, payout.state) in {(1, "settled"), (0, "not_executed")}
    if bank == "hears it":
        assert truly == 1
    assert held("payable", padaria) == (0 if truly else payout.net_minor)
    assert held("in_flight", padaria) == 0


@pytest.mark.django_db(transaction=True)
def test_kill_9_of_the_bank_leaves_the_batch_to_the_look_up(
    fresh_brazil: Simulator, app_role_dsn: str
) -> None:
    ana, padaria = new_payer(fresh_brazil, "Ana"), new_business(fresh_brazil)
    sell(padaria, ana, 40_00)
    batch = claim_batch(rail_id=live_rail(bank=SHOPS_BANK).pk, cutoff_at=business_now())
    approve_batch(batch_id=batch.public_id, staff=None)
    fault(fresh_brazil, "batch_lost_answer", hold_seconds=60)
    sender = start_sender(batch, app_role_dsn)
    wait_until(lambda: in_submitting(batch))
    time.sleep(1)
    fresh_brazil.kill()
    assert sender.wait(timeout=20) == 0
    batch.refresh_from_db()
    assert batch.state == "unknown"
    assert payout_states(batch) == ["unknown"]

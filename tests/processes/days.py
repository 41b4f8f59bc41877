"""Days of a shop: sales, time that passes, and what settlement made of them."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TypeVar

import httpx

from config.story.people import new_key
from config.story.transcript import StoryFailed
from launcher.instance import ROOT
from tests.processes.cast import Someone
from tests.processes.instance import Instance, wait_until

SHOPS_BANK = "banco-jatoba"
# Longer than any run of days off, so that a cutoff lies in it.
A_FEW_DAYS = 5 * 24 * 3600
RESUMED_SECONDS = 30.0
QUIET_SECONDS = 600.0
INSISTS_SECONDS = 180.0
R = TypeVar("R")
_UNDER_WAY = ("open", "claimed", "approved", "submitting", "submitted", "unknown")


def sell(buyer: Someone, times: int) -> list[str]:
    """Let somebody buy in the baker's shop; return the payments' ids, all completed."""
    instance = buyer.instance
    instance.rows("UPDATE merchants_product SET stock = 1000")
    shop = instance.one("SELECT public_id FROM merchants_shop ORDER BY id LIMIT 1")
    product = instance.one("SELECT public_id FROM merchants_product ORDER BY id LIMIT 1")
    wish = {"shop": shop, "lines": [{"product": product, "quantity": 1}]}
    sold = []
    for _ in range(times):
        order = buyer.api.call("POST", "/v1/orders", wish, expect=201, key=new_key())
        quote = buyer.phone.quote({"order": order["id"]})
        sold.append(str(buyer.phone.pay(quote, key=new_key())["id"]))
    buyer.wait_until_over()
    assert {buyer.payments()[each] for each in sold} == {("completed", "")}
    return sold


def insist(work: Callable[[], R]) -> R:
    """Do something again for as long as it is answered "not ready", or not in time.

    The clock's call plays the banks' days of all that time, which takes long after a crash.
    """
    until = time.monotonic() + INSISTS_SECONDS
    while True:
        try:
            return work()
        except (StoryFailed, httpx.TimeoutException) as failure:
            is_refused = isinstance(failure, StoryFailed) and "503 not_ready" not in str(failure)
            if is_refused or time.monotonic() > until:
                raise
            time.sleep(0.2)


def pass_days(instance: Instance, buyer: Someone, seconds: int = A_FEW_DAYS) -> None:
    """Move the time on, past a cutoff of every bank."""
    buyer.api.call("POST", "/v1/sandbox/clock", {"advance_seconds": seconds}, expect=200)
    assert instance.one("SELECT offset_seconds FROM core_clockoffset") > 0


def tick(instance: Instance, name: str = "settlements") -> tuple[object, float | None]:
    """Return the token under which a line of the clock runs or ran, and when it began."""
    ((token, begun),) = instance.rows(
        "SELECT lease_token, extract(epoch FROM begun_at)::float FROM core_tick WHERE name = %s",
        name,
    )
    return token, begun


def is_at_it(instance: Instance, child: str, name: str = "settlements") -> bool:
    """Tell whether a child of the supervisor, or a process of its group, works on a line."""
    worked_by = instance.one("SELECT worked_by FROM core_tick WHERE name = %s", name)
    with contextlib.suppress(ProcessLookupError):
        return os.getpgid(int(worked_by.split()[-1])) == instance.pids()[child]
    return False


def seconds_until_begun_again(
    instance: Instance, since: float, *, other_than: object = None
) -> float:
    """Wait until settlement runs again, by another; return how long after ``since`` it began."""

    def has_begun() -> bool:
        token, begun = tick(instance)
        return begun is not None and begun > since and token != other_than

    wait_until(has_begun, "settlement that goes on", seconds=120)
    begun = tick(instance)[1]
    assert begun is not None
    return begun - since


def wait_until_sent(instance: Instance, sold: list[str], *, seconds: float = 120) -> None:
    """Wait until each of these sales is in a payout that its bank has."""
    sent = (
        "SELECT count(*) FROM payments_payment sale"
        " JOIN payments_payoutitem item ON item.payment_id = sale.id"
        " JOIN payments_payout payout ON payout.id = item.payout_id"
        " WHERE sale.public_id = ANY(%s) AND payout.state IN ('accepted', 'settled')"
    )
    wait_until(
        lambda: instance.one(sent, sold) == len(sold), "sales that are settled", seconds=seconds
    )


def wait_until_quiet(instance: Instance, buyer: Someone) -> None:
    """Wait until no batch is on its way; days go by in which the banks' statements come."""
    open_ones = "SELECT count(*) FROM payments_settlementbatch WHERE state = ANY(%s)"
    soon = (
        "UPDATE payments_settlementbatch SET next_look_up_at = now()"
        " WHERE next_look_up_at IS NOT NULL AND state <> 'submitting'"
    )
    until = time.monotonic() + QUIET_SECONDS
    while instance.one(open_ones, list(_UNDER_WAY)):
        assert time.monotonic() < until, "never came: the end of it"
        instance.rows(soon)
        pass_days(instance, buyer, 24 * 3600)
        time.sleep(10)


def prove_settled_once(instance: Instance, sold: list[str]) -> None:
    """Each sale is in exactly one batch, and each payout was executed exactly once."""
    rows = instance.rows(
        "SELECT sale.public_id, count(DISTINCT payout.batch_id), count(*)"
        " FROM payments_payment sale"
        " JOIN payments_payoutitem item ON item.payment_id = sale.id"
        " JOIN payments_payout payout ON payout.id = item.payout_id"
        " WHERE sale.public_id = ANY(%s) GROUP BY sale.id",
        sold,
    )
    assert Counter(rows) == Counter((each, 1, 1) for each in sold)
    payouts = instance.rows(
        "SELECT DISTINCT payout.public_id, payout.net_minor FROM payments_payment sale"
        " JOIN payments_payoutitem item ON item.payment_id = sale.id"
        " JOIN payments_payout payout ON payout.id = item.payout_id"
        " WHERE sale.public_id = ANY(%s)",
        sold,
    )
    made = [
        (each["end_to_end_id"], each["amount_minor"])
        for each in instance.executions()
        if each["end_to_end_id"] in dict(payouts)
    ]
    assert Counter(made) == Counter(payouts)


@contextlib.contextmanager
def helpers(instance: Instance, *, workers: int, clocks: int) -> Iterator[list[int]]:
    """Run more workers and clocks beside the instance's own; yield their pids."""
    common = [sys.executable, "-m", "celery", "-A", "config"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    lines = [
        [*common, "worker", "-c", "1", "-n", f"helper{number}@%h", "-l", "WARNING", *quiet]
        for number in range(workers)
    ] + [[*common, "beat", "-l", "WARNING"] for _ in range(clocks)]
    said = (instance.home / "logs" / "helpers.log").open("ab")
    started = [
        subprocess.Popen(
            line,
            cwd=ROOT,
            env=instance.whole_environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
        for line in lines
    ]
    try:
        yield [process.pid for process in started]
    finally:
        for process in started:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        said.close()


def now() -> float:
    """Return the time of the rows' clock."""
    return time.time()

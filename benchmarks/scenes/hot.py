"""Everybody pays one: its inbox turns on by itself and is folded twenty times a second."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

import psycopg

from benchmarks.figures import Figure, Plan
from benchmarks.house import House
from benchmarks.meters import CpuMeter
from benchmarks.pgbench import SCRIPTS, Load, Ran, run_script
from benchmarks.world import Books

GOAL = 0.8
CLIENTS = 16
FOLD_SECONDS = 0.05
_TRUE = """
SELECT account.balance + coalesce((SELECT sum(delta_minor) FROM payments_ledgerinbox AS inbox
                                    WHERE inbox.account_id = account.id), 0)
       - (SELECT count(*) * 100 FROM payments_ledgertransfer WHERE credit_id = account.id)
  FROM payments_ledgeraccount AS account WHERE account.id = %s
"""


def play(house: House, plan: Plan, books: Books) -> list[Figure]:
    """Return the rate of paying one account beside that of paying many."""
    hot = books.hot
    _run(house, plan, books, "hot.sql")
    is_on = house.ask("SELECT takes_inbox FROM payments_ledgeraccount WHERE id = %s", hot)
    many: list[float] = []
    one: list[float] = []
    spent: list[float] = []
    lags: list[float] = []
    for _ in range(plan.pairs):
        many.append(_run(house, plan, books, "single.sql").per_second)
        meter = CpuMeter([house.server_id])
        with _folding(house, hot, lags):
            ran = _run(house, plan, books, "hot.sql")
        spent.append(meter.read().each(ran.transactions))
        one.append(ran.per_second)
    ratios = [mine / theirs for mine, theirs in zip(one, many, strict=True)]
    notes = {
        "inbox turned on by itself": is_on,
        "off by, minor units": int(house.ask(_TRUE, hot)),
        "fold lag, median ms": round(median(lags) * 1000, 1),
        "fold lag, worst ms": round(max(lags) * 1000, 1),
        "ratios": [round(each, 2) for each in ratios],
    }
    figure = Figure(
        "hot account beside many accounts, 16 clients",
        round(median(one), 1),
        round(median(many), 1),
        round(median(ratios), 2),
        GOAL,
        round(median(spent), 1),
        notes,
    )
    return [figure]


def _run(house: House, plan: Plan, books: Books, script: str) -> Ran:
    load = Load(CLIENTS, plan.seconds, variables={**books.range, "hot": books.hot})
    return run_script(house.pgbench, house.product, SCRIPTS / script, load)


@contextmanager
def _folding(house: House, account: int, lags: list[float]) -> Iterator[None]:
    """Fold an account again and again; a lag is the time from one fold's end to the next's."""
    stop = threading.Event()
    folder = threading.Thread(target=_fold, args=(house, account, stop, lags))
    folder.start()
    try:
        yield
    finally:
        stop.set()
        folder.join()


def _fold(house: House, account: int, stop: threading.Event, lags: list[float]) -> None:
    with psycopg.connect(house.product, autocommit=True) as connection:
        last = time.monotonic()
        while not stop.wait(FOLD_SECONDS):
            connection.execute("SELECT ledger_fold_v1(%s)", [account])
            now = time.monotonic()
            lags.append(now - last)
            last = now

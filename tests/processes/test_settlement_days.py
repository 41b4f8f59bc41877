"""Settlement while its processes die: each sale in one batch, and somebody goes on within seconds.

C10, F2, F3, F5 and F9 of the test programme. The ordinary run kills a few times, the long
one as often as the programme says.
"""

import contextlib
import itertools
import logging
import threading
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from config.story.people import new_key
from tests.processes.cast import IPE, JATOBA, Someone, new_brazilian, send
from tests.processes.days import (
    RESUMED_SECONDS,
    SHOPS_BANK,
    helpers,
    insist,
    is_at_it,
    now,
    pass_days,
    prove_settled_once,
    seconds_until_begun_again,
    sell,
    tick,
    wait_until_quiet,
    wait_until_sent,
)
from tests.processes.instance import Instance, wait_until

pytestmark = pytest.mark.processes

logger = logging.getLogger(__name__)

KILLS = pytest.mark.parametrize("kills", [2, pytest.param(20, marks=pytest.mark.long)])
CRASHES = pytest.mark.parametrize("crashes", [pytest.param(20, marks=pytest.mark.long)])
CLOCK_KILLS = pytest.mark.parametrize("kills", [1, pytest.param(5, marks=pytest.mark.long)])
TAKEN_OVER_SECONDS = 60.0
ANSWERED_AFTER_SECONDS = 9.0
BATCHES = "payments_settlementbatch"
_OF_NEWEST = f"SELECT state FROM {BATCHES} ORDER BY id DESC LIMIT 1"  # noqa: S608 - our own words.


@pytest.fixture
def ana(instance: Instance) -> Someone:
    return new_brazilian(instance, "Ana Beatriz Souza", bank=IPE, balance_minor=1_000_000)


@pytest.fixture
def bruno(instance: Instance) -> Someone:
    return new_brazilian(instance, "Bruno Oliveira Lima", bank=JATOBA)


@pytest.fixture
def healed(instance: Instance) -> Iterator[None]:
    yield
    instance.bank("DELETE", f"/banks/{SHOPS_BANK}/faults")


def wait_for_batch(instance: Instance, ana: Someone, state: str) -> bool:
    """Let days pass until a new batch is in a state; tell whether it was met there.

    A batch may go through a state between two looks.
    """
    newest = f"SELECT coalesce(max(id), 0) FROM {BATCHES}"  # noqa: S608 - our own words.
    before = instance.one(newest)
    pass_days(instance, ana)
    later = "acknowledged", "partial", "unknown", "reconciled"
    found = f"SELECT state FROM {BATCHES} WHERE id > %s AND state = ANY(%s)"  # noqa: S608 - our own words.
    states: list[tuple[str]] = []

    def is_there() -> bool:
        states[:] = instance.rows(found, before, [state, *later])
        return bool(states)

    wait_until(is_there, f"a batch that is {state}", seconds=90)
    return (state,) in states


def claiming(instance: Instance, ana: Someone) -> Iterator[bool]:
    """Let whoever settles wait to claim a batch."""
    with instance.locked("SELECT FROM payments_agreementrail FOR UPDATE"):
        pass_days(instance, ana)
        wait_until(instance.somebody_waits, "a claim", seconds=60)
        yield True


def telling_the_bank(instance: Instance, ana: Someone) -> Iterator[bool]:
    """Let whoever settles wait for the bank's answer to a batch."""
    late = {"fault": "batch_lost_answer", "count": 1, "hold_seconds": ANSWERED_AFTER_SECONDS}
    instance.bank("POST", f"/banks/{SHOPS_BANK}/faults", late)
    yield wait_for_batch(instance, ana, "submitting")


def hearing_the_bank(instance: Instance, ana: Someone) -> Iterator[bool]:
    """Let whoever settles wait to note what the bank said of a batch."""
    is_met = wait_for_batch(instance, ana, "submitted")
    with instance.locked(f"SELECT FROM {BATCHES} WHERE state = 'submitted' FOR UPDATE"):
        until = time.monotonic() + 30
        while is_met and not instance.somebody_waits():
            is_met = time.monotonic() < until
        yield is_met


# A batch whose bank was told is asked about after minutes: the ordinary run leaves it out.
MOMENTS = [contextlib.contextmanager(each) for each in (claiming, hearing_the_bank)]
ALL_MOMENTS = [*MOMENTS, contextlib.contextmanager(telling_the_bank)]


@KILLS
@pytest.mark.usefixtures("healed")
def test_the_worker_is_killed_while_it_settles(
    instance: Instance, ana: Someone, bruno: Someone, kills: int
) -> None:
    sold: list[str] = []
    resumed: list[float] = []
    moments = MOMENTS if kills <= len(MOMENTS) else ALL_MOMENTS
    for turn in itertools.count():
        if len(resumed) == kills:
            break
        sold += sell(ana, 1)
        with moments[turn % len(moments)](instance, ana) as is_met:
            token, _begun = tick(instance)
            # The clock itself settles while the worker, killed again and again, comes back.
            if not (is_met and is_at_it(instance, "worker")):
                continue
            killed, killed_at = instance.kill("worker"), now()
        resumed.append(seconds_until_begun_again(instance, killed_at, other_than=token))
        logger.info("killed %s times; resumed after %.1f s", len(resumed), resumed[-1])
        (quote,) = ana.quotes(bruno, 1_00, 1)
        answer = send(ana, "/v1/payments", ana.approval(quote), key=new_key())
        assert answer.http_status == 201, answer
        instance.wait_for_others(killed)
    logger.info("resumed after %s s", sorted(round(each, 1) for each in resumed))
    assert max(resumed) <= RESUMED_SECONDS
    wait_until_quiet(instance, ana)
    wait_until_sent(instance, sold)
    prove_settled_once(instance, sold)
    assert set(ana.wait_until_over()) == {("completed", "")}


@CRASHES
def test_postgres_dies_while_it_settles(instance: Instance, ana: Someone, crashes: int) -> None:
    """Killed all along a settlement's way: before the claim, in it, with the file on its way."""
    sold: list[str] = []
    met: Counter[str] = Counter()
    for turn in range(crashes):
        sold += insist(lambda: sell(ana, 1))
        begun = tick(instance)[1]
        insist(lambda: pass_days(instance, ana))
        wait_until(lambda: tick(instance)[1] != begun, "settlement that runs")  # noqa: B023
        time.sleep(0.1 * (turn % 10))
        met.update(state for (state,) in instance.rows(_OF_NEWEST))
        killed = instance.kill("postgres")
        instance.wait_for_others(killed)
        instance.wait_until_ready()
    logger.info("postgres died with the newest batch %s", dict(met))
    wait_until_quiet(instance, ana)
    wait_until_sent(instance, sold)
    prove_settled_once(instance, sold)


@pytest.mark.parametrize("sales", [6, pytest.param(60, marks=pytest.mark.long)])
def test_two_clocks_and_four_workers_on_one_day(
    instance: Instance, ana: Someone, sales: int
) -> None:
    with helpers(instance, workers=3, clocks=1):
        sold = sell(ana, sales)
        before = instance.one("SELECT count(*) FROM payments_settlementwindow")
        pass_days(instance, ana)
        wait_until_sent(instance, sold)
        windows = "SELECT count(*) FROM payments_settlementwindow"
        banks = "SELECT count(*) FROM payments_agreementrail"
        assert instance.one(windows) <= before + instance.one(banks)
    prove_settled_once(instance, sold)


@CLOCK_KILLS
def test_another_clock_takes_over(instance: Instance, ana: Someone, kills: int) -> None:
    """Killed, or asleep for longer than its lease: no tick is missed for long, none runs twice."""
    gaps: list[float] = []
    with helpers(instance, workers=0, clocks=1):
        for turn in range(kills):
            runs = Runs(instance)
            sold = sell(ana, 1)
            if turn % 2 == 0:
                instance.kill("beat")
            else:
                with instance.stopped("beat"):
                    time.sleep(TAKEN_OVER_SECONDS / 3)
            pass_days(instance, ana)
            wait_until_sent(instance, sold)
            prove_settled_once(instance, sold)
            gaps.append(runs.longest_gap())
    logger.info("longest gaps between two runs %s s", [round(each, 1) for each in gaps])
    assert max(gaps) <= TAKEN_OVER_SECONDS


class Runs:
    """Watches when a line of the clock runs, until it is asked."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.begun: list[float] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _watch(self) -> None:
        while not self._over.wait(0.2):
            begun = tick(self.instance)[1]
            if begun is not None and begun not in self.begun:
                self.begun.append(begun)

    def longest_gap(self) -> float:
        """Stop watching; return the longest time between two runs, none less than half a pace."""
        self._over.set()
        self._thread.join()
        ends = [*self.begun, now()]
        gaps = [after - before for before, after in itertools.pairwise(ends)]
        assert all(gap >= 7 for gap in gaps[:-1]), gaps
        return max(gaps)


@pytest.mark.parametrize("seconds", [20, pytest.param(60, marks=pytest.mark.long)])
@pytest.mark.usefixtures("healed")
def test_a_worker_that_slept_through_its_lease_writes_nothing(
    instance: Instance, ana: Someone, seconds: int
) -> None:
    """It slept while the bank was told; when it wakes, another has gone on."""
    sold = sell(ana, 1)
    late = {"fault": "batch_lost_answer", "count": 1, "hold_seconds": ANSWERED_AFTER_SECONDS}
    instance.bank("POST", f"/banks/{SHOPS_BANK}/faults", late)
    while not (wait_for_batch(instance, ana, "submitting") and is_at_it(instance, "worker")):
        sold += sell(ana, 1)
        instance.bank("POST", f"/banks/{SHOPS_BANK}/faults", late)
    token, begun = tick(instance)
    assert begun is not None
    with instance.stopped("worker"):
        taken = seconds_until_begun_again(instance, begun, other_than=token)
        time.sleep(max(seconds - taken, 0))
    logger.info("taken over %s s after it began", round(taken, 1))
    log = instance.home / "logs" / "worker.log"
    wait_until(
        lambda: "was taken over" in log.read_text("utf-8", errors="replace"),
        "a worker that noticed",
    )
    wait_until_quiet(instance, ana)
    wait_until_sent(instance, sold)
    prove_settled_once(instance, sold)

"""The clock's lines: once per pace, by one process at a time, and by another when it died."""

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from config.schedule import SCHEDULE
from config.ticks import paces, run_line
from core import leases
from core.clock import wall_now
from core.leases import LEASE, Held, LeaseLost, working_under
from core.models import Heartbeat, Tick
from core.ticks import GRACE, Line, install_ticks, late_ticks, run_tick
from core.transactions import OwnershipError, owns, owns_block

pytestmark = pytest.mark.django_db(transaction=True)

PACE = timedelta(seconds=10)
LINE = Line("settlements", PACE, 60)
PACES = {"settlements": PACE}


@pytest.fixture(autouse=True)
def a_row() -> None:
    install_ticks(PACES)


@owns
def write() -> None:
    Heartbeat.objects.update_or_create(name="written", defaults={"beat_at": wall_now()})


def the_tick() -> Tick:
    return Tick.objects.get(name="settlements")


def age(seconds: float) -> None:
    """Let the last run lie back."""
    Tick.objects.update(begun_at=wall_now() - timedelta(seconds=seconds))


def die() -> None:
    """Leave what a process leaves that was killed at its work a while ago."""
    over = wall_now() - timedelta(seconds=1)
    Tick.objects.update(lease_token=uuid.uuid4(), leased_until=over, begun_at=over)


def test_a_line_runs_once_per_pace() -> None:
    assert [run_tick(LINE, write) for _ in range(3)] == [True, False, False]
    tick = the_tick()
    assert (tick.leased_until, tick.failures, tick.last_error) == (None, 0, "")
    age(PACE.total_seconds() / 2 - 1)
    assert not run_tick(LINE, write)
    age(PACE.total_seconds() / 2)
    assert run_tick(LINE, write)


def test_of_many_that_run_a_line_at_once_one_does(in_threads: Callable[..., list[Any]]) -> None:
    ran: list[int] = []
    gate = threading.Event()

    def work() -> None:
        ran.append(1)
        gate.wait(2)

    found = in_threads(lambda: run_tick(LINE, work), times=8)
    assert (sorted(found), ran) == ([False] * 7 + [True], [1])


def test_a_line_that_fails_says_so_and_runs_again() -> None:
    def fail() -> None:
        raise RuntimeError("no")

    assert run_tick(LINE, fail)
    assert (the_tick().failures, the_tick().last_error) == (1, "RuntimeError: no")
    age(60)
    assert run_tick(LINE, fail)
    assert the_tick().failures == 2
    age(60)
    assert run_tick(LINE, write)
    assert (the_tick().failures, the_tick().last_error) == (0, "")


def test_a_line_whose_process_died_is_late_at_once_and_taken_over() -> None:
    assert late_ticks(PACES, now=wall_now()) == ["settlements"], "it never ran"
    assert run_tick(LINE, write)
    assert late_ticks(PACES, now=wall_now()) == []
    die()
    assert late_ticks(PACES, now=wall_now()) == ["settlements"]
    assert run_tick(LINE, write)
    assert late_ticks(PACES, now=wall_now()) == []


def test_a_line_that_nobody_began_is_late_after_its_pace_and_a_grace() -> None:
    assert run_tick(LINE, write)
    due = the_tick().begun_at
    assert due is not None
    assert late_ticks(PACES, now=due + PACE + GRACE - timedelta(seconds=1)) == []
    assert late_ticks(PACES, now=due + PACE + GRACE) == ["settlements"]


def test_who_slept_through_its_lease_writes_nothing() -> None:
    """While it slept, another took over; all that it still writes is refused."""

    def sleep_and_write() -> None:
        die()
        assert run_tick(LINE, lambda: None)
        write()

    assert not run_tick(LINE, sleep_and_write)
    assert Heartbeat.objects.count() == 0
    assert (the_tick().leased_until, the_tick().failures) == (None, 0)


def test_nobody_takes_over_while_a_transaction_is_open(
    in_threads: Callable[..., list[Any]],
) -> None:
    opened, tried = threading.Event(), threading.Event()

    def work() -> None:
        with owns_block():
            opened.set()
            assert tried.wait(10)

    def take_over() -> bool:
        assert opened.wait(10)
        late = wall_now() + timedelta(hours=1)
        is_late = late_ticks(PACES, now=late) == ["settlements"]
        try:
            return is_late and run_tick(LINE, write)
        finally:
            tried.set()

    assert in_threads(lambda: run_tick(LINE, work), take_over) == [True, False]


def test_a_lease_is_renewed_while_its_holder_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "RENEW_SECONDS", 0.05)
    ends = []

    def work() -> None:
        before = the_tick().leased_until
        waiting = threading.Event()
        for _ in range(100):
            ends.append(the_tick().leased_until)
            if ends[-1] != before:
                return
            waiting.wait(0.05)

    assert run_tick(LINE, work)
    assert ends[-1] != ends[0]


def test_a_long_transaction_renews_as_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "RENEW_SECONDS", 0.0)
    ends = []

    def work() -> None:
        Tick.objects.update(leased_until=wall_now() - LEASE)
        write()
        ends.append(the_tick().leased_until)

    assert run_tick(LINE, work)
    assert ends[0] is not None
    assert ends[0] > wall_now()


def test_what_is_stuck_is_renewed_no_more() -> None:
    assert Held(Tick, 1, uuid.uuid4(), longest_seconds=0).is_stuck
    assert not Held(Tick, 1, uuid.uuid4(), longest_seconds=60).is_stuck


def test_a_fence_opens_with_its_block() -> None:
    stranger = Held(Tick, the_tick().pk, uuid.uuid4(), 60)
    with working_under(stranger), pytest.raises(LeaseLost):
        write()
    write()
    assert Heartbeat.objects.count() == 1


def test_a_line_does_not_run_inside_a_transaction() -> None:
    with owns_block(), pytest.raises(OwnershipError):
        run_tick(LINE, write)


def test_the_page_s_lines_run_by_name_and_the_shared_one_is_none_of_them() -> None:
    assert paces().keys() == SCHEDULE.keys() - {"duties"}
    install_ticks(paces())
    assert [run_line("sweep"), run_line("sweep")] == [True, False]

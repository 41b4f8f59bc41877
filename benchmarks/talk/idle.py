"""Thousands of streams in one process: what each keeps, and how soon all hear after a crash."""

import os
import signal
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import psycopg

from benchmarks.house import House
from benchmarks.talk.ears import Ears
from benchmarks.talk.figures import Figure, Goal, Plan, alone
from benchmarks.talk.load import Where, press
from benchmarks.talk.world import Phone, saying, talk_of

KB = Goal(12, 16, is_less=True, unit="KB")
BACK = Goal(10, 10, is_less=True, unit="s")
# Memory that the first streams make the process take once is not counted.
WARM = 100
_PATIENCE_SECONDS = 60.0


def play(
    plan: Plan, house: House, where: Where, front: int, phones: Sequence[Phone]
) -> list[Figure]:
    """Return the memory of a stream, and the seconds until all hear after a crash.

    Every stream is of one of a hundred people, so that a hundred messages reach all of them.

    Args:
        plan: How many streams.
        house: Whose server is killed.
        where: The front.
        front: Its process.
        phones: A hundred people and one who talks with each.
    """
    writer, people = phones[0], phones[1:101]
    talks = [talk_of(writer, each) for each in people]
    heard: set[int] = set()
    done = threading.Event()

    def hear(stream: int, data: bytes) -> None:
        if b"message.created" in data:
            heard.add(stream)
            if len(heard) == plan.idle + WARM:
                done.set()

    ears = Ears(where, hear)
    ears.open([people[at % len(people)] for at in range(WARM)])
    before = private_kb(front)
    took = ears.open([people[at % len(people)] for at in range(plan.idle)])
    time.sleep(1.0)
    each = (private_kb(front) - before) / plan.idle
    ears.listen()
    away = crash(house)
    started = time.monotonic()
    _say(where, writer, talks[0])
    answered = time.monotonic() - started
    with ThreadPoolExecutor(max_workers=8) as pool:
        list(pool.map(lambda talk: _say(where, writer, talk), talks[1:]))
    said = time.monotonic() - started
    done.wait(_PATIENCE_SECONDS)
    back = time.monotonic() - started
    ears.close()
    notes: dict[str, Any] = {
        "streams": plan.idle,
        "opened in s": round(took, 1),
        "process MB": round(psutil.Process(front).memory_info().rss / 2**20),
        "heard": len(heard),
    }
    missing = plan.idle + WARM - len(heard)
    return [
        alone(f"{plan.idle} idle streams, each", "KB", [each], KB, **notes),
        alone(
            "all hear once Postgres, killed, is back",
            "s",
            [back if not missing else 999.0],
            BACK,
            **{
                "server away s": round(away, 1),
                "first answer after s": round(answered, 1),
                "all said after s": round(said, 1),
            },
        ),
    ]


def _say(where: Where, writer: Phone, talk: str) -> None:
    """Say something until it is acknowledged."""
    make = saying(writer, talk)
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until and press(where, [make], 0.0001).count == 0:
        time.sleep(0.1)


def private_kb(process_id: int) -> int:
    """Return what a process alone has written into memory, in KB."""
    text = Path(f"/proc/{process_id}/smaps_rollup").read_text(encoding="ascii")
    return int(text.partition("Private_Dirty:")[2].split()[0])


def crash(house: House) -> float:
    """Kill a process of the server: it takes all others down and recovers, as after a crash.

    Returns:
        For how many seconds it took no connection.
    """
    started = time.monotonic()
    with psycopg.connect(house.owner, autocommit=True) as connection:
        os.kill(connection.info.backend_pid, signal.SIGKILL)
    time.sleep(0.2)
    while time.monotonic() < started + _PATIENCE_SECONDS:
        try:
            psycopg.connect(house.owner, autocommit=True).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            break
    return time.monotonic() - started

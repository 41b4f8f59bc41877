"""C7: twenty writers in one conversation, a tenth of all rolled back, in their own processes."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks.house import ROOT, House
from benchmarks.talk.figures import Figure, Goal, Plan, alone
from benchmarks.talk.load import Where
from benchmarks.talk.world import Phone, gather, talk_of
from core.clock import wall_now
from messaging.services.quick import HOLD_SQL, send_sql
from people.tokens import token_digest

WRITERS = 20
TURNS = 500
PROCESSES = 4
RATE = Goal(500, 500, unit="/s")


@dataclass(frozen=True, slots=True)
class Told:
    """What came of it.

    Attributes:
        seqs: For each writer the numbers that were acknowledged, in their order.
        given_up: How many numbers were taken and rolled back.
        seconds: How long all of it took.
    """

    seqs: list[list[int]]
    given_up: int
    seconds: float

    @property
    def is_gapless(self) -> bool:
        """Whether every number was told once, and to each writer in order."""
        every = sorted(seq for seqs in self.seqs for seq in seqs)
        in_order = all(seqs == sorted(seqs) for seqs in self.seqs)
        return in_order and every == list(range(1, len(every) + 1))

    @property
    def per_second(self) -> float:
        """How many messages were acknowledged each second."""
        return sum(map(len, self.seqs)) / self.seconds


def play(plan: Plan, house: House, where: Where) -> list[Figure]:
    """Return how many messages a second twenty writers get into one conversation."""
    runs = []
    for _ in range(plan.pairs):
        one, other = gather(2)
        runs.append(write_together(where[1], house.product, talk_of(one, other), (one, other)))
    gaps = sum(not each.is_gapless for each in runs)
    name = f"{WRITERS} writers × {TURNS}, one conversation, a tenth rolled back"
    rates = [each.per_second for each in runs]
    return [alone(name, "/s", rates, RATE, **{"runs with a gap": gaps})]


def write_together(
    port: int, database: str, talk: str, pair: Sequence[Phone], turns: int = TURNS
) -> Told:
    """Let twenty writers say so many messages each in the conversation of two.

    Args:
        port: The front's.
        database: Its database's address, for what is rolled back.
        talk: The conversation's public id.
        pair: The two, in whose names they write in turn.
        turns: How many messages each says.
    """
    job = {
        "port": port,
        "database": database,
        "talk": talk,
        "lock": HOLD_SQL,
        "store": send_sql(),
        "moment": wall_now().isoformat(),
    }
    writers = [_writer(pair[number % 2], number, turns) for number in range(WRITERS)]
    with _processes(
        [{**job, "writers": writers[at::PROCESSES]} for at in range(PROCESSES)]
    ) as all_:
        started = time.monotonic()
        for process in all_:
            _tell(process, "go")
        told = [json.loads(_hear(process)) for process in all_]
        seconds = time.monotonic() - started
    seqs = [seqs for each in told for seqs in each["told"]]
    return Told(seqs, sum(each["given_up"] for each in told), seconds)


def _writer(phone: Phone, number: int, turns: int) -> dict[str, Any]:
    return {
        "token": phone.token,
        "digest": (token_digest(phone.token) or b"").hex(),
        "names": [f"{number}-{turn}" for turn in range(turns)],
    }


@contextmanager
def _processes(jobs: Sequence[dict[str, Any]]) -> Iterator[list["subprocess.Popen[str]"]]:
    """Start a process for each job; yields them when all are ready."""
    command = [sys.executable, "-m", "benchmarks.talk.writer"]
    pipe = subprocess.PIPE
    found = [subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) for _ in jobs]
    try:
        for process, job in zip(found, jobs, strict=True):
            _tell(process, json.dumps(job))
        for process in found:
            if _hear(process) != "ready\n":
                raise RuntimeError("A writer did not begin.")
        yield found
    finally:
        for process in found:
            process.kill()
            process.communicate()


def _tell(process: "subprocess.Popen[str]", line: str) -> None:
    if process.stdin is not None:
        process.stdin.write(f"{line}\n")
        process.stdin.flush()


def _hear(process: "subprocess.Popen[str]") -> str:
    return "" if process.stdout is None else process.stdout.readline()

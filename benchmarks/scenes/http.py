"""Payments over HTTP: eight connections, by passkey and by PIN."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.figures import Figure, Plan
from benchmarks.house import House
from benchmarks.meters import CpuMeter, WalMeter
from benchmarks.people import PIN, Crowd, give_pins, make_quotes
from benchmarks.pgbench import Load, run_reference
from benchmarks.serving import Answered, front_server, send_all, web_server

GOAL = 0.2
CONNECTIONS = 8
PEOPLE_WITH_PIN = 40
# Far from the numbers of the payments from SQL.
_FIRST = 90_000_000
_WARM = 200

Proof = Callable[[int, bytes], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Run:
    """What one run gave: the answers, and what one payment cost.

    Attributes:
        answered: What the load saw.
        cpu_us: CPU of everything but the load, in microseconds.
        python_us: The part of gunicorn, and of the front, in it.
        wal_bytes: Bytes of the write-ahead log.
    """

    answered: Answered
    cpu_us: float
    python_us: float
    wal_bytes: float


def play(house: House, plan: Plan, crowd: Crowd) -> list[Figure]:
    """Return payments each second over HTTP, by passkey, and by PIN with its hash."""

    def by_passkey(number: int, digest: bytes) -> dict[str, Any]:
        return crowd.phone(number).passkey.approve(digest)

    def by_pin(number: int, digest: bytes) -> dict[str, Any]:
        return {"method": "pin", "pin": PIN, "signature": crowd.phone(number).sign(digest)}

    give_pins(crowd, PEOPLE_WITH_PIN)
    with web_server(house.folder) as (path, master), front_server(path) as (port, front):

        def run(numbers: Sequence[int], proof: Proof, *, by_front: bool = False) -> Run:
            requests = make_requests(house, crowd, numbers, proof)
            own = [master, front] if by_front else [master]
            meter, wal = CpuMeter([house.server_id, *own]), WalMeter(house.owner)
            python = CpuMeter(own)
            answered = send_all(port if by_front else path, requests, CONNECTIONS)
            made = answered.made
            return Run(
                answered,
                meter.read().each(made),
                python.read().each(made),
                wal.read() / max(made, 1),
            )

        run(range(_FIRST, _FIRST + _WARM), by_passkey)
        many, pins = plan.requests, plan.pin_requests
        passkey, fronted = (
            [range(start + turn * many, start + turn * many + many) for turn in range(plan.pairs)]
            for start in (_FIRST + 10**6, _FIRST + 3 * 10**6)
        )
        pin = [
            [_FIRST + 5 * 10**6 + turn * 10**6 + _held(at, crowd) for at in range(pins)]
            for turn in range(plan.pairs)
        ]
        return [
            _figure(house, plan, "passkey", GOAL, lambda turn: run(passkey[turn], by_passkey)),
            _figure(
                house,
                plan,
                "passkey through the front",
                None,
                lambda turn: run(fronted[turn], by_passkey, by_front=True),
            ),
            _figure(house, plan, "PIN", None, lambda turn: run(pin[turn], by_pin)),
        ]


def make_requests(house: House, crowd: Crowd, numbers: Sequence[int], proof: Proof) -> list[bytes]:
    """Return the bytes of one payment for each number; its quote is made here."""
    digests = make_quotes(house, crowd, numbers, proven=False)
    return [
        _request(crowd, number, proof(number, digest))
        for number, digest in zip(numbers, digests, strict=True)
    ]


def _held(at: int, crowd: Crowd) -> int:
    """Return a number whose payer is one of those with a PIN."""
    return at // PEOPLE_WITH_PIN * len(crowd.phones) + at % PEOPLE_WITH_PIN


def _request(crowd: Crowd, number: int, proof: dict[str, Any]) -> bytes:
    body = json.dumps({"quote": f"quo_bench_{number}", "proof": proof}).encode()
    head = (
        "POST /v1/payments HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {crowd.phone(number).token}\r\nIdempotency-Key: key-{number}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _figure(
    house: House,
    plan: Plan,
    how: str,
    goal: float | None,
    run: Callable[[int], Run],
) -> Figure:
    runs: list[Run] = []
    references: list[float] = []
    for turn in range(plan.pairs):
        load = Load(CONNECTIONS, plan.seconds)
        references.append(run_reference(house.pgbench, house.reference, load).per_second)
        runs.append(run(turn))
    ours = [each.answered for each in runs]
    ratios = [mine.per_second / theirs for mine, theirs in zip(ours, references, strict=True)]
    notes = {
        "server": "gunicorn, 2 workers of 4 threads, by its Unix socket",
        "refused": sum(each.refused for each in ours),
        "p50 ms": median(each.p50_ms for each in ours),
        "p99 ms": median(each.p99_ms for each in ours),
        "ratios": [round(each, 3) for each in ratios],
        "CPU of Python, µs": round(median(each.python_us for each in runs), 1),
    }
    return Figure(
        f"payment over HTTP by {how}, {CONNECTIONS} connections",
        round(median(each.per_second for each in ours), 1),
        round(median(references), 1),
        round(median(ratios), 3),
        goal,
        round(median(each.cpu_us for each in runs), 1),
        notes,
        round(median(each.wal_bytes for each in runs)),
    )

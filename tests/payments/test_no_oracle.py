"""A refused approval tells nothing: not in its body, not in its statements, not in its time."""

import math
import re
import statistics
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from people.models import Passkey, PinDevice
from people.services.hashes import spend_as_much
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import Someone, new_key, new_payer
from tests.payments.test_payments_mutations import give_passkey
from tests.people.cast import Ed25519Key, b64, unb64

SAMPLES = 2_000
MOST_T = 4.5
UNKNOWN = "quo_00000000000000000000000000"
# A machine that turns to something else for a while says nothing about us (as dudect crops:
# https://eprint.iacr.org/2016/1123).
KEPT = 0.9
_VALUES = re.compile(r"-?\d+|\b(?:true|false)\b|'[^']*'")

Ways = dict[str, Callable[[], Any]]


def ways_to_fail(ana: Someone, bruno: Someone) -> tuple[Ways, Ways]:
    """Return calls that are refused, by PIN and by passkey, each with what is wrong."""
    finger = give_passkey(ana)
    quote = ana.quote({"party": bruno.party}, 10_00).json()
    theirs = bruno.quote({"party": ana.party}, 10_00).json()
    digest, other_key = unb64(quote["digest"]), Ed25519Key()

    def send(quote_id: str, proof: Any) -> Any:
        return ana.post("/v1/payments", {"quote": quote_id, "proof": proof}, key=new_key())

    right = ana.proof(quote["digest"])
    foreign = {**right, "signature": other_key.sign(digest)}
    pins: Ways = {
        "wrong PIN": lambda: send(quote["id"], ana.proof(quote["digest"], "407283")),
        "foreign device": lambda: send(quote["id"], foreign),
        "unknown quote": lambda: send(UNKNOWN, right),
        "somebody else's quote": lambda: send(theirs["id"], ana.proof(theirs["digest"])),
    }

    def forged() -> dict[str, Any]:
        proof = finger.proof(quote["digest"])
        raw = bytearray(unb64(proof["credential"]["response"]["signature"]))
        raw[-1] ^= 1
        proof["credential"]["response"]["signature"] = b64(bytes(raw))
        return proof

    passkeys: Ways = {
        "wrong passkey": lambda: send(quote["id"], forged()),
        "unknown quote": lambda: send(UNKNOWN, finger.proof(quote["digest"])),
        "somebody else's quote": lambda: send(theirs["id"], finger.proof(theirs["digest"])),
    }
    return pins, passkeys


def forgive(ana: Someone) -> None:
    PinDevice.objects.filter(user=ana.person).update(failures=0, locked_until=None)
    Passkey.objects.filter(user=ana.person).update(failures=0)


def statements(call: Callable[[], Any]) -> list[str]:
    with CaptureQueriesContext(connection) as asked:
        call()
    return [_VALUES.sub("?", query["sql"])[:80] for query in asked.captured_queries]


@pytest.mark.django_db
def test_every_refusal_has_one_body_the_same_statements_and_a_hash(brazil: Simulator) -> None:
    ana = new_payer(brazil, "Ana")
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    begun = time.process_time()
    spend_as_much()
    one_hash = time.process_time() - begun
    for ways in ways_to_fail(ana, bruno):
        bodies, costs = [], {}
        for name, call in ways.items():
            forgive(ana)
            begun = time.process_time()
            answer = call()
            assert time.process_time() - begun > 0.6 * one_hash, name
            bodies.append((answer.status_code, {**answer.json(), "request_id": ""}))
            forgive(ana)
            costs[name] = statements(call)
        assert all(body == bodies[0] for body in bodies)
        assert (bodies[0][0], bodies[0][1]["code"]) == (403, "proof_rejected")
        first = next(iter(costs.values()))
        assert costs == dict.fromkeys(costs, first)


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_no_refusal_is_told_from_another_by_its_time(brazil: Simulator) -> None:
    """Welch's t over interleaved samples stays under the bar for each pair."""
    ana = new_payer(brazil, "Ana")
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    found: dict[str, float] = {}
    for method, ways in zip(("pin", "passkey"), ways_to_fail(ana, bruno), strict=True):
        times = sample(ana, ways)
        first, *others = ways
        for other in others:
            found[f"{method}: {first}, {other}"] = welch(times[first], times[other])
    assert {pair: t for pair, t in found.items() if abs(t) >= MOST_T} == {}, found


def sample(ana: Someone, ways: Ways) -> dict[str, list[float]]:
    """Time each way as often, one after the other, so that drift meets all alike."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    names = list(ways)
    for turn in range(SAMPLES):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            forgive(ana)
            begun = time.perf_counter()
            ways[name]()
            times[name].append(time.perf_counter() - begun)
    return times


def welch(one: list[float], other: list[float]) -> float:
    """Return Welch's t of two samples, without their interruptions."""
    bar = sorted([*one, *other])[int(KEPT * (len(one) + len(other)))]
    a, b = ([each for each in times if each < bar] for times in (one, other))
    spread = statistics.variance(a) / len(a) + statistics.variance(b) / len(b)
    return (statistics.fmean(a) - statistics.fmean(b)) / math.sqrt(spread)

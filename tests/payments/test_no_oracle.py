"""A refused approval tells nothing: not in its body, not in its statements, not in its time."""

import math
import re
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from people.models import Passkey, PinDevice
from people.services.hashes import hash_pin, spend_as_much
from people.services.proofs import PinEvidence, prove
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import PIN, Someone, new_key, new_payer
from tests.payments.test_payments_mutations import give_passkey
from tests.people.cast import Ed25519Key, b64, unb64

SAMPLES = 2_000
MOST_T = 4.5
UNKNOWN = "quo_00000000000000000000000000"
# A machine that turns to something else for a while says nothing about us (as dudect crops:
# https://eprint.iacr.org/2016/1123).
KEPT = 0.9
_VALUES = re.compile(r" ?-?\d+|\b(?:true|false)\b|'[^']*'")

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
        times = sample({name: (lambda: forgive(ana), call) for name, call in ways.items()})
        first, *others = ways
        for other in others:
            found[f"{method}: {first}, {other}"] = welch(times[first], times[other])
    assert {pair: t for pair, t in found.items() if abs(t) >= MOST_T} == {}, found


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_no_approval_tells_a_duress_pin_from_another(brazil: Simulator) -> None:
    """With one chosen and with none, typed and not typed."""
    ana = new_payer(brazil, "Ana")
    digest, duress = bytes(range(32)), "481536"
    salt = PinDevice.objects.get(user=ana.person).pin_hash
    kept = hash_pin(ana.person.id, duress, like=salt)
    mine = PinDevice.objects.filter(user=ana.person)

    def way(pin: str, chosen: str) -> tuple[Callable[[], Any], Callable[[], Any]]:
        evidence = PinEvidence(pin, ana.key.sign(digest))
        return (
            lambda: mine.update(duress_hash=chosen, duress_since=None, failures=0),
            lambda: prove(person=ana.person, device=ana.device, digest=digest, evidence=evidence),
        )

    times = sample({"none": way(PIN, ""), "chosen": way(PIN, kept), "typed": way(duress, kept)})
    pairs = [("none", "chosen"), ("chosen", "typed")]
    found = {pair: welch(times[pair[0]], times[pair[1]]) for pair in pairs}
    assert {pair: t for pair, t in found.items() if abs(t) >= MOST_T} == {}, found


def sample(ways: Mapping[str, tuple[Callable[[], Any], Callable[[], Any]]]) -> dict[str, Any]:
    """Time each way as often, one after the other, so that drift meets all alike.

    A way is what makes all equal before, which is not timed, and what is timed.
    """
    times: dict[str, list[float]] = {name: [] for name in ways}
    names = list(ways)
    for turn in range(SAMPLES):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            prepare, act = ways[name]
            prepare()
            begun = time.perf_counter()
            act()
            times[name].append(time.perf_counter() - begun)
    return times


def welch(one: list[float], other: list[float]) -> float:
    """Return Welch's t of two samples, without their interruptions."""
    bar = sorted([*one, *other])[int(KEPT * (len(one) + len(other)))]
    a, b = ([each for each in times if each < bar] for times in (one, other))
    spread = statistics.variance(a) / len(a) + statistics.variance(b) / len(b)
    return (statistics.fmean(a) - statistics.fmean(b)) / math.sqrt(spread)

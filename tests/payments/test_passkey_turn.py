"""A wrong passkey's refusal works as long as a wrong PIN's, and nobody waits for that."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from people.services import hashes
from people.services.turns import take_turn
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import new_key, new_payer
from tests.payments.test_payments_mutations import give_passkey
from tests.people.cast import b64, unb64

HELD_SECONDS = 2.0


@pytest.mark.django_db(transaction=True)
def test_a_wrong_passkey_gives_its_persons_turn_back_before_the_slow_hash(
    brazil: Simulator, in_threads: Callable[..., list[Any]]
) -> None:
    ana = new_payer(brazil, "Ana")
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    finger = give_passkey(ana)
    quote = ana.quote({"party": bruno.party}, 10_00).json()
    proof = finger.proof(quote["digest"])
    raw = bytearray(unb64(proof["credential"]["response"]["signature"]))
    raw[-1] ^= 1
    proof["credential"]["response"]["signature"] = b64(bytes(raw))
    refused = []

    def pay_wrongly() -> None:
        body = {"quote": quote["id"], "proof": proof}
        refused.append(ana.post("/v1/payments", body, key=new_key()).status_code)

    def keep_all_hashes_busy() -> float:
        with hashes._place(), hashes._place():  # noqa: SLF001 - As two who type their PINs do.
            time.sleep(0.5)  # The wrong answer was looked at; its refusal waits for a hash.
            begun = time.monotonic()
            with take_turn(ana.person.id):
                waited = time.monotonic() - begun
            time.sleep(HELD_SECONDS)
        return waited

    _, waited = in_threads(pay_wrongly, keep_all_hashes_busy)
    assert (refused, waited < HELD_SECONDS / 2) == ([403], True)

"""How PINs are kept: slow, keyed, renewed; and refusals that cost alike."""

import statistics
import time

import pytest
from argon2 import PasswordHasher
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from people.models import Device, Person, PinDevice
from people.services import hashes
from people.services.proofs import PinEvidence, ProofRejected, prove
from tests.people.cast import ANA, ANA_PIN, Phone, enrolled_ana

pytestmark = pytest.mark.django_db

DIGEST = bytes(range(32))


def try_pin(phone: Phone, pin: str, signature: str | None = None) -> str:
    return prove(
        person=Person.objects.get(phone=ANA),
        device=Device.objects.get(public_id=phone.device["id"]),
        digest=DIGEST,
        evidence=PinEvidence(pin=pin, signature=signature or phone.key.sign(DIGEST)),
    )


def test_the_key_of_the_hash_is_not_in_the_database() -> None:
    stored = hashes.hash_pin(1, ANA_PIN)
    assert hashes.is_pin(1, ANA_PIN, stored)
    assert not hashes.is_pin(2, ANA_PIN, stored)
    assert not hashes.is_pin(1, "407283", stored)
    with override_settings(TROCO_PIN_PEPPER="another"):
        assert not hashes.is_pin(1, ANA_PIN, stored)
    with override_settings(TROCO_PIN_PEPPER=None), pytest.raises(ImproperlyConfigured):
        hashes.hash_pin(1, ANA_PIN)


def test_a_hash_with_older_parameters_is_renewed_by_a_right_pin() -> None:
    ana = enrolled_ana()
    row = PinDevice.objects.get()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hashes, "_HASHER", PasswordHasher(1, 8_192, 1))
        PinDevice.objects.update(pin_hash=hashes.hash_pin(row.user_id, ANA_PIN))
    with pytest.raises(ProofRejected):
        try_pin(ana, "407283")
    assert "m=8192,t=1" in PinDevice.objects.get().pin_hash
    assert try_pin(ana, ANA_PIN)
    assert "m=19456,t=2" in PinDevice.objects.get().pin_hash
    assert try_pin(ana, ANA_PIN)


def test_one_hash_finds_either_of_two_pins_and_neither_of_others() -> None:
    first = hashes.hash_pin(1, ANA_PIN)
    second = hashes.hash_pin(1, "481536", like=first)
    assert hashes.find_pin(1, ANA_PIN, [first, second]) == 0
    assert hashes.find_pin(1, "481536", [first, second]) == 1
    assert hashes.find_pin(1, "407283", [first, second]) is None
    assert hashes.find_pin(2, "481536", [first, second]) is None
    assert hashes.find_pin(1, "nobody", [first, ""]) is None
    assert hashes.find_pin(1, ANA_PIN, ["no hash", first]) is None


def test_an_older_hash_is_not_renewed_beside_a_duress_pin() -> None:
    ana = enrolled_ana()
    row = PinDevice.objects.get()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hashes, "_HASHER", PasswordHasher(1, 8_192, 1))
        older = hashes.hash_pin(row.user_id, ANA_PIN)
    other = hashes.hash_pin(row.user_id, "481536", like=older)
    PinDevice.objects.update(pin_hash=older, duress_hash=other)
    assert try_pin(ana, ANA_PIN)
    assert PinDevice.objects.get().duress_since is None
    assert try_pin(ana, "481536")
    assert PinDevice.objects.get().duress_since is not None
    assert PinDevice.objects.get().pin_hash == older


def test_a_wrong_signature_and_a_locked_pin_cost_what_a_wrong_pin_costs() -> None:
    """A hash takes tens of milliseconds: a refusal without one would be far quicker."""
    ana = enrolled_ana()
    unlocked = [_seconds(ana, "407283") for _ in range(4)]
    unsigned = [_seconds(ana, "407283", "A" * 86) for _ in range(9)]
    PinDevice.objects.update(failures=10)
    ended = [_seconds(ana, ANA_PIN) for _ in range(9)]
    usual = statistics.median(unlocked)
    for times in (unsigned, ended):
        assert statistics.median(times) > usual / 3


def _seconds(phone: Phone, pin: str, signature: str | None = None) -> float:
    start = time.perf_counter()
    with pytest.raises(ProofRejected):
        try_pin(phone, pin, signature)
    return time.perf_counter() - start


def test_only_two_hashes_are_made_at_once() -> None:
    places = [hashes._place() for _ in range(2)]  # noqa: SLF001 - The limit itself.
    for place in places:
        place.__enter__()
    assert not hashes._AT_ONCE.acquire(blocking=False)  # noqa: SLF001
    for place in places:
        place.__exit__(None, None, None)

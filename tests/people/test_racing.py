"""Many at once, in real threads on a real Postgres: counts are exact and one wins."""

import secrets
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from core.clock import business_now
from core.transactions import OwnershipError, owns_block
from people.models import Device, Party, Person, PinDevice, Proof, SignInCode
from people.services import challenges, pins, signing
from people.services.identity import put_identity
from people.services.proofs import (
    PasskeyEvidence,
    PinEvidence,
    ProofRejected,
    consume_proof,
    prove,
)
from people.services.signing import SignInRejected
from tests.people.cast import ANA, ANA_PIN, BRUNO, P256Key, enrolled_ana, read_code, sign_in

pytestmark = pytest.mark.django_db(transaction=True)

InThreads = Callable[..., list[Any]]
DIGEST = bytes(range(32))


class Ana:
    """Ana at the level of services."""

    def __init__(self) -> None:
        self.phone = enrolled_ana()
        self.person = Person.objects.get(phone=ANA)
        self.device = Device.objects.get(public_id=self.phone.device["id"])

    def prove(self, pin: str = ANA_PIN, digest: bytes = DIGEST) -> str:
        evidence = PinEvidence(pin=pin, signature=self.phone.key.sign(digest))
        return prove(person=self.person, device=self.device, digest=digest, evidence=evidence)

    def consume(self, proof_id: str, used_by: str, digest: bytes = DIGEST) -> None:
        with owns_block("a payment"):
            consume_proof(
                proof_id=proof_id,
                person=self.person,
                digest=digest,
                used_by=used_by,
                moment=business_now(),
            )


def kinds(outcomes: list[Any]) -> Counter[str]:
    return Counter(
        type(each).__name__ if isinstance(each, Exception) else "ok" for each in outcomes
    )


def test_of_a_hundred_wrong_pins_at_once_five_are_looked_at(in_threads: InThreads) -> None:
    ana = Ana()
    outcomes = in_threads(lambda: ana.prove("407283"), times=100)
    assert kinds(outcomes) == {"ProofRejected": 100}
    row = PinDevice.objects.get()
    assert row.failures == 5
    assert row.locked_until is not None
    assert Proof.objects.count() == 0
    with pytest.raises(ProofRejected):
        ana.prove()
    assert PinDevice.objects.get().failures == 5


def test_thirty_right_pins_at_once_are_all_accepted(in_threads: InThreads) -> None:
    ana = Ana()
    outcomes = in_threads(ana.prove, times=30)
    assert kinds(outcomes) == {"ok": 30}
    assert PinDevice.objects.get().failures == 0
    assert len(set(outcomes)) == 30


def test_a_right_pin_among_wrong_ones_forgives_only_what_came_before(
    in_threads: InThreads,
) -> None:
    ana = Ana()
    outcomes = in_threads(*[lambda: ana.prove("407283")] * 12, ana.prove)
    assert Proof.objects.count() == kinds(outcomes)["ok"] <= 1
    assert PinDevice.objects.get().failures <= 5


def test_wrong_signatures_count_nothing(in_threads: InThreads) -> None:
    """A stolen token without the device's key cannot lock Ana out."""
    ana = Ana()
    evidence = PinEvidence(pin="407283", signature=P256Key().sign(DIGEST))
    outcomes = in_threads(
        lambda: prove(person=ana.person, device=ana.device, digest=DIGEST, evidence=evidence),
        times=20,
    )
    assert kinds(outcomes) == {"ProofRejected": 20}
    assert PinDevice.objects.get().failures == 0
    assert ana.prove()


def test_another_persons_device_counts_nothing() -> None:
    ana = Ana()
    bruno = sign_in(BRUNO)
    device = Device.objects.get(public_id=bruno.device["id"])
    evidence = PinEvidence(pin="407283", signature=bruno.key.sign(DIGEST))
    with pytest.raises(ProofRejected):
        prove(person=ana.person, device=device, digest=DIGEST, evidence=evidence)
    with pytest.raises(ProofRejected):
        prove(
            person=ana.person,
            device=ana.device,
            digest=DIGEST,
            evidence=PasskeyEvidence(credential={}),
        )
    assert PinDevice.objects.get().failures == 0


def test_one_of_twenty_uses_of_a_proof_wins(in_threads: InThreads) -> None:
    ana = Ana()
    proof_id = ana.prove()
    outcomes = in_threads(
        *[lambda number=number: ana.consume(proof_id, f"pay_{number:026d}") for number in range(20)]
    )
    assert kinds(outcomes) == {"ok": 1, "ProofRejected": 19}
    proof = Proof.objects.get()
    winner = next(number for number, each in enumerate(outcomes) if each is None)
    assert proof.used_by == f"pay_{winner:026d}"
    assert proof.used_at is not None


def test_a_proof_holds_for_its_person_its_digest_and_two_minutes() -> None:
    ana = Ana()
    bruno = sign_in(BRUNO)
    other = Person.objects.get(phone=bruno.number)
    proof_id = ana.prove()
    now = business_now()
    made = Proof.objects.get()
    assert (made.expires_at - made.made_at).total_seconds() == 120
    good: dict[str, Any] = {
        "proof_id": proof_id,
        "person": ana.person,
        "digest": DIGEST,
        "used_by": "pay_1",
        "moment": now,
    }
    wrong: list[dict[str, Any]] = [
        {"person": other},
        {"digest": secrets.token_bytes(32)},
        {"proof_id": "prf_x"},
        {"moment": made.expires_at},
    ]
    for change in wrong:
        with pytest.raises(ProofRejected), owns_block("a payment"):
            consume_proof(**{**good, **change})
    with owns_block("a payment"):
        consume_proof(**good)
    with pytest.raises(ProofRejected), owns_block("a payment"):
        consume_proof(**{**good, "used_by": "pay_2"})


def test_a_rollback_gives_the_proof_back_but_never_the_try() -> None:
    ana = Ana()
    proof_id = ana.prove()
    with pytest.raises(ZeroDivisionError), owns_block("a payment that fails"):
        consume_proof(
            proof_id=proof_id,
            person=ana.person,
            digest=DIGEST,
            used_by="pay_1",
            moment=business_now(),
        )
        1 / 0  # noqa: B018 - The payment fails.
    assert Proof.objects.get().used_by is None
    with pytest.raises(OwnershipError), owns_block("a payment"):
        ana.prove("407283")
    with pytest.raises(ProofRejected):
        ana.prove("407283")
    assert PinDevice.objects.get().failures == 1


def test_a_device_removed_meanwhile_proves_nothing() -> None:
    ana = Ana()
    Device.objects.filter(id=ana.device.id).update(removed_at=business_now(), token_hash=None)
    with pytest.raises(ProofRejected):
        ana.prove()
    assert Proof.objects.count() == 0


def test_a_hash_moved_to_another_person_opens_nothing() -> None:
    ana = Ana()
    bruno = sign_in(BRUNO)
    person = Person.objects.get(phone=BRUNO)
    stolen = PinDevice.objects.get().pin_hash
    PinDevice.objects.create(user=person, name="PIN", pin_hash=stolen, set_at=business_now())
    evidence = PinEvidence(pin=ANA_PIN, signature=bruno.key.sign(DIGEST))
    device = Device.objects.get(public_id=bruno.device["id"])
    with pytest.raises(ProofRejected):
        prove(person=person, device=device, digest=DIGEST, evidence=evidence)
    assert ana.prove()


def test_of_twenty_first_pins_at_once_one_is_set(in_threads: InThreads) -> None:
    sign_in(ANA)
    person, device = Person.objects.get(), Device.objects.get()
    outcomes = in_threads(
        lambda: pins.set_pin(person=person, device=device, pin=ANA_PIN, pin_again=ANA_PIN),
        times=20,
    )
    found = kinds(outcomes)
    assert found.pop("ok") == 1
    assert sum(found.values()) == 19
    assert PinDevice.objects.count() == 1


def test_one_challenge_changes_the_pin_once(in_threads: InThreads) -> None:
    ana = Ana()
    challenge = challenges.open_challenge(person=ana.person, purpose="pin")
    digest = bytes(challenge.digest)
    evidence = PinEvidence(pin=ANA_PIN, signature=ana.phone.key.sign(digest))
    outcomes = in_threads(
        lambda: pins.change_pin(
            person=ana.person,
            device=ana.device,
            new=pins.NewPin("620837", "620837"),
            approval=challenges.Approval(challenge.public_id, evidence),
        ),
        times=8,
    )
    assert kinds(outcomes) == {"ok": 1, "ProofRejected": 7}


def test_of_fifty_wrong_codes_at_once_five_are_looked_at(in_threads: InThreads) -> None:
    code = read_code(ANA)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    outcomes = in_threads(lambda: arrive(ANA, wrong), times=50)
    assert kinds(outcomes) == {"SignInRejected": 50}
    assert SignInCode.objects.get().tries == 5
    with pytest.raises(SignInRejected):
        arrive(ANA, code)


def test_of_twenty_sign_ins_with_one_code_one_gets_in(in_threads: InThreads) -> None:
    code = read_code(ANA)
    outcomes = in_threads(lambda: arrive(ANA, code), times=20)
    assert kinds(outcomes) == {"ok": 1, "SignInRejected": 19}
    assert (Party.objects.count(), Person.objects.count(), Device.objects.count()) == (1, 1, 1)


def test_of_ten_people_with_one_tax_id_one_is_verified(in_threads: InThreads) -> None:
    for number in range(10):
        sign_in(f"+551198765430{number}")
    people = list(Person.objects.select_related("party"))

    def claim(person: Person) -> None:
        put_identity(
            person=person,
            legal_name="Ana Souza",
            tax_id="52998224725",
            birth_date=business_now().date().replace(year=1990, day=1),
            terms=["payments", "privacy"],
        )

    outcomes = in_threads(*[lambda person=person: claim(person) for person in people])
    assert kinds(outcomes) == {"ok": 1, "TaxIdTaken": 9}


def arrive(number: str, code: str) -> Any:
    device = signing.NewDevice(name="Phone", public_key=P256Key().jwk)
    return signing.sign_in(phone=number, code=code, device=device)

"""Many answers of a passkey at once: counts are exact, and right ones are not refused."""

from collections.abc import Callable
from typing import Any

import pytest

from people.models import Device, Passkey, Person, Proof
from people.services.proofs import PasskeyEvidence, prove
from people.services.registering import MOST_PASSKEYS
from tests.people.approving import add, begin
from tests.people.cast import enrolled_ana

pytestmark = pytest.mark.django_db(transaction=True)

InThreads = Callable[..., list[Any]]
NamesOf = Callable[[list[Any]], list[str]]
DIGEST = bytes(range(32))


class Ana:
    """Ana and her passkey, at the level of services."""

    def __init__(self, *, counts: bool = False) -> None:
        self.phone = enrolled_ana()
        self.finger = add(self.phone, counts=counts)
        self.person, self.device = Person.objects.get(), Device.objects.get()

    def prove(self, credential: dict[str, Any]) -> str:
        evidence = PasskeyEvidence(credential)
        return prove(person=self.person, device=self.device, digest=DIGEST, evidence=evidence)


def test_of_thirty_wrong_answers_at_once_five_are_looked_at(
    in_threads: InThreads, names_of: NamesOf
) -> None:
    ana = Ana()
    wrong = ana.finger.get(DIGEST, verified=False)
    assert names_of(in_threads(lambda: ana.prove(wrong), times=30)) == ["ProofRejected"] * 30
    assert Passkey.objects.get().failures == 5
    assert names_of(in_threads(lambda: ana.prove(ana.finger.get(DIGEST)))) == ["ProofRejected"]


def test_thirty_right_answers_at_once_are_all_accepted(
    in_threads: InThreads, names_of: NamesOf
) -> None:
    ana = Ana()
    outcomes = in_threads(lambda: ana.prove(ana.finger.get(DIGEST)), times=30)
    assert names_of(outcomes) == ["ok"] * 30
    assert (Passkey.objects.get().failures, Proof.objects.filter(method="passkey").count()) == (
        0,
        30,
    )


def test_of_one_counted_answer_sent_five_times_one_is_accepted(
    in_threads: InThreads, names_of: NamesOf
) -> None:
    ana = Ana(counts=True)
    answer = ana.finger.get(DIGEST)
    outcomes = in_threads(lambda: ana.prove(answer), times=5)
    assert names_of(outcomes) == ["ProofRejected"] * 4 + ["ok"]
    assert Passkey.objects.get().sign_count == 1


def test_twenty_passkeys_are_enough() -> None:
    ana = Ana()
    row = Passkey.objects.get()
    for number in range(MOST_PASSKEYS - 1):
        Passkey.objects.create(
            public_id=f"psk_{number}",
            user=row.user,
            name="Finger",
            credential_id=bytes([number]),
            public_key=row.public_key,
            is_synced=False,
            created_at=row.created_at,
        )
    assert begin(ana.phone).json()["code"] == "state_conflict"
    Passkey.objects.filter(pk=row.pk).update(removed_at=row.created_at)
    assert begin(ana.phone).status_code == 201

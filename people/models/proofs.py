"""What a person approves with PIN and device: challenges and one-use proofs."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Func, Q
from django.db.models.lookups import Exact

from people.enums import ChallengePurpose, ProofMethod
from people.models.devices import Device
from people.models.parties import Person
from people.models.passkeys import Passkey


def _is_digest(field: str) -> Exact:
    length = Func(F(field), function="octet_length", output_field=models.IntegerField())
    return Exact(length, 32)


class Challenge(models.Model):
    """Something other than a payment that a person is asked to approve."""

    public_id = models.CharField(max_length=40, unique=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="challenges")
    purpose = models.CharField(max_length=20, choices=ChallengePurpose.choices)
    signed_text = models.TextField()
    digest = models.BinaryField(max_length=32)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        """A known purpose, a SHA-256; what is over is found by its end."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(purpose__in=ChallengePurpose.values),
                name="people_challenge_purpose_known",
            ),
            models.CheckConstraint(
                condition=_is_digest("digest"), name="people_challenge_digest_32_bytes"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["expires_at"], name="people_challenge_by_end"),
        ]

    def __str__(self) -> str:
        """Name the challenge."""
        return self.public_id


class Proof(models.Model):
    """One-use evidence that this person approved what this digest stands for."""

    public_id = models.CharField(max_length=40, unique=True)
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="proofs", db_constraint=False
    )
    device = models.ForeignKey(
        Device,
        on_delete=models.PROTECT,
        related_name="proofs",
        db_constraint=False,
        db_index=False,
    )
    digest = models.BinaryField(max_length=32)
    method = models.CharField(max_length=10, choices=ProofMethod.choices)
    passkey = models.ForeignKey(
        Passkey,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    used_by = models.CharField(max_length=40, null=True)  # noqa: DJ001 - unique where given.

    class Meta:
        """A thing needs one proof; a proof is used for one thing."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["used_by"], name="people_proof_one_for_a_thing"),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True, used_by__isnull=True)
                | Q(used_at__isnull=False, used_by__isnull=False),
                name="people_proof_used_at_and_by",
            ),
            models.CheckConstraint(
                condition=_is_digest("digest"), name="people_proof_digest_32_bytes"
            ),
            models.CheckConstraint(
                condition=Q(method__in=ProofMethod.values), name="people_proof_method_known"
            ),
        ]

    def __str__(self) -> str:
        """Name the proof."""
        return self.public_id

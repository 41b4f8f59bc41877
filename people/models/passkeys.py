"""Passkeys, as devices in the sense of django-otp, and their registration."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django_otp.models import Device as OtpDevice

from people.models.devices import Device
from people.models.parties import Person
from people.models.pins import ProofDeviceManager


class Passkey(OtpDevice):  # type: ignore[misc]  # django-otp ships no types.
    """A key in a person's authenticator, which a fingerprint, a face or its own PIN unlocks.

    ``failures`` counts every answer of this passkey *before* it is looked at; a right one, and a
    right PIN, set it back to 0. ``sign_count`` stays 0 for passkeys that are synced between
    devices. Like a PIN a passkey counts only in ``services.proofs``.
    """

    public_id = models.CharField(max_length=40, unique=True)
    user = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    credential_id = models.BinaryField(max_length=1023)
    public_key = models.BinaryField()
    sign_count = models.BigIntegerField(default=0)
    failures = models.SmallIntegerField(default=0)
    transports = models.JSONField(default=list)
    is_synced = models.BooleanField()
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    objects = ProofDeviceManager()

    class Meta:
        """A credential is one passkey of one person; five failures end it for a while."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["credential_id"], name="people_passkey_credential_unique"
            ),
            models.CheckConstraint(
                condition=Q(failures__gte=0, failures__lte=5),
                name="people_passkey_failures_at_most_five",
            ),
            models.CheckConstraint(
                condition=Q(sign_count__gte=0), name="people_passkey_sign_count_counts"
            ),
        ]


class PasskeyRegistration(models.Model):
    """A registration under way: its challenge works once, for five minutes, on one device."""

    public_id = models.CharField(max_length=40, unique=True)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+")
    challenge = models.BinaryField(max_length=32)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        """Name the registration."""
        return self.public_id

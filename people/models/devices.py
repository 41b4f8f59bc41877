"""Signing in: the code that claims a number, and the device that is known afterwards."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from people.models.parties import Person


class SignInCode(models.Model):
    """The newest code of a phone number: one row for each number, known or not.

    One row keeps the newest code the only one, and lets two sign-ins of one number wait for
    each other on it. The code is kept as a keyed hash; ``sandbox_code`` is filled only in the
    sandbox, whose codes anyone on the machine may read.
    """

    phone = models.CharField(max_length=16, unique=True)
    code_hash = models.BinaryField(max_length=32)
    sandbox_code = models.CharField(max_length=6, default="", blank=True)
    tries = models.SmallIntegerField(default=0)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    window_started_at = models.DateTimeField()
    sent_in_window = models.IntegerField(default=0)

    class Meta:
        """No more tries than a code allows; a number in its one form."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(tries__gte=0, tries__lte=5), name="people_signincode_tries_few"
            ),
            models.CheckConstraint(
                condition=Q(phone__regex=r"^\+[1-9][0-9]{6,14}$"),
                name="people_signincode_phone_e164",
            ),
        ]

    def __str__(self) -> str:
        """Name the number; never the code."""
        return self.phone


class Device(models.Model):
    """A person's phone or browser: its bearer token (hashed) and its public key.

    ``created_at`` is business time, because limits for new devices count from it;
    ``signed_in_at`` and ``last_seen_at`` are wall time.
    """

    public_id = models.CharField(max_length=40, unique=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="devices")
    name = models.CharField(max_length=80)
    public_key = models.JSONField()
    key_thumbprint = models.CharField(max_length=43)
    token_hash = models.BinaryField(max_length=32, null=True)
    created_at = models.DateTimeField()
    signed_in_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        """One token names one device; one key is one device of a person while it stays."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["token_hash"], name="people_device_token_unique"),
            models.UniqueConstraint(
                fields=["person", "key_thumbprint"],
                condition=Q(removed_at__isnull=True),
                name="people_device_key_once_for_a_person",
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True) | Q(token_hash__isnull=True),
                name="people_device_removed_without_token",
            ),
        ]

    def __str__(self) -> str:
        """Name the device as its person named it."""
        return self.name

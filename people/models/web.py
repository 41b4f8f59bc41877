"""Signing in by a browser: its sessions, and the passkeys that are a second factor there."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django_otp.models import Device as OtpDevice

from people.models.parties import Person


class WebSession(models.Model):
    """A browser in which somebody is signed in to the portal.

    ``session_key`` is Django's own; ending a session deletes its row there, so the next request
    is nobody's. Moments are the wall clock's; ``seen_at`` is a few minutes exact.
    """

    public_id = models.CharField(max_length=40, unique=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="web_sessions")
    session_key = models.CharField(max_length=40, unique=True)
    agent = models.CharField(max_length=200, blank=True, default="")
    address = models.GenericIPAddressField(null=True)
    factor = models.CharField(max_length=16)
    made_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """It ends after it began; a person's are listed, newest first."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(factor__in=["totp", "recovery", "passkey"]),
                name="people_websession_factor_known",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["person", "-id"],
                name="people_websession_living",
                condition=Q(ended_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        """Name the session."""
        return self.public_id


class WebKey(OtpDevice):  # type: ignore[misc]  # django-otp ships no types.
    """A passkey that is the second factor of the portal, and of nothing else.

    It approves no payment: those that do are ``Passkey`` rows. Its challenge lives in the session
    that asked for it, and its ``verify_token`` keeps answering no.
    """

    public_id = models.CharField(max_length=40, unique=True)
    user = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    credential_id = models.BinaryField(max_length=1023)
    public_key = models.BinaryField()
    sign_count = models.BigIntegerField(default=0)
    transports = models.JSONField(default=list)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        """A credential is one key."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["credential_id"], name="people_webkey_credential_unique"
            ),
            models.CheckConstraint(
                condition=Q(sign_count__gte=0), name="people_webkey_sign_count_counts"
            ),
        ]

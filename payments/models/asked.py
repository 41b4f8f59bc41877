"""Chats that asked for money elsewhere, as payments need to know of them."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q


class AskedElsewhere(models.Model):
    """A message asked a payer to send money back by another way than the payment's own trace.

    Payments know nothing of messages (ruling 4): messaging tells, ``message_ref`` is opaque.
    """

    warned = models.ForeignKey("people.Party", on_delete=models.PROTECT, related_name="+")
    about = models.ForeignKey("people.Party", on_delete=models.PROTECT, related_name="+")
    message_ref = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField()

    class Meta:
        """Two parties; the newest for whoever was warned is found at once."""

        verbose_name_plural = "asked elsewhere"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(warned=F("about")), name="payments_askedelsewhere_two_parties"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["warned", "-at"], name="payments_asked_newest")]

    def __str__(self) -> str:
        """Name the message."""
        return self.message_ref

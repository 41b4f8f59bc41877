"""What banks told by themselves; each message once."""

from typing import ClassVar

from django.db import models


class BankCallback(models.Model):
    """A signed message of a bank that was listened to: a reason to ask it, nothing more.

    ``sent_at`` is the bank's signed time and ``received_at`` ours, both of the wall clock.
    """

    message_id = models.CharField(max_length=128)
    kind = models.CharField(max_length=64)
    bank = models.CharField(max_length=32)
    about = models.CharField(max_length=35)
    sent_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        """A message counts once, however often it comes."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["bank", "message_id"], name="payments_bankcallback_counts_once"
            ),
        ]

    def __str__(self) -> str:
        """Say what it was about."""
        return f"{self.kind} {self.about}"

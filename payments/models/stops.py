"""What keeps a shop from being paid out, by whom it was put, and until when it stood."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q


class PayoutStop(models.Model):
    """While one stands, nothing of this party is claimed for a payout; sales go on.

    Payments do not know why: ``code`` is the word of the room that put it.
    """

    party = models.ForeignKey("people.Party", on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=40)
    stopped_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        """One of a kind stands at a time."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["party", "code"],
                condition=Q(lifted_at__isnull=True),
                name="payments_payoutstop_one_standing",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True) | Q(lifted_at__gte=F("stopped_at")),
                name="payments_payoutstop_lifted_later",
            ),
        ]

    def __str__(self) -> str:
        """Name the reason."""
        return self.code

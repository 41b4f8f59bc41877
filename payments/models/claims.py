"""When the clock tries again to deliver money that waits for its payee."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class ClaimTry(models.Model):
    """How often a waiting payment could not be delivered, and when it is tried again.

    ``try_at`` is wall-clock time. The row is kept beside the payment because payments are a hot
    table, and few of them ever wait.
    """

    payment = models.OneToOneField(
        "payments.Payment", on_delete=models.PROTECT, related_name="claim_try", db_constraint=False
    )
    tries = models.IntegerField(default=0)
    try_at = models.DateTimeField()
    refused_with = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        """Tries count up from zero."""

        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(tries__gte=0), name="payments_claimtry_tries_count"),
        ]

    def __str__(self) -> str:
        """Say when."""
        return f"{self.payment_id} after {self.tries} tries"

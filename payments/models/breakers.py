"""Circuit breakers: whether a connection to a bank is used, shared by all processes."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from payments.enums import BreakerState
from payments.models.banks import Bank


class Breaker(models.Model):
    """One connection: a bank over a rail. There is no row before its first failure.

    ``failures`` are those in a row; ``try_at``, in wall-clock time, is when one call may try
    whether it works again.
    """

    bank = models.ForeignKey(Bank, on_delete=models.PROTECT, related_name="breakers")
    rail = models.CharField(max_length=32)
    state = models.CharField(
        max_length=16, choices=BreakerState.choices, default=BreakerState.CLOSED
    )
    failures = models.IntegerField(default=0)
    openings = models.IntegerField(default=0)
    try_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField()
    last_failure = models.CharField(max_length=140, blank=True, default="")

    class Meta:
        """One for each connection; one that is not closed says when it is tried."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["bank", "rail"], name="payments_breaker_once"),
            models.CheckConstraint(
                condition=Q(failures__gte=0) & Q(openings__gte=0),
                name="payments_breaker_counts_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(state="closed") | Q(try_at__isnull=False),
                name="payments_breaker_open_is_tried",
            ),
        ]

    def __str__(self) -> str:
        """Name the connection."""
        return f"{self.bank_id} over {self.rail}: {self.state}"


class BreakerMove(models.Model):
    """One change of a breaker's state: append-only history."""

    breaker = models.ForeignKey(Breaker, on_delete=models.PROTECT, related_name="moves")
    from_state = models.CharField(max_length=16, choices=BreakerState.choices)
    to_state = models.CharField(max_length=16, choices=BreakerState.choices)
    at = models.DateTimeField()
    reason = models.CharField(max_length=140, blank=True, default="")

    class Meta:
        """A move changes something."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(from_state=F("to_state")), name="payments_breakermove_changes"
            ),
        ]

    def __str__(self) -> str:
        """Say the move."""
        return f"{self.from_state} → {self.to_state}"

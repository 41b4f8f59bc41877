"""What the banks tell of the same day, before their statements: early evidence."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from payments.models.banks import Bank
from payments.models.payments import Attempt
from payments.models.settlement import Payout
from payments.statement_enums import Evidence, LineDirection, LineKind


class Notification(models.Model):
    """One camt.054 of a bank, imported once.

    It proves no day and is no line of one: what it tells may only close, a day earlier, what
    nobody knew. The statement shows the same movement again, and its line is what is counted.
    """

    bank = models.ForeignKey(Bank, on_delete=models.PROTECT, related_name="notifications")
    number = models.BigIntegerField()
    notification_reference = models.CharField(max_length=64, blank=True, default="")
    sha256 = models.CharField(max_length=64)
    entry_count = models.IntegerField()
    imported_at = models.DateTimeField()

    class Meta:
        """Each number of a bank once."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["bank", "number"], name="payments_notification_once"),
        ]

    def __str__(self) -> str:
        """Name the bank's notification."""
        return f"{self.bank_id} #{self.number}"


class NotifiedEntry(models.Model):
    """One entry of a notification, and what it told."""

    notification = models.ForeignKey(Notification, on_delete=models.PROTECT, related_name="entries")
    position = models.IntegerField()
    kind = models.CharField(max_length=10, choices=LineKind.choices)
    direction = models.CharField(max_length=8, choices=LineDirection.choices)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    end_to_end_id = models.CharField(max_length=64, blank=True, default="")
    instruction_id = models.CharField(max_length=64, blank=True, default="")
    bank_reference = models.CharField(max_length=64, blank=True, default="")
    booked_date = models.DateField()
    evidence = models.CharField(max_length=8, choices=Evidence.choices, default=Evidence.NEW)
    attempt = models.ForeignKey(
        Attempt, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    payout = models.ForeignKey(
        Payout, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        """An entry is numbered and has an amount."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["notification", "position"], name="payments_notifiedentry_numbered"
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0), name="payments_notifiedentry_amount_positive"
            ),
            models.CheckConstraint(
                condition=Q(evidence__in=Evidence.values) & Q(kind__in=LineKind.values),
                name="payments_notifiedentry_words_known",
            ),
        ]

    def __str__(self) -> str:
        """Say the entry."""
        return f"#{self.position} {self.direction} {self.amount_minor} {self.evidence}"

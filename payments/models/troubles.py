"""What keeps a bank's settlement or its papers from going on, for staff to see."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from payments.enums import BankWork
from payments.models.banks import Bank
from payments.models.entries import PayableEntry
from payments.models.payments import Payment


class BankTrouble(models.Model):
    """A work with one bank that failed the last time it was tried, and its last error in words.

    The row goes with the first time that the work succeeds. Its moments are of the wall clock.
    """

    bank = models.ForeignKey(Bank, on_delete=models.PROTECT, related_name="troubles")
    work = models.CharField(max_length=12, choices=BankWork.choices)
    error = models.CharField(max_length=300)
    since_at = models.DateTimeField()
    last_at = models.DateTimeField()
    times = models.IntegerField(default=1)

    class Meta:
        """One row for each work of a bank."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["bank", "work"], name="payments_banktrouble_once"),
            models.CheckConstraint(
                condition=Q(work__in=BankWork.values) & Q(times__gt=0) & ~Q(error=""),
                name="payments_banktrouble_says_what",
            ),
        ]

    def __str__(self) -> str:
        """Say what fails."""
        return f"{self.work}: {self.error}"


class TooLarge(models.Model):
    """One sale or entry of a shop that is above its bank's limit for a single payout.

    It cannot be divided, so it waits: until the bank's agreement allows more, or the shop is paid
    at another bank. The row goes when it is claimed.
    """

    bank = models.ForeignKey(Bank, on_delete=models.PROTECT, related_name="+")
    party_id = models.BigIntegerField()
    payment = models.OneToOneField(
        Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    entry = models.OneToOneField(
        PayableEntry, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    amount_minor = models.BigIntegerField()
    limit_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    since_at = models.DateTimeField()

    class Meta:
        """One thing, above the limit."""

        verbose_name_plural = "too large"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(payment__isnull=False) ^ Q(entry__isnull=False),
                name="payments_toolarge_is_of_one",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=F("limit_minor")), name="payments_toolarge_is_above"
            ),
        ]

    def __str__(self) -> str:
        """Name it."""
        return self.reference

    @property
    def reference(self) -> str:
        """The sale's or the entry's public id."""
        if self.payment is not None:
            return self.payment.public_id
        return self.entry.public_id if self.entry is not None else ""

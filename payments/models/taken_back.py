"""What banks took back of what they had said: a movement that they had denied, and then showed."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from payments.models.banks import Bank
from payments.models.payments import Attempt
from payments.models.settlement import Payout


class TakenBack(models.Model):
    """A movement that a bank had refused, or said not to have, and that its own papers show.

    ``said`` is what was known of it until then. While nobody has looked, and for ever when it was
    executed indeed, nothing is paid in its place. ``is_mistaken`` is a person's finding that the
    bank's paper was wrong.
    """

    bank = models.ForeignKey(Bank, on_delete=models.PROTECT, related_name="+")
    attempt = models.OneToOneField(
        Attempt, on_delete=models.PROTECT, null=True, blank=True, related_name="taken_back"
    )
    payout = models.OneToOneField(
        Payout, on_delete=models.PROTECT, null=True, blank=True, related_name="taken_back"
    )
    said = models.CharField(max_length=12)
    shown_by = models.CharField(max_length=12)
    found_at = models.DateTimeField()
    is_mistaken = models.BooleanField(default=False)
    looked_by = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    looked_at = models.DateTimeField(null=True, blank=True)
    finding = models.CharField(max_length=500, default="", blank=True)

    class Meta:
        """One movement, found once; a finding is somebody's."""

        verbose_name_plural = "taken back"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(attempt__isnull=False) ^ Q(payout__isnull=False),
                name="payments_takenback_is_of_one",
            ),
            models.CheckConstraint(
                condition=Q(shown_by__in=["statement", "notification"]),
                name="payments_takenback_words_known",
            ),
            models.CheckConstraint(
                condition=Q(looked_at__isnull=True, is_mistaken=False)
                | Q(looked_by__isnull=False, looked_at__isnull=False),
                name="payments_takenback_looked_at_by_somebody",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["found_at"],
                condition=Q(looked_at__isnull=True),
                name="payments_takenback_to_look_at",
            ),
        ]

    def __str__(self) -> str:
        """Name the movement."""
        return self.reference

    @property
    def reference(self) -> str:
        """What the bank's paper names."""
        if self.payout is not None:
            return self.payout.public_id
        return self.attempt.instruction_id if self.attempt is not None else ""

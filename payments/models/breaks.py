"""What the books and the bank's statements do not agree about, as far as it is no line itself."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from payments.models.banks import Bank
from payments.models.payments import Attempt
from payments.models.settlement import Payout
from payments.models.statements import StatementLine


class MissingLine(models.Model):
    """A movement of the books that no line of its bank's statements shows.

    It appears with the proof of the first day that lacks it, and goes when a line shows it.
    ``held_minor`` is what the bank would hold more for it; negative where money went out.
    """

    bank = models.ForeignKey(Bank, on_delete=models.PROTECT, related_name="missing_lines")
    reference = models.CharField(max_length=40)
    transfer_kind = models.CharField(max_length=24)
    held_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    attempt = models.ForeignKey(
        Attempt, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    payout = models.ForeignKey(
        Payout, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    since_date = models.DateField()
    found_at = models.DateTimeField()

    class Meta:
        """Each movement once; found by its amount."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["bank", "reference", "transfer_kind"], name="payments_missingline_once"
            ),
            models.CheckConstraint(
                condition=~Q(held_minor=0), name="payments_missingline_moves_something"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["bank", "held_minor"], name="payments_missing_amount"),
        ]

    def __str__(self) -> str:
        """Say what is missing."""
        return f"{self.reference} {self.held_minor:+d}"


class LineNote(models.Model):
    """What a member of staff noted at a line: append-only, newest last."""

    line = models.ForeignKey(StatementLine, on_delete=models.PROTECT, related_name="notes")
    by = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    text = models.CharField(max_length=500)
    at = models.DateTimeField()

    class Meta:
        """A note says something."""

        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(text=""), name="payments_linenote_says_something"),
        ]

    def __str__(self) -> str:
        """Say the note."""
        return self.text

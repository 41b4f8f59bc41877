"""What the banks say happened: statements, their lines, and the daily proof."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from payments.enums import LineDirection, LineState
from payments.models.banks import Bank
from payments.models.settlement import Payout


class Statement(models.Model):
    """One statement of a bank about the operator's clearing account, imported once.

    The same bytes are never imported twice. Other bytes under the same number are a statement
    that the bank issued again: it is kept as the next ``issue``, and only what is new in it is
    matched.
    """

    public_id = models.CharField(max_length=32, unique=True)
    bank = models.ForeignKey(Bank, on_delete=models.PROTECT, related_name="statements")
    date = models.DateField()
    sequence = models.IntegerField()
    issue = models.SmallIntegerField(default=1)
    statement_reference = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64)
    currency = models.CharField(max_length=3)
    opening_minor = models.BigIntegerField()
    closing_minor = models.BigIntegerField()
    line_count = models.IntegerField()
    closed_at = models.DateTimeField(null=True, blank=True)
    imported_at = models.DateTimeField()

    class Meta:
        """The same statement is imported once."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["bank", "date", "sequence", "issue"], name="payments_statement_once"
            ),
            models.UniqueConstraint(
                fields=["bank", "sha256"], name="payments_statement_bytes_once"
            ),
        ]

    def __str__(self) -> str:
        """Name the bank's day."""
        return f"{self.bank_id} {self.date} #{self.sequence}"


class StatementLine(models.Model):
    """One line of a statement, with what it was found to be.

    ``matched`` names an attempt or a payout. ``exception`` is a line that contradicts what we
    know (a doubled line, another amount, the other direction); ``suspense`` is money that
    nobody here asked for. Both wait for a person. Banks repeat their ids, so a repeated id
    is flagged and never dropped.
    """

    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="lines")
    bank = models.ForeignKey(Bank, on_delete=models.PROTECT, related_name="+")
    position = models.IntegerField()
    direction = models.CharField(max_length=8, choices=LineDirection.choices)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    end_to_end_id = models.CharField(max_length=64, blank=True, default="")
    instruction_id = models.CharField(max_length=64, blank=True, default="")
    bank_reference = models.CharField(max_length=64, blank=True, default="")
    remittance = models.CharField(max_length=280, blank=True, default="")
    booked_date = models.DateField()
    state = models.CharField(max_length=16, choices=LineState.choices, default=LineState.NEW)
    is_repeat = models.BooleanField(default=False)
    attempt = models.ForeignKey(
        "payments.Attempt",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="statement_lines",
    )
    payout = models.ForeignKey(
        Payout, on_delete=models.PROTECT, null=True, blank=True, related_name="statement_lines"
    )
    note = models.CharField(max_length=200, blank=True, default="")
    resolved_by = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """A line is numbered in its statement, has an amount, and matches one thing at most."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["statement", "position"], name="payments_statementline_numbered"
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0), name="payments_statementline_amount_positive"
            ),
            models.CheckConstraint(
                condition=~Q(state="matched")
                | (Q(attempt__isnull=False) ^ Q(payout__isnull=False)),
                name="payments_statementline_matches_one",
            ),
            models.UniqueConstraint(
                fields=["attempt"],
                condition=Q(state="matched", attempt__isnull=False),
                name="payments_statementline_attempt_once",
            ),
            models.UniqueConstraint(
                fields=["payout"],
                condition=Q(state="matched", payout__isnull=False),
                name="payments_statementline_payout_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["bank", "bank_reference", "end_to_end_id"], name="payments_line_repeats"
            ),
            models.Index(
                fields=["state", "id"],
                name="payments_line_unfinished",
                condition=Q(state__in=["new", "exception", "suspense"]),
            ),
        ]

    def __str__(self) -> str:
        """Say the line."""
        return f"#{self.position} {self.direction} {self.amount_minor} {self.state}"


class DayProof(models.Model):
    """The proof of one bank and day: the bank's closing balance against the books.

    What the bank holds for the operator is the opposite of the clearing account's balance.
    A difference is listed line by line, never hidden in a sum.
    """

    statement = models.OneToOneField(Statement, on_delete=models.PROTECT, related_name="proof")
    bank = models.ForeignKey(Bank, on_delete=models.PROTECT, related_name="proofs")
    date = models.DateField()
    bank_closing_minor = models.BigIntegerField()
    books_minor = models.BigIntegerField()
    difference_minor = models.BigIntegerField()
    is_proven = models.BooleanField()
    differences = models.JSONField(default=list)
    made_at = models.DateTimeField()

    class Meta:
        """Proven means no difference and nothing left open."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(
                    difference_minor=models.F("bank_closing_minor") - models.F("books_minor")
                ),
                name="payments_dayproof_difference_is_so",
            ),
            models.CheckConstraint(
                condition=Q(is_proven=False) | Q(difference_minor=0, differences=[]),
                name="payments_dayproof_proven_is_even",
            ),
        ]

    def __str__(self) -> str:
        """Name the day and the answer."""
        return f"{self.bank_id} {self.date}: {'proven' if self.is_proven else 'differs'}"

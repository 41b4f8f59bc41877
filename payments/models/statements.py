"""What the banks say happened: statements, their lines, and the daily proof."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from payments.models.banks import Bank
from payments.models.settlement import Payout
from payments.statement_enums import (
    LineDirection,
    LineKind,
    LineResolution,
    LineState,
    StatementStage,
)

BY_TWO = ("by_hand", "written_off", "parted")
"""How a line is resolved in a way that moves the books: by two people."""


class Statement(models.Model):
    """One statement of a bank about the operator's clearing account, imported once.

    The same bytes are never imported twice. Other bytes under the same number are a statement
    that the bank issued again: it is kept as the next ``issue``, and only what is new in it is
    matched. ``stage`` and ``line_count`` of ``lines_expected`` say how far the import is.
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
    stage = models.CharField(
        max_length=10, choices=StatementStage.choices, default=StatementStage.FINISHED
    )
    line_count = models.IntegerField()
    lines_expected = models.IntegerField(default=0, db_default=0)
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
            models.CheckConstraint(
                condition=Q(stage__in=StatementStage.values),
                name="payments_statement_stage_known",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["bank", "id"],
                name="payments_statement_unfinished",
                condition=Q(stage__in=["reading", "matching"]),
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

    ``suspended_at`` is set while the line's money is in suspense in the books. A line that was
    booked for many is ``split``: its ``parts`` stand for it. ``same_as`` is the earlier line
    that this one only shows again, ``offset_by`` the line that undoes this one. What people
    decided about a line, and that moves the books, two of them decided.
    """

    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="lines")
    bank = models.ForeignKey(Bank, on_delete=models.PROTECT, related_name="+")
    position = models.IntegerField()
    part = models.IntegerField(default=0, db_default=0)
    entry = models.IntegerField(default=0, db_default=0)
    kind = models.CharField(
        max_length=10,
        choices=LineKind.choices,
        default=LineKind.MOVEMENT,
        db_default=LineKind.MOVEMENT,
    )
    direction = models.CharField(max_length=8, choices=LineDirection.choices)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    end_to_end_id = models.CharField(max_length=64, blank=True, default="")
    instruction_id = models.CharField(max_length=64, blank=True, default="")
    bank_reference = models.CharField(max_length=64, blank=True, default="")
    remittance = models.CharField(max_length=280, blank=True, default="")
    counterparty = models.CharField(max_length=140, blank=True, default="", db_default="")
    group_id = models.CharField(max_length=35, blank=True, default="", db_default="")
    reason = models.CharField(max_length=35, blank=True, default="", db_default="")
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
    split_of = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="parts",
        db_index=False,
    )
    same_as = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="shown_again",
        db_index=False,
    )
    offset_by = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="offsets",
        db_index=False,
    )
    note = models.CharField(max_length=200, blank=True, default="")
    suspended_at = models.DateTimeField(null=True, blank=True)
    resolution = models.CharField(
        max_length=12, choices=LineResolution.choices, blank=True, default="", db_default=""
    )
    going_back_since = models.DateTimeField(null=True, blank=True)
    written_off_to = models.CharField(max_length=24, blank=True, default="", db_default="")
    resolved_by = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_by = models.ForeignKey(
        "people.Person",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """A line is numbered in its statement, has an amount, and matches one thing at most."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["statement", "position", "part"], name="payments_statementline_numbered"
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
                fields=["payout", "kind"],
                condition=Q(state="matched", payout__isnull=False),
                name="payments_statementline_payout_once",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=LineKind.values)
                & Q(resolution__in=["", *LineResolution.values]),
                name="payments_statementline_words_known",
            ),
            models.CheckConstraint(
                condition=~Q(resolution__in=BY_TWO)
                | (
                    Q(resolved_by__isnull=False)
                    & Q(approved_by__isnull=False)
                    & ~Q(approved_by=F("resolved_by"))
                ),
                name="payments_statementline_two_people",
            ),
            models.CheckConstraint(
                condition=Q(suspended_at__isnull=True) | Q(state__in=["exception", "suspense"]),
                name="payments_statementline_suspended_is_open",
            ),
            models.CheckConstraint(
                condition=Q(part=0, split_of__isnull=True) | Q(part__gt=0, split_of__isnull=False),
                name="payments_statementline_part_of_one",
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
            models.Index(fields=["bank", "booked_date"], name="payments_line_of_day"),
            models.Index(
                fields=["same_as"],
                name="payments_line_shown_again",
                condition=Q(same_as__isnull=False),
            ),
            models.Index(
                fields=["split_of"], name="payments_line_parts", condition=Q(split_of__isnull=False)
            ),
            models.Index(
                fields=["bank", "amount_minor"],
                name="payments_line_open_amount",
                condition=Q(state__in=["exception", "suspense"]),
            ),
        ]

    def __str__(self) -> str:
        """Say the line."""
        return f"#{self.position} {self.direction} {self.amount_minor} {self.state}"

    @property
    def reference(self) -> str:
        """What the books call the line."""
        return f"lin_{self.pk}"

    @property
    def signed_minor(self) -> int:
        """The amount as the account at the bank saw it: what went out is negative."""
        return self.amount_minor if self.direction == LineDirection.INTO else -self.amount_minor


class DayProof(models.Model):
    """The proof of one bank and day: the bank's closing balance against the books.

    What the bank holds for the operator is the opposite of the clearing account's balance.
    A difference is listed line by line, never hidden in a sum. ``books_seq`` is the last transfer
    that the books had when it was made: later proofs count on from there.
    """

    statement = models.OneToOneField(Statement, on_delete=models.PROTECT, related_name="proof")
    bank = models.ForeignKey(Bank, on_delete=models.PROTECT, related_name="proofs")
    date = models.DateField()
    bank_closing_minor = models.BigIntegerField()
    books_minor = models.BigIntegerField()
    difference_minor = models.BigIntegerField()
    is_proven = models.BooleanField()
    differences = models.JSONField(default=list)
    books_seq = models.BigIntegerField(null=True, blank=True)
    made_at = models.DateTimeField()

    class Meta:
        """Proven means no difference and nothing left open."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(difference_minor=F("bank_closing_minor") - F("books_minor")),
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

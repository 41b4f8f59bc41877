"""The books: accounts, transfers between them, the inbox of busy accounts, and holds.

These tables are written by the SQL functions of ``payments/sql`` alone, called through
``payments.ledger``. They have no foreign keys: the functions check what those would, for a third
of the price (``docs/performance.md``).
"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from payments.enums import HoldState


class LedgerAccount(models.Model):
    """One account of the chart: a kind, a currency, and the party or bank it belongs to.

    ``balance`` is what has been folded in; an account with ``takes_inbox`` also owns the inbox
    rows not folded yet. ``held`` is the part of it that holds keep from being spent. ``floor`` is
    the lowest balance allowed beneath what is held; null where there is none. ``waits`` counts how
    often a credit waited for this row since ``waits_since``; enough of it turns the inbox on.

    That the currency is three letters and that there is one owner at most is looked at by a trigger
    when the account is opened, and none of the four columns that say whose it is ever changes: a
    CHECK would be prepared anew with every change of the balance.
    """

    kind = models.CharField(max_length=24)
    party_id = models.BigIntegerField(null=True)
    bank = models.CharField(max_length=32, default="")
    currency = models.CharField(max_length=3)
    balance = models.BigIntegerField(default=0)
    floor = models.BigIntegerField(null=True)
    takes_inbox = models.BooleanField(default=False)
    held = models.BigIntegerField(db_default=0)
    waits = models.IntegerField(db_default=0)
    waits_since = models.DateTimeField(null=True)

    class Meta:
        """One account for each owner and currency; none below its floor."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "currency", "party_id", "bank"],
                nulls_distinct=False,
                name="payments_ledgeraccount_one_per_owner",
            ),
            # Where there is no floor the comparison is with nothing, which a CHECK lets pass.
            models.CheckConstraint(
                condition=Q(balance__gte=F("floor") + F("held")) & Q(held__gte=0),
                name="payments_ledgeraccount_floor_holds",
            ),
        ]

    def __str__(self) -> str:
        """Name the account as the chart does."""
        owner = self.bank or self.party_id
        return f"{self.kind}:{owner}" if owner else self.kind


class LedgerTransfer(models.Model):
    """One amount from one account to another: a line of the books, never changed.

    The id is derived from the fact and the kind, so the same fact cannot be posted twice. ``seq``
    is the order of the books; Postgres draws it. A running balance is null on a side that went to
    an inbox.
    """

    id = models.UUIDField(primary_key=True)
    seq = models.BigIntegerField(unique=True, editable=False)
    journal = models.UUIDField()
    kind = models.CharField(max_length=24)
    debit_id = models.BigIntegerField()
    credit_id = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    debit_after = models.BigIntegerField(null=True)
    credit_after = models.BigIntegerField(null=True)
    payment_ref = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        """A transfer moves a positive amount between two different accounts (ruling 5, I1)."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0), name="payments_ledgertransfer_amount_positive"
            ),
            models.CheckConstraint(
                condition=~Q(debit_id=F("credit_id")), name="payments_ledgertransfer_two_accounts"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["debit_id", "seq"], name="payments_transfer_debit"),
            models.Index(fields=["credit_id", "seq"], name="payments_transfer_credit"),
        ]

    def __str__(self) -> str:
        """Say the kind and what it is for."""
        return f"{self.kind} {self.payment_ref}"


class LedgerMark(models.Model):
    """What an account had come to by a moment that is over: nobody adds up again what was before.

    ``sum_minor`` is of its lines before ``until``. None of these stands behind ``last_seq`` in the
    books, and no later one before ``first_seq``, so the lines around a mark are found by number.
    Append-only; ``check_ledger`` compares each with the lines.
    """

    account_id = models.BigIntegerField()
    until = models.DateTimeField()
    sum_minor = models.BigIntegerField()
    first_seq = models.BigIntegerField()
    last_seq = models.BigIntegerField()

    class Meta:
        """One for each account and moment, which is also how they are found."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account_id", "until"], name="payments_ledgermark_once"
            ),
        ]

    def __str__(self) -> str:
        """Say what the account came to."""
        return f"{self.account_id} {self.sum_minor} until {self.until}"


class LedgerInbox(models.Model):
    """A change of a busy account that has not been folded into its balance yet.

    A batch puts in one row for each account; ``transfer_id`` is then its last transfer.
    """

    account_id = models.BigIntegerField()
    transfer_id = models.UUIDField()
    delta_minor = models.BigIntegerField()

    class Meta:
        """Found by account; never an empty change."""

        indexes: ClassVar = [
            models.Index(fields=["account_id"], name="payments_inbox_of_account"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(delta_minor=0), name="payments_ledgerinbox_changes_something"
            ),
        ]

    def __str__(self) -> str:
        """Say the change."""
        return f"{self.account_id} {self.delta_minor:+d}"


class LedgerHold(models.Model):
    """An amount kept from being spent, until it is captured, wholly or in part, or voided.

    The id is derived from what it is held for, so the same fact holds once.
    """

    id = models.UUIDField(primary_key=True)
    account_id = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    captured_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=8)
    payment_ref = models.CharField(max_length=40)
    at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        """A positive amount; nothing captured that was not held."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0), name="payments_ledgerhold_amount_positive"
            ),
            models.CheckConstraint(
                condition=Q(captured_minor__gte=0, captured_minor__lte=F("amount_minor")),
                name="payments_ledgerhold_captured_within",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in HoldState]),
                name="payments_ledgerhold_state_known",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["account_id"],
                condition=Q(state="held"),
                name="payments_hold_of_account",
            ),
        ]

    def __str__(self) -> str:
        """Say what is held for what."""
        return f"{self.payment_ref} {self.state}"

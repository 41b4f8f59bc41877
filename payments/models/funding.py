"""Where a payer's money comes from and where a shop's money goes."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from payments.enums import SourceKind


class FundingSource(models.Model):
    """A party's account or card at a bank, known here by the bank's token only.

    Nothing that could be a card number is ever stored. It can be used once the bank's code was
    given back (``verified_at``); removing it keeps the row, because payments point at it.
    """

    public_id = models.CharField(max_length=40, unique=True)
    party = models.ForeignKey("people.Party", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16)
    bank = models.CharField(max_length=32)
    token = models.CharField(max_length=128)
    last4 = models.CharField(max_length=4, default="", blank=True)
    is_default = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        """One default for each party, and only what is verified and kept can be it."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["party"],
                condition=Q(is_default=True),
                name="payments_fundingsource_one_default",
            ),
            models.UniqueConstraint(
                fields=["party", "bank", "token"],
                condition=Q(removed_at__isnull=True),
                name="payments_fundingsource_token_once",
            ),
            models.CheckConstraint(
                condition=Q(is_default=False)
                | Q(verified_at__isnull=False, removed_at__isnull=True),
                name="payments_fundingsource_default_usable",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in SourceKind]),
                name="payments_fundingsource_kind_known",
            ),
        ]

    def __str__(self) -> str:
        """Show the bank and the last digits, as on a card."""
        return f"{self.bank} ···{self.last4}"


class PayoutAccount(models.Model):
    """The bank account that a shop's sales are settled to, verified at the bank.

    A new one replaces the old from the next batch on; the old row stays, because payouts name it.
    """

    public_id = models.CharField(max_length=40, unique=True)
    party = models.ForeignKey("people.Party", on_delete=models.PROTECT, related_name="+")
    bank = models.CharField(max_length=32)
    token = models.CharField(max_length=128)
    last4 = models.CharField(max_length=4, default="", blank=True)
    holder_name = models.CharField(max_length=140)
    added_by = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, null=True, related_name="+"
    )
    verified_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        """A party is paid out to one account at a time."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["party"],
                condition=Q(replaced_at__isnull=True),
                name="payments_payoutaccount_one_current",
            ),
        ]

    def __str__(self) -> str:
        """Show the bank and the last digits."""
        return f"{self.bank} ···{self.last4}"

"""What changes what a shop is owed, beside its sales and its payouts."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from payments.enums import EntryKind
from payments.models.disputes import Dispute
from payments.models.refunds import Refund
from payments.models.settlement import Payout


class PayableEntry(models.Model):
    """One amount that left what a shop is owed, or came back to it.

    A refund takes its amount less the fee that is given back; a failed one brings it back. A
    dispute holds, perhaps in several parts, and lets go of what is left. A chargeback that the
    shop had borne and that its issuer gave back is owed again (``refund_won``). What a shop is
    owed is always the sum of its sales and of these entries that no payout holds, so a payout of
    some sales takes every waiting entry of the shop along.
    """

    public_id = models.CharField(max_length=40, unique=True)
    party_id = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    kind = models.CharField(max_length=12)
    delta_minor = models.BigIntegerField()
    refund = models.ForeignKey(
        Refund, on_delete=models.PROTECT, null=True, blank=True, related_name="entries"
    )
    dispute = models.ForeignKey(
        Dispute, on_delete=models.PROTECT, null=True, blank=True, related_name="entries"
    )
    at = models.DateTimeField()

    class Meta:
        """An entry changes something, and a refund takes and brings back once."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=["refund", "hold"], delta_minor__lt=0)
                | Q(kind__in=["refund_back", "refund_won", "release"], delta_minor__gt=0),
                name="payments_payableentry_sign_fits",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[each.value for each in EntryKind]),
                name="payments_payableentry_kind_known",
            ),
            models.UniqueConstraint(
                fields=["refund", "kind"],
                condition=Q(refund__isnull=False),
                name="payments_payableentry_refund_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["party_id", "id"], name="payments_entry_of_party"),
        ]

    def __str__(self) -> str:
        """Say the change."""
        return f"{self.kind} {self.delta_minor:+d}"


class PayoutEntry(models.Model):
    """One entry inside a payout. An entry is in exactly one payout, for ever."""

    # Found by the index below, which begins with it.
    payout = models.ForeignKey(
        Payout, on_delete=models.PROTECT, related_name="entries", db_index=False
    )
    entry = models.OneToOneField(
        PayableEntry, on_delete=models.PROTECT, related_name="payout_entry"
    )

    class Meta:
        """The one-to-one relation says it; a payout's are read in their order."""

        indexes: ClassVar = [
            models.Index(fields=["payout", "id"], name="payments_payoutentry_in_order"),
        ]

    def __str__(self) -> str:
        """Name the pair."""
        return f"{self.payout_id}: {self.entry_id}"

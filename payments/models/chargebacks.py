"""What issuers of cards took back from the operator."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from payments.enums import ChargebackState
from payments.models.disputes import Dispute
from payments.models.payments import Payment


class Chargeback(models.Model):
    """One chargeback of a payment, as its processor told it when it was asked.

    ``chargeback_id`` and ``reversal_id`` are the processor's names, which the statement's lines
    carry as their instruction ids. ``apart`` is one that could open no dispute, because the payment
    had gone on; ``looks_at`` says in words why a person has to look at it, empty when none has to.
    ``answered_at`` is when the shop's answer was handed to the processor.
    """

    public_id = models.CharField(max_length=40, unique=True)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="chargebacks")
    dispute = models.OneToOneField(
        Dispute, on_delete=models.PROTECT, null=True, blank=True, related_name="chargeback"
    )
    bank = models.CharField(max_length=32)
    chargeback_id = models.CharField(max_length=35)
    reversal_id = models.CharField(max_length=35, default="", blank=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason_code = models.CharField(max_length=8, default="", blank=True)
    state = models.CharField(max_length=10)
    looks_at = models.CharField(max_length=200, default="", blank=True)
    told_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    reversed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Told once, however often; disputed unless it is apart."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["bank", "chargeback_id"], name="payments_chargeback_counts_once"
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0), name="payments_chargeback_amount_positive"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[each.value for each in ChargebackState])
                & (~Q(state="disputed") | Q(dispute__isnull=False))
                & (~Q(state="apart") | Q(dispute__isnull=True))
                & (~Q(state="reversed") | ~Q(reversal_id="")),
                name="payments_chargeback_state_fits",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["told_at"],
                condition=~Q(looks_at=""),
                name="payments_chargeback_to_look_at",
            ),
            models.Index(
                fields=["bank", "reversal_id"],
                condition=~Q(reversal_id=""),
                name="payments_chargeback_way_back",
            ),
        ]

    def __str__(self) -> str:
        """Name it and where it is."""
        return f"{self.chargeback_id} {self.state}"

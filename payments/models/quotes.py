"""What a person is shown and signs before any money moves."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from payments.enums import PaymentKind
from payments.models.demands import Demand
from payments.models.funding import FundingSource


class Quote(models.Model):
    """An offer to pay, good for five minutes and for one payment.

    ``signed_text`` is exactly what the person was shown (ruling 7) and ``digest`` its SHA-256:
    the PIN or the fingerprint is given for that digest, so nothing can be changed afterwards.
    ``warnings`` are the codes of the warnings that were shown with it.
    ``is_claim`` says that the payer was told that the payee has to enrol first.
    """

    public_id = models.CharField(max_length=40, unique=True)
    payer_id = models.BigIntegerField()
    payee_id = models.BigIntegerField()
    kind = models.CharField(max_length=24)
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    demand = models.ForeignKey(Demand, on_delete=models.PROTECT, null=True, related_name="+")
    source = models.ForeignKey(FundingSource, on_delete=models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=140, default="", blank=True)
    signed_text = models.TextField()
    digest = models.BinaryField(max_length=32)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    arrives_by = models.DateTimeField(null=True)
    is_claim = models.BooleanField(default=False)
    warnings = models.JSONField(default=list)
    used_at = models.DateTimeField(null=True)

    class Meta:
        """A positive amount, a fee within it, two parties, 32 bytes of digest."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0), name="payments_quote_amount_positive"
            ),
            models.CheckConstraint(
                condition=Q(fee_minor__gte=0, fee_minor__lte=F("amount_minor")),
                name="payments_quote_fee_within_amount",
            ),
            models.CheckConstraint(
                condition=~Q(payer_id=F("payee_id")), name="payments_quote_two_parties"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in PaymentKind]),
                name="payments_quote_kind_known",
            ),
        ]

    def __str__(self) -> str:
        """Name the quote."""
        return self.public_id

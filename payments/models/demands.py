"""What asks for money, as payments see it."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from payments.enums import DemandKind


class Demand(models.Model):
    """An order, a request or a link that can be paid: who, how much, until when.

    Payments know nothing of orders (ruling 4): ``reference`` and ``conversation_ref`` are opaque.
    With a ``payer`` only that party may pay it, and to everybody else it does not exist.
    """

    kind = models.CharField(max_length=16)
    reference = models.CharField(max_length=64)
    payee = models.ForeignKey("people.Party", on_delete=models.PROTECT, related_name="+")
    payer = models.ForeignKey("people.Party", on_delete=models.PROTECT, null=True, related_name="+")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    conversation_ref = models.CharField(max_length=64, null=True)  # noqa: DJ001 - null is no talk.
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        """One demand for each thing, with an amount, and not from oneself."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "reference"], name="payments_demand_one_per_reference"
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0), name="payments_demand_amount_positive"
            ),
            models.CheckConstraint(
                condition=Q(payer__isnull=True) | ~Q(payer=F("payee")),
                name="payments_demand_two_parties",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in DemandKind]),
                name="payments_demand_kind_known",
            ),
        ]

    def __str__(self) -> str:
        """Name what is asked for."""
        return f"{self.kind} {self.reference}"

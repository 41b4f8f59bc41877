"""How a shop is paid where Troco does not carry the money."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from merchants.enums import MEANS_KINDS
from merchants.models.shops import Shop


class ExternalMeans(models.Model):
    """One way to pay a shop outside of Troco: its Pix key, number, account or link.

    What it says never changes: a change is a new row with the next ``number`` of its kind, which
    counts from ``usable_at``. Until then, and where it is taken back, the one before counts. A
    row that was removed stays as history.
    """

    public_id = models.CharField(max_length=40, unique=True)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="means")
    kind = models.CharField(max_length=8, choices=MEANS_KINDS)
    number = models.PositiveIntegerField()
    payee = models.CharField(max_length=300)
    holder_name = models.CharField(max_length=70)
    city = models.CharField(max_length=15, blank=True, default="")
    added_by = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    usable_at = models.DateTimeField()
    removed_by = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Two changes at once cannot both be the next of a kind."""

        verbose_name_plural = "external means"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["shop", "kind", "number"], name="merchants_externalmeans_number_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[code for code, _words in MEANS_KINDS]),
                name="merchants_externalmeans_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(usable_at__gte=F("added_at")),
                name="merchants_externalmeans_waits",
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True, removed_by__isnull=True)
                | Q(removed_at__isnull=False, removed_by__isnull=False),
                name="merchants_externalmeans_removed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        """Name the way; never the account."""
        return f"{self.kind} {self.number} of shop {self.shop_id}"

"""What anybody can read of a country: its rails and its banks, each with where it was read.

None of these has agreed to anything. A bank that signs becomes a ``Bank`` with an agreement.
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from payments.models.countries import Country


class KnownRail(models.Model):
    """A way in which banks of a country move money, whether Troco speaks it or not."""

    country = models.ForeignKey(Country, on_delete=models.PROTECT, related_name="known_rails")
    code = models.CharField(max_length=32)
    name = models.CharField(max_length=80)
    operator = models.CharField(max_length=160)
    settles = models.CharField(max_length=160)
    limit = models.CharField(max_length=200)
    source = models.CharField(max_length=200)

    class Meta:
        """One of each code, and none without a source."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["country", "code"], name="payments_knownrail_once"),
            models.CheckConstraint(condition=~Q(source=""), name="payments_knownrail_has_source"),
        ]

    def __str__(self) -> str:
        """Name the rail."""
        return self.name


class KnownBank(models.Model):
    """A bank of a country, by its national id, which is text: ids have letters and zeros."""

    country = models.ForeignKey(Country, on_delete=models.PROTECT, related_name="known_banks")
    name = models.CharField(max_length=120)
    national_id = models.CharField(max_length=32)
    id_kind = models.CharField(max_length=40)
    rails = ArrayField(models.CharField(max_length=32))
    source = models.CharField(max_length=200)

    class Meta:
        """An id names one bank of a country, and none is without a source."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["country", "national_id"], name="payments_knownbank_once"
            ),
            models.CheckConstraint(condition=~Q(source=""), name="payments_knownbank_has_source"),
        ]

    def __str__(self) -> str:
        """Name the bank."""
        return self.name

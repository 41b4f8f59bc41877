"""How much a party may send and receive, what it has used, and what a sale costs."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from payments.enums import LimitMeasure, LimitSide, LimitWindow, PaymentKind


class LimitRule(models.Model):
    """One limit of a country for one kind of payment: data, not code.

    ``value`` is minor units of ``currency`` or a number of payments, as ``measure`` says.
    """

    country = models.CharField(max_length=2)
    kind = models.CharField(max_length=24)
    name = models.CharField(max_length=40)
    side = models.CharField(max_length=8)
    window = models.CharField(max_length=8)
    measure = models.CharField(max_length=8)
    value = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    source = models.CharField(max_length=300)

    class Meta:
        """One rule of a name for each country and kind, made of known words."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["country", "kind", "name"], name="payments_limitrule_one_per_name"
            ),
            models.CheckConstraint(
                condition=Q(value__gte=0), name="payments_limitrule_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in PaymentKind])
                & Q(side__in=[side.value for side in LimitSide])
                & Q(window__in=[window.value for window in LimitWindow])
                & Q(measure__in=[measure.value for measure in LimitMeasure]),
                name="payments_limitrule_words_known",
            ),
        ]

    def __str__(self) -> str:
        """Name the rule."""
        return f"{self.country} {self.kind} {self.name}"


class LimitUsage(models.Model):
    """How much of one rule a party has used in one window; never above the rule's value."""

    party_id = models.BigIntegerField()
    rule_id = models.BigIntegerField()
    window_key = models.CharField(max_length=16)
    used = models.BigIntegerField()

    class Meta:
        """One counter for each party, rule and window."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["party_id", "rule_id", "window_key"], name="payments_limitusage_one_counter"
            ),
            models.CheckConstraint(
                condition=Q(used__gte=0), name="payments_limitusage_not_negative"
            ),
        ]

    def __str__(self) -> str:
        """Name the window."""
        return f"{self.party_id} {self.window_key}: {self.used}"


class FeeRule(models.Model):
    """What a kind of payment costs its payee in a country, in basis points of the amount."""

    country = models.CharField(max_length=2)
    kind = models.CharField(max_length=24)
    basis_points = models.SmallIntegerField()

    class Meta:
        """One price for each kind; a share lies between nothing and the whole."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["country", "kind"], name="payments_feerule_one_price"),
            models.CheckConstraint(
                condition=Q(basis_points__gte=0, basis_points__lte=10_000),
                name="payments_feerule_is_a_share",
            ),
        ]

    def __str__(self) -> str:
        """Say the price."""
        return f"{self.country} {self.kind}: {self.basis_points} bp"

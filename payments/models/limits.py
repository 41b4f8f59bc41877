"""How much a party may send and receive, what it has used, and what a sale costs."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from payments.enums import (
    ANY_KIND,
    LimitCondition,
    LimitMeasure,
    LimitSide,
    LimitWindow,
    PaymentKind,
)
from people.enums import Tier


class LimitRule(models.Model):
    """One limit of a country for one kind of payment: data, not code.

    ``value`` is minor units of ``currency`` or a number of payments, as ``measure`` says. A rule
    with a ``tier`` stands in place of the one of its name without, for parties of that tier.
    """

    country = models.CharField(max_length=2)
    kind = models.CharField(max_length=24)
    tier = models.CharField(max_length=20, default="", blank=True)
    name = models.CharField(max_length=40)
    side = models.CharField(max_length=8)
    window = models.CharField(max_length=8)
    measure = models.CharField(max_length=8)
    condition = models.CharField(max_length=12, default=LimitCondition.ALWAYS.value)
    value = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    source = models.CharField(max_length=300)

    class Meta:
        """One rule of a name for each country, kind and tier, made of known words."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["country", "kind", "name", "tier"], name="payments_limitrule_one_per_name"
            ),
            models.CheckConstraint(
                condition=Q(value__gte=0), name="payments_limitrule_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[ANY_KIND, *[kind.value for kind in PaymentKind]])
                & Q(tier__in=["", *Tier.values])
                & Q(condition__in=[condition.value for condition in LimitCondition])
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


class PersonalLimit(models.Model):
    """What a party chose for itself below a rule of its country.

    ``value`` holds until ``raised_from``; from then on ``raised_to`` does, and where that is
    null the choice is over and the country's rule holds alone. So a raise takes effect by the
    clock, and no process can forget it.
    """

    party_id = models.BigIntegerField()
    kind = models.CharField(max_length=24)
    name = models.CharField(max_length=40)
    value = models.BigIntegerField()
    raised_to = models.BigIntegerField(null=True)
    raised_from = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        """One choice for each rule; a raise has its moment."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["party_id", "kind", "name"], name="payments_personallimit_one_per_rule"
            ),
            models.CheckConstraint(
                condition=Q(value__gte=0)
                & (Q(raised_to__isnull=True) | Q(raised_to__gt=models.F("value"))),
                name="payments_personallimit_raise_is_higher",
            ),
            models.CheckConstraint(
                condition=Q(raised_to__isnull=True) | Q(raised_from__isnull=False),
                name="payments_personallimit_raise_has_moment",
            ),
        ]

    def __str__(self) -> str:
        """Name the rule and the choice."""
        return f"{self.party_id} {self.kind} {self.name}: {self.value}"


class LimitSettings(models.Model):
    """How a party wants its limits to work: when its night begins, and going-out mode.

    From ``late_night_from`` on the night begins at 22:00 instead of 20:00. Going-out mode is on
    from ``out_from`` until ``out_until``, and ends by itself.
    """

    party_id = models.BigIntegerField(unique=True)
    late_night_from = models.DateTimeField(null=True)
    out_from = models.DateTimeField(null=True)
    out_until = models.DateTimeField(null=True)
    out_per_payment = models.BigIntegerField(null=True)
    out_per_day = models.BigIntegerField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        """Going-out mode has a limit, and ends."""

        verbose_name_plural = "limit settings"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(
                    out_from__isnull=True,
                    out_until__isnull=True,
                    out_per_payment__isnull=True,
                    out_per_day__isnull=True,
                )
                | Q(out_from__isnull=False, out_until__gte=models.F("out_from"))
                & (Q(out_per_payment__isnull=False) | Q(out_per_day__isnull=False)),
                name="payments_limitsettings_going_out_whole",
            ),
        ]

    def __str__(self) -> str:
        """Name the party."""
        return f"{self.party_id}"


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

"""What two of the staff set for one party in place of a limit of its country, for a time."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from payments.enums import DecidedWhy


class LimitDecision(models.Model):
    """One limit of one party, higher or lower than its country's, until a moment.

    It ends by the clock at ``until``, whether anybody does anything or not, and earlier where
    two of the staff say so (``ended_at``). ``why`` is what the party is told, ``reason`` what the
    staff wrote for themselves.
    """

    party = models.ForeignKey("people.Party", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=24)
    name = models.CharField(max_length=40)
    value = models.BigIntegerField()
    why = models.CharField(max_length=10)
    reason = models.CharField(max_length=500)
    asked_by = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    begins_at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Two people; one number for a limit at a time; an end."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["party", "kind", "name"],
                condition=Q(ended_at__isnull=True),
                name="payments_limitdecision_one_standing",
            ),
            models.CheckConstraint(
                condition=~Q(asked_by=F("approved_by")),
                name="payments_limitdecision_by_two",
            ),
            models.CheckConstraint(
                condition=Q(value__gte=0), name="payments_limitdecision_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(why__in=[each.value for each in DecidedWhy]),
                name="payments_limitdecision_why_known",
            ),
            models.CheckConstraint(
                condition=Q(until__gt=F("begins_at")), name="payments_limitdecision_ends_later"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("begins_at")),
                name="payments_limitdecision_ended_later",
            ),
        ]

    def __str__(self) -> str:
        """Name the limit and the number."""
        return f"{self.kind} {self.name}: {self.value}"

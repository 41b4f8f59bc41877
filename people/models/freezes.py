"""Freezes: a person's payments stop, by their own tap or by staff."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from people.enums import FrozenBy
from people.models.devices import Device
from people.models.parties import Person


class Freeze(models.Model):
    """One time during which a person could not pay; what was frozen stays as it was.

    A person's own freeze and one of staff may stand beside each other: each is lifted by who
    may lift it.
    """

    public_id = models.CharField(max_length=40, unique=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="freezes")
    by = models.CharField(max_length=10, choices=FrozenBy.choices)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, null=True, related_name="+")
    staff = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=500, default="", blank=True)
    frozen_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        """One of each kind at a time; a device froze it, or a member of staff."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person", "by"],
                condition=Q(lifted_at__isnull=True),
                name="people_freeze_one_standing",
            ),
            models.CheckConstraint(
                condition=Q(by=FrozenBy.PERSON, device__isnull=False, staff__isnull=True)
                | Q(by=FrozenBy.STAFF, device__isnull=True, staff__isnull=False),
                name="people_freeze_by_whom",
            ),
        ]

    def __str__(self) -> str:
        """Name the freeze."""
        return self.public_id

"""Recoveries of a forgotten PIN: a wait that everybody who has a device can see and stop."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from people.enums import RecoveryEnd
from people.models.devices import Device
from people.models.parties import Person


class PinRecovery(models.Model):
    """One attempt to get a new PIN: asked for on a device, waited for, used or stopped.

    ``is_verified`` says that a bank confirmed the person by a fresh code, which makes the wait
    shorter; ``source_ref`` names the funding source. All moments are business time.
    """

    public_id = models.CharField(max_length=40, unique=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="pin_recoveries")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+")
    is_verified = models.BooleanField()
    source_ref = models.CharField(max_length=40, default="", blank=True)
    started_at = models.DateTimeField()
    ready_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    end = models.CharField(max_length=10, choices=RecoveryEnd.choices, default="", blank=True)

    class Meta:
        """One at a time; it waits before it may be used, and ends once."""

        verbose_name_plural = "PIN recoveries"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(ended_at__isnull=True),
                name="people_pinrecovery_one_open",
            ),
            models.CheckConstraint(
                condition=Q(ready_at__gt=F("started_at"), expires_at__gt=F("ready_at")),
                name="people_pinrecovery_waits",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, end="")
                | Q(ended_at__isnull=False, end__in=RecoveryEnd.values),
                name="people_pinrecovery_ended_and_how",
            ),
            models.CheckConstraint(
                condition=~Q(end=RecoveryEnd.USED) | Q(ended_at__gte=F("ready_at")),
                name="people_pinrecovery_used_after_the_wait",
            ),
        ]

    def __str__(self) -> str:
        """Name the recovery."""
        return self.public_id

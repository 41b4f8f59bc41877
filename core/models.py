"""Tables of the kernel: what is owed, what was answered, and the sandbox's clock."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Duty(models.Model):
    """Something that must still be done, written in the transaction that made it due.

    A duty is one event for one handler. It is done when ``done_at`` is set; parked when it
    failed too often and a person has to look. A lease says who is at it; when the process
    dies the lease runs out and another takes over, with a new token, so that the first one
    can no longer mark it done.
    """

    event = models.CharField(max_length=64)
    handler = models.CharField(max_length=200)
    payload = models.JSONField()
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.SmallIntegerField(default=0)
    lease_token = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    parked_at = models.DateTimeField(null=True)
    last_error = models.TextField(default="", blank=True)

    class Meta:
        """Indexes: the queue itself, and what staff look at."""

        verbose_name_plural = "duties"
        indexes: ClassVar = [
            models.Index(
                fields=["due_at", "id"],
                name="core_duty_waiting",
                condition=Q(done_at__isnull=True, parked_at__isnull=True),
            ),
            models.Index(
                fields=["parked_at"],
                name="core_duty_parked",
                condition=Q(parked_at__isnull=False),
            ),
            models.Index(
                fields=["done_at"],
                name="core_duty_done",
                condition=Q(done_at__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(attempts__gte=0), name="core_duty_attempts_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True) | Q(parked_at__isnull=True),
                name="core_duty_done_or_parked",
            ),
        ]

    def __str__(self) -> str:
        """Name the event and its handler."""
        return f"{self.event} → {self.handler}"


class Tick(models.Model):
    """When one line of the clock's page last ran, and who runs it now.

    The clock sends a message, but this row decides: a tick whose message was lost, or whose
    process died, is run by the clock itself; one that is asked for twice runs once. The lease is
    as in a ``Duty``; ``worked_by`` is the host and process that took it last.
    """

    name = models.CharField(max_length=64, unique=True)
    begun_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)
    worked_by = models.CharField(max_length=120, default="", blank=True)
    failures = models.PositiveIntegerField(default=0)
    last_error = models.TextField(default="", blank=True)

    class Meta:
        """A lease has a token and an end."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(leased_until__isnull=True) | Q(lease_token__isnull=False),
                name="core_tick_lease_has_token",
            ),
        ]

    def __str__(self) -> str:
        """Name the line."""
        return self.name


class KeptAnswer(models.Model):
    """The answer that an idempotency key gave, so that a retry gets the same one.

    Unique for each party and key (ruling 8). It is written in the same transaction as the
    thing it answers for, so there is never one without the other.
    """

    party_id = models.BigIntegerField()
    key = models.CharField(max_length=255)
    digest = models.BinaryField(max_length=32)
    http_status = models.SmallIntegerField()
    body = models.JSONField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)

    class Meta:
        """One answer for each key of a party; the expired are found by time."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["party_id", "key"], name="core_keptanswer_one_per_key"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["expires_at"],
                name="core_keptanswer_expiring",
                condition=Q(expires_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        """Name the key."""
        return self.key


class ClockOffset(models.Model):
    """By how much the sandbox's business clock is ahead: one row at most.

    A sandbox is born in the past and lives its history forward to today, so the offset may be
    negative; ``core.clock.advance`` only ever adds to it.
    """

    offset_seconds = models.BigIntegerField(default=0)

    class Meta:
        """One row."""

        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id=1), name="core_clockoffset_one_row"),
        ]

    def __str__(self) -> str:
        """Say the offset."""
        return f"{self.offset_seconds:+d} s"


class Heartbeat(models.Model):
    """The last sign of life of a clock or worker, by name; readiness looks at its age."""

    name = models.CharField(max_length=64, unique=True)
    beat_at = models.DateTimeField()
    detail = models.JSONField(default=dict)

    def __str__(self) -> str:
        """Name who lives."""
        return self.name


class Lease(models.Model):
    """A named right that one process holds at a time, such as being the clock."""

    name = models.CharField(max_length=64, unique=True)
    holder = models.UUIDField()
    leased_until = models.DateTimeField()

    def __str__(self) -> str:
        """Name the right."""
        return self.name

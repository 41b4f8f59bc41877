"""The audit trail: who did what to which thing, chained so that a change shows."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from people.models.parties import Person


class AuditEntry(models.Model):
    """One act of staff or of a shop's team.

    The business transaction inserts it without a place in the chain; the chainer gives it
    ``seq``, ``prev_hash`` and ``hash`` within a second. After that a trigger refuses every
    change, and at all times every deletion. Where a program acted there is no ``actor``, and
    ``actor_login`` is the public id of its key.
    """

    actor = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="audit_entries"
    )
    actor_login = models.CharField(max_length=64, default="", blank=True)
    action = models.CharField(max_length=64)
    object_ref = models.CharField(max_length=80)
    before = models.JSONField()
    after = models.JSONField()
    reason = models.CharField(max_length=500, default="", blank=True)
    at = models.DateTimeField()
    seq = models.BigIntegerField(null=True)
    prev_hash = models.BinaryField(max_length=32, null=True)
    hash = models.BinaryField(max_length=32, null=True)

    class Meta:
        """A place in the chain is held once, and is whole or absent."""

        verbose_name_plural = "audit entries"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["seq"], name="people_auditentry_one_place"),
            models.CheckConstraint(
                condition=Q(seq__isnull=True, prev_hash__isnull=True, hash__isnull=True)
                | Q(seq__gte=1, prev_hash__isnull=False, hash__isnull=False),
                name="people_auditentry_chained_or_not",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["id"],
                name="people_auditentry_unchained",
                condition=Q(seq__isnull=True),
            ),
            models.Index(fields=["object_ref", "id"], name="people_auditentry_by_object"),
            # Staff look by the beginning of a thing's id or of an act, which a plain index has not.
            models.Index(
                fields=["object_ref"],
                opclasses=["varchar_pattern_ops"],
                name="people_auditentry_like_object",
            ),
            models.Index(
                fields=["action"],
                opclasses=["varchar_pattern_ops"],
                name="people_auditentry_like_action",
            ),
            models.Index(fields=["actor_login", "-id"], name="people_auditentry_by_actor"),
        ]

    def __str__(self) -> str:
        """Name the act."""
        return f"{self.action} {self.object_ref}"


class AuditHead(models.Model):
    """The end of the chain: one row, which the chainer holds locked while it works.

    Without it the newest entries could be deleted unseen.
    """

    seq = models.BigIntegerField(default=0)
    hash = models.BinaryField(max_length=32)

    class Meta:
        """One row."""

        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id=1), name="people_audithead_one_row"),
        ]

    def __str__(self) -> str:
        """Say how long the chain is."""
        return str(self.seq)

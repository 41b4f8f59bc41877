"""What members told the operator about others."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from messaging.enums import ReportReason


class Report(models.Model):
    """Somebody told of a message or a conversation; the evidence is as it was then.

    ``evidence`` holds what the reporter could see: the message and what was said shortly before
    it, with the earlier words of what had been edited or deleted.
    """

    public_id = models.CharField(max_length=40, unique=True)
    reporter = models.ForeignKey("people.Party", on_delete=models.PROTECT, related_name="+")
    about = models.ForeignKey("people.Party", on_delete=models.PROTECT, null=True, related_name="+")
    conversation = models.ForeignKey(
        "messaging.Conversation", on_delete=models.PROTECT, related_name="+"
    )
    message = models.ForeignKey(
        "messaging.Message",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
    )
    reason = models.CharField(max_length=16, choices=ReportReason.choices)
    words = models.CharField(max_length=1000, default="", blank=True)
    evidence = models.JSONField()
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, null=True, related_name="+"
    )
    outcome = models.CharField(max_length=500, default="", blank=True)

    class Meta:
        """One of each party about each message; an outcome has a name and a time."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["reporter", "message"], name="messaging_report_one_per_message"
            ),
            models.CheckConstraint(
                condition=Q(reason__in=ReportReason.values),
                name="messaging_report_reason_is_known",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                | Q(closed_at__isnull=False, closed_by__isnull=False),
                name="messaging_report_closed_by_somebody",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["created_at"],
                name="messaging_report_open",
                condition=Q(closed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        """Name the report."""
        return self.public_id

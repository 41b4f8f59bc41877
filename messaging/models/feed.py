"""News for devices, in one order that never changes once it can be read."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class FeedRow(models.Model):
    """One piece of news, for one party or for all members of one conversation.

    ``xid`` is the writing database transaction's 64-bit id, or the conversation's previous
    position where that is larger. Readers order by ``(xid, id)`` and stop below the oldest
    transaction that is still running: ``docs/stream.md`` proves that nothing is skipped.
    It is a bigint, not ``xid8``, because Django can compare those; ids stay below 2^63.
    """

    party = models.ForeignKey(
        "people.Party",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    conversation = models.ForeignKey(
        "messaging.Conversation",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    kind = models.CharField(max_length=32)
    payload = models.JSONField()
    xid = models.BigIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        """One audience, and an index for each way of reading."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(party__isnull=False, conversation__isnull=True)
                | Q(party__isnull=True, conversation__isnull=False),
                name="messaging_feedrow_has_one_audience",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["xid", "id"], name="messaging_feedrow_in_order"),
            models.Index(
                fields=["party", "xid", "id"],
                name="messaging_feedrow_of_party",
                condition=Q(party__isnull=False),
            ),
            models.Index(
                fields=["conversation", "xid", "id"],
                name="messaging_feedrow_of_talk",
                condition=Q(conversation__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        """Name the news."""
        return f"{self.kind} {self.xid}.{self.pk}"

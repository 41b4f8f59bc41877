"""What was said."""

from typing import ClassVar

from django.db import models
from django.db.models import JSONField, Q, Value

_SINGLE = ["payment", "order", "request"]


class Message(models.Model):
    """One message: its place is for ever.

    The words of a person change only while the earlier ones are kept (``MessageVersion``): an
    edit, or a deletion, which empties the content and leaves the place. A snapshot kind (a
    payment, an order, a product) shows something that lives elsewhere; its ``content`` is
    refreshed by the room above through one service, and a trigger refuses every other change
    (``messaging/sql``).

    ``warnings`` are codes for whoever receives it; its sender is not told.

    ``client_id`` is the sender's own name for the message and is unique for ever, so a retry
    finds the first one; messages posted by services have none and are found by
    ``content_ref``.
    """

    public_id = models.CharField(max_length=40, unique=True)
    conversation = models.ForeignKey(
        "messaging.Conversation",
        on_delete=models.PROTECT,
        related_name="messages",
        db_constraint=False,
        db_index=False,
    )
    seq = models.BigIntegerField()
    sender = models.ForeignKey(
        "people.Party",
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    author = models.ForeignKey(
        "people.Person",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    client_id = models.CharField(max_length=64, null=True)  # noqa: DJ001 - NULL has no duplicates.
    kind = models.CharField(max_length=16)
    content = models.JSONField()
    content_ref = models.CharField(max_length=64, default="", blank=True)
    warnings = models.JSONField(default=list, db_default=Value([], JSONField()))
    reply_to = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    created_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        """Numbers, client ids and snapshots that may stand only once are unique."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["conversation", "seq"], name="messaging_message_one_per_seq"
            ),
            models.UniqueConstraint(
                fields=["sender", "client_id"], name="messaging_message_one_per_client_id"
            ),
            models.UniqueConstraint(
                fields=["conversation", "kind", "content_ref"],
                name="messaging_message_one_per_snapshot",
                condition=Q(kind__in=_SINGLE),
            ),
            models.CheckConstraint(condition=Q(seq__gte=1), name="messaging_message_seq_from_one"),
            models.CheckConstraint(
                condition=~Q(kind__in=[*_SINGLE, "text"])
                | Q(kind="text", content_ref="")
                | (Q(kind__in=_SINGLE) & ~Q(content_ref="")),
                name="messaging_message_snapshot_has_ref",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["kind", "content_ref"],
                name="messaging_message_by_snapshot",
                condition=~Q(content_ref=""),
            ),
        ]

    def __str__(self) -> str:
        """Name the message."""
        return self.public_id

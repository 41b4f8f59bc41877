"""Who talks with whom, and how far each has read."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from messaging.enums import ConversationKind


class Conversation(models.Model):
    """A talk between parties; the direct one is one for each pair.

    ``last_seq`` counts the messages: it is raised in the transaction that writes the message,
    under this row's lock, so numbers have no gaps even when transactions are rolled back.
    ``feed_xid`` is the feed position of the latest row about this conversation; it keeps the
    feed of one conversation in the order of its messages (``docs/stream.md``).
    """

    public_id = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=16, choices=ConversationKind.choices)
    title = models.CharField(max_length=120, default="", blank=True)
    low_party = models.ForeignKey(
        "people.Party", on_delete=models.PROTECT, null=True, related_name="+"
    )
    high_party = models.ForeignKey(
        "people.Party", on_delete=models.PROTECT, null=True, related_name="+"
    )
    last_seq = models.BigIntegerField(default=0)
    last_at = models.DateTimeField()
    feed_xid = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        """One direct conversation for each pair, whoever opens it first."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["low_party", "high_party"],
                name="messaging_conversation_one_per_pair",
                condition=Q(kind="direct"),
            ),
            models.CheckConstraint(
                condition=~Q(kind="direct")
                | Q(
                    low_party__isnull=False,
                    high_party__isnull=False,
                    low_party__lt=F("high_party"),
                ),
                name="messaging_conversation_pair_is_ordered",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=ConversationKind.values),
                name="messaging_conversation_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(last_seq__gte=0), name="messaging_conversation_seq_not_negative"
            ),
        ]

    def __str__(self) -> str:
        """Name the conversation."""
        return self.public_id


class Member(models.Model):
    """One party's place in a conversation, with its two markers, which only rise."""

    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="members")
    party = models.ForeignKey("people.Party", on_delete=models.PROTECT, related_name="+")
    read_seq = models.BigIntegerField(default=0)
    delivered_seq = models.BigIntegerField(default=0)
    joined_at = models.DateTimeField()

    class Meta:
        """Once in each conversation; what was read was delivered."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["conversation", "party"], name="messaging_member_once_per_conversation"
            ),
            models.CheckConstraint(
                condition=Q(read_seq__gte=0) & Q(read_seq__lte=F("delivered_seq")),
                name="messaging_member_read_is_delivered",
            ),
        ]

    def __str__(self) -> str:
        """Name the conversation and how far it was read."""
        return f"member {self.pk}: {self.read_seq}"

"""What became of a message: its earlier words, what people felt, and whom it speaks to."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class MessageVersion(models.Model):
    """What a message said before it was edited or deleted; kept as evidence, never changed.

    ``act`` says what was done to these words, by whom and when. The message itself shows what
    came after.
    """

    message = models.ForeignKey(
        "messaging.Message", on_delete=models.PROTECT, related_name="versions", db_constraint=False
    )
    content = models.JSONField()
    act = models.CharField(max_length=8)
    actor = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, null=True, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        """Edited or deleted."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(act__in=["edited", "deleted"]),
                name="messaging_messageversion_act_is_known",
            ),
        ]

    def __str__(self) -> str:
        """Name the message and what was done."""
        return f"{self.message_id} {self.act}"


class Reaction(models.Model):
    """One member's one feeling about one message; another one replaces it."""

    message = models.ForeignKey(
        "messaging.Message",
        on_delete=models.PROTECT,
        related_name="reactions",
        db_constraint=False,
        db_index=False,
    )
    party = models.ForeignKey("people.Party", on_delete=models.PROTECT, related_name="+")
    emoji = models.CharField(max_length=32)
    at = models.DateTimeField()

    class Meta:
        """One for each member and message."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["message", "party"], name="messaging_reaction_one_per_member"
            ),
        ]

    def __str__(self) -> str:
        """Show it."""
        return self.emoji


class Mention(models.Model):
    """A message speaks to one member by name; counted until that member has read it."""

    message = models.ForeignKey(
        "messaging.Message",
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    conversation = models.ForeignKey(
        "messaging.Conversation",
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    party = models.ForeignKey(
        "people.Party", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    seq = models.BigIntegerField()

    class Meta:
        """Once in each message, and found by whom it speaks to."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["message", "party"], name="messaging_mention_once_per_message"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["party", "conversation", "seq"], name="messaging_mention_of_party"
            ),
        ]

    def __str__(self) -> str:
        """Name the place."""
        return f"{self.conversation_id} {self.seq}"

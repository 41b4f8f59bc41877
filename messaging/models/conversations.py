"""Who talks with whom, and how far each has read."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from messaging.enums import MAX_MEMBERS, MAX_TITLE, ConversationKind, MemberRole


class Conversation(models.Model):
    """A talk between parties; the direct one is one for each pair.

    ``last_seq`` counts the messages: it is raised in the transaction that writes the message,
    under this row's lock, so numbers have no gaps even when transactions are rolled back.
    ``feed_xid`` is the feed position of the latest row about this conversation; it keeps the
    feed of one conversation in the order of its messages (``docs/stream.md``).

    Of a group, ``member_count`` counts those who take part now, and ``has_business`` says that
    one of them is or was a business.
    """

    public_id = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=16, choices=ConversationKind.choices)
    title = models.CharField(max_length=MAX_TITLE, default="", blank=True)
    low_party = models.ForeignKey(
        "people.Party", on_delete=models.PROTECT, null=True, related_name="+"
    )
    high_party = models.ForeignKey(
        "people.Party", on_delete=models.PROTECT, null=True, related_name="+"
    )
    last_seq = models.BigIntegerField(default=0)
    last_at = models.DateTimeField()
    feed_xid = models.BigIntegerField(default=0)
    member_count = models.PositiveIntegerField(default=0, db_default=0)
    has_business = models.BooleanField(default=False, db_default=False)
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
            models.CheckConstraint(
                condition=Q(member_count__gte=0, member_count__lte=MAX_MEMBERS),
                name="messaging_conversation_members_bounded",
            ),
        ]

    def __str__(self) -> str:
        """Name the conversation."""
        return self.public_id


class Member(models.Model):
    """One party's place in a conversation, with its two markers, which only rise.

    Whoever joined a group later sees the messages after ``joined_seq`` and the news from the feed
    position ``(from_xid, from_row)`` on; whoever left sees both up to ``left_seq`` and
    ``(until_xid, until_row)``, and nothing later. Somebody who comes back has the same row again,
    from the moment of coming back.

    Of what lies past ``read_seq``, ``own_after`` messages are the member's own (a bubble, what a
    program said) or were read across a block, which nobody else is to see, as long as
    ``own_after_seq`` is that marker; else none are. They are not unread.

    ``archived_seq`` is the last message when the member put the conversation out of sight: a
    later one brings it back, unless it is muted.
    """

    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="members")
    party = models.ForeignKey("people.Party", on_delete=models.PROTECT, related_name="+")
    read_seq = models.BigIntegerField(default=0)
    delivered_seq = models.BigIntegerField(default=0)
    own_after = models.BigIntegerField(default=0, db_default=0)
    own_after_seq = models.BigIntegerField(default=0, db_default=0)
    joined_at = models.DateTimeField()
    role = models.CharField(
        max_length=8,
        choices=MemberRole.choices,
        default=MemberRole.MEMBER,
        db_default=MemberRole.MEMBER.value,
    )
    joined_seq = models.BigIntegerField(default=0, db_default=0)
    from_xid = models.BigIntegerField(default=0, db_default=0)
    from_row = models.BigIntegerField(default=0, db_default=0)
    left_at = models.DateTimeField(null=True)
    left_seq = models.BigIntegerField(null=True)
    until_xid = models.BigIntegerField(null=True)
    until_row = models.BigIntegerField(null=True)
    muted_until = models.DateTimeField(null=True)
    archived_seq = models.BigIntegerField(null=True)

    class Meta:
        """Once in each conversation; what was read was delivered; one owner."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["conversation", "party"], name="messaging_member_once_per_conversation"
            ),
            models.CheckConstraint(
                condition=Q(read_seq__gte=0) & Q(read_seq__lte=F("delivered_seq")),
                name="messaging_member_read_is_delivered",
            ),
            models.CheckConstraint(
                condition=Q(own_after__gte=0), name="messaging_member_own_after_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(role__in=MemberRole.values), name="messaging_member_role_is_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    left_at__isnull=True,
                    left_seq__isnull=True,
                    until_xid__isnull=True,
                    until_row__isnull=True,
                )
                | Q(
                    left_at__isnull=False,
                    left_seq__isnull=False,
                    until_xid__isnull=False,
                    until_row__isnull=False,
                ),
                name="messaging_member_left_as_a_whole",
            ),
            models.UniqueConstraint(
                fields=["conversation"],
                name="messaging_member_one_owner",
                condition=Q(role=MemberRole.OWNER.value, left_seq__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        """Name the conversation and how far it was read."""
        return f"member {self.pk}: {self.read_seq}"

"""The shop's side of talk: what it answers by itself, and what only its team sees."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from merchants.enums import AwayMode, BroadcastState, LabelColour, RecipientState
from merchants.models.shops import Shop

DAY_MINUTES = 24 * 60


class TalkSettings(models.Model):
    """What a shop says by itself; a shop without a row says nothing."""

    shop = models.OneToOneField(Shop, on_delete=models.PROTECT, related_name="talk_settings")
    is_greeting_on = models.BooleanField(default=False)
    greeting = models.CharField(max_length=1000, default="", blank=True)
    away_mode = models.CharField(max_length=16, choices=AwayMode.choices, default=AwayMode.OFF)
    away = models.CharField(max_length=1000, default="", blank=True)
    away_since = models.DateTimeField()

    class Meta:
        """What is on has words."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(away_mode__in=AwayMode.values),
                name="merchants_talksettings_away_mode_known",
            ),
            models.CheckConstraint(
                condition=Q(is_greeting_on=False) | ~Q(greeting=""),
                name="merchants_talksettings_greeting_has_words",
            ),
            models.CheckConstraint(
                condition=Q(away_mode=AwayMode.OFF.value) | ~Q(away=""),
                name="merchants_talksettings_away_has_words",
            ),
        ]

    def __str__(self) -> str:
        """Name the row."""
        return f"talk settings of shop {self.shop_id}"


class OpeningHours(models.Model):
    """One span of a weekday in which somebody answers, in minutes of the shop's own clock."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="opening_hours")
    weekday = models.SmallIntegerField()
    opens_minute = models.SmallIntegerField()
    closes_minute = models.SmallIntegerField()

    class Meta:
        """Monday is 0; a span ends on its own day."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(weekday__gte=0, weekday__lte=6),
                name="merchants_openinghours_weekday_known",
            ),
            models.CheckConstraint(
                condition=Q(
                    opens_minute__gte=0,
                    closes_minute__lte=DAY_MINUTES,
                    opens_minute__lt=F("closes_minute"),
                ),
                name="merchants_openinghours_closes_after_opening",
            ),
            models.UniqueConstraint(
                fields=["shop", "weekday", "opens_minute"],
                name="merchants_openinghours_one_per_opening",
            ),
        ]

    def __str__(self) -> str:
        """Name the span."""
        return f"{self.weekday}: {self.opens_minute}-{self.closes_minute}"


class Holiday(models.Model):
    """A day, by the shop's own clock, on which nobody answers whatever its weekday says."""

    shop = models.ForeignKey(
        Shop, on_delete=models.PROTECT, related_name="holidays", db_index=False
    )
    day = models.DateField()
    name = models.CharField(max_length=60, default="", blank=True)

    class Meta:
        """A day is one once."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["shop", "day"], name="merchants_holiday_once"),
        ]

    def __str__(self) -> str:
        """Name the day."""
        return f"{self.day} {self.name}"


class QuickReply(models.Model):
    """A text that the team sends often, under a short word; a picture or a PDF may go with it."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="quick_replies")
    shortcut = models.CharField(max_length=25)
    text = models.CharField(max_length=4096)
    media = models.ForeignKey(
        "messaging.MediaFile", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    changed_at = models.DateTimeField()

    class Meta:
        """A word means one text."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["shop", "shortcut"], name="merchants_quickreply_one_per_shortcut"
            ),
        ]

    def __str__(self) -> str:
        """Name the reply."""
        return self.shortcut


class Label(models.Model):
    """A mark that the team puts on conversations.

    One that was removed stays for a while with ``removed_at``, so that it can be brought back
    onto the conversations that it was on; nobody sees it meanwhile.
    """

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="labels")
    name = models.CharField(max_length=40)
    colour = models.CharField(max_length=10, choices=LabelColour.choices)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """A name means one label, however it is written."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                "shop",
                Lower("name"),
                condition=Q(removed_at__isnull=True),
                name="merchants_label_one_per_name",
            ),
            models.CheckConstraint(
                condition=Q(colour__in=LabelColour.values), name="merchants_label_colour_known"
            ),
        ]

    def __str__(self) -> str:
        """Name the label."""
        return self.name


class LabelledTalk(models.Model):
    """A label on a conversation."""

    label = models.ForeignKey(Label, on_delete=models.CASCADE, related_name="talks")
    conversation = models.ForeignKey(
        "messaging.Conversation", on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        """Once."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["label", "conversation"], name="merchants_labelledtalk_once"
            ),
        ]

    def __str__(self) -> str:
        """Name the row."""
        return f"label {self.label_id} on {self.conversation_id}"


class Assignment(models.Model):
    """Who of the team looks after a conversation; a row that ended stays as history."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="assignments")
    conversation = models.ForeignKey(
        "messaging.Conversation", on_delete=models.PROTECT, related_name="+"
    )
    assignee = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    assigner = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """One at a time."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["shop", "conversation"],
                name="merchants_assignment_one_at_a_time",
                condition=Q(ended_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        """Name the row."""
        return f"{self.assignee_id} looks after {self.conversation_id}"


class TalkNote(models.Model):
    """What the team tells itself about a conversation; no buyer ever sees it."""

    public_id = models.CharField(max_length=40, unique=True)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="talk_notes")
    conversation = models.ForeignKey(
        "messaging.Conversation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    author = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    text = models.CharField(max_length=4096)
    created_at = models.DateTimeField()

    class Meta:
        """The notes of a conversation are listed by id."""

        indexes: ClassVar = [
            models.Index(fields=["conversation", "shop", "-id"], name="merchants_talknote_of_talk"),
        ]

    def __str__(self) -> str:
        """Name the note."""
        return self.public_id


class NewsWish(models.Model):
    """Whether a customer wants a shop's news; without a row nobody asked for any."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="news_wishes")
    party = models.ForeignKey("people.Party", on_delete=models.PROTECT, related_name="+")
    is_wanted = models.BooleanField()
    changed_at = models.DateTimeField()

    class Meta:
        """One wish for each customer and shop."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["shop", "party"], name="merchants_newswish_one_per_customer"
            ),
        ]

    def __str__(self) -> str:
        """Name the wish."""
        return f"party {self.party_id} of shop {self.shop_id}: {self.is_wanted}"


class Broadcast(models.Model):
    """One text to everybody who wants a shop's news."""

    public_id = models.CharField(max_length=40, unique=True)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="broadcasts")
    author = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    text = models.CharField(max_length=1024)
    client_id = models.CharField(max_length=64, default="", blank=True)
    state = models.CharField(max_length=16, choices=BroadcastState.choices)
    starts_at = models.DateTimeField()
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """What is due is looked for by its state; a form that is sent twice plans one."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["shop", "client_id"],
                name="merchants_broadcast_one_per_form",
                condition=~Q(client_id=""),
            ),
            models.CheckConstraint(
                condition=Q(state__in=BroadcastState.values),
                name="merchants_broadcast_state_known",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["starts_at"],
                name="merchants_broadcast_under_way",
                condition=Q(state__in=["scheduled", "sending"]),
            ),
        ]

    def __str__(self) -> str:
        """Name the broadcast."""
        return self.public_id


class Recipient(models.Model):
    """One customer of one broadcast, and what became of it."""

    broadcast = models.ForeignKey(Broadcast, on_delete=models.PROTECT, related_name="recipients")
    party = models.ForeignKey("people.Party", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=16, choices=RecipientState.choices)
    reached_at = models.DateTimeField(null=True)

    class Meta:
        """Once in a broadcast; what was sent is counted by customer and time."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["broadcast", "party"], name="merchants_recipient_once"),
            models.CheckConstraint(
                condition=Q(state__in=RecipientState.values),
                name="merchants_recipient_state_known",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["broadcast", "id"],
                name="merchants_recipient_waits",
                condition=Q(state="waiting"),
            ),
            models.Index(
                fields=["party", "reached_at"],
                name="merchants_recipient_reached",
                condition=Q(state="sent"),
            ),
        ]

    def __str__(self) -> str:
        """Name the row."""
        return f"{self.broadcast_id} to {self.party_id}: {self.state}"

"""Shapes of the team's side of talk."""

import re
from typing import Any, Final

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api import StrictSerializer
from merchants.enums import AwayMode, BroadcastState, LabelColour
from messaging.api.saying import PlainFlag, PlainText

_CLOCK: Final = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])")


@extend_schema_field({"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$", "example": "08:00"})
class ClockTime(serializers.Field[Any, Any, Any, Any]):
    """A time of the shop's own day as ``HH:MM``; ``24:00`` is its end."""

    def to_internal_value(self, data: Any) -> int:
        """Return minutes since the day's beginning."""
        read = _CLOCK.fullmatch(data) if isinstance(data, str) else None
        if read is None:
            raise serializers.ValidationError("HH:MM", code="invalid")
        return int(read[1]) * 60 + int(read[2])

    def to_representation(self, value: int) -> str:
        """Return minutes as a time."""
        return f"{value // 60:02d}:{value % 60:02d}"


class SpanIn(StrictSerializer):
    """When somebody answers: 0 is Monday."""

    weekday = serializers.IntegerField(min_value=0, max_value=6)
    opens = ClockTime(source="opens_minute")
    closes = ClockTime(source="closes_minute")


class AutomaticWordsIn(StrictSerializer):
    """What a shop says by itself; an empty greeting says nothing."""

    greeting = PlainText(max_length=1000, allow_blank=True)
    away_mode = serializers.ChoiceField(choices=AwayMode.values)
    away = PlainText(max_length=1000, allow_blank=True)
    hours = SpanIn(many=True)


class AutomaticWordsOut(AutomaticWordsIn):
    """What a shop says by itself, and since when its mode is on."""

    away_since = serializers.DateTimeField(allow_null=True)


class RepliesQuery(StrictSerializer):
    """Which quick replies."""

    q = serializers.CharField(max_length=100, required=False, default="")


class ReplyIn(StrictSerializer):
    """The text of a quick reply, and the picture or PDF that goes with it.

    ``media`` names a file that was uploaded before; null takes away what is there, and without it
    that stays.
    """

    text = PlainText(max_length=4096)
    media = serializers.CharField(min_length=1, max_length=40, required=False, allow_null=True)


class ReplyFileOut(serializers.Serializer[Any]):
    """The file that goes with a quick reply."""

    id = serializers.CharField(source="public_id")
    kind = serializers.CharField()
    mime_type = serializers.CharField()
    name = serializers.CharField(source="filename", allow_blank=True)


class ReplyOut(serializers.Serializer[Any]):
    """A quick reply."""

    shortcut = serializers.CharField()
    text = serializers.CharField()
    media = ReplyFileOut(allow_null=True)


class RepliesOut(serializers.Serializer[Any]):
    """Quick replies by their shortcuts."""

    data = ReplyOut(many=True)  # type: ignore[assignment]  # The contract names it so.


class LabelIn(StrictSerializer):
    """How a label looks."""

    colour = serializers.ChoiceField(choices=LabelColour.values)


class LabelOut(serializers.Serializer[Any]):
    """A label."""

    name = serializers.CharField()
    colour = serializers.CharField()


class LabelsOut(serializers.Serializer[Any]):
    """Labels by name."""

    data = LabelOut(many=True)  # type: ignore[assignment]  # The contract names it so.


class DeskQuery(StrictSerializer):
    """Which conversations: with a label, or that somebody looks after."""

    label = serializers.CharField(max_length=40, required=False)  # type: ignore[assignment]  # The contract names it so.
    login = serializers.CharField(max_length=64, required=False)
    after = serializers.CharField(max_length=400, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=100, default=50)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a question for everything: that is the inbox."""
        if "label" not in attrs and "login" not in attrs:
            raise serializers.ValidationError({"label": "label or login"}, code="required")
        return attrs


class DeskTalkOut(serializers.Serializer[Any]):
    """What the team knows of a conversation."""

    conversation = serializers.CharField()
    labels = LabelOut(many=True)
    assignee = serializers.CharField(allow_null=True)


class DeskTalksOut(serializers.Serializer[Any]):
    """A page of conversations."""

    data = DeskTalkOut(many=True)  # type: ignore[assignment]  # The contract names it so.
    next = serializers.CharField(allow_null=True)


class AssigneeIn(StrictSerializer):
    """Who looks after a conversation; null: nobody."""

    login = PlainText(max_length=64, allow_null=True)


class PageQuery(StrictSerializer):
    """Where a page begins."""

    after = serializers.CharField(max_length=400, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=100, default=50)


class NoteIn(StrictSerializer):
    """A note for the team."""

    text = PlainText(max_length=4096)


class TalkNoteOut(serializers.Serializer[Any]):
    """A note of the team."""

    id = serializers.CharField(source="public_id")
    author = serializers.CharField()
    text = serializers.CharField()
    created_at = serializers.DateTimeField()


class TalkNotesOut(serializers.Serializer[Any]):
    """A page of notes."""

    data = TalkNoteOut(many=True)  # type: ignore[assignment]  # The contract names it so.
    next = serializers.CharField(allow_null=True)


class NewsIn(StrictSerializer):
    """Whether the caller wants a shop's news."""

    wanted = PlainFlag()


class BroadcastIn(StrictSerializer):
    """A text to everybody who wants the shop's news."""

    text = PlainText(max_length=1024)
    starts_at = serializers.DateTimeField(required=False)


class BroadcastOut(serializers.Serializer[Any]):
    """A broadcast, with how many customers are in which state."""

    id = serializers.CharField(source="public_id")
    text = serializers.CharField()
    state = serializers.ChoiceField(choices=BroadcastState.values)
    author = serializers.CharField()
    starts_at = serializers.DateTimeField()
    created_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    counts = serializers.DictField(child=serializers.IntegerField())


class BroadcastsOut(serializers.Serializer[Any]):
    """A page of broadcasts; ``audience`` is how many would get one that began now."""

    data = BroadcastOut(many=True)  # type: ignore[assignment]  # The contract names it so.
    next = serializers.CharField(allow_null=True)
    audience = serializers.IntegerField()

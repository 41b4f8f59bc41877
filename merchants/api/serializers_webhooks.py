"""Shapes of endpoints, news and its delivery."""

from typing import Any

from rest_framework import serializers

from core.api import StrictSerializer
from merchants.api.serializers import Moment, PageIn, WholeNumber
from merchants.enums import AttemptOutcome, DeliveryState, EndpointState, EndpointStop
from merchants.services.endpoints import LONGEST_OVERLAP_HOURS

_SHOWN_STATES = [EndpointState.ENABLED.value, EndpointState.DISABLED.value]

__all__ = ["PageIn"]


class KindsField(serializers.ListField):
    """Kinds of news, such as ``order.paid``; empty is all."""

    child = serializers.CharField(max_length=40)


class EndpointIn(StrictSerializer):
    """An address that is to hear news."""

    url = serializers.CharField(max_length=2000)
    description = serializers.CharField(required=False, allow_blank=True, max_length=200)
    events = KindsField(required=False, max_length=50)


class EndpointChangeIn(StrictSerializer):
    """What changes of an endpoint."""

    url = serializers.CharField(required=False, max_length=2000)
    description = serializers.CharField(required=False, allow_blank=True, max_length=200)
    events = KindsField(required=False, max_length=50)
    is_enabled = serializers.BooleanField(required=False)


class RotateIn(StrictSerializer):
    """For how long the old secret signs beside the new one."""

    overlap_hours = WholeNumber(
        required=False, default=24, min_value=0, max_value=LONGEST_OVERLAP_HOURS
    )


class ReplayIn(StrictSerializer):
    """What is to be sent again."""

    since = serializers.DateTimeField()
    events = KindsField(required=False, max_length=50, default=list)


class DeliveriesIn(PageIn):
    """How to narrow an endpoint's log."""

    state = serializers.ChoiceField(DeliveryState.choices, required=False)


class EventsIn(PageIn):
    """How to narrow the news."""

    type = serializers.CharField(required=False, max_length=40)


class EndpointOut(serializers.Serializer[Any]):
    """An endpoint."""

    id = serializers.CharField(source="public_id")
    url = serializers.CharField()
    description = serializers.CharField()
    events = KindsField(source="kinds")
    state = serializers.ChoiceField(_SHOWN_STATES)
    stop = serializers.ChoiceField(
        EndpointStop.choices, help_text="Why it is disabled: gone, exhausted, shop or staff."
    )
    stopped_at = Moment(allow_null=True)
    old_secret_until = Moment(allow_null=True)
    created_at = Moment(source="made_at")


class EndpointMadeOut(EndpointOut):
    """An endpoint with its secret, which is shown this once."""

    secret = serializers.CharField()


class AttemptOut(serializers.Serializer[Any]):
    """One try; ``answer`` is the first 2 KB of what came back."""

    at = Moment()
    outcome = serializers.ChoiceField(AttemptOutcome.choices)
    http_status = serializers.IntegerField(allow_null=True)
    took_ms = serializers.IntegerField()
    answer = serializers.CharField()


class DeliveryOut(serializers.Serializer[Any]):
    """One piece of news on its way."""

    id = serializers.CharField(source="public_id")
    event = serializers.CharField()
    type = serializers.CharField(source="kind")
    ref = serializers.CharField()
    state = serializers.ChoiceField(DeliveryState.choices)
    tries = serializers.IntegerField()
    due_at = Moment(allow_null=True)
    ended_at = Moment(allow_null=True)
    attempts = AttemptOut(many=True)


class EventOut(serializers.Serializer[Any]):
    """One piece of news, as its delivery tells it."""

    id = serializers.CharField(source="public_id")
    type = serializers.CharField(source="kind")
    timestamp = Moment(source="at")
    data = serializers.JSONField(source="facts")  # type: ignore[assignment]  # The contract names it so.


class ReplayedOut(serializers.Serializer[Any]):
    """How many pieces of news are on their way again."""

    replayed = serializers.IntegerField()


class EndpointListOut(serializers.Serializer[Any]):
    """A page of endpoints."""

    data = EndpointOut(many=True)  # type: ignore[assignment]  # The contract names it so.
    next = serializers.CharField(allow_null=True)


class DeliveryListOut(serializers.Serializer[Any]):
    """A page of an endpoint's log."""

    data = DeliveryOut(many=True)  # type: ignore[assignment]  # The contract names it so.
    next = serializers.CharField(allow_null=True)


class EventListOut(serializers.Serializer[Any]):
    """A page of news."""

    data = EventOut(many=True)  # type: ignore[assignment]  # The contract names it so.
    next = serializers.CharField(allow_null=True)

"""The duress PIN. Nothing here, and nothing elsewhere, tells whether there is one."""

from http import HTTPStatus

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import ApiView
from people.api.callers import device_of, person_of
from people.api.serializers import LONGEST_PIN, ApprovalIn, read_approval
from people.services.duress import set_duress_pin
from people.services.pins import NewPin


class DuressPinIn(ApprovalIn):
    """The duress PIN, typed twice, or neither to do without; with the PIN's proof."""

    pin = serializers.CharField(max_length=LONGEST_PIN, required=False)
    pin_again = serializers.CharField(max_length=LONGEST_PIN, required=False)

    def validate(self, attrs: dict[str, object]) -> dict[str, object]:
        """A PIN is typed twice."""
        if ("pin" in attrs) != ("pin_again" in attrs):
            raise serializers.ValidationError({"pin_again": "Type the PIN twice."})
        return attrs


class DuressPinView(ApiView):
    """The caller's duress PIN."""

    @extend_schema(operation_id="put_duress_pin", request=DuressPinIn, responses={204: None})
    def put(self, request: Request) -> Response:
        """Choose it, choose another, or do without; the answer is the same."""
        asked = self.read(request, DuressPinIn)
        set_duress_pin(
            person=person_of(request),
            device=device_of(request),
            new=NewPin(asked["pin"], asked["pin_again"]) if "pin" in asked else None,
            approval=read_approval(asked),
        )
        return Response(status=HTTPStatus.NO_CONTENT)

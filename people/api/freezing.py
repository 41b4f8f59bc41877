"""Freezing one's own payments with one tap, and unfreezing them with a proof."""

from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import OPTIONAL_KEY, ApiView, keyed_post, moment_out
from people.api.callers import device_of, person_of
from people.api.serializers import ApprovalIn, read_approval
from people.services import freezing
from people.services.freezing import FreezeState


class FreezeOut(serializers.Serializer[Any]):
    """Whether the caller's payments are frozen, and who has to lift it."""

    is_frozen = serializers.BooleanField()
    frozen_at = serializers.DateTimeField(allow_null=True)
    by = serializers.ChoiceField(choices=["person", "staff"], allow_null=True)
    device_name = serializers.CharField(help_text="Where it was tapped; empty for staff.")


class FreezeView(ApiView):
    """The caller's freeze."""

    @extend_schema(operation_id="read_freeze", responses={200: FreezeOut})
    def get(self, request: Request) -> Response:
        """Tell whether the caller's payments are frozen."""
        return Response(_body(freezing.freeze_state(person_of(request))))

    @extend_schema(
        operation_id="freeze", parameters=[OPTIONAL_KEY], request=None, responses={200: FreezeOut}
    )
    def post(self, request: Request) -> Response:
        """Stop the caller's payments at once; no proof is asked for, and receiving goes on."""
        person, device = person_of(request), device_of(request)

        def run() -> FreezeState:
            return freezing.freeze(person=person, device=device)

        return keyed_post(request, run, _render, required=False)


class UnfreezeView(ApiView):
    """Letting payments go on."""

    @extend_schema(operation_id="unfreeze", request=ApprovalIn, responses={200: FreezeOut})
    def post(self, request: Request) -> Response:
        """Lift the caller's own freeze, on their proof; a freeze of staff stays."""
        asked = self.read(request, ApprovalIn)
        state = freezing.unfreeze(
            person=person_of(request),
            device=device_of(request),
            approval=read_approval(asked),
        )
        return Response(_body(state))


def _render(state: FreezeState) -> tuple[int, Any]:
    return HTTPStatus.OK, _body(state)


def _body(state: FreezeState) -> dict[str, Any]:
    return {
        "is_frozen": state.is_frozen,
        "frozen_at": moment_out(state.frozen_at),
        "by": state.by,
        "device_name": state.device_name,
    }

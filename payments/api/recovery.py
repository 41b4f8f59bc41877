"""Recovering a forgotten PIN. It stands here because a bank can make the wait shorter."""

from http import HTTPStatus
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import OPTIONAL_KEY, ApiView, StrictSerializer, keyed_post, moment_out
from core.clock import business_now
from payments.services.funding import refuse_card_numbers
from payments.services.recovering import recover_by_bank
from people.api.callers import device_of, person_of
from people.api.serializers import NewPinIn, PinOut, pin_out
from people.models import PinRecovery
from people.services import pins, recovery

_LONGEST_ID = 40
_LONGEST_SIGNATURE = 128


class RecoveryIn(StrictSerializer):
    """A verified funding source and the code its bank shows now; nothing for the long wait."""

    funding_source = serializers.CharField(max_length=_LONGEST_ID, required=False)
    code = serializers.CharField(max_length=35, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A source comes with its code, or neither comes."""
        if len(attrs) == 1:
            raise serializers.ValidationError(_("Send the source with the bank's code."))
        return attrs


class ResetIn(NewPinIn):
    """The new PIN, typed twice, and the device's signature over a challenge."""

    challenge = serializers.CharField(max_length=_LONGEST_ID)
    signature = serializers.CharField(max_length=_LONGEST_SIGNATURE)


class RecoveryOut(serializers.Serializer[Any]):
    """A recovery under way; all but ``state`` is null where there is none."""

    state = serializers.ChoiceField(choices=["none", "waiting", "ready"])
    id = serializers.CharField(allow_null=True)
    is_verified = serializers.BooleanField(allow_null=True)
    device_name = serializers.CharField(allow_null=True)
    is_this_device = serializers.BooleanField(allow_null=True)
    started_at = serializers.DateTimeField(allow_null=True)
    ready_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)


class RecoveryView(ApiView):
    """The caller's recovery."""

    @extend_schema(operation_id="read_pin_recovery", responses={200: RecoveryOut})
    def get(self, request: Request) -> Response:
        """Tell whether a recovery is under way, and until when it waits."""
        found = recovery.open_recovery(person_of(request), business_now())
        return Response(_body(found, device_of(request).id))

    @extend_schema(
        operation_id="start_pin_recovery",
        parameters=[OPTIONAL_KEY],
        request=RecoveryIn,
        responses={201: RecoveryOut},
    )
    def post(self, request: Request) -> Response:
        """Begin to recover the PIN: with the bank's word a short wait, without it a long one."""
        refuse_card_numbers(request.data)
        asked = self.read(request, RecoveryIn)
        person, device = person_of(request), device_of(request)

        def run() -> PinRecovery:
            if not asked:
                return recovery.start_recovery(person=person, device=device, source_ref="")
            source_id, code = asked["funding_source"], asked["code"]
            return recover_by_bank(person=person, device=device, source_id=source_id, code=code)

        def render(made: PinRecovery) -> tuple[int, Any]:
            return HTTPStatus.CREATED, _body(made, device.id)

        return keyed_post(request, run, render, required=False)

    @extend_schema(operation_id="finish_pin_recovery", request=ResetIn, responses={200: PinOut})
    def put(self, request: Request) -> Response:
        """Set the new PIN after the wait, on the device that began; the others are signed out."""
        asked = self.read(request, ResetIn)
        person = person_of(request)
        recovery.finish_recovery(
            person=person,
            device=device_of(request),
            new=pins.NewPin(asked["pin"], asked["pin_again"]),
            signed=recovery.Signature(asked["challenge"], asked["signature"]),
        )
        return Response(pin_out(pins.pin_state(person)))

    @extend_schema(operation_id="cancel_pin_recovery", responses={204: None})
    def delete(self, request: Request) -> Response:
        """Stop it with one tap, from any of the caller's devices."""
        recovery.cancel_recovery(person=person_of(request))
        return Response(status=HTTPStatus.NO_CONTENT)


def _body(found: PinRecovery | None, device_id: int) -> dict[str, Any]:
    if found is None:
        return {**dict.fromkeys(RecoveryOut().fields), "state": "none"}
    return {
        "state": "ready" if found.ready_at <= business_now() else "waiting",
        "id": found.public_id,
        "is_verified": found.is_verified,
        "device_name": found.device.name,
        "is_this_device": found.device_id == device_id,
        "started_at": moment_out(found.started_at),
        "ready_at": moment_out(found.ready_at),
        "expires_at": moment_out(found.expires_at),
    }

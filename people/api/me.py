"""The caller's own profile, devices, identity and PIN."""

from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import OPTIONAL_KEY, ApiView, keyed_post, keyset_page, page_out
from people.api.callers import device_of, person_of
from people.api.proofs import proof_offer
from people.api.serializers import (
    ApprovalIn,
    ChallengeIn,
    ChallengeOut,
    DevicesOut,
    IdentityIn,
    IdentityOut,
    MeOut,
    PinIn,
    PinOut,
    ProfileIn,
    challenge_out,
    device_out,
    identity_out,
    me_out,
    pin_out,
    read_approval,
)
from people.models import Challenge, Person
from people.queries import accepted_terms, devices_of, has_pin, identity_of
from people.services import challenges, devices, identity, pins, profiles

_PAGE = 50


class MeView(ApiView):
    """The caller's profile."""

    @extend_schema(operation_id="read_me", responses={200: MeOut})
    def get(self, request: Request) -> Response:
        """Tell who calls."""
        return Response(_me(person_of(request)))

    @extend_schema(operation_id="change_me", request=ProfileIn, responses={200: MeOut})
    def patch(self, request: Request) -> Response:
        """Change the name that others see, or the language."""
        person = person_of(request)
        profiles.change_profile(person=person, **self.read(request, ProfileIn))
        return Response(_me(person))


class DevicesView(ApiView):
    """The caller's devices."""

    @extend_schema(
        operation_id="list_devices",
        parameters=[OpenApiParameter("cursor", str, description="`next` of the page before.")],
        responses={200: DevicesOut},
    )
    def get(self, request: Request) -> Response:
        """List devices that are not removed, newest first."""
        mine = devices_of(person_of(request))
        rows, following = keyset_page(mine, request.query_params.get("cursor"), _PAGE)
        here = device_of(request)
        return Response(page_out([device_out(row, here) for row in rows], following))


class DeviceView(ApiView):
    """One of the caller's devices."""

    @extend_schema(operation_id="remove_device", responses={204: None})
    def delete(self, request: Request, public_id: str) -> Response:
        """Cut a device off: its token and key stop at the next request.

        Without a proof for the calling device and those that signed in after it; the others
        answer 403 ``proof_needed``.
        """
        devices.remove_device(
            person=person_of(request), device=device_of(request), public_id=public_id
        )
        return Response(status=HTTPStatus.NO_CONTENT)


class DeviceRemovalView(ApiView):
    """Removing any of the caller's devices, on a proof."""

    @extend_schema(
        operation_id="remove_device_with_proof", request=ApprovalIn, responses={204: None}
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Cut a device off that was there before the calling one."""
        asked = self.read(request, ApprovalIn)
        devices.remove_device_with_proof(
            person=person_of(request),
            device=device_of(request),
            public_id=public_id,
            approval=read_approval(asked),
        )
        return Response(status=HTTPStatus.NO_CONTENT)


class IdentityView(ApiView):
    """The caller's legal identity."""

    @extend_schema(operation_id="put_identity", request=IdentityIn, responses={200: IdentityOut})
    def put(self, request: Request) -> Response:
        """Give the legal identity and accept the terms."""
        body = self.read(request, IdentityIn)
        return Response(identity_out(identity.put_identity(person=person_of(request), **body)))


class PinView(ApiView):
    """The caller's PIN."""

    @extend_schema(operation_id="read_pin_state", responses={200: PinOut})
    def get(self, request: Request) -> Response:
        """Tell whether a PIN is set, and how many tries are left."""
        return Response(pin_out(pins.pin_state(person_of(request))))

    @extend_schema(operation_id="put_pin", request=PinIn, responses={200: PinOut})
    def put(self, request: Request) -> Response:
        """Set the first PIN, or change it with a proof by the old one."""
        person, device = person_of(request), device_of(request)
        body = self.read(request, PinIn)
        if "proof" in body:
            pins.change_pin(
                person=person,
                device=device,
                new=pins.NewPin(body["pin"], body["pin_again"]),
                approval=read_approval(body),
            )
        else:
            pins.set_pin(person=person, device=device, **body)
        return Response(pin_out(pins.pin_state(person)))


class ChallengesView(ApiView):
    """Challenges for what is no payment."""

    @extend_schema(
        operation_id="open_challenge",
        parameters=[OPTIONAL_KEY],
        request=ChallengeIn,
        responses={201: ChallengeOut},
    )
    def post(self, request: Request) -> Response:
        """Make a challenge to be approved with a proof."""
        body, person = self.read(request, ChallengeIn), person_of(request)

        def run() -> Challenge:
            return challenges.open_challenge(
                person=person, purpose=body["purpose"], device_id=body.get("device", "")
            )

        def render(made: Challenge) -> tuple[int, Any]:
            offer = proof_offer(person, bytes(made.digest))
            return HTTPStatus.CREATED, challenge_out(made, offer)

        return keyed_post(request, run, render, required=False)


def _me(person: Person) -> dict[str, Any]:
    return me_out(
        person,
        identity=identity_of(person),
        terms=accepted_terms(person),
        has_pin=has_pin(person),
    )

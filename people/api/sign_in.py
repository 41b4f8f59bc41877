"""Signing in."""

from http import HTTPStatus

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import ApiView, moment_out
from core.errors import NotFound
from people.api.serializers import (
    CodeSentOut,
    PhoneIn,
    SignedInOut,
    SignInIn,
    device_out,
    party_out,
)
from people.services import signing


class CodesView(ApiView):
    """Codes for signing in."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="request_sign_in_code", request=PhoneIn, responses={202: CodeSentOut}
    )
    def post(self, request: Request) -> Response:
        """Send a code to a number; the answer is the same for known and unknown numbers."""
        body = self.read(request, PhoneIn)
        expires_at = signing.request_code(phone=body["phone"])
        return Response({"expires_at": moment_out(expires_at)}, HTTPStatus.ACCEPTED)


class SignInView(ApiView):
    """Signing in with a code."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(operation_id="sign_in", request=SignInIn, responses={200: SignedInOut})
    def post(self, request: Request) -> Response:
        """Trade a code and a device key for a token."""
        body = self.read(request, SignInIn)
        device = signing.NewDevice(**body.pop("device"))
        signed_in = signing.sign_in(device=device, **body)
        if signed_in.person.party is None:
            raise NotFound
        return Response(
            {
                "token": signed_in.token,
                "party": party_out(signed_in.person.party),
                "device": device_out(signed_in.device, signed_in.device),
            }
        )

"""The caller's passkeys."""

from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import ApiView, StrictSerializer, keyset_page, moment_out, page_out
from people.api.callers import device_of, person_of
from people.api.serializers import MaybeApprovalIn, read_approval
from people.models import Passkey
from people.names import LONGEST_PASSKEY_NAME
from people.queries import passkeys_of
from people.services import passkeys

_PAGE = 50


class BegunOut(serializers.Serializer[Any]):
    """A registration under way, for five minutes and one use."""

    registration = serializers.CharField()
    expires_at = serializers.DateTimeField()
    webauthn = serializers.DictField(help_text="The options for navigator.credentials.create.")


class PasskeyIn(StrictSerializer):
    """What the authenticator made."""

    registration = serializers.CharField(max_length=40)
    name = serializers.CharField(max_length=LONGEST_PASSKEY_NAME)
    credential = serializers.DictField()


class PasskeyOut(serializers.Serializer[Any]):
    """One of the caller's passkeys."""

    id = serializers.CharField()
    name = serializers.CharField()
    is_synced = serializers.BooleanField(help_text="Kept in the cloud of its maker.")
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True)


class PasskeysOut(serializers.Serializer[Any]):
    """A page of passkeys."""

    data = PasskeyOut(many=True)  # type: ignore[assignment]  # The stubs know another data.
    next = serializers.CharField(allow_null=True)


class OptionsView(ApiView):
    """Beginning to register a passkey."""

    @extend_schema(operation_id="begin_passkey", request=MaybeApprovalIn, responses={201: BegunOut})
    def post(self, request: Request) -> Response:
        """Give the options for ``navigator.credentials.create``, on the caller's proof."""
        asked = self.read(request, MaybeApprovalIn)
        begun = passkeys.begin_passkey(
            person=person_of(request),
            device=device_of(request),
            approval=read_approval(asked) if asked else None,
        )
        body = {
            "registration": begun.registration.public_id,
            "expires_at": moment_out(begun.registration.expires_at),
            "webauthn": begun.options,
        }
        return Response(body, HTTPStatus.CREATED)


class PasskeysView(ApiView):
    """The caller's passkeys."""

    @extend_schema(
        operation_id="list_passkeys",
        parameters=[OpenApiParameter("cursor", str, description="`next` of the page before.")],
        responses={200: PasskeysOut},
    )
    def get(self, request: Request) -> Response:
        """List passkeys that are not removed, newest first."""
        mine = passkeys_of(person_of(request))
        rows, following = keyset_page(mine, request.query_params.get("cursor"), _PAGE)
        return Response(page_out([_body(row) for row in rows], following))

    @extend_schema(operation_id="add_passkey", request=PasskeyIn, responses={201: PasskeyOut})
    def post(self, request: Request) -> Response:
        """Register what the authenticator made; a registration works once."""
        asked = self.read(request, PasskeyIn)
        made = passkeys.finish_passkey(
            person=person_of(request),
            device=device_of(request),
            registration_id=asked["registration"],
            name=asked["name"],
            credential=asked["credential"],
        )
        return Response(_body(made), HTTPStatus.CREATED)


class PasskeyView(ApiView):
    """One of the caller's passkeys."""

    @extend_schema(operation_id="remove_passkey", responses={204: None})
    def delete(self, request: Request, public_id: str) -> Response:
        """Take it away: it proves nothing from the next request on."""
        passkeys.remove_passkey(person=person_of(request), public_id=public_id)
        return Response(status=HTTPStatus.NO_CONTENT)


def _body(passkey: Passkey) -> dict[str, Any]:
    return {
        "id": passkey.public_id,
        "name": passkey.name,
        "is_synced": passkey.is_synced,
        "created_at": moment_out(passkey.created_at),
        "last_used_at": moment_out(passkey.last_used_at),
    }

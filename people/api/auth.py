"""Bearer authentication by device, in one query."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from core.errors import Unauthenticated
from people.models import Device, Person
from people.services.callers import device_of_token
from people.services.devices import note_seen
from people.tokens import token_digest

_SCHEME = "bearer"


class DeviceAuthentication(BaseAuthentication):
    """Reads ``Authorization: Bearer trc_…``.

    ``request.user`` is the person with their party, ``request.auth`` the device. A call with
    no token at all is nobody's, and the view decides; a token that does not work is refused
    everywhere, so that a removed device notices.
    """

    def authenticate(self, request: Request) -> tuple[Person, Device] | None:
        """Return who calls, on which device.

        Raises:
            Unauthenticated: The token is unknown, its device removed, or its person inactive.
        """
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != _SCHEME:
            return None
        device = _device_of(token.strip())
        if device is None:
            raise Unauthenticated
        note_seen(device=device)
        return device.person, device

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        """Name the scheme, which makes a refusal a 401."""
        return "Bearer"


class DeviceScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # Its base registers it.
    """Describes the bearer token in the OpenAPI document."""

    target_class = "people.api.auth.DeviceAuthentication"
    name = "deviceToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002
        """Return the scheme's entry under ``securitySchemes``."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "trc_…"}


def _device_of(token: str) -> Device | None:
    digest = token_digest(token)
    return device_of_token(digest) if digest is not None else None

"""The sandbox's own doors: they answer only in a sandbox, and only on this machine."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import ApiView, moment_out
from core.errors import NotFound
from people.api.serializers import PhoneIn, SandboxCodeOut, SandboxInvitationsOut
from people.phones import parse_phone
from people.queries import sandbox_code, sandbox_invitations


class InSandboxHere(BasePermission):
    """Lets pass only calls to a sandbox from the machine it runs on.

    To everybody else the address does not exist. ``TROCO_SANDBOX_OPEN`` opens it to others,
    for a sandbox in a container.
    """

    def has_permission(self, request: Request, view: object) -> bool:  # noqa: ARG002
        """Let pass, or say that there is nothing here.

        Raises:
            NotFound: This is no sandbox, or the caller is elsewhere.
        """
        if not is_open_to(request):
            raise NotFound
        return True


def is_open_to(request: Request | HttpRequest) -> bool:
    """Tell whether this is a sandbox that shows whoever asks what it would have sent."""
    return settings.SANDBOX and (settings.TROCO_SANDBOX_OPEN or is_from_here(request))


def is_from_here(request: Request | HttpRequest) -> bool:
    """Tell whether every address that the call passed through is a loopback one.

    A proxy on this machine writes whom it speaks for into ``X-Forwarded-For``. A call over a
    Unix socket has no address of its own, so there the header decides.
    """
    passed = request.headers.get("X-Forwarded-For", "").split(",")
    addresses = [str(request.META.get("REMOTE_ADDR", "")), *passed]
    given = [address.strip() for address in addresses if address.strip()]
    return bool(given) and all(_is_loopback(address) for address in given)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


class SandboxCodesView(ApiView):
    """Sign-in codes, readable in the sandbox."""

    authentication_classes = ()
    permission_classes = (InSandboxHere,)

    @extend_schema(
        operation_id="read_sandbox_code",
        parameters=[OpenApiParameter("phone", str, required=True)],
        responses={200: SandboxCodeOut},
    )
    def get(self, request: Request) -> Response:
        """Read the code that was made for a number."""
        phone = self.read_query(request, PhoneIn)["phone"]
        found = sandbox_code(parse_phone(phone))
        if found is None:
            raise NotFound
        code, expires_at = found
        return Response({"code": code, "expires_at": moment_out(expires_at)})


class SandboxInvitationsView(ApiView):
    """Invitations, readable in the sandbox."""

    authentication_classes = ()
    permission_classes = (InSandboxHere,)

    @extend_schema(
        operation_id="read_sandbox_invitations",
        parameters=[OpenApiParameter("phone", str, required=True)],
        responses={200: SandboxInvitationsOut},
    )
    def get(self, request: Request) -> Response:
        """Read what a number was invited with, newest first."""
        phone = parse_phone(self.read_query(request, PhoneIn)["phone"])
        found = sandbox_invitations(phone)
        data = [{"text": text, "created_at": moment_out(made)} for text, made in found]
        return Response({"data": data})

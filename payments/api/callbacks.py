"""The door at which banks call; see ``docs/rails.md``.

It is no part of the API: nobody signs in here, a signature says who it is, and it answers the same
to everything it does not listen to.
"""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import ApiView
from core.errors import BodyTooLarge, Unauthenticated
from payments.services.callbacks import LARGEST_BYTES, hear_bank


class BankCallbacksView(ApiView):
    """What banks tell by themselves."""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(exclude=True)
    def post(self, request: Request) -> Response:
        """Take a signed message in; 204 also for one that was heard before."""
        length = request.headers.get("content-length", "0")
        if not length.isdecimal():
            raise Unauthenticated
        if int(length) > LARGEST_BYTES:
            raise BodyTooLarge
        headers = {name.lower(): value for name, value in request.headers.items()}
        hear_bank(headers=headers, body=request.body)
        return Response(status=204, headers={"Cache-Control": "no-store"})

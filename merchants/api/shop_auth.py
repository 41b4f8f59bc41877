"""Bearer authentication by shop key, in one query."""

from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, ClassVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import ApiView, address_of, request_id
from core.errors import Forbidden, Unauthenticated
from merchants.enums import KeyScope
from merchants.queries.keys import KeyFacts
from merchants.services.key_addresses import check_address
from merchants.services.keys import Call, living_key, note_call
from people.services.programs import Program, let_act, one_call

_SCHEME = "bearer"


@dataclass(frozen=True, slots=True)
class ShopCaller:
    """A program that acts for a shop, as the framework knows a caller."""

    key: KeyFacts

    @property
    def is_authenticated(self) -> bool:
        """Always: without a key there is no caller."""
        return True

    @property
    def party_id(self) -> int:
        """The shop's party: whose idempotency keys these are."""
        return self.key.party_id


class ShopKeyAuthentication(BaseAuthentication):
    """Reads ``Authorization: Bearer sk_…``."""

    def authenticate(self, request: Request) -> tuple[ShopCaller, KeyFacts] | None:
        """Return which program calls.

        Raises:
            Unauthenticated: The key is unknown or was ended.
        """
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != _SCHEME:
            return None
        found = living_key(token=token.strip())
        if found is None:
            raise Unauthenticated
        return ShopCaller(found), found

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        """Name the scheme, which makes a refusal a 401."""
        return "Bearer"


class ShopKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # Its base registers it.
    """Describes the shop key in the OpenAPI document."""

    target_class = "merchants.api.shop_auth.ShopKeyAuthentication"
    name = "shopKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002
        """Return the scheme's entry under ``securitySchemes``."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "sk_…"}


class ShopView(ApiView):
    """A view for programs of a shop.

    Attributes:
        scope: What the key has to open.
        scopes: What it has to open instead for some methods.
    """

    authentication_classes = (ShopKeyAuthentication,)
    scope: ClassVar[KeyScope]
    scopes: ClassVar[Mapping[str, KeyScope]] = {}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer; what is written down meanwhile is written down as the key's doing."""
        with one_call():
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse a key that does not open this, or not from there.

        Raises:
            KeyAddressRefused: The shop has not named the address of the call.
            Forbidden: As it says; ``scope`` names what it would have to open.
        """
        self._began = monotonic()
        super().initial(request, *args, **kwargs)
        self._key = request.auth if isinstance(request.auth, KeyFacts) else None
        if self._key is not None:
            let_act(program=Program(self._key.id, self._key.public_id))
            check_address(key=self._key, address=address_of(request))
            scope = self.scopes.get(str(request.method), self.scope)
            if scope not in self._key.scopes:
                raise Forbidden(_("This key does not open that. Make one that does."), scope=scope)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Write the call into the shop's request log once it is answered."""
        answered = super().finalize_response(request, response, *args, **kwargs)
        # Asking the request again who calls would refuse a second time who was refused before.
        key = getattr(self, "_key", None)
        if key is not None:
            note_call(key=key, call=self._call(request, answered.status_code))
        return answered

    def _call(self, request: Request, http_status: int) -> Call:
        took_ms = int((monotonic() - getattr(self, "_began", monotonic())) * 1000)
        return Call(str(request.method), request.path, http_status, took_ms, request_id())


def key_of(request: Request) -> KeyFacts:
    """Return the key that the calling program came with.

    Raises:
        Unauthenticated: The call came without a key.
    """
    if not isinstance(request.auth, KeyFacts):
        raise Unauthenticated
    return request.auth


def shop_id_of(request: Request) -> int:
    """Return the shop that the calling program acts for.

    Raises:
        Unauthenticated: The call came without a key.
    """
    return key_of(request).shop_id

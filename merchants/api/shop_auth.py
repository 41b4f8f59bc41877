"""Bearer authentication by shop key, in one query."""

from dataclasses import dataclass
from typing import Any, ClassVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from core.api import ApiView
from core.errors import Forbidden, Unauthenticated
from merchants.enums import KeyScope
from merchants.queries.keys import KeyFacts
from merchants.services.keys import living_key

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
    """

    authentication_classes = (ShopKeyAuthentication,)
    scope: ClassVar[KeyScope]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse a key that does not open this.

        Raises:
            Forbidden: As it says.
        """
        super().initial(request, *args, **kwargs)
        if isinstance(request.auth, KeyFacts) and self.scope not in request.auth.scopes:
            raise Forbidden


def shop_id_of(request: Request) -> int:
    """Return the shop that the calling program acts for.

    Raises:
        Unauthenticated: The call came without a key.
    """
    if not isinstance(request.auth, KeyFacts):
        raise Unauthenticated
    return request.auth.shop_id

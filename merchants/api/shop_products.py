"""Where a shop's own programs keep its catalogue."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import OPTIONAL_KEY, keyed_post, page_out
from core.errors import NotFound
from merchants.api import serializers_catalogue as shapes
from merchants.api.shop_auth import ShopView, shop_id_of
from merchants.enums import KeyScope
from merchants.models import Product
from merchants.queries import catalogue as queries
from merchants.services import products
from merchants.services.archive import archive_product, unarchive_product
from merchants.services.products import Counted
from merchants.services.shelf_order import move_product


class ProductsView(ShopView):
    """The shop's products."""

    scope = KeyScope.CATALOGUE

    @extend_schema(
        operation_id="shop_catalogue_list",
        parameters=[shapes.CatalogueIn],
        responses=shapes.ShopProductListOut,
    )
    def get(self, request: Request) -> Response:
        """List products, hidden ones too and archived ones if asked, in the shop's own order."""
        asked = self.read_query(request, shapes.CatalogueIn)
        after, limit = asked.pop("after", None), asked.pop("limit")
        wanted = queries.ProductFilter(**asked)
        found, following = queries.products_listed(shop_id_of(request), wanted, after, limit)
        return Response(page_out([shapes.ShopProductOut(row).data for row in found], following))

    @extend_schema(
        operation_id="shop_catalogue_make",
        parameters=[OPTIONAL_KEY],
        request=shapes.NewProductIn,
        responses={201: shapes.ShopProductOut},
    )
    def post(self, request: Request) -> Response:
        """Put a product, or one more variant of one, at the end of the catalogue."""
        asked = self.read(request, shapes.NewProductIn)
        stock = asked.pop("stock", None)

        def run() -> Product:
            return products.create_product(
                shop_id=shop_id_of(request),
                actor=None,
                facts=products.ProductFacts(**_facts(asked)),
                stock=stock,
            )

        return keyed_post(request, run, lambda made: (201, _product(made)), required=False)


class ProductView(ShopView):
    """One product."""

    scope = KeyScope.CATALOGUE

    @extend_schema(operation_id="shop_catalogue_read", responses=shapes.ShopProductOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Show a product, also one that is archived."""
        found = queries.product_of_shop(shop_id_of(request), public_id)
        if found is None:
            raise NotFound
        return Response(shapes.ShopProductOut(found).data)

    @extend_schema(
        operation_id="shop_catalogue_change",
        request=shapes.ProductChangeIn,
        responses=shapes.ShopProductOut,
    )
    def patch(self, request: Request, public_id: str) -> Response:
        """Change what is named; orders that are placed keep the name and price they had."""
        asked = self.read(request, shapes.ProductChangeIn)
        counted = Counted(asked.pop("stock")) if "stock" in asked else None
        changed = products.update_product(
            shop_id=shop_id_of(request),
            product_id=public_id,
            actor=None,
            facts=_facts(asked),
            counted=counted,
        )
        return Response(_product(changed))


class ArchiveView(ShopView):
    """Putting a product away."""

    scope = KeyScope.CATALOGUE

    @extend_schema(
        operation_id="shop_catalogue_archive", request=None, responses=shapes.ShopProductOut
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Put it out of every list; open orders of it go on, and twice changes nothing."""
        shop_id = shop_id_of(request)
        return Response(
            _product(archive_product(shop_id=shop_id, product_id=public_id, actor=None))
        )


class UnarchiveView(ShopView):
    """Taking a product out of the archive again."""

    scope = KeyScope.CATALOGUE

    @extend_schema(
        operation_id="shop_catalogue_unarchive", request=None, responses=shapes.ShopProductOut
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Bring it back; it is hidden until ``is_visible`` is set, and twice changes nothing."""
        shop_id = shop_id_of(request)
        return Response(
            _product(unarchive_product(shop_id=shop_id, product_id=public_id, actor=None))
        )


class MoveView(ShopView):
    """The place of a product in the shop's order."""

    scope = KeyScope.CATALOGUE

    @extend_schema(
        operation_id="shop_catalogue_move",
        parameters=[OPTIONAL_KEY],
        request=shapes.MoveProductIn,
        responses=shapes.ShopProductOut,
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Move it one place, to the top or to the end; buyers see the catalogue in this order."""
        asked = self.read(request, shapes.MoveProductIn)

        def run() -> Product:
            return move_product(
                shop_id=shop_id_of(request), product_id=public_id, actor=None, to=asked["to"]
            )

        return keyed_post(request, run, lambda moved: (200, _product(moved)), required=False)


class CollectionsView(ShopView):
    """The groups that products stand in."""

    scope = KeyScope.CATALOGUE

    @extend_schema(operation_id="shop_collections_list", responses=shapes.CollectionListOut)
    def get(self, request: Request) -> Response:
        """List all of them by name; a collection is there while a product names it."""
        names = queries.collections_of(shop_id_of(request))
        return Response(page_out([{"name": name} for name in names], None))


def _facts(asked: dict[str, Any]) -> dict[str, Any]:
    """Return what was asked for as the services take it."""
    if "options" in asked:
        asked["options"] = [(each["name"], each["value"]) for each in asked["options"]]
    return asked


def _product(row: Product) -> dict[str, Any]:
    """Return what became of a product, with its pictures; one query."""
    found = queries.product_of_shop(row.shop_id, row.public_id)
    return dict(shapes.ShopProductOut(found).data)

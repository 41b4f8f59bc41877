"""Where a shop's own programs read its orders and make some."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import KEY, keyed_post, page_out
from core.errors import NotFound
from merchants.api import serializers_orders as shapes
from merchants.api.shop_auth import ShopView, shop_id_of
from merchants.enums import KeyScope
from merchants.queries.order_search import OrderFilter
from merchants.queries.orders import order_of_shop, orders_of_shop
from merchants.services.line_orders import Offered
from merchants.services.own_orders import OwnLine, OwnOrder, make_own_order
from people.queries import party_by_public_id


class ShopOrdersView(ShopView):
    """The shop's orders."""

    scope = KeyScope.ORDERS

    @extend_schema(
        operation_id="shop_orders_list",
        parameters=[shapes.ShopOrdersIn],
        responses=shapes.ShopOrderListOut,
    )
    def get(self, request: Request) -> Response:
        """List orders, newest first unless asked; whoever placed them."""
        asked = self.read_query(request, shapes.ShopOrdersIn)
        narrowed = _filter(asked)
        if narrowed is None:
            return Response(page_out([], None))
        found, following = orders_of_shop(
            shop_id_of(request), narrowed, asked.get("after"), asked["limit"]
        )
        return Response(page_out([shapes.ShopOrderOut(row).data for row in found], following))

    @extend_schema(
        operation_id="shop_orders_make",
        parameters=[KEY],
        request=shapes.SaleIn,
        responses={201: shapes.ShopOrderDetailOut},
    )
    def post(self, request: Request) -> Response:
        """Make an order for the customer of a conversation; it is shown there and can be paid."""
        asked = self.read(request, shapes.SaleIn)
        shop_id = shop_id_of(request)

        def run() -> Offered:
            return make_own_order(
                shop_id=shop_id,
                conversation_id=asked["conversation"],
                own=_own(asked, request.data),
            )

        def render(offered: Offered) -> tuple[int, Any]:
            return 201, order_out(shop_id, offered.order.public_id)

        return keyed_post(request, run, render)


class ShopOrderView(ShopView):
    """One order."""

    scope = KeyScope.ORDERS

    @extend_schema(operation_id="shop_orders_read", responses=shapes.ShopOrderDetailOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Show an order with its timeline."""
        return Response(order_out(shop_id_of(request), public_id))


def order_out(shop_id: int, public_id: str) -> dict[str, Any]:
    """Return an order of a shop as its programs see it.

    Raises:
        NotFound: The shop has no such order.
    """
    detail = order_of_shop(shop_id, public_id)
    if detail is None:
        raise NotFound
    body = dict(shapes.ShopOrderOut(detail.order).data)
    body["timeline"] = shapes.ShopTimelineOut(detail.timeline, many=True).data
    body["shipped"] = [
        {"position": position, "quantity": count}
        for position, count in sorted(detail.shipped.items())
    ]
    return body


def _filter(asked: dict[str, Any]) -> OrderFilter | None:
    """Return the filter, or None where it can find nothing: its buyer is nobody."""
    buyer = party_by_public_id(asked["buyer"]) if "buyer" in asked else None
    if "buyer" in asked and buyer is None:
        return None
    return OrderFilter(
        states=[asked["state"]] if "state" in asked else [],
        q=asked["q"],
        since=asked.get("since"),
        until=asked.get("until"),
        buyer_id=buyer.id if buyer else None,
        reference=asked["reference"],
        is_oldest_first=asked["order"] == "oldest",
    )


def _own(asked: dict[str, Any], raw: Any) -> OwnOrder:
    return OwnOrder(
        reference=asked["reference"],
        lines=[OwnLine(**line) for line in asked["lines"]],
        tax=asked.get("tax"),
        shipping=asked.get("shipping"),
        discount=asked.get("discount"),
        total=asked.get("total"),
        until=asked.get("expires_at"),
        note=asked["note"],
        asked=raw,
    )

"""Shops and orders, from the buyer's side."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import OPTIONAL_KEY, ApiView, keyed_post, page_out
from core.clock import business_now
from core.errors import Forbidden, NotFound
from merchants import queries
from merchants.api import serializers as shapes
from merchants.enums import OrderState
from merchants.models import Order
from merchants.queries import OrderDetail, OrderFacts
from merchants.queries.shops import with_hours
from merchants.services import orders, outside
from merchants.services.stock import LineWish
from people.api.callers import person_of


class ShopsView(ApiView):
    """Which shops there are."""

    @extend_schema(
        operation_id="shops_list", parameters=[shapes.ShopsIn], responses=shapes.ShopListOut
    )
    def get(self, request: Request) -> Response:
        """List shops, newest first."""
        asked = self.read_query(request, shapes.ShopsIn)
        found, following = queries.shops(
            asked.get("country"), asked["q"], asked.get("after"), asked["limit"]
        )
        shown = [shapes.ShopOut(row).data for row in with_hours(found)]
        return Response(page_out(shown, following))


class ShopView(ApiView):
    """One shop."""

    @extend_schema(operation_id="shops_read", responses=shapes.ShopOut)
    def get(self, request: Request, public_id: str) -> Response:  # noqa: ARG002
        """Show a shop."""
        (shop,) = with_hours([_shop(public_id)])
        return Response(shapes.ShopOut(shop).data)


class ShopProductsView(ApiView):
    """What a shop sells."""

    @extend_schema(
        operation_id="shop_products_list",
        parameters=[shapes.ProductsIn],
        responses=shapes.ProductListOut,
    )
    def get(self, request: Request, public_id: str) -> Response:
        """List what a shop shows, in the shop's own order."""
        asked = self.read_query(request, shapes.ProductsIn)
        found, following = queries.products_on_show(
            _shop(public_id).id,
            asked["q"],
            asked.get("after"),
            asked["limit"],
            is_for_buyers=True,
        )
        return Response(page_out([shapes.ProductOut(row).data for row in found], following))


class OrdersView(ApiView):
    """The caller's orders."""

    @extend_schema(
        operation_id="orders_list", parameters=[shapes.OrdersIn], responses=shapes.OrderListOut
    )
    def get(self, request: Request) -> Response:
        """List own orders, newest first."""
        asked = self.read_query(request, shapes.OrdersIn)
        states = [asked["state"]] if "state" in asked else []
        found, following = queries.orders_of_buyer(
            _party_id(request), states, asked.get("after"), asked["limit"]
        )
        context = {"offers": _offers(found)}
        rows = [shapes.OrderOut(row, context=context).data for row in found]
        return Response(page_out(rows, following))

    @extend_schema(
        operation_id="orders_place",
        parameters=[OPTIONAL_KEY],
        request=shapes.OrderIn,
        responses={201: shapes.OrderDetailOut},
    )
    def post(self, request: Request) -> Response:
        """Place an order: the server prices it and reserves its stock until it expires."""
        asked = self.read(request, shapes.OrderIn)

        def run() -> Order:
            return orders.place_order(
                buyer=person_of(request),
                shop_id=asked["shop"],
                lines=[LineWish(line["product"], line["quantity"]) for line in asked["lines"]],
                conversation_ref=asked.get("conversation"),
                note=asked["note"],
                shown=asked.get("shown_total"),
            )

        return keyed_post(request, run, lambda order: (201, _rendered(order)), required=False)


class OrderView(ApiView):
    """One of the caller's orders."""

    @extend_schema(operation_id="orders_read", responses=shapes.OrderDetailOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Show an order with its timeline."""
        return Response(_shown(queries.order_of_buyer(_party_id(request), public_id)))


class OrderCancelView(ApiView):
    """Calling an order off."""

    @extend_schema(
        operation_id="orders_cancel",
        parameters=[OPTIONAL_KEY],
        request=shapes.CancelIn,
        responses={200: shapes.OrderDetailOut},
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Cancel an order that is not paid and of which no payment is under way."""
        asked = self.read(request, shapes.CancelIn)

        def run() -> Order:
            return orders.cancel_order(
                order_id=public_id, buyer=person_of(request), reason=asked["reason"]
            )

        return keyed_post(request, run, lambda order: (200, _rendered(order)), required=False)


class OrderPaidOutsideView(ApiView):
    """The buyer's word that they paid the shop outside of Troco."""

    @extend_schema(
        operation_id="orders_say_paid_outside",
        parameters=[OPTIONAL_KEY],
        request=shapes.PaidOutsideIn,
        responses={200: shapes.OrderDetailOut},
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Tell the shop to look at its account; no money moves, and nothing is verified."""
        asked = self.read(request, shapes.PaidOutsideIn)

        def run() -> Order:
            return outside.say_paid_outside(
                order_id=public_id, buyer=person_of(request), note=asked["note"]
            )

        return keyed_post(request, run, lambda order: (200, _rendered(order)), required=False)


def _party_id(request: Request) -> int:
    """Return the calling person's party; staff without one order nothing."""
    party_id = person_of(request).party_id
    if party_id is None:
        raise Forbidden
    return party_id


def _shop(public_id: str) -> queries.ShopFacts:
    shop = queries.shop_by_public_id(public_id)
    if shop is None:
        raise NotFound
    return shop


def _rendered(order: Order) -> dict[str, Any]:
    return _shown(queries.order_of_buyer(order.buyer_id, order.public_id))


def _shown(detail: OrderDetail | None) -> dict[str, Any]:
    if detail is None:
        raise NotFound
    context = {"offers": _offers([detail.order]), "draws": True}
    body = dict(shapes.OrderOut(detail.order, context=context).data)
    body["timeline"] = shapes.OrderTimelineOut(detail.timeline, many=True).data
    return body


def _offers(orders: list[OrderFacts]) -> dict[str, list[queries.Offer]]:
    """Return how orders are paid outside of Troco; without any, nothing is asked."""
    waiting = [each for each in orders if each.state == OrderState.EXTERNAL_PENDING]
    return queries.offers_for(waiting, business_now()) if waiting else {}

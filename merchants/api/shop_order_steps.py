"""Where a shop's own programs move an order on: the seller's steps, one address each."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import OPTIONAL_KEY, keyed_post
from merchants.api import serializers_orders as shapes
from merchants.api.shop_auth import ShopView, shop_id_of
from merchants.api.shop_orders import order_out
from merchants.enums import KeyScope
from merchants.models import Order
from merchants.services import fulfilment, outside
from merchants.services.shipments import ship_pieces


class AcceptView(ShopView):
    """The seller's yes."""

    scope = KeyScope.ORDERS

    @extend_schema(
        operation_id="shop_orders_accept",
        parameters=[OPTIONAL_KEY],
        request=None,
        responses=shapes.ShopOrderDetailOut,
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Accept an order: it can be paid from now on."""
        return _step(request, public_id, fulfilment.accept_order)


class DeclineView(ShopView):
    """The seller's no."""

    scope = KeyScope.ORDERS

    @extend_schema(
        operation_id="shop_orders_decline",
        parameters=[OPTIONAL_KEY],
        request=shapes.OrderDeclineIn,
        responses=shapes.ShopOrderDetailOut,
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Decline an order that is not paid; its stock is free again."""
        said = self.read(request, shapes.OrderDeclineIn)
        return _step(request, public_id, fulfilment.decline_order, **said)


class CancelView(ShopView):
    """Calling an order off."""

    scope = KeyScope.ORDERS

    @extend_schema(
        operation_id="shop_orders_cancel",
        parameters=[OPTIONAL_KEY],
        request=shapes.ReasonIn,
        responses=shapes.ShopOrderDetailOut,
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Cancel an order that is not paid; one that is paid is refunded instead."""
        said = self.read(request, shapes.ReasonIn)
        return _step(request, public_id, fulfilment.cancel_for_shop, **said)


class PrepareView(ShopView):
    """Preparing an order."""

    scope = KeyScope.ORDERS

    @extend_schema(
        operation_id="shop_orders_prepare",
        parameters=[OPTIONAL_KEY],
        request=None,
        responses=shapes.ShopOrderDetailOut,
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Say that a paid order is being prepared."""
        return _step(request, public_id, fulfilment.prepare_order)


class ReadyView(ShopView):
    """An order that waits to be fetched."""

    scope = KeyScope.ORDERS

    @extend_schema(
        operation_id="shop_orders_ready",
        parameters=[OPTIONAL_KEY],
        request=shapes.OrderNoteIn,
        responses=shapes.ShopOrderDetailOut,
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Say that a prepared order can be fetched."""
        said = self.read(request, shapes.OrderNoteIn)
        return _step(request, public_id, fulfilment.mark_ready, **said)


class ShipView(ShopView):
    """An order on its way."""

    scope = KeyScope.ORDERS

    @extend_schema(
        operation_id="shop_orders_ship",
        parameters=[OPTIONAL_KEY],
        request=shapes.ShipIn,
        responses=shapes.ShopOrderDetailOut,
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Say that a prepared order is on its way, or that some pieces of it are.

        With the last piece the order is shipped.
        """
        said = self.read(request, shapes.ShipIn)
        ship = ship_pieces if "pieces" in said else fulfilment.ship_order
        return _step(request, public_id, ship, **said)


class CompleteView(ShopView):
    """An order that was handed over."""

    scope = KeyScope.ORDERS

    @extend_schema(
        operation_id="shop_orders_complete",
        parameters=[OPTIONAL_KEY],
        request=None,
        responses=shapes.ShopOrderDetailOut,
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Say that the buyer has what was ordered."""
        return _step(request, public_id, fulfilment.complete_order)


class ReceivedView(ShopView):
    """Money that came outside of Troco."""

    scope = KeyScope.ORDERS

    @extend_schema(
        operation_id="shop_orders_received",
        parameters=[OPTIONAL_KEY],
        request=None,
        responses=shapes.ShopOrderDetailOut,
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Say that the money for an order came outside of Troco, which verifies nothing of it."""
        return _step(request, public_id, outside.mark_received)


class NotReceivedView(ShopView):
    """Money that did not come after all."""

    scope = KeyScope.ORDERS

    @extend_schema(
        operation_id="shop_orders_not_received",
        parameters=[OPTIONAL_KEY],
        request=None,
        responses=shapes.ShopOrderDetailOut,
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Take that word back, before the order is prepared."""
        return _step(request, public_id, outside.mark_not_received)


def _step(request: Request, public_id: str, step: Callable[..., Order], **said: Any) -> Response:
    """Move an order of the key's shop, and show it as it is then."""
    shop_id = shop_id_of(request)

    def run() -> Order:
        return step(shop_id=shop_id, order_id=public_id, actor=None, **said)

    def render(order: Order) -> tuple[int, Any]:
        return 200, order_out(shop_id, order.public_id)

    return keyed_post(request, run, render, required=False)

"""Where a shop's own programs see what it was paid, and give some of it back."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import KEY, keyed_post, page_out
from core.errors import NotFound
from merchants.api import serializers_money as shapes
from merchants.api.shop_auth import ShopView, key_of
from merchants.enums import KeyScope
from merchants.queries.keys import KeyFacts
from merchants.queries.links import links_of_uses
from merchants.services.refunds import refund_by_key, wish_key
from payments.enums import DemandKind
from payments.queries.payment_details import PaymentDetail, payment_detail
from payments.queries.payments import PaymentFilter, PaymentSnapshot
from payments.queries.refunds import RefundFilter, refund_to_payer, refunds_to_payers
from payments.queries.shop import payout_of_payment, shop_payments
from payments.services.refunds import RefundWish


class ShopPaymentsView(ShopView):
    """What the shop was paid."""

    scope = KeyScope.PAYMENTS

    @extend_schema(
        operation_id="shop_payments_list",
        parameters=[shapes.ShopPaymentsIn],
        responses=shapes.ShopPaymentListOut,
    )
    def get(self, request: Request) -> Response:
        """List payments to the shop in every state, newest first unless asked."""
        key = key_of(request)
        asked = self.read_query(request, shapes.ShopPaymentsIn)
        wanted = PaymentFilter(
            state=asked.get("state"),
            kind=asked.get("kind"),
            direction="received",
            text=asked.get("q"),
            first_day=asked.get("first_day"),
            last_day=asked.get("last_day"),
            timezone=key.timezone,
            least_minor=asked.get("least_minor"),
            most_minor=asked.get("most_minor"),
            is_oldest_first=asked["order"] == "oldest",
        )
        found, following = shop_payments(key.party_id, wanted, asked.get("after"), asked["limit"])
        context = {"links": _links(key, found)}
        rows = [shapes.ShopPaymentOut(row, context=context).data for row in found]
        return Response(page_out(rows, following))


class ShopPaymentView(ShopView):
    """One payment."""

    scope = KeyScope.PAYMENTS

    @extend_schema(operation_id="shop_payments_read", responses=shapes.ShopPaymentDetailOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Show a payment to the shop with its timeline, its refunds and the payout it is in."""
        key = key_of(request)
        detail = payment_detail(key.party_id, public_id)
        if detail is None or detail.payment.payee.id != key.party_id:
            raise NotFound
        return Response(_detail(key, detail))


class ShopRefundsView(ShopView):
    """What the shop gives back."""

    scope = KeyScope.PAYMENTS
    scopes = {"POST": KeyScope.REFUNDS}

    @extend_schema(
        operation_id="shop_refunds_list",
        parameters=[shapes.ShopRefundsIn],
        responses=shapes.ShopRefundListOut,
    )
    def get(self, request: Request) -> Response:
        """List refunds, newest first, whoever decided them."""
        asked = self.read_query(request, shapes.ShopRefundsIn)
        wanted = RefundFilter(asked["payment"], asked["state"])
        found, following = refunds_to_payers(
            key_of(request).party_id, wanted, asked.get("after"), asked["limit"]
        )
        return Response(page_out([shapes.ShopRefundOut(row).data for row in found], following))

    @extend_schema(
        operation_id="shop_refunds_make",
        parameters=[KEY],
        request=shapes.RefundIn,
        responses={201: shapes.ShopRefundOut},
    )
    def post(self, request: Request) -> Response:
        """Give back all or a part of a payment; the key opens ``refunds``.

        It goes to the account that the payment came from. The news ``refund.completed`` or
        ``refund.failed`` say how it ended.
        """
        key = key_of(request)
        asked = self.read(request, shapes.RefundIn)
        wish = RefundWish(
            payment_id=asked["payment"],
            amount=asked.get("amount"),
            reason=asked["reason"],
            note=asked["note"],
            key=wish_key(key=request.headers.get("Idempotency-Key", "")),
        )

        def run() -> str:
            return refund_by_key(key_id=key.id, wish=wish)

        return keyed_post(request, run, lambda made: (201, _refund(key, made)), for_ever=True)


class ShopRefundView(ShopView):
    """One refund."""

    scope = KeyScope.PAYMENTS

    @extend_schema(operation_id="shop_refunds_read", responses=shapes.ShopRefundOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Show where a refund is."""
        return Response(_refund(key_of(request), public_id))


def _refund(key: KeyFacts, public_id: str) -> dict[str, Any]:
    found = refund_to_payer(key.party_id, public_id)
    if found is None:
        raise NotFound
    return dict(shapes.ShopRefundOut(found).data)


def _detail(key: KeyFacts, detail: PaymentDetail) -> dict[str, Any]:
    payment = detail.payment
    payout = payout_of_payment(key.party_id, payment.id)
    context = {"links": _links(key, [payment])}
    body = dict(shapes.ShopPaymentOut(payment, context=context).data)
    steps = [{"from": each.from_state, "to": each.to_state, "at": each.at} for each in detail.moves]
    body["timeline"] = shapes.MoneyStepOut(steps, many=True).data
    body["refunds"] = shapes.ShopRefundOut(detail.refunds, many=True).data
    body["dispute"] = detail.dispute_id
    body["payout"] = payout.id if payout else None
    return body


def _links(key: KeyFacts, payments: list[PaymentSnapshot]) -> dict[str, str]:
    """Return the links that payments pay, by their uses; without any, nothing is asked."""
    uses = [
        each.demand_reference
        for each in payments
        if each.demand_kind == DemandKind.LINK and each.demand_reference
    ]
    return links_of_uses(key.shop_id, uses)

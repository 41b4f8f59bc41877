"""Shapes of what buyers send and get. Nothing is decided here."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api import MoneyOut, StrictSerializer, moment_out
from merchants.enums import OrderState, PaymentKind
from merchants.queries import OrderFacts

EXTERNAL_NOTE = _(
    "Troco takes no purchases in this shop's country yet. Pay the shop directly;"
    " such a payment is not verified by Troco."
)


class WholeNumber(serializers.IntegerField):
    """A JSON integer; a text, a fraction or a boolean is refused, never converted."""

    def to_internal_value(self, data: Any) -> int:
        """Return the number as it came."""
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)


class Moment(serializers.DateTimeField):
    """A moment as every answer has it."""

    def to_representation(self, value: Any) -> str:
        """Return RFC 3339 in UTC."""
        return str(moment_out(value))


class PageIn(StrictSerializer):
    """What every list takes."""

    after = serializers.CharField(required=False, max_length=200)
    limit = serializers.IntegerField(required=False, min_value=1, max_value=100, default=50)


class ShopsIn(PageIn):
    """How to narrow the list of shops."""

    q = serializers.CharField(required=False, max_length=80, default="")
    country = serializers.RegexField("^[A-Za-z]{2}$", required=False)


class ProductsIn(PageIn):
    """How to narrow a catalogue."""

    q = serializers.CharField(required=False, max_length=80, default="")


class OrdersIn(PageIn):
    """How to narrow one's orders."""

    state = serializers.ChoiceField(OrderState.choices, required=False)


class OrderLineIn(StrictSerializer):
    """A product and how many pieces of it; the server knows the price."""

    product = serializers.CharField(max_length=40)
    quantity = WholeNumber(min_value=1, max_value=999)


class OrderIn(StrictSerializer):
    """An order to place."""

    shop = serializers.CharField(max_length=40)
    conversation = serializers.CharField(required=False, max_length=40, allow_null=True)
    lines = serializers.ListField(child=OrderLineIn(), min_length=1, max_length=50)
    note = serializers.CharField(required=False, allow_blank=True, max_length=500, default="")


class CancelIn(StrictSerializer):
    """Why an order is called off."""

    reason = serializers.CharField(required=False, allow_blank=True, max_length=500, default="")


class ShopOut(serializers.Serializer[Any]):
    """A shop."""

    id = serializers.CharField(source="public_id")
    party = serializers.CharField(source="party_public_id")
    name = serializers.CharField()
    slug = serializers.CharField()
    about = serializers.CharField()
    country = serializers.CharField()
    currency = serializers.CharField()
    timezone = serializers.CharField()
    is_open = serializers.BooleanField()
    order_minutes = serializers.IntegerField()


class ProductOut(serializers.Serializer[Any]):
    """A product as buyers see it; ``left`` is null where there is no limit."""

    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    description = serializers.CharField()
    emoji = serializers.CharField()
    price = MoneyOut()
    is_available = serializers.BooleanField()
    left = serializers.IntegerField(source="available", allow_null=True)


class OrderLineOut(serializers.Serializer[Any]):
    """A line of an order, priced when it was placed."""

    product = serializers.CharField()
    name = serializers.CharField()
    quantity = serializers.IntegerField()
    unit = MoneyOut()
    total = MoneyOut()


class OrderShopOut(serializers.Serializer[Any]):
    """Where something was ordered."""

    id = serializers.CharField(source="shop_public_id")
    name = serializers.CharField(source="shop_name")


class OrderPaymentOut(serializers.Serializer[Any]):
    """How an order is paid: by Troco (take a quote to the order), or outside of it."""

    kind = serializers.ChoiceField([PaymentKind.TROCO.value, PaymentKind.EXTERNAL.value])
    means = serializers.ListField(child=serializers.DictField())
    note = serializers.CharField()
    payment = serializers.CharField(allow_null=True)


class OrderTimelineOut(serializers.Serializer[Any]):
    """Something that happened to an order."""

    at = Moment()
    kind = serializers.ChoiceField(["move", "note"])
    code = serializers.CharField()
    side = serializers.CharField()
    reason = serializers.CharField()
    payment = serializers.CharField(source="payment_ref")


class OrderOut(serializers.Serializer[Any]):
    """An order of the caller."""

    id = serializers.CharField(source="public_id")
    number = serializers.IntegerField()
    shop = OrderShopOut(source="*")
    state = serializers.ChoiceField(OrderState.choices)
    lines = OrderLineOut(many=True)
    total = MoneyOut()
    note = serializers.CharField()
    conversation = serializers.CharField(source="conversation_ref")
    payment = serializers.SerializerMethodField()
    placed_at = Moment()
    expires_at = Moment()
    paid_at = Moment(allow_null=True)

    @extend_schema_field(OrderPaymentOut(allow_null=True))
    def get_payment(self, order: OrderFacts) -> dict[str, Any] | None:
        """Say how the order is paid; null while the shop has not accepted it."""
        if order.payment_kind == PaymentKind.UNDECIDED:
            return None
        external = order.payment_kind == PaymentKind.EXTERNAL
        return {
            "kind": order.payment_kind,
            "means": [],
            "note": str(EXTERNAL_NOTE) if external else "",
            "payment": order.payment_ref or None,
        }


class OrderDetailOut(OrderOut):
    """An order of the caller with its timeline, oldest first."""

    timeline = OrderTimelineOut(many=True)


class ShopListOut(serializers.Serializer[Any]):
    """A page of shops."""

    data = ShopOut(many=True)  # type: ignore[assignment]  # The contract names it so.
    next = serializers.CharField(allow_null=True)


class ProductListOut(serializers.Serializer[Any]):
    """A page of a catalogue."""

    data = ProductOut(many=True)  # type: ignore[assignment]  # The contract names it so.
    next = serializers.CharField(allow_null=True)


class OrderListOut(serializers.Serializer[Any]):
    """A page of orders."""

    data = OrderOut(many=True)  # type: ignore[assignment]  # The contract names it so.
    next = serializers.CharField(allow_null=True)

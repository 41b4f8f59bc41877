"""Shapes of what buyers send and get. Nothing is decided here."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api import MoneyIn, MoneyOut, StrictSerializer, moment_out
from merchants.api.desk_shapes import ClockTime
from merchants.enums import OrderState, PaymentKind, Unit
from merchants.queries import Offer, OrderFacts
from payments.codes.outside import MeansKind
from payments.codes.pictures import draw_code

EXTERNAL_NOTE = _(
    "Troco takes no purchases in this shop's country yet. Pay the shop directly;"
    " such a payment is not verified by Troco."
)

TOLD_NOTE = _(
    "You said that you paid the shop directly. It looks at its account; the payment is not"
    " verified by Troco."
)
RECEIVED_NOTE = _("The shop says that it received your payment. It is not verified by Troco.")
MEANS_WORDS: dict[MeansKind, Promise | str] = {
    MeansKind.PIX: _("Pix"),
    MeansKind.UPI: _("UPI"),
    MeansKind.EPC: _("SEPA transfer"),
    MeansKind.BKASH: _("bKash"),
    MeansKind.PAYNOW: _("PayNow"),
    MeansKind.CLABE: _("Transfer by CLABE"),
    MeansKind.TILL: _("Till number"),
    MeansKind.LINK: _("Link"),
}


PREPARATION = "About how long it takes from the payment until it is ready; null: not said."
READY_AT = "Of what is paid: when it should be ready."


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
    shown_total = MoneyIn(
        required=False,
        help_text="What you showed the buyer; where it comes to something else now, the answer"
        " is 409 `cart_changed` with the prices of now, and nothing is placed.",
    )


class CancelIn(StrictSerializer):
    """Why an order is called off."""

    reason = serializers.CharField(required=False, allow_blank=True, max_length=500, default="")


class PaidOutsideIn(StrictSerializer):
    """By what the shop finds a payment that was made outside of Troco."""

    note = serializers.CharField(required=False, allow_blank=True, max_length=120, default="")


class LogoOut(serializers.Serializer[Any]):
    """Where a shop's logo is; ``small_url`` is a JPEG of at most 320 pixels."""

    url = serializers.CharField()
    small_url = serializers.CharField()


class HoursOut(serializers.Serializer[Any]):
    """When somebody answers, by the shop's own clock: 0 is Monday, ``24:00`` ends a day."""

    weekday = serializers.IntegerField()
    opens = ClockTime(source="opens_minute")
    closes = ClockTime(source="closes_minute")


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
    address = serializers.CharField(help_text="Where it is; may be empty.")
    brand_colour = serializers.CharField(help_text="Such as ``#0a7d5c``; may be empty.")
    logo = LogoOut(allow_null=True)
    hours = HoursOut(many=True, help_text="Empty where the shop said none.")


class PictureOut(serializers.Serializer[Any]):
    """A picture of a product; ``small_url`` is a JPEG of at most 320 pixels."""

    id = serializers.CharField(source="public_id")
    url = serializers.CharField()
    small_url = serializers.CharField()
    alt = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()


class ProductOut(serializers.Serializer[Any]):
    """A product as buyers see it; ``left`` is null where there is no limit."""

    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    description = serializers.CharField()
    emoji = serializers.CharField()
    price = MoneyOut()
    unit = serializers.ChoiceField(
        Unit.choices,
        allow_blank=True,
        help_text="What the price is for; empty: the shop does not say.",
    )
    preparation_minutes = serializers.IntegerField(allow_null=True, help_text=PREPARATION)
    tax_note = serializers.CharField()
    is_available = serializers.BooleanField()
    left = serializers.IntegerField(source="available", allow_null=True)
    pictures = PictureOut(many=True, help_text="The first is the cover.")


class OrderLineOut(serializers.Serializer[Any]):
    """A line of an order, priced when it was placed."""

    product = serializers.CharField(allow_null=True, help_text="Null: not in the catalogue.")
    name = serializers.CharField()
    quantity = serializers.IntegerField()
    unit = MoneyOut()
    unit_code = serializers.ChoiceField(
        Unit.choices, allow_blank=True, help_text="What that price is for."
    )
    total = MoneyOut()


class OrderShopOut(serializers.Serializer[Any]):
    """Where something was ordered."""

    id = serializers.CharField(source="shop_public_id")
    name = serializers.CharField(source="shop_name")


class MeansOut(serializers.Serializer[Any]):
    """A way to pay a shop outside of Troco; nobody but the shop says whose it is."""

    kind = serializers.ChoiceField([kind.value for kind in MeansKind])
    words = serializers.CharField()
    holder_name = serializers.CharField()
    text = serializers.CharField(help_text="What is copied: a code, a number or a link.")
    code = serializers.CharField(help_text="What the picture says; empty without one.")
    qr = serializers.CharField(
        allow_null=True, help_text="The picture as a data URI; in one order's own answer only."
    )


class OrderPaymentOut(serializers.Serializer[Any]):
    """How an order is paid: by Troco (take a quote to the order), or outside of it."""

    kind = serializers.ChoiceField([PaymentKind.TROCO.value, PaymentKind.EXTERNAL.value])
    means = MeansOut(many=True)
    note = serializers.CharField()
    payment = serializers.CharField(allow_null=True)
    told_at = Moment(allow_null=True, help_text="When the buyer said that they paid outside.")
    received_at = Moment(allow_null=True, help_text="When the shop said that it came.")
    is_verified = serializers.BooleanField(help_text="Whether Troco saw the money.")


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
    preparation_minutes = serializers.IntegerField(allow_null=True, help_text=PREPARATION)
    ready_at = Moment(allow_null=True, help_text=READY_AT)
    tax_notes = serializers.ListField(child=serializers.CharField())

    @extend_schema_field(OrderPaymentOut(allow_null=True))
    def get_payment(self, order: OrderFacts) -> dict[str, Any] | None:
        """Say how the order is paid; null while the shop has not accepted it."""
        if order.payment_kind == PaymentKind.UNDECIDED:
            return None
        external = order.payment_kind == PaymentKind.EXTERNAL
        offers = self.context.get("offers", {}).get(order.public_id, [])
        return {
            "kind": order.payment_kind,
            "means": [_offer_out(each, self.context.get("draws", False)) for each in offers],
            "note": str(_note_of(order)) if external else "",
            "payment": order.payment_ref or None,
            "told_at": moment_out(order.external_told_at),
            "received_at": moment_out(order.external_received_at),
            "is_verified": bool(order.payment_ref),
        }


def _offer_out(offer: Offer, draws: bool) -> dict[str, Any]:  # noqa: FBT001 - internal.
    return {
        "kind": offer.kind.value,
        "words": str(MEANS_WORDS[offer.kind]),
        "holder_name": offer.holder_name,
        "text": offer.shown.text,
        "code": offer.shown.code,
        "qr": draw_code(offer.shown.code) if draws and offer.shown.code else None,
    }


def _note_of(order: OrderFacts) -> Promise | str:
    """Return what the buyer is told of a payment outside of Troco, by what is said of it."""
    if order.external_received_at is not None:
        return RECEIVED_NOTE
    return TOLD_NOTE if order.external_told_at is not None else EXTERNAL_NOTE


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

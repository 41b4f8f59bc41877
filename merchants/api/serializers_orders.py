"""Shapes of a shop's orders, as its own programs send and get them; news of them look the same."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from core.api import MoneyIn, MoneyOut, StrictSerializer, WordsIn
from merchants.api.serializers import PREPARATION, READY_AT, Moment, PageIn, WholeNumber
from merchants.enums import OrderState, PaymentKind, Side, Unit
from merchants.services.line_orders import MAX_LINES, MAX_QUANTITY

REFERENCE = r"^[A-Za-z0-9_.\-]{1,60}$"


class ShopOrdersIn(PageIn):
    """How to narrow a shop's orders."""

    state = serializers.ChoiceField(OrderState.choices, required=False)
    reference = serializers.RegexField(
        REFERENCE, required=False, default="", help_text="The one that your system calls so."
    )
    since = serializers.DateTimeField(required=False, help_text="Placed then or later.")
    until = serializers.DateTimeField(required=False, help_text="Placed before then.")
    buyer = serializers.CharField(required=False, max_length=40, help_text="Ordered by this party.")
    q = serializers.CharField(
        required=False,
        max_length=80,
        default="",
        help_text="A number, an order's or payment's id, a part of a buyer's or product's name.",
    )
    order = serializers.ChoiceField(["newest", "oldest"], required=False, default="newest")


class SaleLineIn(StrictSerializer):
    """What is sold: a product of the catalogue, or anything else by its name and price."""

    product = serializers.CharField(required=False, max_length=40)
    code = serializers.CharField(
        required=False, max_length=100, default="", help_text="Your word for what is no product."
    )
    name = WordsIn(required=False, max_length=120, default="")
    quantity = WholeNumber(min_value=1, max_value=MAX_QUANTITY)
    unit = MoneyIn(required=False, help_text="Of a product: as the catalogue says without it.")

    def validate_code(self, code: str) -> str:
        """Keep what looks like a product's id for products."""
        if code.startswith("prd_"):
            raise serializers.ValidationError(_("A product is named by `product`."))
        return code


class SaleIn(StrictSerializer):
    """An order for the customer of a conversation."""

    conversation = serializers.CharField(max_length=40)
    reference = serializers.RegexField(REFERENCE)
    lines = serializers.ListField(child=SaleLineIn(), min_length=1, max_length=MAX_LINES)
    tax = MoneyIn(required=False)
    shipping = MoneyIn(required=False)
    discount = MoneyIn(required=False)
    total = MoneyIn(required=False, help_text="What you make of it; a difference is refused.")
    expires_at = serializers.DateTimeField(required=False, help_text="In 5 minutes to 30 days.")
    note = WordsIn(required=False, allow_blank=True, max_length=500, default="")


class ReasonIn(StrictSerializer):
    """Why an order is called off; the buyer reads it."""

    reason = WordsIn(required=False, allow_blank=True, max_length=500, default="")


class OrderDeclineIn(StrictSerializer):
    """Why an order is declined; the buyer reads it."""

    reason = WordsIn(max_length=500)


class OrderNoteIn(StrictSerializer):
    """A word to the buyer: where to fetch it, who carries it."""

    note = WordsIn(required=False, allow_blank=True, max_length=500, default="")


class PiecesIn(StrictSerializer):
    """How many pieces of a line go out."""

    position = WholeNumber(min_value=1, max_value=MAX_LINES)
    quantity = WholeNumber(min_value=1, max_value=MAX_QUANTITY)


class ShipIn(OrderNoteIn):
    """What goes out; without ``pieces`` everything."""

    pieces = serializers.ListField(
        child=PiecesIn(), required=False, min_length=1, max_length=MAX_LINES
    )

    def validate_pieces(self, pieces: list[dict[str, int]]) -> dict[int, int]:
        """Return how many of each line; one that stands twice is refused."""
        found = {each["position"]: each["quantity"] for each in pieces}
        if len(found) != len(pieces):
            raise serializers.ValidationError(_("A line stands twice."))
        return found


class BuyerOut(serializers.Serializer[Any]):
    """Somebody, as a shop knows them."""

    id = serializers.CharField(source="public_id")
    name = serializers.CharField(source="display_name")


class SoldLineOut(serializers.Serializer[Any]):
    """A line of an order; ``product`` is null for what is not in the catalogue."""

    position = serializers.IntegerField()
    product = serializers.CharField(allow_null=True)
    code = serializers.CharField()
    name = serializers.CharField()
    quantity = serializers.IntegerField()
    unit = MoneyOut()
    unit_code = serializers.ChoiceField(
        Unit.choices, allow_blank=True, help_text="What that price is for."
    )
    total = MoneyOut()


class ShopOrderOut(serializers.Serializer[Any]):
    """An order of the shop; ``reference`` is empty where the buyer placed it."""

    id = serializers.CharField(source="public_id")
    number = serializers.IntegerField()
    reference = serializers.CharField()
    state = serializers.ChoiceField(OrderState.choices)
    buyer = BuyerOut()
    lines = SoldLineOut(many=True)
    tax = MoneyOut()
    shipping = MoneyOut()
    discount = MoneyOut()
    total = MoneyOut()
    payment_kind = serializers.ChoiceField(PaymentKind.choices)
    payment = serializers.SerializerMethodField()
    conversation = serializers.CharField(source="conversation_ref")
    note = serializers.CharField()
    placed_at = Moment()
    expires_at = Moment()
    paid_at = Moment(allow_null=True)
    preparation_minutes = serializers.IntegerField(allow_null=True, help_text=PREPARATION)
    ready_at = Moment(allow_null=True, help_text=READY_AT)
    tax_notes = serializers.ListField(child=serializers.CharField())
    told_at = Moment(
        source="external_told_at", allow_null=True, help_text="The buyer said: paid outside."
    )
    received_at = Moment(
        source="external_received_at", allow_null=True, help_text="The shop said: it came."
    )

    def get_payment(self, order: Any) -> str | None:
        """Return the payment that paid it."""
        return order.payment_ref or None


class ShopTimelineOut(serializers.Serializer[Any]):
    """Something that happened to an order; ``actor`` is a person's name, or a key's."""

    at = Moment()
    kind = serializers.ChoiceField(["move", "note"])
    code = serializers.CharField()
    side = serializers.ChoiceField([*Side.values, ""])
    actor = serializers.CharField()
    reason = serializers.CharField()
    payment = serializers.CharField(source="payment_ref")


class ShopOrderDetailOut(ShopOrderOut):
    """An order with its timeline, oldest first, and what has gone out in parts."""

    timeline = ShopTimelineOut(many=True)
    shipped = PiecesIn(many=True)


class ShopOrderListOut(serializers.Serializer[Any]):
    """A page of a shop's orders."""

    data = ShopOrderOut(many=True)  # type: ignore[assignment]  # The contract names it so.
    next = serializers.CharField(allow_null=True)

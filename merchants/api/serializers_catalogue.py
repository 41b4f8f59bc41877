"""Shapes of a shop's catalogue, as its own programs send and get it."""

from typing import Any, get_args

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api import MoneyIn, MoneyOut, StrictSerializer
from merchants.api.serializers import PREPARATION, Moment, PageIn, PictureOut, WholeNumber
from merchants.enums import Unit
from merchants.models.products import MAX_PREPARATION_MINUTES, MAX_TAX_NOTE
from merchants.queries.catalogue import SORTS, ProductFacts, product_url
from merchants.services.products import MAX_STOCK
from merchants.services.shelf_order import Direction

SHOWS = ("visible", "hidden", "low", "archived")


class CatalogueIn(PageIn):
    """How to narrow a shop's own list of products, and its order."""

    q = serializers.CharField(required=False, max_length=80, default="")
    show = serializers.ChoiceField(SHOWS, required=False, default="")
    collection = serializers.CharField(required=False, max_length=40, default="")
    sku = serializers.CharField(required=False, max_length=64, default="")
    handle = serializers.CharField(required=False, max_length=80, default="")
    sort = serializers.ChoiceField(
        [name for name in SORTS if name],
        required=False,
        default="",
        help_text="Without it: the shop's own order.",
    )


class OptionShape(StrictSerializer):
    """What tells a variant from the others, such as a size."""

    name = serializers.CharField(max_length=40)
    value = serializers.CharField(max_length=40)


class ProductChangeIn(StrictSerializer):
    """What of a product shall be otherwise; what is left out stays as it is."""

    name = serializers.CharField(required=False, max_length=120)
    price = MoneyIn(required=False)
    description = serializers.CharField(required=False, allow_blank=True, max_length=1000)
    emoji = serializers.CharField(required=False, allow_blank=True, max_length=16)
    options = serializers.ListField(child=OptionShape(), required=False, max_length=3)
    sku = serializers.CharField(required=False, allow_blank=True, max_length=64)
    handle = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=80,
        help_text="The word that variants of one thing share; made of the name where it is empty.",
    )
    collections = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, max_length=10
    )
    is_visible = serializers.BooleanField(required=False)
    low_stock_threshold = WholeNumber(
        required=False, allow_null=True, min_value=0, max_value=MAX_STOCK
    )
    stock = WholeNumber(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=MAX_STOCK,
        help_text="Pieces in the shop, promised ones included; null is without limit.",
    )
    unit = serializers.ChoiceField(
        Unit.choices,
        required=False,
        allow_blank=True,
        help_text="What the price is for; empty: it is not said.",
    )
    preparation_minutes = WholeNumber(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=MAX_PREPARATION_MINUTES,
        help_text=PREPARATION,
    )
    tax_note = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=MAX_TAX_NOTE,
        help_text="A word on taxes, which stands on the papers of orders.",
    )


class NewProductIn(ProductChangeIn):
    """A product to put into the catalogue."""

    name = serializers.CharField(max_length=120)
    price = MoneyIn()


class MoveProductIn(StrictSerializer):
    """Where a product goes in the order in which buyers see the catalogue."""

    to = serializers.ChoiceField(
        get_args(Direction),
        help_text="`up` and `down` go past one product; beyond the ends they change nothing.",
    )


class ShopProductOut(serializers.Serializer[Any]):
    """A product as its shop keeps it.

    ``name`` is what people read; of a variant it is ``title`` and the values of its options.
    """

    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    title = serializers.CharField()
    handle = serializers.CharField()
    options = serializers.SerializerMethodField()
    sku = serializers.CharField()
    description = serializers.CharField()
    emoji = serializers.CharField()
    price = MoneyOut()
    unit = serializers.ChoiceField(
        Unit.choices, allow_blank=True, help_text="What the price is for."
    )
    preparation_minutes = serializers.IntegerField(allow_null=True)
    tax_note = serializers.CharField()
    stock = serializers.IntegerField(allow_null=True)
    reserved = serializers.IntegerField(help_text="Pieces promised to orders that are not paid.")
    available = serializers.IntegerField(allow_null=True)
    low_stock_threshold = serializers.IntegerField(allow_null=True)
    is_low = serializers.BooleanField()
    is_visible = serializers.BooleanField()
    is_archived = serializers.BooleanField()
    collections = serializers.ListField(child=serializers.CharField())
    pictures = PictureOut(many=True, help_text="Variants share them; the first is the cover.")
    url = serializers.SerializerMethodField()
    changed_at = Moment()

    @extend_schema_field(OptionShape(many=True))
    def get_options(self, product: ProductFacts) -> list[dict[str, str]]:
        """Return the pairs with their names."""
        return [{"name": name, "value": value} for name, value in product.options]

    def get_url(self, product: ProductFacts) -> str:
        """Return the address that the product's code says."""
        return product_url(product.public_id)


class ShopProductListOut(serializers.Serializer[Any]):
    """A page of a shop's products."""

    data = ShopProductOut(many=True)  # type: ignore[assignment]  # The contract names it so.
    next = serializers.CharField(allow_null=True)


class CollectionOut(serializers.Serializer[Any]):
    """A group that products stand in."""

    name = serializers.CharField()


class CollectionListOut(serializers.Serializer[Any]):
    """A shop's collections, by name."""

    data = CollectionOut(many=True)  # type: ignore[assignment]  # The contract names it so.
    next = serializers.CharField(allow_null=True)

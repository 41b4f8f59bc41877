"""What a shop sells."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from merchants.enums import Unit
from merchants.models.shops import Shop

MAX_PRICE_MINOR = 10**12  # 50 lines of 999 pieces at this price still fit a bigint.
MAX_PREPARATION_MINUTES = 7 * 24 * 60
MAX_TAX_NOTE = 200


class Product(models.Model):
    """One thing for sale, with its price and what is left of it.

    ``stock`` counts the pieces in the shop, promised ones included; null is without limit.
    ``reserved`` counts the pieces promised to orders that are not paid yet, and is the sum
    of the live reservations also where the stock has no limit, so that a limit can be set
    at any time. What can still be sold is ``stock - reserved``.

    Variants are products of their own, with one ``handle`` and ``title`` and each its ``options``,
    pairs such as ``["Size", "L"]``; ``options_key`` is their values in one text, and ``name`` what
    people read: the title with them. One that is ``archived`` is out of every list, and stays for
    the orders it was sold in. ``told_low_at`` is when the team was told that few were left; it is
    empty again once there are enough.

    ``position`` is its place in the shop's order, the smallest first; there may be gaps.
    ``unit`` is what the price is for, or empty where the shop does not say. ``preparation_minutes``
    is about how long it takes from the payment until it is ready; null where nobody waits.
    ``tax_note`` is a word on taxes that stands on the papers of orders.
    """

    public_id = models.CharField(max_length=40, unique=True)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="products")
    name = models.CharField(max_length=120)
    title = models.CharField(max_length=120, default="", db_default="")
    handle = models.CharField(max_length=80, default="", blank=True, db_default="")
    sku = models.CharField(max_length=64, default="", blank=True, db_default="")
    options = models.JSONField(default=list, blank=True, db_default=[])
    options_key = models.CharField(max_length=140, default="", blank=True, db_default="")
    collections = models.JSONField(default=list, blank=True, db_default=[])
    archived_at = models.DateTimeField(null=True, blank=True)
    description = models.CharField(max_length=1000, blank=True, default="")
    emoji = models.CharField(max_length=16, blank=True, default="")
    price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    unit = models.CharField(
        max_length=8, choices=Unit.choices, default="", blank=True, db_default=""
    )
    preparation_minutes = models.PositiveIntegerField(null=True, blank=True)
    tax_note = models.CharField(max_length=MAX_TAX_NOTE, default="", blank=True, db_default="")
    stock = models.IntegerField(null=True, blank=True)
    reserved = models.IntegerField(default=0)
    low_stock_threshold = models.PositiveIntegerField(null=True, blank=True)
    is_visible = models.BooleanField(default=True)
    position = models.IntegerField()
    told_low_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        """Stock is never negative and never promised twice."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(stock__isnull=True) | Q(stock__gte=0),
                name="merchants_product_stock_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(reserved__gte=0), name="merchants_product_reserved_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(stock__isnull=True) | Q(reserved__lte=F("stock")),
                name="merchants_product_reserved_within_stock",
            ),
            models.CheckConstraint(
                condition=Q(price_minor__gte=1, price_minor__lte=MAX_PRICE_MINOR),
                name="merchants_product_price_sane",
            ),
            models.CheckConstraint(
                condition=Q(unit__in=["", *Unit.values]), name="merchants_product_unit_known"
            ),
            models.CheckConstraint(
                condition=Q(preparation_minutes__isnull=True)
                | Q(preparation_minutes__lte=MAX_PREPARATION_MINUTES),
                name="merchants_product_preparation_sane",
            ),
            models.UniqueConstraint(
                fields=["shop", "handle", "options_key"],
                name="merchants_product_variant_once",
                condition=Q(archived_at__isnull=True) & ~Q(handle=""),
            ),
            models.UniqueConstraint(
                fields=["shop", "position"],
                name="merchants_product_position_once",
                deferrable=models.Deferrable.IMMEDIATE,
            ),
            models.UniqueConstraint(
                fields=["shop", "sku"],
                name="merchants_product_sku_once",
                condition=Q(archived_at__isnull=True) & ~Q(sku=""),
            ),
            models.CheckConstraint(
                condition=Q(archived_at__isnull=True) | Q(is_visible=False),
                name="merchants_product_archived_is_hidden",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["shop", "position", "id"], name="merchants_product_in_order"),
        ]

    def __str__(self) -> str:
        """Name the product."""
        return self.name

    @property
    def available(self) -> int | None:
        """How many pieces can still be sold; None is without limit."""
        return None if self.stock is None else self.stock - self.reserved

    @property
    def terms(self) -> dict[str, Any]:
        """What a line of an order keeps of it, besides its name and price."""
        return {
            "unit_code": self.unit,
            "preparation_minutes": self.preparation_minutes,
            "tax_note": self.tax_note,
        }

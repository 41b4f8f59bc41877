"""What a chat or a feed shows of an order or a product: facts as they are at this moment.

Messaging knows nothing of shops (ruling 4): it keeps these dictionaries and shows them. An
order's snapshot is written again at each change of the order; a product's stays as it was,
so that the chat shows the price that was told.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Q

from core.api import moment_out
from core.errors import InputInvalid
from merchants.enums import PaymentKind
from merchants.models import Order, OrderLine, Product, Shop
from merchants.queries.pictures import cover_of
from messaging.checks import product_said

# A message's content has up to 32 KB: what is longer is read from the order itself.
MAX_LINES = 15
MAX_NAME = 60


def order_snapshot(
    order: Order, lines: Iterable[OrderLine], shipped: Mapping[int, int] | None = None
) -> dict[str, Any]:
    """Return what both sides of an order see of it.

    Args:
        order: The order as it is now.
        lines: Its lines in their order; the first 15 are shown, ``more_lines`` counts the rest.
        shipped: Of an order that goes out in parts, how much of each line has gone.

    Returns:
        With what it costs beside its lines, where it does, and with ``outside`` where it is paid
        outside of Troco: what buyer and shop say of it. How to pay it is read from the order
        itself, because a shop may change that.
    """
    shown, gone = list(lines), shipped or {}
    outside = {}
    if order.payment_kind == PaymentKind.EXTERNAL:
        outside["outside"] = {
            "told_at": moment_out(order.external_told_at),
            "received_at": moment_out(order.external_received_at),
            "is_verified": False,
        }
    extras = {
        name: amount
        for name, amount in (
            ("tax_minor", order.tax_minor),
            ("shipping_minor", order.shipping_minor),
            ("discount_minor", order.discount_minor),
        )
        if amount
    }
    return {
        **outside,
        **extras,
        "order": order.public_id,
        "number": order.number,
        "state": order.state,
        "lines": [
            {
                "name": line.name[:MAX_NAME],
                "quantity": line.quantity,
                "unit_minor": line.unit_minor,
                "total_minor": line.total_minor,
                **({"shipped": gone[line.position]} if gone.get(line.position) else {}),
            }
            for line in shown[:MAX_LINES]
        ],
        "more_lines": max(0, len(shown) - MAX_LINES),
        "total": {"amount_minor": order.total_minor, "currency": order.currency},
        "expires_at": moment_out(order.expires_at),
    }


def product_snapshot(product: Product, shop: Shop) -> dict[str, Any]:
    """Return a product as it is offered at this moment.

    Args:
        product: The product.
        shop: Its shop.

    Returns:
        With its picture, what its price is for and how long it takes, where it has them.
    """
    left = product.available
    cover = cover_of(product)
    picture = {"id": cover.public_id, "url": cover.url, "alt": cover.alt} if cover else None
    terms: dict[str, Any] = {"unit": product.unit} if product.unit else {}
    if product.preparation_minutes is not None:
        terms["preparation_minutes"] = product.preparation_minutes
    return {
        **({"picture": picture} if picture else {}),
        **terms,
        "product": product.public_id,
        "name": product.name,
        "emoji": product.emoji,
        "price": {"amount_minor": product.price_minor, "currency": product.currency},
        "shop": shop.public_id,
        "available": product.is_visible and (left is None or left > 0),
    }


def product_on_show(content: dict[str, Any]) -> dict[str, Any]:
    """Return the snapshot of a product that somebody wants to show: the buyer or the shop.

    Args:
        content: ``{"product": "prd_…"}`` as a person sent it.

    Raises:
        InputInvalid: It names no product that buyers may see.
    """
    named = product_said(content)
    product = (
        Product.objects.filter(public_id=named, is_visible=True).select_related("shop").first()
    )
    if product is None:
        raise InputInvalid(field_errors={"product": [{"code": "not_found"}]})
    return product_snapshot(product, product.shop)


def products_offered(shop_id: int, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return some of a shop's products that buyers may see, as they are offered at this moment.

    Args:
        shop_id: Primary key of the shop.
        names: Public ids, or the shop's own numbers.

    Returns:
        Those that are there, by the names that were given; one query.
    """
    wanted = set(names)
    rows = Product.objects.filter(shop_id=shop_id, is_visible=True, archived_at__isnull=True)
    found = rows.filter(Q(public_id__in=wanted) | Q(sku__in=wanted - {""})).select_related("shop")
    # One that has another's id for its number does not hide it.
    by_number = {row.sku: row for row in found if row.sku in wanted}
    named = {**by_number, **{row.public_id: row for row in found if row.public_id in wanted}}
    return {name: product_snapshot(row, row.shop) for name, row in named.items()}

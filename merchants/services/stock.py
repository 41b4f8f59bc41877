"""Stock: promised with an order, taken with its payment, given back when it closes.

Rows of products are always locked in the order of their ids, so that two orders with the
same products in another order wait for each other instead of deadlocking. The lock leaves
foreign keys alone (``FOR NO KEY UPDATE``): lines may be written while it is held.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from core.errors import NotFound, TrocoError
from core.transactions import joins
from merchants.enums import ReservationState
from merchants.models import Order, OrderLine, Product, StockReservation


class StockShort(TrocoError):
    """A product cannot be had in the quantity asked; ``products`` says which and how many."""

    code = "stock_short"
    http_status = 409
    words = _("There is not enough of a product. Order less of it, or leave it out.")


@dataclass(frozen=True, slots=True)
class LineWish:
    """What a buyer asks for: a product by its public id, and how many pieces (1 to 999)."""

    product: str
    quantity: int


@joins
def lock_products(*, shop_id: int, public_ids: Sequence[str]) -> dict[str, Product]:
    """Lock a shop's products in the order of their ids.

    Args:
        shop_id: Primary key of the shop.
        public_ids: What to lock; every one must be the shop's.

    Returns:
        The products by their public id.

    Raises:
        NotFound: One of them does not exist, or is another shop's.

    Transaction: joins.
    """
    rows = (
        Product.objects.select_for_update(no_key=True)
        .filter(shop_id=shop_id, public_id__in=public_ids)
        .order_by("id")
    )
    found = {product.public_id: product for product in rows}
    missing = [public_id for public_id in public_ids if public_id not in found]
    if missing:
        raise NotFound(_("This shop has no such product. Look at its catalogue again."))
    return found


@joins
def check_stock(*, products: Mapping[str, Product], wishes: Sequence[LineWish]) -> None:
    """Let through only what is on show and in stock.

    Args:
        products: The locked rows by public id.
        wishes: What is asked of them.

    Raises:
        StockShort: At least one product is hidden or short; all of them are named.

    Transaction: joins (the answer holds only while the rows are locked).
    """
    short = []
    for wish in wishes:
        product = products[wish.product]
        left = product.available if product.is_visible else 0
        if left is not None and left < wish.quantity:
            short.append((product, wish.quantity, left))
    if not short:
        return
    product, _asked, left = short[0]
    words = _("%(name)s: only %(left)d left. Order less of it, or leave it out.")
    raise StockShort(
        words % {"name": product.name, "left": left},
        products=[
            {"product": p.public_id, "name": p.name, "asked": asked, "available": have}
            for p, asked, have in short
        ],
    )


@joins
def reserve_stock(
    *, lines: Sequence[OrderLine], products: Mapping[int, Product], moment: datetime
) -> None:
    """Promise the pieces of an order's lines.

    Writes one live reservation for each line and raises the products' ``reserved``. The
    products' rows must be locked and checked. A line of nothing in the catalogue promises nothing.

    Args:
        lines: The lines as written.
        products: Their locked products by primary key.
        moment: Business time of the order.

    Transaction: joins.
    """
    goods = [(line, products[line.product_id]) for line in lines if line.product_id is not None]
    StockReservation.objects.bulk_create(
        StockReservation(line=line, product=product, quantity=line.quantity, made_at=moment)
        for line, product in goods
    )
    for line, product in goods:
        product.reserved += line.quantity
    Product.objects.bulk_update([product for _line, product in goods], ["reserved"])


@joins
def release_stock(*, order: Order, moment: datetime) -> None:
    """Give back what an order held, because it closed unpaid.

    Args:
        order: The locked order.
        moment: Business time of the closing.

    Transaction: joins.
    """
    _end_reservations(order, ReservationState.RELEASED, moment)


@joins
def consume_stock(*, order: Order, moment: datetime) -> None:
    """Take what an order held out of the stock, because it is paid.

    Args:
        order: The locked order.
        moment: Business time of the payment.

    Transaction: joins.
    """
    _end_reservations(order, ReservationState.CONSUMED, moment)


def _end_reservations(order: Order, ending: ReservationState, moment: datetime) -> None:
    """End an order's live reservations and settle the products' counters."""
    live = list(StockReservation.objects.filter(line__order=order, state=ReservationState.LIVE))
    held = {reservation.product_id: reservation.quantity for reservation in live}
    products = list(
        Product.objects.select_for_update(no_key=True).filter(id__in=held).order_by("id")
    )
    for product in products:
        product.reserved -= held[product.id]
        if ending == ReservationState.CONSUMED and product.stock is not None:
            product.stock -= held[product.id]
    Product.objects.bulk_update(products, ["reserved", "stock"])
    StockReservation.objects.filter(id__in=[reservation.id for reservation in live]).update(
        state=ending, ended_at=moment
    )

"""Orders that a shop's own system makes for a customer it talks with.

The system says what it sells; for what is in the catalogue, the catalogue says the rest. What
comes of it is an order like those of ``line_orders``: the buyer pays it, or not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.errors import AmountInvalid, CurrencyMismatch, NotFound
from core.money import Money
from merchants.models.products import MAX_PRICE_MINOR
from merchants.queries.catalogue import ProductFacts, products_named
from merchants.queries.shops import ShopFacts, shop_by_key
from merchants.services.line_orders import Offered, Sale, SaleLine, offer_order
from merchants.services.paces import take_turn
from merchants.services.texts import refusal
from messaging.queries import conversation_for


@dataclass(frozen=True, slots=True)
class OwnLine:
    """One line: a product of the catalogue, or anything else by its name and price.

    Attributes:
        quantity: How many pieces, 1 to 999.
        product: Public id of a product of the shop; None for what is not in the catalogue.
        code: The shop's own word for what is not.
        name: What the buyer reads; empty: as the catalogue says.
        unit: What a piece costs; None: as the catalogue says.
    """

    quantity: int
    product: str | None = None
    code: str = ""
    name: str = ""
    unit: Money | None = None


@dataclass(frozen=True, slots=True)
class OwnOrder:
    """An order as a shop's own system asks for it.

    Attributes:
        reference: The system's own name for it; names one order of the shop for ever.
        lines: What is sold, 1 to 50.
        tax: On top of the lines; so is
        shipping: and
        discount: is taken off.
        total: What the system makes of it, to be compared; None compares nothing.
        until: Until when it can be paid; None for as long as the shop's orders wait.
        note: A word to the buyer.
        asked: What came, as it came.
    """

    reference: str
    lines: Sequence[OwnLine]
    tax: Money | None
    shipping: Money | None
    discount: Money | None
    total: Money | None
    until: datetime | None
    note: str
    asked: Mapping[str, Any]


def make_own_order(*, shop_id: int, conversation_id: str, own: OwnOrder) -> Offered:
    """Make an order for the customer of a conversation, and show it there.

    Args:
        shop_id: Primary key of the shop.
        conversation_id: Public id of its direct conversation with the customer.
        own: What is sold.

    Raises:
        NotFound: The shop has no such conversation, or no such product.
        AmountInvalid: A price is out of bounds, or there is nothing to pay.
        InputInvalid: A line says too little, or the sums differ.
        LineBusy, PairBusy: The shop's programs say too much, all together or to this person.
        All that ``offer_order`` raises.

    Transaction: owns (``offer_order``'s; what is read before it is checked there again, and the
    pace is counted before it by itself).
    """
    shop = shop_by_key(shop_id)
    customer = conversation_for(shop.party_id, conversation_id).counterpart
    if customer is None:
        raise NotFound
    known = products_named(shop.id, [line.product for line in own.lines if line.product])
    lines = [_line(line, shop, known) for line in own.lines]
    sale = _sale(own, lines, shop.currency)
    take_turn(shop_id=shop.id, party_id=customer.id)
    return offer_order(
        shop_id=shop.id, buyer_id=customer.id, conversation_id=conversation_id, sale=sale
    )


def _line(line: OwnLine, shop: ShopFacts, known: Mapping[str, ProductFacts]) -> SaleLine:
    """Return a line with what the catalogue says where the system did not."""
    product = known.get(line.product or "")
    if line.product and product is None:
        raise NotFound(_("This shop has no such product. Look at its catalogue again."))
    name = line.name or (product.name if product else "")
    unit = line.unit or (product.price if product else None)
    if not name or unit is None:
        raise refusal("lines", _("Say the name and the price of what is not in the catalogue."))
    if unit.currency != shop.currency:
        raise CurrencyMismatch
    if not 1 <= unit.amount_minor <= MAX_PRICE_MINOR:
        raise AmountInvalid
    return SaleLine(line.product or line.code, name, line.quantity, unit.amount_minor)


def _sale(own: OwnOrder, lines: Sequence[SaleLine], currency: str) -> Sale:
    tax, shipping, discount = (
        _extra(each, currency) for each in (own.tax, own.shipping, own.discount)
    )
    goods = sum(line.quantity * line.unit_minor for line in lines)
    comes_to = Money(goods + tax - discount + shipping, currency)
    if comes_to.amount_minor < 1:
        raise AmountInvalid
    if own.total is not None and own.total != comes_to:
        raise refusal("total", _("The total is not what the lines come to."))
    return Sale(
        reference=own.reference,
        lines=lines,
        total=comes_to,
        tax_minor=tax,
        shipping_minor=shipping,
        discount_minor=discount,
        until=own.until,
        note=own.note,
        configuration="",
        asked=own.asked,
    )


def _extra(amount: Money | None, currency: str) -> int:
    if amount is None:
        return 0
    if amount.currency != currency:
        raise CurrencyMismatch
    if amount.amount_minor > MAX_PRICE_MINOR:
        raise AmountInvalid
    return amount.amount_minor

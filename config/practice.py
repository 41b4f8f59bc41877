"""Who buys when a shop tries itself out in a sandbox: one of its invented people."""

from django.conf import settings

from config.seed.cast import CUSTOMERS
from config.seed.people import enrol_or_find
from core.ids import new_id
from merchants.services.orders import place_order
from merchants.services.practice import register_buyer
from merchants.services.stock import LineWish
from payments.services import quotes
from payments.services.payments import send_payment


def install() -> None:
    """Let a sandbox's shops practise; a live instance has nobody to do it."""
    if settings.SANDBOX:
        register_buyer(buy)


def buy(shop_id: str, product_id: str) -> str:
    """Order one piece and pay for it by PIN, as a customer's phone would.

    Args:
        shop_id: Public id of the shop.
        product_id: Public id of the product.

    Returns:
        The order's public id.

    Raises:
        All that enrolling, ordering, quoting and paying raise.
    """
    buyer = enrol_or_find(CUSTOMERS[-1])
    order = place_order(
        buyer=buyer.person, shop_id=shop_id, lines=[LineWish(product_id, 1)], note=""
    )
    if not order.shop.auto_accept:
        return order.public_id  # It is paid for once the shop has accepted it.
    offer = quotes.make_quote(
        person=buyer.person,
        device=buyer.device,
        to=quotes.Target(demand=("order", order.public_id)),
        amount=None,
        funding_source_id=None,
        note="",
    )
    send_payment(
        person=buyer.person,
        device=buyer.device,
        quote_id=offer.quote.public_id,
        evidence=buyer.approve(bytes(offer.quote.digest)),
        key=new_id("key"),
    )
    return order.public_id

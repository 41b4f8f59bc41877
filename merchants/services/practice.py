"""Trying a shop out in a sandbox: a few products to begin with, and a customer who buys one.

Who buys is one of the sandbox's invented people. They live in a room above this one, which
registers itself when the process starts (``config/practice.py``).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.utils.translation import gettext as _

from core.errors import NotFound, StateConflict
from core.money import Money, exponent
from merchants.models import Product, Shop
from merchants.services.desk import put_label, put_quick_reply
from merchants.services.products import ProductFacts, create_product
from payments.queries.funding import payout_account_of

if TYPE_CHECKING:
    from people.models import Person

Buyer = Callable[[str, str], str]
"""Buys one piece: given a shop's and a product's public ids, returns the order's."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A product to begin with; the price in whole units of the shop's currency."""

    name: str
    price: int
    emoji: str
    stock: int | None


SAMPLES: Final = (
    Sample("Pão francês", 1, "🥖", None),
    Sample("Bolo de cenoura", 32, "🥕", 12),
    Sample("Café coado", 6, "☕", None),
    Sample("Brigadeiro", 3, "🍫", 40),
    Sample("Torta de frango", 54, "🥧", 5),
)
_buyers: list[Buyer] = []


def register_buyer(buyer: Buyer) -> None:
    """Say who buys in a sandbox; called when the process starts."""
    _buyers[:] = [buyer]


def fill_with_samples(*, shop_id: int, actor: "Person") -> int:
    """Fill an empty shop with a few products, a label and two quick replies.

    Changes: what making each of them changes; an interrupted filling is gone on with by hand.

    Args:
        shop_id: Primary key of the shop.
        actor: Who asks for it.

    Returns:
        How many products were made.

    Raises:
        NotFound: No such shop, or this is no sandbox.
        StateConflict: The shop has products already.

    Transaction: none (each thing owns its own).
    """
    shop = Shop.objects.filter(pk=shop_id).first()
    if shop is None or not settings.SANDBOX:
        raise NotFound
    if Product.objects.filter(shop=shop).exists():
        raise StateConflict(_("Your catalogue has products already."))
    unit = 10 ** exponent(shop.currency)
    for sample in SAMPLES:
        create_product(
            shop_id=shop_id,
            actor=actor,
            facts=ProductFacts(
                name=sample.name,
                price=Money(sample.price * unit, shop.currency),
                description="",
                emoji=sample.emoji,
            ),
            stock=sample.stock,
        )
    put_label(shop_id=shop_id, name="VIP", colour="ok")
    put_quick_reply(shop_id=shop_id, shortcut="oi", text=_("Hello {name}, how can we help?"))
    put_quick_reply(shop_id=shop_id, shortcut="horario", text=_("We are open from 6 to 19."))
    return len(SAMPLES)


def practise_sale(*, shop_id: int) -> str:
    """Let one of the sandbox's invented customers buy the shop's first product.

    Args:
        shop_id: Primary key of the shop.

    Returns:
        The order's public id; its payment is on its way.

    Raises:
        NotFound: No such shop, or this is no sandbox.
        StateConflict: There is nothing to buy, or no account that sales could be paid out to.
        CountryClosed, CapabilityClosed: The shop's country takes no purchases now.
        All that placing an order and paying it raise.

    Transaction: none (placing and paying own theirs).
    """
    shop = Shop.objects.filter(pk=shop_id).first()
    if shop is None or not settings.SANDBOX or not _buyers:
        raise NotFound
    if payout_account_of(shop.party_id) is None:
        raise StateConflict(_("Nobody can pay a shop without a bank account. Set it first."))
    product = Product.objects.filter(shop=shop, is_visible=True).order_by("id").first()
    if product is None:
        raise StateConflict(_("Put a product into the catalogue first."))
    return _buyers[0](shop.public_id, product.public_id)

"""What a push says, in the language of whoever reads it.

Without leave it says what happened and nothing else: a phone lies on the counter, and its screen
is read by others.
"""

import json
from collections.abc import Callable, Mapping
from typing import Final

from babel import numbers
from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.clock import business_now
from core.money import Money
from merchants.codes.amounts import plain_amount
from merchants.enums import NewsKind, ProposalState
from merchants.models import Order, Product, Shop
from merchants.queries.refund_proposals import proposal_of_shop
from messaging.queries import message_for
from payments.queries import payment_snapshot
from payments.queries.disputes import dispute_detail
from payments.queries.shop import payout_by_id
from people.queries import parties_by_ids

LONGEST: Final = 300
_PLAIN: Final[Mapping[NewsKind, str | Promise]] = {
    NewsKind.MESSAGE: gettext_lazy("A new message"),
    NewsKind.ORDER: gettext_lazy("A new order"),
    NewsKind.PAYMENT: gettext_lazy("A payment arrived"),
    NewsKind.DISPUTE: gettext_lazy("A customer disputes a payment. Answer in time."),
    NewsKind.STOCK: gettext_lazy("A product runs low"),
    NewsKind.PAYOUT: gettext_lazy("A payout did not arrive at your bank"),
    NewsKind.REFUND: gettext_lazy("News of a refund that needs a second person"),
}


def push_text(*, shop_id: int, kind: NewsKind, ref: str, tells_all: bool, language: str) -> bytes:
    """Return what a browser gets: a title, a line, where it leads, and what it replaces.

    Args:
        shop_id: Primary key of the shop.
        kind: What happened.
        ref: Public id of what it is about.
        tells_all: Whether names and amounts may be said.
        language: Of whoever reads it.
    """
    shop = Shop.objects.get(pk=shop_id)
    spoken = language.lower() if language.lower() in dict(settings.LANGUAGES) else "en"
    with translation.override(spoken):
        line = _TOLD[kind](shop, ref) if tells_all else str(_PLAIN[kind])
        told = {
            "title": shop.name,
            "line": line[:LONGEST],
            "href": _href(shop, kind, ref),
            "tag": push_tag(shop, kind, ref),
        }
    return json.dumps(told, ensure_ascii=False).encode()


def push_tag(shop: Shop, kind: NewsKind, ref: str) -> str:
    """Return what news goes by: that of one thing replaces what was said of it before.

    Messages are counted by none, so a shop's next one replaces the last.
    """
    return f"{kind.value} {shop.public_id}" if kind == NewsKind.MESSAGE else ref


def _href(shop: Shop, kind: NewsKind, ref: str) -> str:
    # Whoever reads it may be at another shop of theirs.
    base = f"/portal/of/{shop.public_id}"
    if kind == NewsKind.MESSAGE:
        return f"{base}/conversations/{message_for(shop.party_id, ref).conversation}"
    room = {
        NewsKind.ORDER: "orders",
        NewsKind.PAYMENT: "payments",
        NewsKind.DISPUTE: "disputes",
        NewsKind.STOCK: "catalogue",
        NewsKind.PAYOUT: "payouts",
        NewsKind.REFUND: "refunds",
    }[kind]
    return f"{base}/{room}/{ref}"


def _message(shop: Shop, ref: str) -> str:
    sender = message_for(shop.party_id, ref).sender_id
    return _("A new message from %(name)s") % {
        "name": parties_by_ids([sender])[sender].display_name
    }


def _order(shop: Shop, ref: str) -> str:
    order = Order.objects.get(shop=shop, public_id=ref)
    name = parties_by_ids([order.buyer_id])[order.buyer_id].display_name
    said = _("Order %(number)s from %(name)s") % {"number": order.number, "name": name}
    return f"{said} · {_money(Money(order.total_minor, order.currency))}"


def _payment(_shop: Shop, ref: str) -> str:
    payment = payment_snapshot(ref)
    facts = {"amount": _money(payment.amount), "name": payment.payer.display_name}
    return _("%(amount)s from %(name)s") % facts


def _dispute(shop: Shop, ref: str) -> str:
    found = dispute_detail(shop.party_id, ref)
    plain = str(_PLAIN[NewsKind.DISPUTE])
    return plain if found is None else f"{_money(found.dispute.amount)} · {plain}"


def _stock(shop: Shop, ref: str) -> str:
    product = Product.objects.filter(shop=shop, public_id=ref).first()
    plain = str(_PLAIN[NewsKind.STOCK])
    return plain if product is None else f"{plain}: {product.name}"


def _payout(_shop: Shop, ref: str) -> str:
    _party, payout = payout_by_id(ref)
    return f"{_PLAIN[NewsKind.PAYOUT]} · {_money(payout.net)}"


def _refund(shop: Shop, ref: str) -> str:
    found = proposal_of_shop(shop.pk, ref, business_now())
    if found is None:
        return str(_PLAIN[NewsKind.REFUND])
    facts = {"name": found.asker, "amount": _money(found.amount)}
    return {
        ProposalState.OPEN: _("%(name)s asks to give back %(amount)s"),
        ProposalState.APPROVED: _("Your refund of %(amount)s was approved"),
        ProposalState.DECLINED: _("Your refund of %(amount)s was declined"),
    }.get(found.state, _("A refund of %(amount)s waits no more")) % facts


def _money(amount: Money) -> str:
    locale = translation.to_locale(translation.get_language() or "en")
    return numbers.format_currency(plain_amount(amount), amount.currency, locale=locale)


_TOLD: Final[Mapping[NewsKind, Callable[[Shop, str], str]]] = {
    NewsKind.MESSAGE: _message,
    NewsKind.ORDER: _order,
    NewsKind.PAYMENT: _payment,
    NewsKind.DISPUTE: _dispute,
    NewsKind.STOCK: _stock,
    NewsKind.PAYOUT: _payout,
    NewsKind.REFUND: _refund,
}

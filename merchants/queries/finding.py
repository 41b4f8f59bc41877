"""Finding shops and orders for staff."""

from core.money import Money
from merchants.models import Order, Shop
from people.services.finding import Found

MOST = 8
_SHORTEST_NAME = 2


def find_shops(term: str) -> list[Found]:
    """Return shops by id, party, or the beginning of their name for links."""
    rows = Shop.objects.order_by("-id")
    if term.startswith("mer_"):
        rows = rows.filter(public_id__startswith=term)
    elif term.startswith("pty_"):
        rows = rows.filter(party__public_id=term)
    elif len(term) >= _SHORTEST_NAME:
        rows = rows.filter(name__icontains=term)
    else:
        return []
    return [
        Found("merchants_shop", each.pk, each.name, f"{each.country} · {each.public_id}")
        for each in rows[:MOST]
    ]


def find_orders(term: str) -> list[Found]:
    """Return orders by the beginning of their id."""
    if not term.startswith("ord_"):
        return []
    rows = Order.objects.filter(public_id__startswith=term).select_related("shop")
    return [
        Found(
            "merchants_order",
            each.pk,
            each.public_id,
            f"{each.shop} · {each.state}",
            Money(each.total_minor, each.currency),
        )
        for each in rows.order_by("-id")[:MOST]
    ]

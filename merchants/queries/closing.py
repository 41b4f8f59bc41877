"""What keeps a shop from closing: orders that wait, and money that is not where it belongs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Q

from core.money import Money
from merchants.enums import OrderState
from merchants.models import Order
from merchants.queries.shops import ShopFacts
from payments.queries.closing import has_money_matters, unfinished

FINISHED: Final = (
    OrderState.COMPLETED,
    OrderState.DECLINED,
    OrderState.CANCELLED,
    OrderState.EXPIRED,
)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One thing in the way.

    Attributes:
        code: ``orders``, ``payments``, ``refunds``, ``disputes``, ``owed``, ``owing``, ``payouts``
            or ``came_back``.
        count: How many; nothing for an amount.
        amount: How much is owed to the shop, or by it.
    """

    code: str
    count: int = 0
    amount: Money | None = None


def obstacles_of(shop: ShopFacts) -> list[Obstacle]:
    """Return all that keeps a shop from closing, what its team can do first before the rest."""
    orders = Order.objects.filter(shop_id=shop.id).exclude(state__in=FINISHED).count()
    money = unfinished(shop.party_id, shop.currency)
    counted = {
        "orders": orders,
        "payments": money.payments,
        "refunds": money.refunds,
        "disputes": money.disputes,
        "payouts": money.payouts,
        "came_back": money.came_back,
    }
    found = [Obstacle(code, count) for code, count in counted.items() if count]
    owed = money.owed
    if owed.amount_minor > 0:
        found.append(Obstacle("owed", amount=owed))
    elif owed.amount_minor < 0:
        found.append(Obstacle("owing", amount=Money(-owed.amount_minor, owed.currency)))
    return found


def has_business_since(shop_id: int, party_id: int, buyer_id: int, since: datetime) -> bool:
    """Tell whether something of a shop and a buyer is open, or moved since; at most four queries.

    Args:
        shop_id: Primary key of the shop.
        party_id: Its party.
        buyer_id: Key of the buyer's party.
        since: A business moment.
    """
    orders = Order.objects.filter(shop_id=shop_id, buyer_id=buyer_id)
    if orders.filter(~Q(state__in=FINISHED) | Q(moved_at__gte=since)).exists():
        return True
    return has_money_matters(party_id, buyer_id, since)

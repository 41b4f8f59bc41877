"""Closing a shop for good, as far as its papers allow, and opening it again.

A closed shop sells nothing and is paid nothing: no order, no link, no news, no money that somebody
sends of their own accord. Its team goes on reading and taking files along, because the law makes it
keep them; a refund or a dispute of old can still be dealt with.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import NotFound, StateConflict
from core.transactions import owns
from merchants.enums import BroadcastState, RecipientState
from merchants.models import Broadcast, LinkUse, Shop
from merchants.queries.closing import obstacles_of
from merchants.queries.shops import facts_of
from payments.enums import DemandKind
from payments.services.demands import close_demand
from people.services.audit import record
from people.services.parties import close_business, reopen_business

if TYPE_CHECKING:
    from people.models import Person

UNDER_WAY: Final = (BroadcastState.SCHEDULED, BroadcastState.SENDING)


@owns
def close_shop(*, shop_id: int, actor: "Person") -> Shop:
    """Close a shop; closing it twice does no harm.

    Changes: the shop, its party, which is paid nothing from then on, its broadcasts that are
    planned or going out, which are called off, what somebody opened of its links and did not pay,
    which cannot be paid any more, and one line of the trail. The shop's row is locked as every
    new order locks it, and its party as every payment to it does: none comes in beside. What was
    accepted a moment before is seen, and keeps the shop open until it is finished.

    Args:
        shop_id: Primary key of the shop.
        actor: The owner.

    Raises:
        NotFound: There is no such shop.
        StateConflict: Something is not finished; ``obstacles_of`` says what. Or a link is being
            paid at this moment.

    Transaction: owns.
    """
    shop = _locked(shop_id)
    if shop.closed_at is not None:
        return shop
    _refuse_unfinished(shop)
    moment = business_now()
    shop.closed_at, shop.is_open = moment, False
    shop.save(update_fields=["closed_at", "is_open"])
    _call_off(shop, moment)
    _end_uses(shop, moment)
    close_business(party_id=shop.party_id, moment=moment)
    # Payments that were being accepted beside were waited for, and are there to be read now.
    _refuse_unfinished(shop)
    _tell(shop, actor, "shop.closed")
    return shop


@owns
def reopen_shop(*, shop_id: int, actor: "Person") -> Shop:
    """Open a closed shop again; it takes orders once somebody switches them on.

    Changes: the shop, its party, and one line of the trail.

    Args:
        shop_id: Primary key of the shop.
        actor: The owner.

    Raises:
        NotFound: There is no such shop.

    Transaction: owns.
    """
    shop = _locked(shop_id)
    if shop.closed_at is not None:
        shop.closed_at = None
        shop.save(update_fields=["closed_at"])
        reopen_business(party_id=shop.party_id)
        _tell(shop, actor, "shop.reopened")
    return shop


def _refuse_unfinished(shop: Shop) -> None:
    found = obstacles_of(facts_of(shop))
    if found:
        words = _("The shop cannot close yet: something is not finished.")
        raise StateConflict(words, obstacles=[each.code for each in found])


def _call_off(shop: Shop, moment: datetime) -> None:
    """Call off what has not reached everybody, as ``cancel_broadcast`` does, each row locked."""
    rows = Broadcast.objects.select_for_update(no_key=True, of=("self",)).filter(shop=shop)
    for broadcast in rows.filter(state__in=UNDER_WAY).order_by("id"):
        broadcast.state, broadcast.ended_at = BroadcastState.CANCELLED, moment
        broadcast.save(update_fields=["state", "ended_at"])
        waiting = broadcast.recipients.filter(state=RecipientState.WAITING)
        waiting.update(state=RecipientState.CANCELLED)


def _end_uses(shop: Shop, moment: datetime) -> None:
    """Let nothing more be paid that somebody opened of the shop's links a moment ago."""
    waiting = LinkUse.objects.filter(link__shop=shop, paid_at__isnull=True, expires_at__gt=moment)
    for use_id in waiting.order_by("id").values_list("public_id", flat=True):
        close_demand(kind=DemandKind.LINK, reference=use_id)
    # Whoever opens one again, once the shop is open again, gets another use.
    waiting.filter(opened_at__lt=moment).update(expires_at=moment)


def _locked(shop_id: int) -> Shop:
    rows = Shop.objects.select_for_update(no_key=True, of=("self",)).select_related("party")
    shop = rows.filter(pk=shop_id).first()
    if shop is None:
        raise NotFound
    return shop


def _tell(shop: Shop, actor: "Person", action: str) -> None:
    record(actor=actor, action=action, object_ref=shop.public_id, before={}, after={}, reason="")

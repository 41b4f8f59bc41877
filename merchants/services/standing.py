"""What a shop may still do once it has closed: nothing new is said or sold.

Its orders were finished before it closed. Refunds and disputes of old, and what its team keeps for
itself, go on; so does all that is only read. What became of a purchase, a refund or a dispute may
still be told to whose it is, by a template of a service, as long as it is fresh.
"""

from datetime import timedelta
from typing import Final

from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import StateConflict
from merchants.models import Shop
from merchants.queries.closing import has_business_since

TOLD_FOR: Final = timedelta(days=30)
"""How long a closed shop may speak of something after it moved last."""


def refuse_closed(shop: Shop) -> None:
    """Refuse what only an open shop does.

    Raises:
        StateConflict: The shop has closed.
    """
    if shop.closed_at is not None:
        raise StateConflict(_("This shop has closed."))


def refuse_closed_by_key(shop_id: int) -> None:
    """Refuse what only an open shop does; one query.

    Raises:
        StateConflict: The shop has closed.
    """
    if Shop.objects.filter(pk=shop_id, closed_at__isnull=False).exists():
        raise StateConflict(_("This shop has closed."))


def refuse_closed_unless_told(*, shop_id: int, other_id: int) -> None:
    """Refuse what a closed shop tells somebody with whom nothing is under way, or was lately.

    One query where the shop is open.

    Args:
        shop_id: Primary key of the shop.
        other_id: Key of the party that would be told.

    Raises:
        StateConflict: The shop has closed, and no order, payment, refund or dispute of the two is
            open, or has moved within 30 days.
    """
    closed = Shop.objects.filter(pk=shop_id, closed_at__isnull=False)
    party_id = closed.values_list("party_id", flat=True).first()
    if party_id is None:
        return
    since = business_now() - TOLD_FOR
    if not has_business_since(shop_id, party_id, other_id, since):
        words = _("This shop has closed. It tells only what became of purchases of 30 days.")
        raise StateConflict(words)

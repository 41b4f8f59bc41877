"""What a shop may still do once it has closed: nothing new is said or sold.

Its orders were finished before it closed. Refunds and disputes of old, and what its team keeps for
itself, go on; so does all that is only read.
"""

from django.utils.translation import gettext_lazy as _

from core.errors import StateConflict
from merchants.models import Shop


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

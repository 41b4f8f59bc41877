"""How fast a shop's programs may speak: so many a second, and slower to one and the same person.

A pace is kept as one moment in one row: when everything that was said would have been said at the
pace that is allowed. Saying something more moves it on; whoever would be too far ahead of the
clock is refused, and that costs nothing. One statement decides, committed before anything is
sent, so messages sent at once are counted like messages sent one by one.
"""

from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _

from core.clock import wall_now
from core.errors import TooManyRequests
from core.transactions import owns

_TAKE: Final = """
INSERT INTO merchants_linepace AS pace (shop_id, party_id, free_at)
VALUES (%(shop)s, %(party)s, %(now)s + %(each)s)
    ON CONFLICT (shop_id, party_id) DO UPDATE
   SET free_at = greatest(pace.free_at, %(now)s) + %(each)s
 WHERE pace.free_at <= %(now)s + %(ahead)s
RETURNING free_at
"""
_FREE_AT: Final = """
SELECT free_at FROM merchants_linepace
 WHERE shop_id = %(shop)s AND party_id IS NOT DISTINCT FROM %(party)s::bigint
"""


class LineBusy(TooManyRequests):
    """The shop's programs say too much at once."""

    code = "line_busy"
    words = _("Too many messages at once. Send fewer a second.")


class PairBusy(TooManyRequests):
    """The shop's programs say too much to one person."""

    code = "pair_busy"
    words = _("Too many messages to this person. Wait a little.")


def take_turn(*, shop_id: int, party_id: int) -> None:
    """Count a message that a shop's program is about to send to somebody.

    Changes: the ``LinePace`` of the two and the shop's own.

    Args:
        shop_id: Primary key of the shop.
        party_id: Whom it is for.

    Raises:
        LineBusy, PairBusy: As they say; ``retry_after_seconds`` says when to try again.

    Transaction: none (each count owns its own).
    """
    if settings.TROCO_CLOUD_PER_SECOND:
        second = timedelta(seconds=1)
        each = second / settings.TROCO_CLOUD_PER_SECOND
        wait = _take(shop_id=shop_id, party_id=None, each=each, ahead=second - each)
        if wait is not None:
            raise LineBusy(retry_after_seconds=wait)
    if settings.TROCO_CLOUD_PAIR_SECONDS:
        each = timedelta(seconds=settings.TROCO_CLOUD_PAIR_SECONDS)
        ahead = each * (settings.TROCO_CLOUD_PAIR_BURST - 1)
        wait = _take(shop_id=shop_id, party_id=party_id, each=each, ahead=ahead)
        if wait is not None:
            raise PairBusy(retry_after_seconds=wait)


@owns
def _take(*, shop_id: int, party_id: int | None, each: timedelta, ahead: timedelta) -> int | None:
    """Move a pace on; return the seconds to wait where that is too far.

    Transaction: owns.
    """
    now = wall_now()
    asked: dict[str, Any] = {
        "shop": shop_id,
        "party": party_id,
        "now": now,
        "each": each,
        "ahead": ahead,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, asked)
        if cursor.fetchone() is not None:
            return None
        cursor.execute(_FREE_AT, asked)
        (free_at,) = cursor.fetchone()
    until: timedelta = free_at - ahead - now
    return max(1, round(until.total_seconds()))

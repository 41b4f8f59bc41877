"""What is in a payout, page by page: its sales, and what else it took along.

Gross and fee of a payout are the sums of its sales; refunds and held those of its entries.
"""

from dataclasses import dataclass
from datetime import datetime

from core.api import keyset_page
from core.errors import NotFound
from payments.models import Payout, PayoutEntry, PayoutItem, PayoutMove
from payments.queries.shop import (
    PayoutEntryFacts,
    PayoutFacts,
    PayoutItemFacts,
    entry_facts,
    first_of,
    item_facts,
    shop_payout,
)


@dataclass(frozen=True, slots=True)
class PayoutStory:
    """A payout with its history, ``(from, to, when)``, oldest first."""

    payout: PayoutFacts
    moves: tuple[tuple[str, str, datetime], ...]


def payout_story(party_id: int, public_id: str) -> PayoutStory | None:
    """Return one of a shop's payouts without what is in it; two queries. None if not its."""
    found = shop_payout(party_id, public_id)
    if found is None:
        return None
    moves = PayoutMove.objects.filter(payout_id=found.key).order_by("id")
    return PayoutStory(found, tuple(moves.values_list("from_state", "to_state", "at")))


def payout_key(party_id: int, public_id: str) -> int:
    """Return the key of what holds a payout's sales and entries, by which they are asked for.

    One query, and one more for each time it was made anew.

    Raises:
        NotFound: The shop has no such payout.
    """
    rows = Payout.objects.filter(party_id=party_id, public_id=public_id)
    found = rows.only("pk", "reissue_of_id").first()
    if found is None:
        raise NotFound
    return first_of(found)


def payout_sales(
    key: int, cursor: str | None, limit: int
) -> tuple[list[PayoutItemFacts], str | None]:
    """Return one page of the sales in a payout, in their order; two queries.

    Args:
        key: The payout's, which its shop asked for.
        cursor: What the page before gave; None for the first.
        limit: How many at most.

    Raises:
        InputInvalid: The cursor is not one of ours.
    """
    rows = PayoutItem.objects.filter(payout_id=key).select_related("payment__demand")
    found, following = keyset_page(rows, cursor, limit, ("id",))
    return list(item_facts(found)), following


def payout_entries(
    key: int, cursor: str | None, limit: int
) -> tuple[list[PayoutEntryFacts], str | None]:
    """Return one page of what else a payout took along, in its order; one query.

    Args:
        key: The payout's, which its shop asked for.
        cursor: What the page before gave; None for the first.
        limit: How many at most.

    Raises:
        InputInvalid: The cursor is not one of ours.
    """
    rows = PayoutEntry.objects.filter(payout_id=key)
    loaded = rows.select_related("entry__refund__payment", "entry__dispute__payment")
    found, following = keyset_page(loaded, cursor, limit, ("id",))
    return [entry_facts(each.entry) for each in found], following

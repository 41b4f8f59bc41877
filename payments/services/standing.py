"""How a quote stands when it is about to become a payment: locked, and read after the locks."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.errors import NotFound
from core.prepared import ask
from core.transactions import joins
from payments.enums import BOOKS
from payments.models import Demand, FundingSource, Quote
from payments.queries.limits import told_rules
from payments.queries.situation import Situation, decoded, make_situation, row_of
from people.queries import REQUIRED_TERMS

_STANDING = (
    "SELECT payments_standing_v7(%s::bigint, %s::text, %s::text, %s::text[], %s::timestamptz)"
)


@dataclass(frozen=True, slots=True)
class Coerced:
    """What somebody who pays under duress has sent since it began, and the most that may be."""

    sent_minor: int
    most_minor: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A quote and all that the rules ask about it, as it will stay until the commit.

    Attributes:
        quote: The payer's own quote; its text is not read.
        demand: What it pays, where it pays a demand.
        is_live: Whether a payment of the demand is under way or went through.
        source: Where the money would come from.
        rail: How the source's bank is reached; ``books`` where there is no bank.
        situation: The two parties and their countries.
        coerced: What a payer under duress has sent, and may; None for everybody else.
        limits: What ``limits_told_v1`` tells for this payer, payee and kind, as JSON.
    """

    quote: Quote
    demand: Demand | None
    is_live: bool
    source: FundingSource | None
    rail: str
    situation: Situation
    coerced: Coerced | None
    limits: list[dict[str, Any]]


@joins
def lock_standing(*, payer_id: int, quote_id: str, key: str, moment: datetime) -> Standing | int:
    """Lock what a payment depends on and tell how it stands, in one statement.

    The locks, in order: the quote, its demand, a share of the payee's being open and of the
    capability in each country, so that none closes before the caller commits. The situation is
    read after they were waited for: it shows the closing or the hold that was waited for.

    Args:
        payer_id: Who pays; the quote must be its own.
        quote_id: Public id of the quote.
        key: The idempotency key of the payment.
        moment: The business moment.

    Returns:
        The standing; or the key of the payment that this idempotency key has made before.

    Raises:
        NotFound: The payer has no such quote.

    Transaction: joins.
    """
    row = ask(_STANDING, [payer_id, quote_id, key, list(REQUIRED_TERMS), moment])
    found = decoded(row[0]) if row else None
    if found is None:
        raise NotFound
    if "made" in found:
        return int(found["made"])
    quote = row_of(Quote, found["quote"])
    if quote is None:
        raise NotFound
    return Standing(
        quote=quote,
        demand=row_of(Demand, found["demand"]),
        is_live=found["is_live"],
        source=row_of(FundingSource, found["source"]),
        rail=found["rail"] or BOOKS,
        situation=make_situation(found["situation"], quote.payer_id, quote.payee_id, moment),
        coerced=Coerced(**found["coerced"]) if found["coerced"] else None,
        limits=told_rules(found["limits"] or []),
    )

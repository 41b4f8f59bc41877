"""Reading requests for money: one for the chat, lists and the long form for the two sides.

A request whose time is over reads as expired at once, whether or not the clock has closed it:
unless a payment of it is under way, for then it may still become paid.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.api import keyset_page
from core.clock import business_now
from core.money import Money
from payments.enums import DemandKind, RequestState
from payments.models import Payment, PaymentRequest, RequestMove
from payments.queries.payments import MoveFacts
from payments.states import BUSY
from people.queries import PartyFacts, parties_by_ids, party_ids_blocked_with


@dataclass(frozen=True, slots=True)
class RequestSnapshot:
    """A request as other rooms and lists show it; ``payee`` asks, ``payer`` was asked."""

    id: str
    state: str
    payee: PartyFacts
    payer: PartyFacts
    amount: Money
    note: str
    conversation_ref: str | None
    split: str | None
    returns: str | None
    means: str | None
    payment: str | None
    reason: str | None
    reminders: int
    reminded_at: datetime | None
    created_at: datetime
    expires_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class RequestFilter:
    """What a list of requests is narrowed to; None asks for all.

    Attributes:
        direction: ``sent`` for those a party made, ``received`` for those it was asked.
        state: A ``RequestState``, as it reads at this moment.
    """

    direction: str | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True)
class SplitFacts:
    """A split as its requester sees it; somebody who was asked sees the sums and no names.

    Attributes:
        id: Public id.
        mode: How it was divided.
        total: The whole bill.
        own: What the requester bears.
        paid: What was paid so far, here or otherwise.
        count: How many were asked.
        paid_count: How many of them have paid.
        requests: The parts in order; empty for somebody who was asked.
    """

    id: str
    mode: str
    total: Money
    own: Money
    paid: Money
    count: int
    paid_count: int
    requests: tuple[RequestSnapshot, ...]


@dataclass(frozen=True, slots=True)
class RequestDetail:
    """A request with its timeline and the split it belongs to."""

    request: RequestSnapshot
    moves: tuple[MoveFacts, ...]
    split: SplitFacts | None


def request_snapshot(public_id: str) -> RequestSnapshot:
    """Return a request in its short form, in three queries, one of them for the time.

    Raises:
        PaymentRequest.DoesNotExist: There is none; handlers get ids of requests that are there.
    """
    return _snapshots([_rows().get(public_id=public_id)], business_now())[0]


def requests_of(public_ids: Sequence[str]) -> list[RequestSnapshot]:
    """Return requests in the order given, in three queries."""
    found = {row.public_id: row for row in _rows().filter(public_id__in=public_ids)}
    return _snapshots([found[public_id] for public_id in public_ids], business_now())


def list_requests(
    party_id: int, wanted: RequestFilter, cursor: str | None, limit: int
) -> tuple[list[RequestSnapshot], str | None]:
    """Return one page of a party's requests, newest first, in three queries.

    Args:
        party_id: Whose requests.
        wanted: What they are narrowed to.
        cursor: What the page before gave.
        limit: At most so many.

    Returns:
        The requests, and the next page's cursor or None.

    Raises:
        InputInvalid: The cursor is not one of ours.
    """
    moment = business_now()
    rows = _rows().filter(_of_party(party_id, wanted.direction))
    if wanted.state is not None:
        rows = rows.filter(_reads_as(wanted.state, moment))
    found, following = keyset_page(rows, cursor, limit)
    return _snapshots(found, moment), following


def request_detail(party_id: int, public_id: str) -> RequestDetail | None:
    """Return a request in its long form to one of its two sides, in four to six queries.

    Returns:
        None when there is no such request, or the party has no part in it: the same to others.
    """
    row = _rows().filter(_of_party(party_id, None), public_id=public_id).first()
    if row is None:
        return None
    moment = business_now()
    moves = RequestMove.objects.filter(request=row).order_by("id")
    return RequestDetail(
        request=_snapshots([row], moment)[0],
        moves=tuple(MoveFacts(move.from_state, move.to_state, move.at) for move in moves),
        split=_split_facts(row, party_id, moment) if row.split_id else None,
    )


def _rows() -> QuerySet[PaymentRequest]:
    """Return requests with what their state at this moment hangs on."""
    own = Q(demand__kind=DemandKind.REQUEST, demand__reference=OuterRef("public_id"))
    back = Q(demand__kind=DemandKind.RETURN, demand__reference=OuterRef("returns_ref"))
    busy = Payment.objects.filter(own | back, state__in=BUSY)
    declined = RequestMove.objects.filter(request=OuterRef("pk"), most_recent=True)
    return PaymentRequest.objects.select_related("split").annotate(
        is_busy=Exists(busy), said=declined.values("reason")[:1]
    )


def _of_party(party_id: int, direction: str | None) -> Q:
    """Keep a party's requests; of those it was asked, unpaid ones across a block are hidden."""
    hidden = ~Q(state=RequestState.PAID) & Q(payee_id__in=party_ids_blocked_with(party_id))
    sent = Q(payee_id=party_id)
    received = Q(payer_id=party_id) & ~hidden
    return {"sent": sent, "received": received}.get(direction or "", sent | received)


def _reads_as(state: str, moment: datetime) -> Q:
    """Keep what reads as a state now: open ends with the time, expired begins with it."""
    overdue = Q(state=RequestState.OPEN, expires_at__lte=moment, is_busy=False)
    if state == RequestState.OPEN:
        return Q(state=state) & ~overdue
    if state == RequestState.EXPIRED:
        return Q(state=state) | overdue
    return Q(state=state)


def _snapshots(rows: Sequence[PaymentRequest], moment: datetime) -> list[RequestSnapshot]:
    ids = {side for row in rows for side in (row.payee_id, row.payer_id)}
    parties = parties_by_ids(ids) if ids else {}
    return [_snapshot(row, parties, moment) for row in rows]


def _snapshot(
    row: PaymentRequest, parties: dict[int, PartyFacts], moment: datetime
) -> RequestSnapshot:
    is_open = row.state == RequestState.OPEN
    is_over = is_open and row.expires_at <= moment and not _annotated(row, "is_busy")
    said = _annotated(row, "said") if row.state == RequestState.DECLINED else None
    return RequestSnapshot(
        id=row.public_id,
        state=RequestState.EXPIRED.value if is_over else row.state,
        payee=parties[row.payee_id],
        payer=parties[row.payer_id],
        amount=Money(row.amount_minor, row.currency),
        note=row.note,
        conversation_ref=row.conversation_ref,
        split=row.split.public_id if row.split else None,
        returns=row.returns_ref or None,
        means=row.means or None,
        payment=row.payment_ref or None,
        reason=str(said) if said else None,
        reminders=row.reminders,
        reminded_at=row.reminded_at,
        created_at=row.created_at,
        expires_at=row.expires_at,
        closed_at=row.closed_at,
    )


def _annotated(row: PaymentRequest, name: str) -> object:
    return getattr(row, name)


def _split_facts(row: PaymentRequest, party_id: int, moment: datetime) -> SplitFacts | None:
    split = row.split
    if split is None:
        return None
    parts = list(_rows().filter(split=split).order_by("id"))
    paid = [part for part in parts if part.state == RequestState.PAID]
    return SplitFacts(
        id=split.public_id,
        mode=split.mode,
        total=Money(split.total_minor, split.currency),
        own=Money(split.own_minor, split.currency),
        paid=Money(sum(part.amount_minor for part in paid), split.currency),
        count=len(parts),
        paid_count=len(paid),
        requests=tuple(_snapshots(parts, moment)) if party_id == row.payee_id else (),
    )

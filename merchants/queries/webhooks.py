"""Endpoints of shops, the news they were owed, and the log of telling them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from core.api import keyset_page
from merchants.enums import Dialect, EndpointState
from merchants.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookEvent

# A log of one delivery shows its newest tries.
SHOWN_ATTEMPTS = 50


@dataclass(frozen=True, slots=True)
class EndpointFacts:
    """An endpoint as its shop sees it; never its secret."""

    id: int
    public_id: str
    dialect: str
    url: str
    description: str
    kinds: tuple[str, ...]
    state: str
    stop: str
    stopped_at: datetime | None
    old_secret_until: datetime | None
    made_at: datetime


@dataclass(frozen=True, slots=True)
class EventFacts:
    """A piece of news."""

    public_id: str
    kind: str
    ref: str
    facts: dict[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class EventFilter:
    """What a shop's news is narrowed to; the default narrows nothing.

    Attributes:
        ref: Of the thing with this public id; empty: of any.
        kind: Of this kind; empty: of any.
        since: Happened at or after this moment.
        until: Happened before this moment.
    """

    ref: str = ""
    kind: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AttemptFacts:
    """One try."""

    at: datetime
    outcome: str
    http_status: int | None
    took_ms: int
    answer: str


@dataclass(frozen=True, slots=True)
class DeliveryFacts:
    """One piece of news on its way to one endpoint, with its newest tries, newest first."""

    public_id: str
    event: str
    kind: str
    ref: str
    state: str
    tries: int
    due_at: datetime | None
    ended_at: datetime | None
    attempts: tuple[AttemptFacts, ...]


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """What an endpoint's log is narrowed to; the default narrows nothing.

    Attributes:
        states: In any of these; empty: in any state.
        kind: Of this kind of news; empty: of any.
        since: Of news that happened at or after this moment.
        until: Of news that happened before this moment.
    """

    states: Sequence[str] = ()
    kind: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeliveryDetail:
    """A delivery, when its news happened, and the exact body; empty before its first try."""

    facts: DeliveryFacts
    happened_at: datetime
    body: str


def endpoints_of_shop(
    shop_id: int, cursor: str | None, limit: int
) -> tuple[list[EndpointFacts], str | None]:
    """Return a page of the endpoints that a shop made, newest first, and the next's cursor.

    Raises:
        InputInvalid: The cursor is not one of this list.
    """
    found, following = keyset_page(_living(shop_id), cursor, limit)
    return [endpoint_facts(row) for row in found], following


def endpoint_of_shop(shop_id: int, public_id: str) -> EndpointFacts | None:
    """Return an endpoint that a shop made, or None."""
    row = _living(shop_id).filter(public_id=public_id).first()
    return None if row is None else endpoint_facts(row)


def listeners_of_shop(shop_id: int) -> list[EndpointFacts]:
    """Return every endpoint of a shop, also the one that programs set up; newest first."""
    return [endpoint_facts(row) for row in _every(shop_id).order_by("-id")]


def listener_of_shop(shop_id: int, public_id: str) -> EndpointFacts | None:
    """Return any endpoint of a shop, or None."""
    row = _every(shop_id).filter(public_id=public_id).first()
    return None if row is None else endpoint_facts(row)


def events_of_shop(
    shop_id: int, narrowed: EventFilter, cursor: str | None, limit: int
) -> tuple[list[EventFacts], str | None]:
    """Return a page of a shop's news of the last 30 days, newest first, and the next's cursor.

    Raises:
        InputInvalid: The cursor is not one of this list.
    """
    rows = WebhookEvent.objects.filter(_news(narrowed), shop_id=shop_id)
    found, following = keyset_page(rows, cursor, limit)
    return [EventFacts(row.public_id, row.kind, row.ref, row.facts, row.at) for row in found], (
        following
    )


def deliveries_of_events(events: Sequence[str]) -> dict[str, list[tuple[str, str, str, str]]]:
    """Return, by event, where it was told: endpoint, delivery, address, state; one query."""
    rows = WebhookDelivery.objects.filter(event__public_id__in=events).order_by("id")
    rows = rows.exclude(endpoint__state=EndpointState.REMOVED)
    found: dict[str, list[tuple[str, str, str, str]]] = {}
    for event, *told in rows.values_list(
        "event__public_id", "endpoint__public_id", "public_id", "endpoint__url", "state"
    ):
        endpoint, delivery, url, state = told
        found.setdefault(event, []).append((endpoint, delivery, url, state))
    return found


def deliveries_to(
    endpoint_id: int, narrowed: DeliveryFilter, cursor: str | None, limit: int
) -> tuple[list[DeliveryFacts], str | None]:
    """Return a page of an endpoint's log, newest first, and the next's cursor; two queries.

    Raises:
        InputInvalid: The cursor is not one of this list.
    """
    rows = WebhookDelivery.objects.filter(_those(narrowed), endpoint_id=endpoint_id)
    tries = Prefetch("attempts", queryset=WebhookAttempt.objects.order_by("-id"))
    found, following = keyset_page(
        rows.select_related("event").prefetch_related(tries), cursor, limit
    )
    return [delivery_facts(row) for row in found], following


def delivery_to(endpoint_id: int, public_id: str) -> DeliveryDetail | None:
    """Return one delivery to an endpoint with what is sent, or None; two queries."""
    rows = WebhookDelivery.objects.filter(endpoint_id=endpoint_id, public_id=public_id)
    tries = Prefetch("attempts", queryset=WebhookAttempt.objects.order_by("-id"))
    row = rows.select_related("event").prefetch_related(tries).first()
    if row is None:
        return None
    body = bytes(row.body).decode("utf-8", "replace") if row.body is not None else ""
    return DeliveryDetail(delivery_facts(row), row.event.at, body)


def endpoint_facts(row: WebhookEndpoint) -> EndpointFacts:
    """Return the facts of an endpoint."""
    return EndpointFacts(
        id=row.pk,
        public_id=row.public_id,
        dialect=row.dialect,
        url=row.url,
        description=row.description,
        kinds=tuple(row.kinds),
        state=row.state,
        stop=row.stop,
        stopped_at=row.stopped_at,
        old_secret_until=row.old_secret_until,
        made_at=row.made_at,
    )


def delivery_facts(row: WebhookDelivery) -> DeliveryFacts:
    """Return the facts of a delivery whose event is loaded."""
    tries = list(row.attempts.all())[:SHOWN_ATTEMPTS]
    return DeliveryFacts(
        public_id=row.public_id,
        event=row.event.public_id,
        kind=row.event.kind,
        ref=row.event.ref,
        state=row.state,
        tries=row.tries,
        due_at=row.due_at if row.ended_at is None else None,
        ended_at=row.ended_at,
        attempts=tuple(
            AttemptFacts(each.at, each.outcome, each.http_status, each.took_ms, each.answer)
            for each in tries
        ),
    )


def _news(wanted: EventFilter) -> Q:
    found = Q(ref=wanted.ref) if wanted.ref else Q()
    if wanted.kind:
        found &= Q(kind=wanted.kind)
    if wanted.since:
        found &= Q(at__gte=wanted.since)
    return found & Q(at__lt=wanted.until) if wanted.until else found


def _those(wanted: DeliveryFilter) -> Q:
    found = Q(state__in=list(wanted.states)) if wanted.states else Q()
    if wanted.kind:
        found &= Q(event__kind=wanted.kind)
    if wanted.since:
        found &= Q(event__at__gte=wanted.since)
    return found & Q(event__at__lt=wanted.until) if wanted.until else found


def _living(shop_id: int) -> QuerySet[WebhookEndpoint]:
    return _every(shop_id).filter(dialect=Dialect.STANDARD)


def _every(shop_id: int) -> QuerySet[WebhookEndpoint]:
    rows = WebhookEndpoint.objects.filter(shop_id=shop_id)
    return rows.exclude(state=EndpointState.REMOVED)

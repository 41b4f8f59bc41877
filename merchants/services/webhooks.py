"""News for shops' own programs: written with what happened, sent later by the courier.

A row for each endpoint stands in the transaction that made the news, so news exists exactly
when its cause was committed. A shop that has no endpoint costs one look into an index.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from core.clock import business_now, wall_now
from core.errors import NotFound, StateConflict
from core.events import hint
from core.idempotency import record as keep_answer
from core.ids import new_id
from core.transactions import joins, owns
from merchants.enums import DeliveryState, EndpointState
from merchants.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from merchants.services.dialects import has_words
from merchants.services.endpoints import lock_endpoint

CHANNEL: Final = "troco_webhooks"
KEPT_FOR: Final = timedelta(days=30)
TEST_KIND: Final = "endpoint.test"
MOST_REPLAYED: Final = 10_000
_FORGOTTEN_AT_ONCE: Final = 1_000


def is_news_wanted(*, shop_id: int, kind: str) -> bool:
    """Tell whether any endpoint of a shop wants a kind of news.

    Transaction: none (one query).
    """
    return bool(_wanting(shop_id, kind))


@joins
def queue_event(
    *, shop_id: int, kind: str, ref: str, payload_maker: Callable[[], dict[str, Any]]
) -> None:
    """Owe a piece of news to every endpoint of a shop that wants it.

    Changes: one ``WebhookEvent`` and a ``WebhookDelivery`` for each endpoint; nothing where no
    endpoint wants it. Asks for a hint after the commit.

    Args:
        shop_id: Primary key of the shop.
        kind: ``noun.past``, such as ``order.paid``.
        ref: Public id of what it is about.
        payload_maker: Makes the facts, plain JSON, as they are at this moment; called only
            where somebody wants them.

    Transaction: joins.
    """
    endpoints = _wanting(shop_id, kind)
    if not endpoints:
        return
    event = WebhookEvent.objects.create(
        public_id=new_id("evt"),
        shop_id=shop_id,
        kind=kind,
        ref=ref,
        facts=payload_maker(),
        at=business_now(),
    )
    _owe([event.pk], endpoints)


@owns
def send_test(*, shop_id: int, endpoint_id: str) -> WebhookDelivery:
    """Send a test event to one endpoint, beside its line.

    Raises:
        NotFound: The shop has no such endpoint.
        StateConflict: It is not enabled.

    Transaction: owns.
    """
    endpoint = lock_endpoint(shop_id=shop_id, endpoint_id=endpoint_id)
    _check_enabled(endpoint)
    event = WebhookEvent.objects.create(
        public_id=new_id("evt"),
        shop_id=shop_id,
        kind=TEST_KIND,
        ref=endpoint.public_id,
        facts={"endpoint": endpoint.public_id},
        at=business_now(),
    )
    (delivery,) = _owe([event.pk], [endpoint.pk], DeliveryState.ASIDE)
    delivery.event, delivery.endpoint = event, endpoint
    keep_answer(delivery)
    return delivery


@owns
def replay_delivery(
    *, shop_id: int, endpoint_id: str, delivery_id: str, is_any: bool = False
) -> WebhookDelivery:
    """Send one piece of news again, beside the line, with the bytes and the id it had.

    Args:
        shop_id: Primary key of the shop.
        endpoint_id: Public id of the endpoint.
        delivery_id: Public id of the delivery.
        is_any: Also to the endpoint of the Cloud dialect.

    Raises:
        NotFound: No such delivery to an endpoint of this shop.
        StateConflict: The endpoint is not enabled.

    Transaction: owns.
    """
    endpoint = lock_endpoint(shop_id=shop_id, endpoint_id=endpoint_id, is_any=is_any)
    _check_enabled(endpoint)
    rows = WebhookDelivery.objects.select_related("event").select_for_update(of=("self",))
    delivery = rows.filter(endpoint=endpoint, public_id=delivery_id).first()
    if delivery is None:
        raise NotFound
    _begin_again([delivery.pk], DeliveryState.ASIDE)
    delivery.refresh_from_db()
    keep_answer(delivery)
    return delivery


@owns
def replay_since(
    *,
    shop_id: int,
    endpoint_id: str,
    since: datetime,
    kinds: Sequence[str] = (),
    is_any: bool = False,
) -> int:
    """Send everything since a moment again, in its order; news that was never owed included.

    Args:
        shop_id: Primary key of the shop.
        endpoint_id: Public id of the endpoint.
        since: Business time; news is kept for 30 days.
        kinds: Only these kinds; empty: what the endpoint wants.
        is_any: Also to the endpoint of the Cloud dialect.

    Returns:
        How many pieces of news are on their way again; at most 10,000, the oldest first.

    Raises:
        NotFound: The shop has no such endpoint.
        StateConflict: It is not enabled.

    Transaction: owns.
    """
    endpoint = lock_endpoint(shop_id=shop_id, endpoint_id=endpoint_id, is_any=is_any)
    _check_enabled(endpoint)
    events = WebhookEvent.objects.filter(shop_id=shop_id, at__gte=since).exclude(kind=TEST_KIND)
    wanted = list(kinds or endpoint.kinds)
    if wanted:
        events = events.filter(kind__in=wanted)
    found = [
        pk
        for pk, kind in events.order_by("id").values_list("pk", "kind")[:MOST_REPLAYED]
        if has_words(endpoint.dialect, kind)
    ]
    known = WebhookDelivery.objects.filter(endpoint=endpoint, event__in=found)
    before = set(known.values_list("event_id", flat=True))
    _begin_again(known.values_list("pk", flat=True), DeliveryState.WAITING)
    _owe([pk for pk in found if pk not in before], [endpoint.pk])
    keep_answer(len(found))
    return len(found)


def forget_old_news() -> int:
    """Delete news that is older than 30 days, with its log; return how many pieces.

    What is still on its way stays, but for what was owed to an endpoint in the moment in which it
    was stopped, and was not parked with the rest.

    Transaction: none (one statement).
    """
    old = WebhookEvent.objects.filter(at__lt=business_now() - KEPT_FOR)
    on_the_way = WebhookDelivery.objects.filter(
        event=OuterRef("pk"),
        state__in=[DeliveryState.WAITING, DeliveryState.ASIDE],
        endpoint__state=EndpointState.ENABLED,
    )
    over = old.filter(~Exists(on_the_way)).order_by("at").values_list("pk", flat=True)
    found = list(over[:_FORGOTTEN_AT_ONCE])
    WebhookEvent.objects.filter(pk__in=found).delete()
    return len(found)


def _wanting(shop_id: int, kind: str) -> list[int]:
    """Return the keys of the endpoints of a shop that want a kind of news."""
    rows = WebhookEndpoint.objects.filter(shop_id=shop_id, state=EndpointState.ENABLED)
    wanting = rows.filter(Q(kinds=[]) | Q(kinds__contains=[kind])).order_by("id")
    return [pk for pk, dialect in wanting.values_list("pk", "dialect") if has_words(dialect, kind)]


def _owe(
    events: Sequence[int],
    endpoints: Sequence[int],
    state: DeliveryState = DeliveryState.WAITING,
) -> list[WebhookDelivery]:
    now = wall_now()
    rows = WebhookDelivery.objects.bulk_create(
        WebhookDelivery(
            public_id=new_id("dlv"),
            endpoint_id=endpoint,
            event_id=event,
            state=state,
            begun_at=now,
            due_at=now,
        )
        for event in events
        for endpoint in endpoints
    )
    hint(CHANNEL)
    return rows


def _begin_again(deliveries: Iterable[int], state: DeliveryState) -> None:
    now = wall_now()
    rows = WebhookDelivery.objects.filter(pk__in=list(deliveries))
    rows.update(state=state, tries=0, begun_at=now, due_at=now, ended_at=None)
    hint(CHANNEL)


def _check_enabled(endpoint: WebhookEndpoint) -> None:
    if endpoint.state != EndpointState.ENABLED:
        raise StateConflict(_("The endpoint is stopped. Enable it first."), state=endpoint.state)

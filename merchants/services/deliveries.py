"""One try to deliver, from the database's side: taken under a lease, and written down.

An endpoint is served by one process at a time, under a short lease with a token, which is renewed
while the process lives. One that died loses it by time; one that slept writes nothing, because its
token is another's by then, and sends nothing that it had not begun to send. News
goes out in the order in which it happened: the head of an endpoint's line holds up what is behind
it. What the endpoint itself refuses again and again (it answered, five times, and not well) steps
aside: it is tried on as often, and holds up nothing any more.
"""

import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from django.db import Error, connection

from core.clock import wall_now
from core.transactions import owns
from merchants.enums import (
    AttemptOutcome,
    DeliveryState,
    EndpointStanding,
    EndpointState,
    EndpointStop,
)
from merchants.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from merchants.services.dialects import body_of, headers_of
from merchants.services.endpoints import stop_endpoint
from merchants.services.webhooks import TEST_KIND, queue_event
from messaging.services.feed import append_feed
from people.services.audit import record

# Pauses before the second try, the third and so on: 75 h 35 min and 5 s in all, the example of
# Standard Webhooks 1.0.0 (read 2026-11).
SCHEDULE: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
WHOLE: Final = sum(SCHEDULE, timedelta())
ASIDE_AFTER: Final = 5
STOPPED_AFTER: Final = 3
QUICK_MS: Final = 2_000
KEPT_ANSWER: Final = 2_048
# So long after its process died another one goes on with an endpoint.
LEASE_SECONDS: Final = 10.0
RENEWED_EVERY_SECONDS: Final = 2.0
FEED_KIND: Final = "webhook"
_GONE = 410
_ON_THE_WAY: Final = frozenset({DeliveryState.WAITING, DeliveryState.ASIDE})

logger = structlog.get_logger(__name__)

# Each endpoint with something in line is looked at once, however long its line is. Of those that
# fail, whoever has failed least comes first: one bad answer does not put an endpoint behind all
# that are dead. Of those that nobody has asked yet it is the latest: each is asked once, and a
# crowd of them that answers nothing makes no newcomer wait for all of it.
_CLAIM = """
WITH RECURSIVE lines AS (
    (SELECT endpoint_id FROM merchants_webhookdelivery
      WHERE state = 'waiting' ORDER BY endpoint_id LIMIT 1)
    UNION ALL
    SELECT (SELECT further.endpoint_id FROM merchants_webhookdelivery AS further
             WHERE further.state = 'waiting' AND further.endpoint_id > lines.endpoint_id
             ORDER BY further.endpoint_id LIMIT 1)
      FROM lines WHERE lines.endpoint_id IS NOT NULL
), due AS (
    SELECT lines.endpoint_id, head.due_at, head.tries
      FROM lines CROSS JOIN LATERAL (
        SELECT due_at, tries FROM merchants_webhookdelivery
         WHERE endpoint_id = lines.endpoint_id AND state = 'waiting'
         ORDER BY event_id LIMIT 1) AS head
     WHERE head.due_at <= %(now)s
    UNION ALL
    (SELECT endpoint_id, due_at, tries FROM merchants_webhookdelivery
      WHERE state = 'aside' AND due_at <= %(now)s ORDER BY due_at LIMIT 200)
)
UPDATE merchants_webhookendpoint
   SET lease_token = %(token)s, leased_until = %(until)s
 WHERE id = (
    SELECT endpoint.id
      FROM due JOIN merchants_webhookendpoint AS endpoint ON endpoint.id = due.endpoint_id
     WHERE endpoint.state = 'enabled' AND endpoint.standing = %(standing)s
       AND (endpoint.leased_until IS NULL OR endpoint.leased_until < %(now)s)
     ORDER BY CASE endpoint.standing WHEN 'failing' THEN due.tries END,
              CASE endpoint.standing WHEN 'untried' THEN due.due_at END DESC,
              due.due_at, endpoint.id LIMIT 1
       FOR UPDATE OF endpoint SKIP LOCKED)
RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Job:
    """One try, ready to be sent.

    Attributes:
        begun: When it was made, on this process's own clock: what was not sent soon after is not
            sent any more, because somebody else may have gone on.
    """

    endpoint_id: int
    delivery_id: int
    token: uuid.UUID
    url: str
    headers: Mapping[str, str]
    body: bytes
    begun: float = field(default_factory=time.monotonic)

    @property
    def is_stale(self) -> bool:
        """Whether it waited so long that the lease may be another's."""
        return time.monotonic() - self.begun > LEASE_SECONDS / 2


@dataclass(frozen=True, slots=True)
class Ended:
    """How a try ended; ``answer`` is its beginning."""

    outcome: AttemptOutcome
    took_ms: int
    http_status: int | None = None
    answer: str = ""

    @property
    def is_good(self) -> bool:
        """Whether the endpoint has the news."""
        return self.http_status is not None and 200 <= self.http_status < 300  # noqa: PLR2004


@owns
def claim_job(*, standing: EndpointStanding) -> Job | None:
    """Take the endpoint whose news is due longest, and its news.

    Args:
        standing: Among which sort of endpoints.

    Returns:
        The try; None when nothing of that sort is due.

    Transaction: owns.
    """
    now = wall_now()
    token = uuid.uuid4()
    values: dict[str, Any] = {
        "now": now,
        "token": token,
        "until": _lease_end(now),
        "standing": standing,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, values)
        row = cursor.fetchone()
    return _next_job(row[0], token, now) if row else None


def renew_leases(*, tokens: Iterable[uuid.UUID]) -> int:
    """Hold on to the endpoints that are being served; return how many they are.

    Changes: how long their leases last; a lease that is another's by now is left alone.

    Args:
        tokens: Those of the tries that are under way.

    Transaction: none (one statement).
    """
    mine = WebhookEndpoint.objects.filter(lease_token__in=list(tokens))
    return mine.update(leased_until=_lease_end(wall_now()))


@owns
def note_ended(*, job: Job, ended: Ended, goes_on: bool) -> Job | None:
    """Write down how a try ended, and take the next of the same endpoint.

    Changes: one ``WebhookAttempt``, the delivery, the endpoint; where the endpoint is gone or was
    not reached for too long it is stopped, and the shop is told.

    Args:
        job: The try.
        ended: How it ended.
        goes_on: Whether the caller wants another one of this endpoint.

    Returns:
        The next try under the same lease; None when there is none, or the lease was lost.

    Transaction: owns.
    """
    rows = WebhookEndpoint.objects.select_for_update(no_key=True, of=("self",))
    mine = rows.filter(pk=job.endpoint_id, lease_token=job.token).select_related("shop")
    endpoint = mine.first()
    if endpoint is None:
        logger.warning("webhook_lease_lost", endpoint=job.endpoint_id)
        return None
    now = wall_now()
    delivery = WebhookDelivery.objects.select_related("event").get(pk=job.delivery_id)
    _write(delivery, ended, now)
    if ended.is_good:
        _note_good(endpoint, delivery, ended, now)
    elif delivery.state in _ON_THE_WAY:
        # An address that the endpoint had before may be gone: that says nothing of this one.
        is_gone = ended.http_status == _GONE and job.url == endpoint.url
        _note_bad(endpoint, delivery, now, outcome=ended.outcome, is_gone=is_gone)
    else:
        # The endpoint was stopped or removed meanwhile, and its news parked: there it stays.
        delivery.tries += 1
        delivery.save(update_fields=["tries"])
    is_quick = endpoint.standing == EndpointStanding.QUICK
    if not (goes_on and is_quick and endpoint.state == EndpointState.ENABLED):
        _release(endpoint)
        return None
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(leased_until=_lease_end(now))
    return _next_job(endpoint.pk, job.token, now)


def _next_job(endpoint_id: int, token: uuid.UUID, now: datetime) -> Job | None:
    """Make the next due try of an endpoint that we hold; without one, let the endpoint go."""
    while (delivery := _due(endpoint_id, now)) is not None:
        try:
            if delivery.body is None:
                delivery.body = body_of(delivery)
                delivery.save(update_fields=["body"])
            body = bytes(delivery.body)
            headers = headers_of(delivery, body, now)
        except Error:
            raise
        except Exception as error:
            # News that cannot be put into words would hold up its line for ever.
            logger.exception("webhook_unmakeable", delivery=delivery.public_id)
            _park_unmakeable(delivery, error, now)
            continue
        endpoint = delivery.endpoint
        return Job(endpoint.pk, delivery.pk, token, endpoint.url, headers, body)
    WebhookEndpoint.objects.filter(pk=endpoint_id).update(leased_until=None)
    return None


def _due(endpoint_id: int, now: datetime) -> WebhookDelivery | None:
    """Return the head of an endpoint's line if it is due, or else what is due beside the line."""
    rows = WebhookDelivery.objects.select_related("event", "endpoint__shop")
    mine = rows.filter(endpoint_id=endpoint_id)
    head = mine.filter(state=DeliveryState.WAITING).order_by("event_id").first()
    if head is not None and head.due_at <= now:
        return head
    aside = mine.filter(state=DeliveryState.ASIDE, due_at__lte=now)
    return aside.order_by("due_at", "id").first()


def _write(delivery: WebhookDelivery, ended: Ended, now: datetime) -> None:
    WebhookAttempt.objects.create(
        delivery=delivery,
        at=now,
        outcome=ended.outcome,
        http_status=ended.http_status,
        took_ms=ended.took_ms,
        answer=ended.answer,
    )


def _note_good(
    endpoint: WebhookEndpoint, delivery: WebhookDelivery, ended: Ended, now: datetime
) -> None:
    delivery.tries += 1
    _end(delivery, DeliveryState.DELIVERED, now)
    was_down = endpoint.standing in {EndpointStanding.FAILING, EndpointStanding.UNTRIED}
    endpoint.exhausted = 0
    is_quick = ended.took_ms <= QUICK_MS
    endpoint.standing = EndpointStanding.QUICK if is_quick else EndpointStanding.SLOW
    endpoint.save(update_fields=["exhausted", "standing"])
    if was_down:
        # It is back: whatever waited for it need not wait for its hour.
        waiting = WebhookDelivery.objects.filter(endpoint=endpoint, state=DeliveryState.WAITING)
        waiting.filter(due_at__gt=now).update(due_at=now)


def _note_bad(
    endpoint: WebhookEndpoint,
    delivery: WebhookDelivery,
    now: datetime,
    *,
    outcome: AttemptOutcome,
    is_gone: bool,
) -> None:
    delivery.tries += 1
    endpoint.standing = EndpointStanding.FAILING
    if is_gone:
        delivery.save(update_fields=["tries"])
        _stop(endpoint, EndpointStop.GONE)
        return
    if delivery.tries > len(SCHEDULE) or now - delivery.begun_at >= WHOLE:
        _end(delivery, DeliveryState.PARKED, now)
        # A test says nothing of the endpoint's health that its shop did not ask for.
        endpoint.exhausted += delivery.event.kind != TEST_KIND
        if endpoint.exhausted >= STOPPED_AFTER:
            _stop(endpoint, EndpointStop.EXHAUSTED)
    else:
        delivery.due_at = now + SCHEDULE[delivery.tries - 1]
        if delivery.tries >= ASIDE_AFTER and outcome == AttemptOutcome.ANSWERED:
            delivery.state = DeliveryState.ASIDE
        delivery.save(update_fields=["tries", "due_at", "state"])
    endpoint.save(update_fields=["standing", "exhausted"])


def _stop(endpoint: WebhookEndpoint, stop: EndpointStop) -> None:
    """Stop an endpoint, and tell its shop: in the feed, the trail, and its other endpoints."""
    stop_endpoint(endpoint=endpoint, stop=stop)
    told = {"endpoint": endpoint.public_id, "url": endpoint.url, "stop": stop.value}
    append_feed(party_id=endpoint.shop.party_id, kind=FEED_KIND, payload=told)
    queue_event(
        shop_id=endpoint.shop_id,
        kind="endpoint.stopped",
        ref=endpoint.public_id,
        payload_maker=lambda: told,
    )
    record(
        actor=None,
        action="webhook.stopped",
        object_ref=endpoint.shop.public_id,
        before={},
        after=told,
        reason="",
    )


def _park_unmakeable(delivery: WebhookDelivery, error: Exception, now: datetime) -> None:
    words = f"{type(error).__name__}: {error}"[:KEPT_ANSWER]
    _write(delivery, Ended(AttemptOutcome.UNMAKEABLE, 0, answer=words), now)
    _end(delivery, DeliveryState.PARKED, now)


def _end(delivery: WebhookDelivery, state: DeliveryState, now: datetime) -> None:
    delivery.state, delivery.ended_at = state, now
    delivery.save(update_fields=["state", "ended_at", "tries"])


def _release(endpoint: WebhookEndpoint) -> None:
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(leased_until=None)


def _lease_end(now: datetime) -> datetime:
    return now + timedelta(seconds=LEASE_SECONDS)

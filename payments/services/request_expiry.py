"""Requests that nobody paid in time are closed."""

import structlog

from core.clock import business_now
from core.errors import NotFound, StateConflict
from core.transactions import owns
from payments.enums import RequestState
from payments.models import PaymentRequest
from payments.queries.payments import demand_is_busy
from payments.services.moving import SYSTEM, Why
from payments.services.request_moves import KIND, RequestOf, close_request

logger = structlog.get_logger(__name__)


def expire_due_requests(*, limit: int = 1000) -> int:
    """Expire the requests whose time is over, oldest first; called by the clock.

    Each is closed in a transaction of its own. Two sweeps at once are harmless: a request that
    somebody holds is skipped.

    Args:
        limit: How many to look at, at most.

    Returns:
        How many were expired.

    Transaction: none (one for each request).
    """
    due = PaymentRequest.objects.filter(state=RequestState.OPEN, expires_at__lte=business_now())
    ids = list(due.order_by("expires_at", "id").values_list("public_id", flat=True)[:limit])
    return sum(1 for request_id in ids if _expire(request_id))


@owns
def expire_request(*, request_id: str) -> PaymentRequest:
    """Expire one request that was not paid in time. Publishes ``request.expired``.

    Raises:
        NotFound: No such request, or somebody is moving it just now.
        StateConflict: It is closed, its time is not over, or a payment of it is under way.

    Transaction: owns.
    """
    moment = business_now()
    request = close_request(
        whose=RequestOf(request_id),
        to=RequestState.EXPIRED,
        why=Why(moment, SYSTEM),
        skip_locked=True,
    )
    if request.expires_at > moment:
        raise StateConflict(state=RequestState.OPEN.value)
    return request


def _expire(request_id: str) -> bool:
    """Expire one request unless a payment of it is under way; tell whether it was."""
    if demand_is_busy(KIND, request_id):
        return False
    try:
        expire_request(request_id=request_id)
    except (NotFound, StateConflict) as refusal:
        logger.info("request_not_expired", request=request_id, code=refusal.code)
        return False
    return True

"""The one place where a request's state changes: row, history and news together.

Locks are taken in this order, everywhere: the payment (where one finishes), the demand, the
request, conversations last. Whoever closes a request closes its demand first; a payment that is
about to be made holds the demand too, so of paying, declining, cancelling and expiring exactly
one comes first and the others are refused.
"""

from dataclasses import dataclass
from datetime import datetime

from core.errors import NotFound
from core.events import publish
from core.transactions import joins
from payments import ledger
from payments.enums import DemandKind, RequestMeans, RequestState
from payments.models import PaymentRequest, RequestMove
from payments.services.demands import close_demand, refuse_paying, settle_demand
from payments.services.moving import Why
from payments.states import REQUEST_MOVES

KIND = DemandKind.REQUEST.value


@dataclass(frozen=True, slots=True)
class RequestOf:
    """A request as one side knows it; somebody else's is no request.

    Attributes:
        public_id: The request's public id.
        payee_id: The party that must have asked; None asks nothing.
        payer_id: The party that must have been asked; None asks nothing.
    """

    public_id: str
    payee_id: int | None = None
    payer_id: int | None = None


@joins
def begin_request(*, request: PaymentRequest, why: Why) -> None:
    """Write the first line of a request's history and tell both sides.

    Publishes: ``request.opened``.

    Transaction: joins.
    """
    _write_history(request, "", why)
    publish("request.opened", request_id=request.public_id)


@joins
def close_request(
    *,
    whose: RequestOf,
    to: RequestState,
    why: Why,
    means: RequestMeans | None = None,
    skip_locked: bool = False,
) -> PaymentRequest:
    """Close an open request and its demand.

    Publishes: ``request.<state>``.

    Args:
        whose: The request, and who says it is theirs.
        to: Where it goes.
        why: Who closes it, for what reason, when.
        means: For ``paid`` without a payment here: ``otherwise``.
        skip_locked: Leave a request alone that somebody else is moving at this moment.

    Raises:
        NotFound: No such request of theirs, or it is being moved and was to be skipped.
        StateConflict: It was closed before, or a payment of it is under way or went through.

    Transaction: joins.
    """
    found = find_request(whose)
    if found is None:
        raise NotFound
    if found.returns_ref:
        # Whoever was asked may change their mind later: only the question is closed.
        refuse_paying(kind=DemandKind.RETURN.value, reference=found.returns_ref)
    else:
        close_demand(kind=KIND, reference=whose.public_id)
    request = lock_request(whose=whose, skip_locked=skip_locked)
    _move(request, to, why, means=means)
    return request


@joins
def pay_request(*, reference: str, payment_id: str, why: Why) -> None:
    """Turn a request paid in the commit that completes its payment.

    It refuses nothing (ruling 11): the bank has moved the money. A request that was closed
    meanwhile, which closing its demand makes impossible by any known path, stays as it is.

    Publishes: ``request.paid``.

    Transaction: joins.
    """
    settle_demand(kind=KIND, reference=reference)
    mark_paid(request_id=reference, payment_id=payment_id, why=why)


@joins
def mark_paid(*, request_id: str, payment_id: str, why: Why) -> None:
    """Turn a request paid whose demand the caller holds, if it is still open.

    Publishes: ``request.paid``.

    Transaction: joins.
    """
    request = lock_request(whose=RequestOf(request_id))
    if request.state == RequestState.OPEN:
        request.payment_ref = payment_id
        _move(request, RequestState.PAID, why, means=RequestMeans.TROCO)


@joins
def lock_request(*, whose: RequestOf, skip_locked: bool = False) -> PaymentRequest:
    """Lock a request's row and return it.

    Raises:
        NotFound: No such request of theirs, or it is locked and was to be skipped.

    Transaction: joins.
    """
    rows = PaymentRequest.objects.select_for_update(no_key=True, skip_locked=skip_locked)
    request = rows.filter(**_wanted(whose)).first()
    if request is None:
        raise NotFound
    return request


@joins
def free_held(*, request: PaymentRequest, moment: datetime) -> None:
    """Let go of what a request for a return holds back; without anything held nothing happens.

    Transaction: joins (locks the balance).
    """
    if request.held_minor:
        ledger.void(request.public_id, moment)
        request.held_minor = 0
        request.save(update_fields=["held_minor"])


def find_request(whose: RequestOf) -> PaymentRequest | None:
    """Return a request without locking it, or None when it is unknown or somebody else's."""
    return PaymentRequest.objects.filter(**_wanted(whose)).first()


def _wanted(whose: RequestOf) -> dict[str, object]:
    sides = {"payee_id": whose.payee_id, "payer_id": whose.payer_id}
    asked = {name: value for name, value in sides.items() if value is not None}
    return {"public_id": whose.public_id, **asked}


def _move(
    request: PaymentRequest, to: RequestState, why: Why, means: RequestMeans | None = None
) -> None:
    """Change a locked request's state: the row, its history and the news, or nothing."""
    old = request.state
    REQUEST_MOVES.check(old, to)
    free_held(request=request, moment=why.moment)
    request.state, request.closed_at = to.value, why.moment
    request.means = means.value if means else ""
    request.save(update_fields=["state", "closed_at", "means", "payment_ref"])
    _write_history(request, old, why)
    publish(f"request.{to.value}", request_id=request.public_id)


def _write_history(request: PaymentRequest, old: str, why: Why) -> None:
    RequestMove.objects.filter(request=request, most_recent=True).update(most_recent=False)
    RequestMove.objects.create(
        request=request,
        from_state=old,
        to_state=request.state,
        at=why.moment,
        actor=why.actor,
        reason=why.reason,
    )

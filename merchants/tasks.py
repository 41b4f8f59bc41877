"""What the clock and the workers run for shops."""

from time import monotonic
from typing import Final

from celery import shared_task

from core.clock import business_now
from merchants.services.broadcasts import send_due_broadcasts
from merchants.services.expiry import expire_due_orders
from merchants.services.exports import forget_old_exports
from merchants.services.keys import forget_old_calls
from merchants.services.monthly import make_due_statements
from merchants.services.push_news import read_feed
from merchants.services.refund_proposals import expire_due_proposals
from merchants.services.statement_mailings import send_due_mailings
from merchants.services.webhooks import forget_old_news

_FORGETS_FOR: Final = 30.0
"""Seconds: a busy day leaves more behind than one statement takes away."""


@shared_task(name="merchants.expire_orders", soft_time_limit=50, time_limit=60, ignore_result=True)
def expire_orders() -> int:
    """Close the orders whose time to pay is over; return how many."""
    return expire_due_orders()


@shared_task(
    name="merchants.expire_refund_proposals",
    soft_time_limit=50,
    time_limit=60,
    ignore_result=True,
)
def expire_refund_proposals() -> int:
    """End the refunds that were asked for and that nobody decided in time; return how many."""
    return expire_due_proposals(moment=business_now())


@shared_task(
    name="merchants.forget_old_news", soft_time_limit=50, time_limit=60, ignore_result=True
)
def forget_news() -> int:
    """Forget what programs were told 30 days ago and called, and shops took, a week ago."""
    until, forgotten = monotonic() + _FORGETS_FOR, 0
    while more := forget_old_news() + forget_old_calls() + forget_old_exports():
        forgotten += more
        if monotonic() > until:
            break
    return forgotten


@shared_task(
    name="merchants.send_broadcasts", soft_time_limit=100, time_limit=120, ignore_result=True
)
def send_broadcasts() -> int:
    """Reach those whose broadcast is due; return how many."""
    return send_due_broadcasts()


@shared_task(
    name="merchants.read_for_pushes", soft_time_limit=50, time_limit=60, ignore_result=True
)
def read_for_pushes() -> int:
    """Read what is new for browsers that are told of it; return how many pushes are owed."""
    return read_feed()


@shared_task(
    name="merchants.make_statements", soft_time_limit=100, time_limit=120, ignore_result=True
)
def make_statements() -> int:
    """Ask for the monthly statements that are due; return how many."""
    return make_due_statements()


@shared_task(
    name="merchants.mail_statements", soft_time_limit=100, time_limit=120, ignore_result=True
)
def mail_statements() -> int:
    """Send the monthly statements that are owed by mail; return how many were sent."""
    return send_due_mailings()

"""What the clock and the workers run for shops."""

from celery import shared_task

from merchants.services.expiry import expire_due_orders


@shared_task(name="merchants.expire_orders", soft_time_limit=50, time_limit=60, ignore_result=True)
def expire_orders() -> int:
    """Close the orders whose time to pay is over; return how many."""
    return expire_due_orders()

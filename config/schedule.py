"""The clock: what runs by itself, how often, and why at that pace.

Every entry is a nudge to look at what Postgres says is due; running one twice, or late, does
no harm.
"""

from datetime import timedelta
from typing import TypedDict


class Tick(TypedDict):
    """One line of the clock: a task and its pace."""

    task: str
    schedule: timedelta


SCHEDULE: dict[str, Tick] = {
    # A nudge that was lost costs this long at most.
    "duties": {"task": "core.drain_duties", "schedule": timedelta(seconds=5)},
    # An act of staff is in the chain within a second of its commit.
    "audit": {"task": "people.chain_audit", "schedule": timedelta(seconds=1)},
    # Stock of an unpaid order is free again within this long of its end.
    "orders": {"task": "merchants.expire_orders", "schedule": timedelta(seconds=15)},
    # Housekeeping; nothing waits for it.
    "sweep": {"task": "core.sweep", "schedule": timedelta(minutes=10)},
}

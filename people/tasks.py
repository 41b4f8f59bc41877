"""What the clock starts for people."""

from time import monotonic
from typing import Final

from celery import shared_task

from people.services.audit import CHAINED_AT_ONCE, chain_entries
from people.services.challenges import forget_old_challenges
from people.services.duress import tell_staff
from people.services.lookups import forget_full_buckets

_FORGETS_FOR: Final = 15.0
"""Seconds: the first turn on an old instance finds years of them."""


@shared_task(name="people.chain_audit", soft_time_limit=50, time_limit=60, ignore_result=True)
def chain_audit() -> int:
    """Chain waiting audit entries until none is left; return how many."""
    chained = 0
    while True:
        added = chain_entries()
        chained += added
        if added < CHAINED_AT_ONCE:
            return chained


@shared_task(name="people.tell_of_duress", soft_time_limit=20, time_limit=30, ignore_result=True)
def tell_of_duress() -> int:
    """Tell staff who pays under duress; return how many are new."""
    return tell_staff()


@shared_task(name="people.forget_rations", soft_time_limit=20, time_limit=30, ignore_result=True)
def forget_rations() -> int:
    """Forget what was rationed and is not any more; return how many."""
    return forget_full_buckets()


@shared_task(name="people.forget_challenges", soft_time_limit=50, time_limit=60, ignore_result=True)
def forget_challenges() -> int:
    """Forget what people were asked to approve long ago; return how many."""
    until, forgotten = monotonic() + _FORGETS_FOR, 0
    while more := forget_old_challenges():
        forgotten += more
        if monotonic() > until:
            break
    return forgotten

"""What the clock starts for people."""

from celery import shared_task

from people.services.audit import CHAINED_AT_ONCE, chain_entries


@shared_task(name="people.chain_audit", soft_time_limit=50, time_limit=60, ignore_result=True)
def chain_audit() -> int:
    """Chain waiting audit entries until none is left; return how many."""
    chained = 0
    while True:
        added = chain_entries()
        chained += added
        if added < CHAINED_AT_ONCE:
            return chained

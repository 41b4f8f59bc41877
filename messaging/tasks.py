"""What the clock starts for files."""

from celery import shared_task

from messaging.services.leftovers import remove_strays, remove_unsent
from messaging.services.thumbnails import add_late_thumbnails


@shared_task(
    name="messaging.add_thumbnails", soft_time_limit=100, time_limit=120, ignore_result=True
)
def add_thumbnails() -> int:
    """Make the small pictures that the workers did not; return how many."""
    return add_late_thumbnails()


@shared_task(
    name="messaging.remove_leftovers", soft_time_limit=280, time_limit=300, ignore_result=True
)
def remove_leftovers() -> int:
    """Remove files that nobody sent or that no row knows; return how many."""
    return remove_unsent() + remove_strays()

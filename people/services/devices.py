"""A person's devices."""

from datetime import datetime, timedelta

from core.clock import wall_now
from core.errors import NotFound
from core.events import publish
from core.transactions import owns
from people.models import Device, Person

SEEN_EVERY = timedelta(minutes=5)


@owns
def remove_device(*, person: Person, public_id: str) -> None:
    """Cut a device off: its token and its key stop at the next request.

    Changes: the ``Device`` row, which stays as evidence of past proofs.
    Publishes ``device.removed``.

    Raises:
        NotFound: The person has no such device (any more).

    Transaction: owns.
    """
    removed = Device.objects.filter(
        person=person, public_id=public_id, removed_at__isnull=True
    ).update(removed_at=wall_now(), token_hash=None)
    if not removed:
        raise NotFound
    publish("device.removed", device_id=public_id)


def note_seen(*, device: Device) -> None:
    """Remember that a device was here, at most once in five minutes.

    Transaction: none (one statement, and nothing depends on it).
    """
    now: datetime = wall_now()
    if now - device.last_seen_at >= SEEN_EVERY:
        Device.objects.filter(id=device.id, last_seen_at=device.last_seen_at).update(
            last_seen_at=now
        )

"""News about a party's own devices."""

from core.api import moment_out
from core.transactions import joins
from messaging.enums import FeedKind
from messaging.services.feed import append_feed
from people.queries import device_by_public_id


@joins
def show_device(*, device_id: str) -> None:
    """Tell a person's other devices that one came or went; its own stream ends with it.

    Changes: one ``FeedRow`` ``device``, unless the person has no party.

    Args:
        device_id: ``dev_…``.

    Transaction: joins.
    """
    device = device_by_public_id(device_id)
    if device is None or device.party_id is None:
        return
    append_feed(
        party_id=device.party_id,
        kind=FeedKind.DEVICE.value,
        payload={
            "device": device.public_id,
            "name": device.name,
            "state": "active" if device.removed_at is None else "removed",
            "removed_at": moment_out(device.removed_at),
        },
    )

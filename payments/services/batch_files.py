"""Reading the file of a batch as it went to its bank, which is written down each time."""

from typing import TYPE_CHECKING

from core.errors import NotFound
from core.transactions import owns
from payments.models import SettlementBatch
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person


@owns
def note_file_read(*, staff: "Person", batch_id: str) -> SettlementBatch:
    """Write down who reads a batch's file, before it is handed out: it holds names and accounts.

    Changes: an audit entry.

    Args:
        staff: Who reads it.
        batch_id: Of the batch.

    Raises:
        NotFound: There is no such batch, or it has no file yet.

    Transaction: owns.
    """
    batch = SettlementBatch.objects.filter(public_id=batch_id).first()
    if batch is None or batch.file_build is None:
        raise NotFound
    record(
        actor=staff,
        action="batch.file_read",
        object_ref=batch_id,
        before={},
        after={"sha256": batch.file_sha256},
    )
    return batch

"""A batch's file: written part by part, checked, fixed for ever, and read back.

A hundred thousand payouts are some forty megabytes. They are written as they are read, a page of
payouts at a time, into rows of a megabyte; so neither the file nor its payouts are ever in memory
as a whole, and whoever looks at the batch sees how far the writing is.

The writing is nobody's to lock. Whoever writes, writes a build of its own; in the end one build
is fixed as the batch's file, under the batch's lock, and the others are thrown away. A process
that dies in the middle leaves a build that nobody will ever send.
"""

import hashlib
import tempfile
import uuid
from collections.abc import Iterator
from datetime import date, datetime
from typing import IO, TYPE_CHECKING, BinaryIO, cast
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import NotFound, TrocoError
from core.transactions import owns, refuse_owner
from payments.models import FilePart, Payout, SettlementBatch, SettlementWindow
from payments.rails.file_totals import read_totals
from payments.rails.pain001 import FileHead, Transfer, write_into
from payments.services.batches import lock_batch
from payments.services.calendar import add_business_days

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

logger = structlog.get_logger(__name__)

PART_BYTES = 1024 * 1024
PAYOUTS_AT_ONCE = 2000
_CLEARING = "clearing"


class TotalsDiffer(TrocoError):
    """What is in a batch's file is not what was frozen at the claim; it does not leave."""

    code = "totals_differ"
    http_status = 409
    words = _("The file's totals are not those of the batch. It was not sent.")


def build_file(*, batch_id: str) -> None:
    """Write the file of a claimed batch and fix it, unless it has one.

    Changes: parts of a file, the batch's count of what is written, then its file, hash and size;
    the day on which the bank will book, when the file is late.

    Args:
        batch_id: The batch's public id.

    Raises:
        NotFound: There is no such batch.
        TotalsDiffer: The file does not hold what was frozen.

    Transaction: owns (one for each part, one at the end).
    """
    refuse_owner("payments.services.files.build_file")
    batch = _found(batch_id)
    if batch.file_build is not None:
        return
    sink = _Parts(batch.pk)
    moment = business_now()
    value_date = _value_date(batch, moment)
    try:
        write_into(cast("IO[bytes]", sink), _head(batch, moment, value_date), _transfers(batch))
        sink.finish()
        _check_totals(batch, sink.build)
    except Exception:
        # The clock tries again every few seconds; what it leaves would fill the disk.
        _forget_build(build=sink.build)
        if _found(batch_id).file_build is not None:
            # Somebody was faster, and threw this build away while it was being checked.
            return
        raise
    _fix_file(batch_id=batch_id, sink=sink, value_date=value_date)


def open_file(batch: SettlementBatch) -> BinaryIO:
    """Return a batch's file, on disk and at its beginning; closing it removes it.

    Raises:
        NotFound: The batch has none yet.

    Transaction: none.
    """
    if batch.file_build is None:
        raise NotFound
    file = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115 - The caller closes it.
    _copy(batch.file_build, file)
    return file


class _Parts:
    """What is written to it becomes rows of a megabyte, each committed by itself."""

    def __init__(self, batch_pk: int) -> None:
        self.build = uuid.uuid4()
        self.size = 0
        self._batch_pk = batch_pk
        self._buffer = bytearray()
        self._positions = 0
        self._digest = hashlib.sha256()

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def write(self, content: bytes) -> int:
        """Take some bytes; keep them when they are enough for a row."""
        self._buffer += content
        while len(self._buffer) >= PART_BYTES:
            self._keep(bytes(self._buffer[:PART_BYTES]))
            del self._buffer[:PART_BYTES]
        return len(content)

    def finish(self) -> None:
        """Keep the rest."""
        if self._buffer:
            self._keep(bytes(self._buffer))
            self._buffer.clear()

    def _keep(self, content: bytes) -> None:
        self._digest.update(content)
        self.size += len(content)
        self._positions += 1
        _write_part(
            batch_pk=self._batch_pk, build=self.build, position=self._positions, content=content
        )


@owns
def _write_part(*, batch_pk: int, build: uuid.UUID, position: int, content: bytes) -> None:
    FilePart.objects.create(batch_id=batch_pk, build=build, position=position, content=content)


@owns
def _forget_build(*, build: uuid.UUID) -> None:
    """Throw a build away that will never be a file."""
    FilePart.objects.filter(build=build).delete()


@owns
def _note_written(*, batch_pk: int, count: int) -> None:
    """Show how far the writing is."""
    SettlementBatch.objects.filter(pk=batch_pk, file_build=None).update(written_count=count)


@owns
def _fix_file(*, batch_id: str, sink: _Parts, value_date: date) -> None:
    """Make a build the batch's file for ever; a build that comes second is thrown away."""
    batch = lock_batch(batch_id=batch_id)
    builds = FilePart.objects.filter(batch=batch)
    if batch.file_build is not None:
        builds.exclude(build=batch.file_build).delete()
        return
    batch.file_build, batch.file_size = sink.build, sink.size
    batch.file_sha256, batch.written_count = sink.sha256, batch.payout_count
    batch.save(update_fields=["file_build", "file_size", "file_sha256", "written_count"])
    SettlementWindow.objects.filter(pk=batch.window_id).update(value_date=value_date)
    builds.exclude(build=sink.build).delete()
    logger.info("batch_written", batch=batch_id, payouts=batch.payout_count, bytes=sink.size)


def _check_totals(batch: SettlementBatch, build: uuid.UUID) -> None:
    """Compare what was frozen with what the file says and with what is in it."""
    with tempfile.TemporaryFile() as file:
        _copy(build, file)
        found = read_totals(file, batch.currency)
    frozen = (batch.payout_count, batch.total_minor)
    said, inside = (found.said_count, found.said_minor), (found.count, found.total_minor)
    if found.message_id != batch.message_id or said != frozen or inside != frozen:
        logger.error(
            "batch_totals_differ", batch=batch.public_id, frozen=frozen, said=said, inside=inside
        )
        raise TotalsDiffer


def _copy(build: uuid.UUID, into: "SupportsWrite[bytes]") -> None:
    """Copy a build into a file, one part in memory at a time, and go to its beginning."""
    rows = FilePart.objects.filter(build=build).order_by("position")
    for position in list(rows.values_list("position", flat=True)):
        into.write(bytes(rows.values_list("content", flat=True).get(position=position)))
    cast("IO[bytes]", into).seek(0)


def _head(batch: SettlementBatch, moment: datetime, value_date: date) -> FileHead:
    return FileHead(
        message_id=batch.message_id,
        made_at=moment,
        initiator=settings.TROCO_OPERATOR_NAME,
        bank_member_id=batch.bank.national_id,
        debtor_account=_CLEARING,
        execution_date=value_date,
        currency=batch.currency,
        count=batch.payout_count,
        total_minor=batch.total_minor,
        version=batch.window.agreement_rail.message_version,
    )


def _transfers(batch: SettlementBatch) -> Iterator[Transfer]:
    """Yield the payouts in the order of their ids, a page of them in memory at a time."""
    last, count = 0, 0
    while True:
        rows = Payout.objects.filter(batch=batch, id__gt=last).order_by("id")[:PAYOUTS_AT_ONCE]
        page = list(rows)
        for row in page:
            yield Transfer(
                payment_id=row.public_id,
                account_token=row.account_token,
                holder_name=row.holder_name,
                amount_minor=row.net_minor,
                remittance=f"Troco {batch.window.business_date} {row.public_id}",
            )
        if not page:
            return
        last, count = page[-1].pk, count + len(page)
        _note_written(batch_pk=batch.pk, count=count)
        logger.info("batch_writing", batch=batch.public_id, written=count, of=batch.payout_count)


def _value_date(batch: SettlementBatch, moment: datetime) -> date:
    """Return the day the bank will book: a file that is sent late is executed late."""
    window = batch.window
    sent_on = moment.astimezone(ZoneInfo(window.agreement_rail.timezone)).date()
    if sent_on <= window.business_date:
        return window.value_date
    days = window.agreement_rail.settlement_days
    if not days:
        return sent_on
    return add_business_days(country=batch.bank.country, day=sent_on, count=days)


def _found(batch_id: str) -> SettlementBatch:
    rows = SettlementBatch.objects.select_related("bank__country", "window__agreement_rail")
    batch = rows.filter(public_id=batch_id).first()
    if batch is None:
        raise NotFound
    return batch

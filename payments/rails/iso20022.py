"""The iso20022 rail: payment files out, reports and statements in, over HTTP or through a folder.

A bank whose name stands in the setting ``TROCO_BANK_FOLDERS`` exchanges files in that folder;
others take them over HTTP. What is in the files is the same:

- out: pain.001, in the version of the agreement (``pain001``);
- in: pain.002, how a file and each payment of it stands (``pain002``); camt.053, the statement of
  a closed day, and camt.054, what was booked today so far (``camt``).

A file is a promise to pay later, so this rail offers batches and nothing else: it neither debits
nor pays at once.
"""

import io
import tempfile
from datetime import date
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from core.transactions import refuse_owner
from payments.rails import (
    NOT_OFFERED,
    BatchAnswer,
    Content,
    Instruction,
    NotificationFile,
    Offer,
    Outcome,
    RailUnavailable,
    StatementFile,
    StatementNotReady,
    StatementUnreadable,
)
from payments.rails.camt053 import read_statement
from payments.rails.camt054 import read_notification
from payments.rails.folders import deliver, newest, whole_files
from payments.rails.pain001 import message_id_of
from payments.rails.pain002 import ReportUnreadable, read_report
from payments.rails.sandbox import SandboxRail

_FRONT_BYTES = 8192  # Where a file says what it is, and a statement of which day.


class Iso20022Rail(SandboxRail):
    """Speaks to banks in files."""

    offers: frozenset[Offer] = frozenset({"batch"})

    def debit(self, instruction: Instruction) -> Outcome:  # noqa: ARG002 - The contract's.
        """Debit nobody: a credit transfer file cannot."""
        return Outcome("rejected", reason=NOT_OFFERED)

    def credit(self, instruction: Instruction) -> Outcome:  # noqa: ARG002
        """Pay nobody at once."""
        return Outcome("rejected", reason=NOT_OFFERED)

    def look_up(self, instruction_id: str, bank: str) -> Outcome:  # noqa: ARG002
        """Know no single instruction."""
        return Outcome("not_found", reason=NOT_OFFERED)

    def submit_batch(self, bank: str, content: Content) -> BatchAnswer:
        """Hand over a payment file; the same file again is the same one to the bank."""
        folder = folder_of(bank)
        if folder is None:
            return super().submit_batch(bank, content)
        refuse_owner("payments.rails.iso20022.submit_batch")
        file = io.BytesIO(content) if isinstance(content, bytes) else content
        file.seek(0)
        message_id = message_id_of(file.read(_FRONT_BYTES))
        if message_id is None:
            return BatchAnswer("rejected", reason="xml_invalid")
        return deliver(folder, bank, message_id, file)

    def look_up_batch(self, bank: str, message_id: str) -> BatchAnswer:
        """Read the bank's newest report of a file."""
        folder = folder_of(bank)
        if folder is not None:
            return _reported(folder, bank, message_id)
        return super().look_up_batch(bank, message_id)

    def statement(self, bank: str, day: date) -> StatementFile:
        """Read the statement of a closed day."""
        folder = folder_of(bank)
        if folder is None:
            return super().statement(bank, day)
        try:
            found = newest(folder, bank, lambda path: _statement_of(path, day))
        except OSError as error:
            raise RailUnavailable(type(error).__name__) from error
        if found is None:
            raise StatementNotReady(f"no statement of {day} lies there")
        return found

    def notifications(self, bank: str, after: int) -> list[int]:
        """Return the numbers of a bank's notifications.

        In a folder a notification is known by what is in it: its number is made of that, and
        ``after`` tells nothing. One that is not whole yet has no number; the oldest file is first.
        """
        folder = folder_of(bank)
        if folder is None:
            return super().notifications(bank, after)
        try:
            told = [_number_of(path) for path in whole_files(folder, bank)]
        except OSError as error:
            raise RailUnavailable(type(error).__name__) from error
        return list(dict.fromkeys(number for number in reversed(told) if number is not None))

    def notification(self, bank: str, number: int) -> NotificationFile:
        """Read one of them."""
        folder = folder_of(bank)
        if folder is None:
            return super().notification(bank, number)
        try:
            for path in whole_files(folder, bank):
                if _number_of(path) == number:
                    return read_notification(path.open("rb"))
        except OSError as error:
            raise RailUnavailable(type(error).__name__) from error
        raise RailUnavailable("it was taken away")

    def is_healthy(self, bank: str) -> tuple[bool, str]:
        """Tell whether files can be exchanged."""
        folder = folder_of(bank)
        if folder is None:
            return super().is_healthy(bank)
        try:
            with tempfile.TemporaryFile(dir=folder / bank / "in"):
                is_there = (folder / bank / "out").is_dir()
        except OSError as error:
            return False, type(error).__name__
        return is_there, "" if is_there else "no_outbox"


def folder_of(bank: str) -> Path | None:
    """Return the folder through which files are exchanged with a bank; None for HTTP."""
    found = settings.TROCO_BANK_FOLDERS.get(bank)
    return Path(found) if found else None


def _reported(folder: Path, bank: str, message_id: str) -> BatchAnswer:
    """Return what the newest report that lies there says of a file."""

    def read(path: Path) -> BatchAnswer | None:
        file = path.open("rb")  # A long report is read on while its payments are noted.
        if message_id.encode() not in file.read(_FRONT_BYTES):
            return None
        file.seek(0)
        try:
            about, answer = read_report(file)
        except ReportUnreadable:
            return None
        return answer if about == message_id else None

    try:
        found = newest(folder, bank, read)
    except OSError as error:
        return BatchAnswer("unknown", reason=type(error).__name__)
    return found or BatchAnswer("not_found", reason="no_report")


def _statement_of(path: Path, day: date) -> StatementFile | None:
    """Return the statement in a file if it is of a day and whole to its last entry."""
    with path.open("rb") as file:
        front = file.read(_FRONT_BYTES)
    if b"camt.053" not in front or day.isoformat().encode() not in front:
        return None
    kept = path.open("rb")
    try:
        found = read_statement(kept)
        if found.head.date == day and all(True for _entry in found.entries()):
            return found
    except StatementUnreadable:
        pass
    kept.close()
    return None


def _number_of(path: Path) -> int | None:
    """Return the number of a notification's file, whole to its last entry; None for another's."""
    known = path.stat()
    return _read_number(path, known.st_mtime_ns, known.st_size)


@lru_cache(maxsize=4096)
def _read_number(path: Path, changed_at: int, size: int) -> int | None:  # noqa: ARG001 - The key.
    """Read a file once, and again only when it has changed."""
    with path.open("rb") as file:
        if b"camt.054" not in file.read(_FRONT_BYTES):
            return None
        file.seek(0)
        try:
            found = read_notification(file)
            is_whole = all(True for _entry in found.entries())
        except StatementUnreadable:
            return None
    return int(found.sha256[:15], 16) if is_whole else None

"""The audit trail as a file: what a filter finds, row by row, however long it is.

Rows come by a server-side cursor and leave as they come, so a million of them take no memory.
Who exported what is itself an entry of the trail, written before the first row leaves.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core.transactions import owns
from people.models import AuditEntry, Person
from people.services.audit import record

if TYPE_CHECKING:
    from django.db.models import QuerySet

COLUMNS = ("id", "at", "actor", "action", "object", "reason", "before", "after", "place", "hash")
_READ_AT_ONCE = 2_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class TrailFilter:
    """Which entries are wanted; what is empty or None narrows nothing.

    Attributes:
        actor: A login, whole.
        action: The beginning of an action, such as ``hold``.
        object_ref: The beginning of the thing's id or code.
        since: From this moment on.
        until: Before this moment.
    """

    actor: str = ""
    action: str = ""
    object_ref: str = ""
    since: datetime | None = None
    until: datetime | None = None


def trail(wanted: TrailFilter) -> "QuerySet[AuditEntry]":
    """Return the entries that a filter finds, oldest first."""
    rows = AuditEntry.objects.order_by("id")
    if wanted.actor:
        rows = rows.filter(actor_login=wanted.actor)
    if wanted.action:
        rows = rows.filter(action__startswith=wanted.action)
    if wanted.object_ref:
        rows = rows.filter(object_ref__startswith=wanted.object_ref)
    if wanted.since:
        rows = rows.filter(at__gte=wanted.since)
    if wanted.until:
        rows = rows.filter(at__lt=wanted.until)
    return rows


@owns
def note_export(*, staff: Person, wanted: TrailFilter, reason: str) -> None:
    """Write down who takes which part of the trail out of the house.

    Changes: an audit entry.

    Transaction: owns.
    """
    asked = {name: str(value) for name, value in asdict(wanted).items() if value}
    record(
        actor=staff,
        action="audit.exported",
        object_ref="audit",
        before={},
        after=asked,
        reason=reason,
    )


def export_lines(wanted: TrailFilter) -> Iterator[str]:
    """Yield the lines of a CSV file (RFC 4180), its head first.

    A cell that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    writer = csv.writer(_Echo())
    yield str(writer.writerow(COLUMNS))
    for entry in trail(wanted).iterator(chunk_size=_READ_AT_ONCE):
        yield str(writer.writerow([_safe(cell) for cell in _cells(entry)]))


class _Echo:
    """A file for the csv writer that hands each line back."""

    def write(self, line: str) -> str:
        return line


def _cells(entry: AuditEntry) -> tuple[str, ...]:
    return (
        str(entry.pk),
        entry.at.astimezone(UTC).isoformat(),
        entry.actor_login,
        entry.action,
        entry.object_ref,
        entry.reason,
        json.dumps(entry.before, sort_keys=True, ensure_ascii=False),
        json.dumps(entry.after, sort_keys=True, ensure_ascii=False),
        "" if entry.seq is None else str(entry.seq),
        "" if entry.hash is None else bytes(entry.hash).hex(),
    )


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell

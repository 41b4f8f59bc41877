"""Long work of a shop: how far it is, what came of it, what can be downloaded."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from merchants.codes.catalogue_sheet import read_head
from merchants.enums import JobKind, JobState
from merchants.models import JobPart, JobTrouble, ShopJob

MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class JobFacts:
    """A piece of work, without its files."""

    public_id: str
    kind: JobKind
    state: JobState
    person: str
    person_name: str
    wish: Mapping[str, Any]
    tally: Mapping[str, Any]
    done_rows: int
    all_rows: int
    made_name: str
    is_stop_asked: bool
    created_at: datetime
    ended_at: datetime | None

    @property
    def is_alive(self) -> bool:
        """Whether a worker is at it, or soon will be."""
        return self.state in {JobState.QUEUED, JobState.RUNNING}


@dataclass(frozen=True, slots=True)
class TroubleFacts:
    """A row that could not be taken."""

    line: int
    cells: tuple[str, ...]
    words: str


def jobs_of_shop(shop_id: int, kind: JobKind, limit: int = MOST_SHOWN) -> list[JobFacts]:
    """Return the newest work of a kind; one query."""
    rows = ShopJob.objects.filter(shop_id=shop_id, kind=kind).order_by("-id")
    return [
        _facts(row) for row in rows.select_related("person__party").defer("given", "made")[:limit]
    ]


def job_of_shop(shop_id: int, public_id: str) -> JobFacts | None:
    """Return one piece of a shop's work, or None; one query."""
    rows = ShopJob.objects.filter(shop_id=shop_id, public_id=public_id)
    row = rows.select_related("person__party").defer("given", "made").first()
    return None if row is None else _facts(row)


def made_by(shop_id: int, public_id: str) -> tuple[str, str, bytes] | None:
    """Return name, type and bytes of what a piece of work has made, or None."""
    rows = ShopJob.objects.filter(shop_id=shop_id, public_id=public_id).exclude(made_name="")
    row = rows.values_list("made_name", "made_type", "made").first()
    return None if row is None else (row[0], row[1], bytes(row[2]))


def parts_of(shop_id: int, public_id: str) -> Iterator[bytes]:
    """Yield the pieces of a file that a piece of work has made, one in memory at a time."""
    rows = JobPart.objects.filter(job__shop_id=shop_id, job__public_id=public_id)
    number = 0
    while (body := rows.filter(number=number).values_list("body", flat=True).first()) is not None:
        yield bytes(body)
        number += 1


def head_of(shop_id: int, public_id: str) -> list[str]:
    """Return the head of a handed-in file as it came, or nothing."""
    rows = ShopJob.objects.filter(shop_id=shop_id, public_id=public_id)
    text = rows.values_list("given", flat=True).first() or ""
    if not text:
        return []
    _columns, sign = read_head(text)
    return next(csv.reader(io.StringIO(text, newline=""), delimiter=sign), [])


def troubles_of(shop_id: int, public_id: str, limit: int | None = None) -> list[TroubleFacts]:
    """Return the rows of a handed-in file that could not be taken, in its order; one query."""
    rows = JobTrouble.objects.filter(job__shop_id=shop_id, job__public_id=public_id)
    found = rows.order_by("line")[:limit] if limit else rows.order_by("line")
    return [TroubleFacts(row.line, tuple(row.cells), row.words) for row in found]


def _facts(row: ShopJob) -> JobFacts:
    return JobFacts(
        public_id=row.public_id,
        kind=JobKind(row.kind),
        state=JobState(row.state),
        person=row.person.login,
        person_name=str(row.person.party or row.person),
        wish=row.wish,
        tally=row.tally,
        done_rows=row.done_rows,
        all_rows=row.all_rows,
        made_name=row.made_name,
        is_stop_asked=row.is_stop_asked,
        created_at=row.created_at,
        ended_at=row.ended_at,
    )

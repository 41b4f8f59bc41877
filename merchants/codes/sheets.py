"""Rows of a file for a spreadsheet: RFC 4180, UTF-8, and nothing that a program would run.

A cell that begins like a formula would be worked out by whoever opens the file. It gets an
apostrophe in front, which spreadsheets hide; ``plain`` takes it off again.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

BOM = "\ufeff"
_NUMBER = re.compile(r"-[0-9]+(\.[0-9]+)?")
_STARTS = ("=", "+", "-", "@", "\t", "\r")


def guarded(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; a plain number is none."""
    if _NUMBER.fullmatch(text):
        return text
    return f"'{text}" if text.startswith((*_STARTS, "'")) else text


def plain(text: str) -> str:
    """Return what ``guarded`` was given."""
    rest = text[1:]
    is_guarded = text.startswith("'") and rest.startswith((*_STARTS, "'"))
    return rest if is_guarded else text


def written(row: Sequence[str]) -> str:
    """Return one line of a file."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow([guarded(cell) for cell in row])
    return line.getvalue()


def sheet(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield a file piece by piece, so that a long one never lies in memory."""
    yield BOM + written(head)
    for row in rows:
        yield written(row)


def in_zone(moment: datetime, zone: str) -> str:
    """Return a moment as files write it: in the shop's time zone, with its offset."""
    return moment.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")

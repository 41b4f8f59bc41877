"""The bank's time: real time plus an offset that only grows once there is a bank.

`now` is the bank's own time and dates its books. `wall_seconds` is real time: delays, retries
and signatures use it, because moving the bank's calendar must not make a delay end.
"""

import sqlite3
import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bank_simulator.errors import Refusal

LONGEST_OFFSET_SECONDS = 100 * 366 * 24 * 3600


def wall_seconds() -> float:
    """Return real time in seconds since 1970."""
    return time.time()


def offset_seconds(connection: sqlite3.Connection) -> int:
    """Return by how much the bank's time is ahead of real time."""
    row = connection.execute("SELECT offset_seconds FROM world").fetchone()
    return int(row[0])


def now(connection: sqlite3.Connection) -> datetime:
    """Return the bank's time, in UTC."""
    ahead = timedelta(seconds=offset_seconds(connection))
    return datetime.fromtimestamp(wall_seconds(), tz=UTC) + ahead


def set_offset(connection: sqlite3.Connection, offset: int) -> None:
    """Set the offset, in seconds from real time.

    A world without a bank has no day yet that could come twice, so its clock may begin
    anywhere, also in the past.

    Raises:
        Refusal: `clock_backwards` when the offset is smaller than the present one.
    """
    has_history = connection.execute("SELECT 1 FROM banks LIMIT 1").fetchone() is not None
    if has_history and offset < offset_seconds(connection):
        raise Refusal(409, "clock_backwards", "The bank's time never goes backwards.")
    connection.execute("UPDATE world SET offset_seconds = ?", (offset,))


def local_date(moment: datetime, timezone: str) -> date:
    """Return the calendar date of `moment` where the bank is."""
    return moment.astimezone(ZoneInfo(timezone)).date()


def written(moment: datetime) -> str:
    """Return `moment` as the API writes it: ISO 8601, UTC, milliseconds, `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

"""CPU and write-ahead log of a stretch of work: steadier than any clock.

The log is counted whole: also what autovacuum, checkpoints' page images and the server itself
wrote into it meanwhile.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

_TICK_US = 1_000_000 / os.sysconf("SC_CLK_TCK")
# Fields of /proc/PID/stat after the name: own time in user and kernel mode, then reaped children's.
_OWN = slice(11, 13)
_WITH_REAPED = slice(11, 15)


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU time in microseconds."""

    cpu_us: float

    def each(self, count: int) -> float:
        """Return what one of so many cost."""
        return self.cpu_us / max(count, 1)


class CpuMeter:
    """Counts the CPU time of processes and all that they start, from its making on."""

    def __init__(self, process_ids: Iterable[int]) -> None:
        """Look at the clocks of these processes and of their children."""
        self._ids = tuple(process_ids)
        self._before = self._total()

    def read(self) -> Spent:
        """Return what was spent since the meter was made."""
        return Spent((self._total() - self._before) * _TICK_US)

    def _total(self) -> int:
        total = 0
        for each in self._ids:
            total += _ticks(each, _WITH_REAPED)
            total += sum(_ticks(child.pid, _OWN) for child in psutil.Process(each).children())
        return total


class WalMeter:
    """Counts the bytes written to the write-ahead log of a server, from its making on."""

    def __init__(self, url: str) -> None:
        """Note how far the log is."""
        self._url = url
        self._before = self._place()

    def read(self) -> int:
        """Return how many bytes were written since the meter was made."""
        return self._place() - self._before

    def _place(self) -> int:
        with psycopg.connect(self._url, autocommit=True) as connection:
            row = connection.execute(
                "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')"
            ).fetchone()
        return int(row[0]) if row else 0


def _ticks(process_id: int, fields: slice) -> int:
    try:
        text = Path(f"/proc/{process_id}/stat").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(int(each) for each in text.rpartition(")")[2].split()[fields])

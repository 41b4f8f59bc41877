"""One database connection of the event loop, asked by the client library's own calls.

The driver's cursors cost more than most of what the hot doors ask: they look for types, keep
counts, and register the socket anew for every wait. Here a statement is prepared when it is first
asked, values go as text and the few types that come back are read by their numbers. Every value's
type must be told by the statement (``%s::bigint[]``) or by where it stands.
"""

import asyncio
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

import psycopg
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus
from psycopg.pq.abc import PGresult

from core.prepared import array_text
from messaging.queries.address import address

Row = tuple[Any, ...]
Values = Sequence[Any] | Mapping[str, Any]

# A statement is its own transaction; one that runs long would hold back everybody's news. Each is
# planned once, for any values, and finds its rows by an index: planning the tail's statement takes
# ten times as long as running it, and what is planned while a table is nearly empty would read all
# of it later on.
_OPTIONS: Final = (
    "-c statement_timeout=2000 -c lock_timeout=2000 -c TimeZone=UTC"
    " -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_bitmapscan=off"
)
CONNECT_SECONDS: Final = 2
_PLACE: Final = re.compile(r"%(?:\((\w+)\))?s|%%")
_BROKEN: Final = frozenset({ExecStatus.FATAL_ERROR, ExecStatus.BAD_RESPONSE})


class Wire:
    """An open connection, for one statement at a time."""

    def __init__(self, connection: psycopg.AsyncConnection[Row]) -> None:
        """Take a connection over; nobody else may use it from now on."""
        self._connection = connection
        self._pg = connection.pgconn
        self._loop = asyncio.get_running_loop()
        self._socket = self._pg.socket
        self._names: dict[str, bytes] = {}
        self._waiting: asyncio.Future[None] | None = None
        self._is_watched = True
        self.is_broken = False
        self._loop.add_reader(self._socket, self._readable)

    @classmethod
    async def open(cls) -> "Wire":
        """Open a connection.

        Raises:
            psycopg.Error: The server is away.
        """
        return cls(
            await psycopg.AsyncConnection.connect(
                **address(), autocommit=True, connect_timeout=CONNECT_SECONDS, options=_OPTIONS
            )
        )

    async def ask(self, question: str, values: Values = ()) -> list[Row]:
        """Run one statement and return its rows, once it is committed.

        Raises:
            psycopg.Error: The server refuses it, or is away: then ``is_broken`` says so, and it
                is not known whether the statement was carried out.
        """
        text, written = _bound(question, values)
        try:
            name = self._names.get(text)
            if name is None:
                name = b"w%d" % len(self._names)
                self._pg.send_prepare(name, text.encode())
                await self._results()
                self._names[text] = name
            self._pg.send_query_prepared(name, written)
            return [row for result in await self._results() for row in _rows(result)]
        except psycopg.Error as error:
            if isinstance(error, psycopg.OperationalError) or self._pg.status != ConnStatus.OK:
                self._let_go()
            raise

    async def close(self) -> None:
        """Close the connection."""
        self._let_go()
        await self._connection.close()

    async def _results(self) -> list[PGresult]:
        """Return what came of what was sent, when the server is ready for the next."""
        while self._pg.flush():
            self._loop.add_writer(self._socket, self._go_on)
            await self._wait()
            self._loop.remove_writer(self._socket)
        found: list[PGresult] = []
        while True:
            while self._pg.is_busy():
                await self._wait()
            result = self._pg.get_result()
            if result is None:
                break
            found.append(result)
        for result in found:
            if result.status in _BROKEN:
                raise self._error(result)
        return found

    async def _wait(self) -> None:
        """Wait until something has come, or more can be sent."""
        if not self.is_broken:
            self._waiting = self._loop.create_future()
            await self._waiting
            self._waiting = None
        if self.is_broken:
            raise psycopg.OperationalError("The connection to the database is lost.")

    def _readable(self) -> None:
        """Take in what has come; a server that went away while nothing was asked is noted."""
        try:
            self._pg.consume_input()
        except psycopg.Error:
            self._let_go()
        self._go_on()

    def _go_on(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def _let_go(self) -> None:
        """Use this no more, and stop watching its socket at once.

        The library closes a socket that broke; the next connection of the process gets its number.
        """
        self.is_broken = True
        if self._is_watched:
            self._is_watched = False
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
        self._go_on()

    @staticmethod
    def _error(result: PGresult) -> psycopg.Error:
        code = result.error_field(DiagnosticField.SQLSTATE)
        words = result.get_error_message("utf-8")
        try:
            kind = psycopg.errors.lookup(code.decode()) if code else psycopg.OperationalError
        except KeyError:
            kind = psycopg.DatabaseError
        return kind(words)


def _bound(question: str, values: Values) -> tuple[str, list[bytes | None]]:
    text, names = _numbered(question)
    if isinstance(values, Mapping):
        return text, [_written(values[name]) for name in names]
    return text, [_written(value) for value in values]


@lru_cache(maxsize=256)
def _numbered(question: str) -> tuple[str, tuple[str, ...]]:
    """Return a statement with ``$1`` in place of ``%s``, and the names of its values if any."""
    names: list[str] = []

    def place(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        if found[1] is None or found[1] not in names:
            names.append(found[1] or "")
        return f"${len(names) if found[1] is None else names.index(found[1]) + 1}"

    return _PLACE.sub(place, question), tuple(names)


def _written(value: Any) -> bytes | None:
    """Return a value as the server reads it."""
    if value is None:
        return None
    if isinstance(value, str):
        text = value
    elif isinstance(value, bytes):
        return b"\\x" + value.hex().encode()
    elif isinstance(value, list):
        text = array_text(value)
    elif isinstance(value, datetime):
        text = value.isoformat()
    else:
        text = str(value)
    written = text.encode()
    # The library would send what stands before it.
    if b"\x00" in written:
        raise psycopg.DataError("A text with a NUL cannot be kept.")
    return written


def _rows(result: PGresult) -> list[Row]:
    if result.status != ExecStatus.TUPLES_OK:
        return []
    columns = range(result.nfields)
    read = [_READERS.get(result.ftype(column), bytes.decode) for column in columns]
    get = result.get_value
    return [
        tuple(
            None if (raw := get(row, column)) is None else read[column](raw) for column in columns
        )
        for row in range(result.ntuples)
    ]


def _moment(raw: bytes) -> datetime:
    return datetime.fromisoformat(raw.decode())


def _numbers(raw: bytes) -> list[int]:
    return [int(each) for each in raw[1:-1].split(b",")] if len(raw) > 2 else []  # noqa: PLR2004 - {}.


# By the numbers of the catalogue of types (``pg_type.dat``): bool, int8, int2, int4, json,
# timestamptz, jsonb, int8[]; everything else is text.
_READERS: Final[Mapping[int, Callable[[bytes], Any]]] = MappingProxyType(
    {
        16: b"t".__eq__,
        20: int,
        21: int,
        23: int,
        114: json.loads,
        1184: _moment,
        3802: json.loads,
        1016: _numbers,
    }
)

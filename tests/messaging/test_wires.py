"""Connections of the event loop: what goes in comes back, and what breaks is opened again."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from messaging.api.wires import Wires

pytestmark = pytest.mark.django_db(transaction=True)

MOMENT = datetime(2026, 11, 26, 2, 3, 4, 500, tzinfo=UTC)
KILL = "SELECT pg_terminate_backend(%s::int)"
OWN = "SELECT pg_backend_pid()"


def asked(work: Callable[[Wires], Awaitable[Any]], count: int = 1) -> Any:
    """Let something be done with connections, and close them."""

    async def run() -> Any:
        wires = Wires(count)
        try:
            return await work(wires)
        finally:
            await wires.close()

    return asyncio.run(run())


def test_what_goes_in_comes_back() -> None:
    values: list[Any] = [
        None,
        "a'b\\{\"é",
        True,
        -7,
        MOMENT,
        [1, 2],
        [],
        b"\x00\xff",
        'a"}\\,b',
        False,
    ]
    texts = ['a"b', "{}", "\\", "", "NULL", "é, ", None]
    question = (
        "SELECT %s::text, %s::text, %s::boolean, %s::bigint, %s::timestamptz, %s::bigint[],"
        " %s::bigint[], encode(%s::bytea, 'hex'), jsonb_build_object('a', %s::text), %s::boolean,"
        " to_json(%s::text[]), to_json(%s::bytea[])"
    )
    (row,) = asked(lambda wires: wires.ask(question, [*values, texts, [b"ab", b"\x00"]]))
    assert row[:7] == tuple(values[:7])
    assert row[7:] == ("00ff", {"a": values[8]}, False, texts, ["\\x6162", "\\x00"])


def test_values_may_have_names() -> None:
    question = "SELECT %(b)s::int - %(a)s::int, %(a)s::int, 5 %% 3"
    assert asked(lambda wires: wires.ask(question, {"a": 1, "b": 10})) == [(9, 1, 2)]


def test_much_goes_in_and_comes_back() -> None:
    """More than lies in the socket's buffers."""
    texts = ["x" * 1_000_000] * 8
    ((length, back),) = asked(
        lambda wires: wires.ask(
            "SELECT length(array_to_string(%s::text[], '')), %s::text", [texts, "y" * 3_000_000]
        )
    )
    assert (length, len(back)) == (8_000_000, 3_000_000)


def test_a_refusal_is_told_and_the_connection_goes_on() -> None:
    async def work(wires: Wires) -> list[Any]:
        before = await wires.ask(OWN)
        with pytest.raises(psycopg.errors.DivisionByZero):
            await wires.ask("SELECT 1 / %s::int", [0])
        with pytest.raises(psycopg.DataError):
            await wires.ask("SELECT %s::text", ["a\x00b"])
        with pytest.raises(psycopg.errors.SyntaxError):
            await wires.ask("SELEKT 1")
        return [before, await wires.ask(OWN)]

    before, after = asked(work)
    assert before == after


def test_a_connection_that_was_cut_off_is_opened_again() -> None:
    async def work(wires: Wires) -> None:
        async def cut(pid: int) -> None:
            other = Wires(1)
            assert await other.ask(KILL, [pid]) == [(True,)]
            await other.close()

        ((idle,),) = await wires.ask(OWN)
        await cut(idle)
        await asyncio.sleep(0.5)
        # Others get the numbers of the sockets that were closed.
        server = await asyncio.start_server(lambda *_ends: None, "127.0.0.1", 0)
        guests = [await asyncio.open_connection(*server.sockets[0].getsockname()) for _ in range(9)]
        ((at_work,),) = await wires.ask(OWN)
        assert at_work != idle
        waiting = asyncio.create_task(wires.ask("SELECT pg_sleep(%s::float)", ["30"]))
        await asyncio.sleep(0.3)
        await cut(at_work)
        with pytest.raises(psycopg.OperationalError):
            await waiting
        assert (await wires.ask("SELECT 1")) == [(1,)]
        for _reader, writer in guests:
            assert not writer.is_closing()
            writer.close()
        server.close()

    asked(work)


def test_what_is_held_is_waited_for_and_committed_together() -> None:
    async def work(wires: Wires) -> list[Any]:
        await wires.ask("CREATE TEMP TABLE said (n int)")

        def ready() -> tuple[str, list[Any]]:
            return "INSERT INTO said VALUES (%s::int) RETURNING n", [3]

        told = await wires.ask_holding("SELECT pg_advisory_xact_lock(%s::bigint)", [7], ready)
        return [told, await wires.ask("SELECT n, pg_try_advisory_lock(7) FROM said")]

    assert asked(work) == [[(3,)], [(3, True)]]

"""Endpoints of files: batches in, the cutoff, statements out."""

import asyncio
import re
import sqlite3
from datetime import date
from typing import TYPE_CHECKING

from bank_simulator import banks, batches, camt053, clock, faults, pain001, statements
from bank_simulator.errors import Refusal
from bank_simulator.shapes import Fields
from bank_simulator.web import Answer, NoAnswer, Request, Route, answer_json

if TYPE_CHECKING:
    from bank_simulator.app import World

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


async def post_batch(world: "World", request: Request) -> Answer | NoAnswer:
    """Take a pain.001 file."""
    slug = request.place["bank"]
    await world.store.run(lambda connection: banks.serving_bank(connection, slug))
    content, digest = await request.file()
    with content:
        file = await asyncio.to_thread(pain001.read_batch, content, debtor=banks.CLEARING)

    def job(connection: sqlite3.Connection) -> faults.Fired | None:
        bank = banks.serving_bank(connection, slug)
        return batches.receive_batch(connection, bank, file, digest)

    fired = await world.store.run(job)
    if fired is not None:
        return NoAnswer(fired.hold_seconds)
    return answer_json({"message_id": file.message_id, "state": "received"}, 202)


async def get_batch(world: "World", request: Request) -> Answer:
    """Tell what became of a batch and of each of its items."""

    def job(connection: sqlite3.Connection) -> dict[str, object]:
        bank = banks.serving_bank(connection, request.place["bank"])
        return batches.describe_batch(connection, bank, request.place["message_id"])

    return answer_json(await world.store.run(job))


async def post_cutoff(world: "World", request: Request) -> Answer:
    """Run the cutoff now: execute accepted batches, close the business day."""
    Fields(await request.json()).finish()

    slug = request.place["bank"]

    def execute(connection: sqlite3.Connection) -> tuple[int, bool]:
        bank = banks.serving_bank(connection, slug)
        return batches.execute_some(connection, bank, clock.now(connection))

    def close(connection: sqlite3.Connection) -> date:
        bank = banks.serving_bank(connection, slug)
        return batches.close_business_day(connection, bank, clock.now(connection))

    executed, may_wait = 0, True
    while may_wait:
        count, may_wait = await world.store.run(execute)
        executed += count
    day = await world.store.run(close)
    return answer_json({"date": day.isoformat(), "executed": executed})


async def get_statements(world: "World", request: Request) -> Answer:
    """List the days whose statements can be had, oldest first; `?after=` goes on."""
    after = _day(request.query["after"]) if "after" in request.query else None

    def job(connection: sqlite3.Connection) -> list[str]:
        bank = banks.serving_bank(connection, request.place["bank"])
        return statements.closed_days(connection, bank, after, clock.now(connection))

    return answer_json({"dates": await world.store.run(job)})


async def get_statement(world: "World", request: Request) -> Answer:
    """Give a closed day's camt.053."""
    day = _day(request.place["day"])

    def job(connection: sqlite3.Connection) -> statements.Statement:
        bank = banks.serving_bank(connection, request.place["bank"])
        return statements.read_statement(connection, bank, day, clock.now(connection))

    statement = await world.store.run(job)
    body = await asyncio.to_thread(camt053.write_statement, statement)
    return Answer(200, body, "application/xml")


def _day(text: str) -> date:
    try:
        if DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise Refusal(400, "field_invalid", "A day is written YYYY-MM-DD.")


ROUTES = (
    Route("POST", "/banks/{bank}/batches", post_batch),
    Route("GET", "/banks/{bank}/batches/{message_id}", get_batch),
    Route("POST", "/banks/{bank}/cutoff", post_cutoff),
    Route("GET", "/banks/{bank}/statements", get_statements),
    Route("GET", "/banks/{bank}/statements/{day}", get_statement),
)

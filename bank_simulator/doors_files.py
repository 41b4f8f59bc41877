"""Endpoints of files: batches in, the cutoff, statements out."""

import asyncio
import re
import sqlite3
from datetime import date
from typing import TYPE_CHECKING

from bank_simulator import banks, batches, clock, notifications, pain001, papers, statements
from bank_simulator.errors import Refusal, not_found
from bank_simulator.shapes import LARGEST_NUMBER, Fields
from bank_simulator.web import Answer, Ending, FileAnswer, NoAnswer, Request, Route, answer_json

if TYPE_CHECKING:
    from bank_simulator.app import World

XML = "application/xml"
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


async def post_batch(world: "World", request: Request) -> Ending:
    """Take a pain.001 file."""
    slug = request.place["bank"]
    await world.store.run(lambda connection: banks.serving_bank(connection, slug))
    content, digest = await request.file()
    with content:
        file = await asyncio.to_thread(pain001.read_batch, content, debtor=banks.CLEARING)
        async with world.one_file:
            fired = await asyncio.to_thread(
                batches.receive_batch, world.store, slug, file, content, digest
            )
    if fired is not None:
        return NoAnswer(fired.hold_seconds)
    return answer_json({"message_id": file.message_id, "state": "received"}, 202)


async def get_batch(world: "World", request: Request) -> Ending:
    """Tell what became of a batch and of each of its items."""
    slug, message_id = request.place["bank"], request.place["message_id"]
    content = await asyncio.to_thread(papers.batch_json, world.store, slug, message_id)
    return FileAnswer(content, "application/json")


async def get_pain002(world: "World", request: Request) -> Ending:
    """Tell the same as a pain.002."""
    slug, message_id = request.place["bank"], request.place["message_id"]
    content = await asyncio.to_thread(papers.batch_pain002, world.store, slug, message_id)
    return FileAnswer(content, XML)


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


async def get_statement(world: "World", request: Request) -> Ending:
    """Give a closed day's camt.053."""
    slug, day = request.place["bank"], _day(request.place["day"])
    return FileAnswer(await asyncio.to_thread(papers.statement, world.store, slug, day), XML)


async def get_notifications(world: "World", request: Request) -> Ending:
    """Make a notification of what is new, and list those after `?after=`."""
    after = request.whole_query("after", 0, LARGEST_NUMBER)

    def job(connection: sqlite3.Connection) -> list[dict[str, object]]:
        bank = banks.serving_bank(connection, request.place["bank"])
        moment = clock.now(connection)
        return notifications.list_notifications(connection, bank, after, moment)

    return answer_json({"notifications": await world.store.run(job)})


async def get_notification(world: "World", request: Request) -> Ending:
    """Give the camt.054 of that number."""
    slug, number = request.place["bank"], request.place["number"]
    if not re.fullmatch(r"[0-9]{1,18}", number):
        raise not_found("That notification")
    content = await asyncio.to_thread(papers.notification, world.store, slug, int(number))
    return FileAnswer(content, XML)


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
    Route("GET", "/banks/{bank}/batches/{message_id}/pain002", get_pain002),
    Route("POST", "/banks/{bank}/cutoff", post_cutoff),
    Route("GET", "/banks/{bank}/statements", get_statements),
    Route("GET", "/banks/{bank}/statements/{day}", get_statement),
    Route("GET", "/banks/{bank}/notifications", get_notifications),
    Route("GET", "/banks/{bank}/notifications/{number}", get_notification),
)

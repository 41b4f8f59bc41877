"""Endpoints of files: batches in, the cutoff, statements out."""

import asyncio
import re
import sqlite3
from datetime import date
from typing import TYPE_CHECKING

from bank_simulator import (
    banks,
    batches,
    clock,
    faults,
    follow_ups,
    notifications,
    pain001,
    papers,
    statements,
)
from bank_simulator.errors import Refusal, not_found
from bank_simulator.follow_ups import FollowUp
from bank_simulator.replies import poll
from bank_simulator.shapes import IDENTIFIER, LARGEST_NUMBER, REASON, Fields
from bank_simulator.web import Answer, Ending, FileAnswer, NoAnswer, Request, Route, answer_json

if TYPE_CHECKING:
    from bank_simulator.app import World

XML = "application/xml"
JSON = "application/json"
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


async def post_batch(world: "World", request: Request) -> Ending:
    """Take a pain.001 file."""
    slug = request.place["bank"]
    await world.store.run(lambda connection: banks.paying_bank(connection, slug))
    return await poll(world, request, faults.BATCH, lambda: _receive(world, request, slug))


async def _receive(world: "World", request: Request, slug: str) -> Ending:
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
    return await poll(world, request, faults.LOOK_UP, lambda: _report(world, request, JSON))


async def get_pain002(world: "World", request: Request) -> Ending:
    """Tell the same as a pain.002."""
    return await poll(world, request, faults.LOOK_UP, lambda: _report(world, request, XML))


async def _report(world: "World", request: Request, content_type: str) -> Ending:
    slug, message_id = request.place["bank"], request.place["message_id"]
    make = papers.batch_json if content_type == JSON else papers.batch_pain002
    return FileAnswer(await asyncio.to_thread(make, world.store, slug, message_id), content_type)


async def post_batch_return(world: "World", request: Request) -> Ending:
    """Let the receiving bank send one executed transfer of a file back, whole."""
    fields = Fields(await request.json())
    return_id = fields.matching("return_id", IDENTIFIER)
    end_to_end_id = fields.text("end_to_end_id", longest=35)
    reason = fields.matching("reason", REASON) if fields.has("reason") else "AC04"
    fields.finish()

    def job(connection: sqlite3.Connection) -> dict[str, object]:
        bank = banks.find_bank(connection, request.place["bank"])
        message_id = request.place["message_id"]
        row = batches.find_settled(connection, bank, message_id, end_to_end_id)
        wanted = FollowUp(
            follow_up_id=return_id,
            kind="return",
            original_id=end_to_end_id,
            amount_minor=row["amount_minor"],
            reason=reason,
            message_id=message_id,
        )
        reply = follow_ups.receive(connection, bank, wanted, clock.now(connection))
        return reply.answer or {}

    return answer_json(await world.store.run(job))


async def post_cutoff(world: "World", request: Request) -> Answer:
    """Run the cutoff now: execute accepted batches, close the business day."""
    Fields(await request.json()).finish()

    slug = request.place["bank"]

    def execute(connection: sqlite3.Connection) -> batches.Executed:
        bank = banks.serving_bank(connection, slug)
        return batches.execute_some(connection, bank, clock.now(connection))

    def close(connection: sqlite3.Connection) -> date:
        bank = banks.serving_bank(connection, slug)
        return batches.close_business_day(connection, bank, clock.now(connection))

    executed, may_wait, touched = 0, True, set[str]()
    while may_wait:
        piece = await world.store.run(execute)
        executed, may_wait = executed + piece.count, piece.may_wait
        touched |= piece.message_ids
    day = await world.store.run(close)
    for message_id in sorted(touched):
        name = f"msg_{slug}_batch_{message_id}_{day}"
        await world.later.tell(name, slug, "batch.settled", {"message_id": message_id})
    return answer_json({"date": day.isoformat(), "executed": executed})


async def get_statements(world: "World", request: Request) -> Ending:
    """List the days whose statements can be had, oldest first; `?after=` goes on."""
    after = _day(request.query["after"]) if "after" in request.query else None

    def job(connection: sqlite3.Connection) -> list[str]:
        bank = banks.serving_bank(connection, request.place["bank"])
        return statements.closed_days(connection, bank, after, clock.now(connection))

    async def ask() -> Ending:
        return answer_json({"dates": await world.store.run(job)})

    return await poll(world, request, faults.STATEMENT, ask)


async def get_statement(world: "World", request: Request) -> Ending:
    """Give a closed day's camt.053."""
    slug, day = request.place["bank"], _day(request.place["day"])

    async def ask() -> Ending:
        return FileAnswer(await asyncio.to_thread(papers.statement, world.store, slug, day), XML)

    return await poll(world, request, faults.STATEMENT, ask)


async def get_notifications(world: "World", request: Request) -> Ending:
    """Make a notification of what is new, and list those after `?after=`."""
    after = request.whole_query("after", 0, LARGEST_NUMBER)

    def job(connection: sqlite3.Connection) -> list[dict[str, object]]:
        bank = banks.serving_bank(connection, request.place["bank"])
        moment = clock.now(connection)
        return notifications.list_notifications(connection, bank, after, moment)

    async def ask() -> Ending:
        return answer_json({"notifications": await world.store.run(job)})

    return await poll(world, request, faults.STATEMENT, ask)


async def get_notification(world: "World", request: Request) -> Ending:
    """Give the camt.054 of that number."""
    slug, number = request.place["bank"], request.place["number"]
    if not re.fullmatch(r"[0-9]{1,18}", number):
        raise not_found("That notification")

    async def ask() -> Ending:
        content = await asyncio.to_thread(papers.notification, world.store, slug, int(number))
        return FileAnswer(content, XML)

    return await poll(world, request, faults.STATEMENT, ask)


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
    Route("POST", "/banks/{bank}/batches/{message_id}/returns", post_batch_return),
    Route("POST", "/banks/{bank}/cutoff", post_cutoff),
    Route("GET", "/banks/{bank}/statements", get_statements),
    Route("GET", "/banks/{bank}/statements/{day}", get_statement),
    Route("GET", "/banks/{bank}/notifications", get_notifications),
    Route("GET", "/banks/{bank}/notifications/{number}", get_notification),
)

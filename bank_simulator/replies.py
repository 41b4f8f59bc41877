"""How a call is answered: truly, or as a fault spoils it.

Every call that moves money names itself for good, so all of them work alike: a fault may stop it
before anything is processed; otherwise it is processed once, or found processed; and then a fault
may keep the answer back or spoil it. What was decided stays decided whatever the caller is told.
Questions and files are spoiled in the same ways, by faults that name them.
"""

import asyncio
import io
import json
import os
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bank_simulator import faults
from bank_simulator.errors import Refusal, bank_unavailable
from bank_simulator.faults import Call, Fired
from bank_simulator.web import Answer, Ending, FileAnswer, NoAnswer, Request, answer_json

if TYPE_CHECKING:
    from bank_simulator.app import World

GARBAGE = b"<html><head><title>Welcome</title></head><body>It works!</body></html>"
JSON = "application/json"


@dataclass(frozen=True)
class Reply:
    """What the caller gets: the answer as `fired` leaves it, or a refusal.

    A refusal that a fault caused is kept here and raised outside of the job, after the draw is
    stored. `execute_in` asks for an execution that many seconds later.
    """

    answer: dict[str, Any] | None
    refusal: Refusal | None = None
    fired: Fired | None = None
    execute_in: float | None = None


def stopped(fired: Fired | None) -> Reply | None:
    """Return the reply of a fault that lets nothing be processed, if `fired` is one."""
    if fired is None or fired.fault not in faults.STOPPING_FAULTS:
        return None
    refusals = {
        faults.UNAVAILABLE: bank_unavailable(),
        faults.SERVER_ERROR: server_error(),
        faults.REFUSES_REPEAT: Refusal(
            409, "instruction_repeated", "This was sent before; the bank takes nothing twice."
        ),
        faults.TOO_MANY_REQUESTS: Refusal(
            429, "too_many_requests", "Ask less often.", retry_after=int(fired.delay_seconds) or 1
        ),
    }
    return Reply(None, refusal=refusals.get(fired.fault), fired=fired)


def server_error() -> Refusal:
    """Refuse as a server does that broke."""
    return Refusal(500, "internal", "Something went wrong.")


async def deliver(reply: Reply, status: int = 200) -> Ending:
    """Turn a reply into what goes over the wire, after the delay that a fault asks for.

    Raises:
        Refusal: The one that the reply carries.
    """
    if reply.refusal is not None:
        raise reply.refusal
    if reply.answer is None:
        return NoAnswer(reply.fired.hold_seconds if reply.fired else 0)
    return await spoil(answer_json(reply.answer, status), reply.fired)


async def poll(
    world: "World", request: Request, direction: str, ask: Callable[[], Awaitable[Ending]]
) -> Ending:
    """Answer a question, or a file, unless a fault strikes it that names its direction.

    `too_many_requests` strikes every question.

    Raises:
        Refusal: The question's own, or the fault's.
    """
    slug = request.place["bank"]

    def draw(connection: sqlite3.Connection) -> Fired | None:
        ration = (faults.TOO_MANY_REQUESTS,) if direction != faults.BATCH else ()
        call = Call(direction=direction)
        named = Call(direction=direction, only_named=True)
        return faults.draw(connection, slug, ration, call) or faults.draw(
            connection, slug, faults.FILE_FAULTS, named
        )

    fired = await world.store.run(draw)
    reply = stopped(fired)
    if reply is not None:
        return await deliver(reply)
    return await spoil(await ask(), fired)


async def spoil(ending: Ending, fired: Fired | None) -> Ending:
    """Return an answer as `fired` leaves it.

    Raises:
        Refusal: The answer is a server's error instead.
    """
    if fired is None or isinstance(ending, NoAnswer):
        return ending
    if fired.fault in faults.SILENT_FAULTS:
        return NoAnswer(fired.hold_seconds)
    if fired.fault == faults.EXECUTED_BUT_SERVER_ERROR:
        raise server_error()
    if fired.fault == faults.GARBAGE:
        return Answer(200, GARBAGE, "text/html")
    if fired.fault == faults.LATE:
        await asyncio.sleep(fired.delay_seconds)
    return _changed(ending, fired)


def _changed(ending: Answer | FileAnswer, fired: Fired) -> Ending:
    """Return an answer that comes, and may lie, drip, or break off."""
    if fired.fault in {faults.WRONG_AMOUNT, faults.UNKNOWN_ID} and isinstance(ending, Answer):
        return Answer(ending.status, _lie(ending.body, fired))
    if fired.fault in {faults.SLOW_DRIP, faults.CUT_SHORT}:
        return _slow_or_short(ending, fired)
    return ending


def _lie(body: bytes, fired: Fired) -> bytes:
    """Name another amount, or another thing: the first field of every answer is its name."""
    told = json.loads(body)
    if fired.fault == faults.UNKNOWN_ID:
        told[next(iter(told))] = f"other-{fired.id}-{fired.draw}"
    elif "amount_minor" in told:
        told["amount_minor"] += 1
    return json.dumps(told, separators=(",", ":")).encode()


def _slow_or_short(ending: Answer | FileAnswer, fired: Fired) -> FileAnswer:
    if isinstance(ending, Answer):
        ending = FileAnswer(io.BytesIO(ending.body), ending.content_type, ending.status)
    size = ending.content.seek(0, os.SEEK_END)
    is_short = fired.fault == faults.CUT_SHORT
    return FileAnswer(
        ending.content,
        ending.content_type,
        ending.status,
        seconds_per_byte=0 if is_short else fired.delay_seconds,
        cut_after=size // 2 if is_short else None,
    )

"""Endpoints of the whole world: health, clock, seed and the oracle."""

import sqlite3
from typing import TYPE_CHECKING

from bank_simulator import banks, chance, clock, oracle
from bank_simulator.errors import Refusal
from bank_simulator.shapes import LARGEST_NUMBER, Fields
from bank_simulator.web import Answer, Request, Route, answer_json

if TYPE_CHECKING:
    from bank_simulator.app import World


async def get_health(world: "World", _: Request) -> Answer:
    """Tell which banks are healthy, to anybody."""

    def job(connection: sqlite3.Connection) -> dict[str, object]:
        now = clock.written(clock.now(connection))
        return {"banks": banks.health(connection), "now": now}

    return answer_json(await world.store.run(job))


async def get_clock(world: "World", _: Request) -> Answer:
    """Tell the bank's time."""
    return answer_json(await world.store.run(_clock))


async def post_clock(world: "World", request: Request) -> Answer:
    """Move the bank's time forward: an offset from real time, in seconds."""
    fields = Fields(await request.json())
    longest = clock.LONGEST_OFFSET_SECONDS
    offset = fields.integer("offset_seconds", least=-longest, most=longest)
    fields.finish()

    def job(connection: sqlite3.Connection) -> dict[str, object]:
        clock.set_offset(connection, offset)
        return _clock(connection)

    return answer_json(await world.store.run(job))


async def post_seed(world: "World", request: Request) -> Answer:
    """Make the names of accounts opened from now on repeatable."""
    fields = Fields(await request.json())
    seed = fields.integer("seed", least=0)
    fields.finish()
    await world.store.run(lambda connection: chance.set_seed(connection, seed))
    return answer_json({"seed": seed})


async def get_oracle(world: "World", request: Request) -> Answer:
    """Tell a test what was truly executed."""
    if request.headers.get("x-oracle") != "yes":
        raise Refusal(403, "oracle_closed", "The oracle is for tests: send X-Oracle: yes.")
    after = request.whole_query("after", 0, LARGEST_NUMBER)
    limit = request.whole_query("limit", 1000, oracle.MOST_PER_PAGE) or 1
    slug = request.query.get("bank")
    page = await world.store.run(
        lambda connection: oracle.executions(connection, after=after, limit=limit, slug=slug)
    )
    return answer_json(page)


def _clock(connection: sqlite3.Connection) -> dict[str, object]:
    return {
        "offset_seconds": clock.offset_seconds(connection),
        "now": clock.written(clock.now(connection)),
    }


ROUTES = (
    Route("GET", "/health", get_health),
    Route("GET", "/clock", get_clock),
    Route("POST", "/clock", post_clock),
    Route("POST", "/seed", post_seed),
    Route("GET", "/oracle", get_oracle),
)

"""Endpoints of instant payments: debit, credit and looking one up."""

import sqlite3
from typing import TYPE_CHECKING

from bank_simulator import banks, clock, faults, instructions
from bank_simulator.replies import Reply, deliver, poll
from bank_simulator.shapes import CURRENCY, IDENTIFIER, Fields
from bank_simulator.web import Ending, Request, Route, answer_json

if TYPE_CHECKING:
    from bank_simulator.app import World


async def post_debit(world: "World", request: Request) -> Ending:
    """Take money from a customer's account into the clearing account."""
    return await _receive(world, request, "debit")


async def post_credit(world: "World", request: Request) -> Ending:
    """Give money from the clearing account to a customer's account."""
    return await _receive(world, request, "credit")


async def _receive(world: "World", request: Request, kind: str) -> Ending:
    fields = Fields(await request.json())
    wanted = instructions.Instruction(
        instruction_id=fields.matching("instruction_id", IDENTIFIER),
        kind=kind,
        token=fields.text("account", longest=35),
        amount_minor=fields.amount("amount_minor"),
        currency=fields.matching("currency", CURRENCY),
        end_to_end_id=fields.text("end_to_end_id", longest=35),
        remittance=fields.text("remittance", longest=140, default=""),
    )
    fields.finish()
    slug = request.place["bank"]

    def job(connection: sqlite3.Connection) -> Reply:
        bank = banks.paying_bank(connection, slug)
        return instructions.receive(connection, bank, wanted, clock.now(connection))

    reply = await world.store.run(job)
    if reply.execute_in is not None:
        world.later.schedule(slug, wanted.instruction_id, reply.execute_in)
    return await deliver(reply)


async def get_instruction(world: "World", request: Request) -> Ending:
    """Tell what became of an instruction."""

    def job(connection: sqlite3.Connection) -> dict[str, object] | None:
        bank = banks.serving_bank(connection, request.place["bank"])
        return instructions.look_up(connection, bank, request.place["instruction_id"])

    async def ask() -> Ending:
        found = await world.store.run(job)
        if found is None:
            raise instructions.unknown_instruction()
        return answer_json(found)

    return await poll(world, request, faults.LOOK_UP, ask)


ROUTES = (
    Route("POST", "/banks/{bank}/debits", post_debit),
    Route("POST", "/banks/{bank}/credits", post_credit),
    Route("GET", "/banks/{bank}/instructions/{instruction_id}", get_instruction),
)

"""The endpoint that makes the bank call the operator now, about whatever it is told."""

import secrets
import sqlite3
from typing import TYPE_CHECKING, Any

from bank_simulator import authorisations, banks, batches, instructions
from bank_simulator.errors import Refusal
from bank_simulator.shapes import Fields
from bank_simulator.web import Answer, Request, Route, answer_json

if TYPE_CHECKING:
    from bank_simulator.app import World

NOUNS = {
    "instruction_id": "instruction",
    "authorisation_id": "authorisation",
    "message_id": "batch",
}


async def post_callback(world: "World", request: Request) -> Answer:
    """Call the operator about an instruction, an authorisation or a batch."""
    fields = Fields(await request.json())
    named = [name for name in NOUNS if fields.has(name)]
    if len(named) != 1:
        raise Refusal(400, "field_invalid", f"Send one of {', '.join(NOUNS)}.")
    field = named[0]
    about = fields.text(field, longest=35)
    fields.finish()
    slug = request.place["bank"]

    def job(connection: sqlite3.Connection) -> dict[str, Any]:
        return _said(connection, banks.find_bank(connection, slug), field, about)

    said = await world.store.run(job)
    name = f"msg_{slug}_{secrets.token_hex(8)}"
    outcome = said.get("outcome", said.get("state"))
    await world.later.tell(name, slug, f"{NOUNS[field]}.{outcome}", said)
    return answer_json({"message_id": name}, 202)


def _said(
    connection: sqlite3.Connection, bank: banks.Bank, field: str, about: str
) -> dict[str, Any]:
    if field == "authorisation_id":
        return authorisations.describe(connection, bank, about)
    if field == "message_id":
        batch = batches.find_batch(connection, bank, about)
        return {"message_id": about, "state": batch["state"]}
    row = instructions.find(connection, bank.slug, about)
    if row is None:
        raise instructions.unknown_instruction()
    return instructions.shown(row)


ROUTES = (Route("POST", "/banks/{bank}/callbacks", post_callback),)

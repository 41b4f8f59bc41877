"""Endpoints of cards, and of giving money back along what took it."""

import sqlite3
from typing import TYPE_CHECKING, Any

from bank_simulator import authorisations, banks, chargebacks, clock, faults, follow_ups
from bank_simulator.cards import refuse_card_numbers
from bank_simulator.follow_ups import FollowUp
from bank_simulator.replies import Reply, deliver, poll, stopped
from bank_simulator.shapes import CURRENCY, IDENTIFIER, REASON, Fields
from bank_simulator.web import Answer, Ending, Handler, Request, Route, answer_json

if TYPE_CHECKING:
    from bank_simulator.app import World

CUSTOMER_ASKED = "CUST"


async def post_authorisation(world: "World", request: Request) -> Ending:
    """Hold an amount on a card."""
    payload = await request.json()
    refuse_card_numbers(payload)
    fields = Fields(payload)
    wanted = authorisations.Wanted(
        authorisation_id=fields.matching("authorisation_id", IDENTIFIER),
        token=fields.text("account", longest=35),
        amount_minor=fields.amount("amount_minor"),
        currency=fields.matching("currency", CURRENCY),
        statement_text=fields.text("statement_text", longest=140, default=""),
    )
    fields.finish()
    slug = request.place["bank"]

    def job(connection: sqlite3.Connection) -> Reply:
        bank = banks.paying_bank(connection, slug)
        return authorisations.authorise(connection, bank, wanted, clock.now(connection))

    reply = await world.store.run(job)
    if reply.execute_in is not None:
        world.later.schedule_authorisation(slug, wanted.authorisation_id, reply.execute_in)
    return await deliver(reply)


async def get_authorisation(world: "World", request: Request) -> Ending:
    """Tell what became of an authorisation."""

    def job(connection: sqlite3.Connection) -> dict[str, Any] | None:
        bank = banks.serving_bank(connection, request.place["bank"])
        return authorisations.look_up(connection, bank, request.place["authorisation_id"])

    async def ask() -> Ending:
        found = await world.store.run(job)
        if found is None:
            raise authorisations.unknown_authorisation()
        return answer_json(found)

    return await poll(world, request, faults.LOOK_UP, ask)


async def post_void(world: "World", request: Request) -> Ending:
    """Let go what an authorisation still holds."""
    Fields(await request.json()).finish()
    authorisation_id = request.place["authorisation_id"]

    def job(connection: sqlite3.Connection) -> Reply:
        bank = banks.paying_bank(connection, request.place["bank"])
        row = authorisations.needed(connection, bank, authorisation_id)
        call = faults.Call(direction="void", account=row["token"])
        fired = faults.draw(connection, bank.slug, faults.FOLLOW_UP_FAULTS, call)
        reply = stopped(fired)
        if reply is not None:
            return reply
        return Reply(authorisations.void(connection, bank, authorisation_id), fired=fired)

    return await deliver(await world.store.run(job))


async def post_capture(world: "World", request: Request) -> Ending:
    """Take a part or the whole of what is held."""
    return await _follow_up(world, request, "capture", request.place["authorisation_id"])


async def post_refund(world: "World", request: Request) -> Ending:
    """Give captured money back to the card."""
    return await _follow_up(world, request, "refund", request.place["authorisation_id"])


async def post_return(world: "World", request: Request) -> Ending:
    """Send an executed instant payment back, whole or in parts, whichever way it went."""
    return await _follow_up(world, request, "return", request.place["instruction_id"])


async def post_received_return(world: "World", request: Request) -> Ending:
    """Send back what somebody paid into the clearing account, by the bank's own name for it."""

    def job(connection: sqlite3.Connection) -> str:
        bank = banks.paying_bank(connection, request.place["bank"])
        return follow_ups.paid_in(connection, bank, request.place["bank_reference"])

    return await _follow_up(world, request, "return", await world.store.run(job))


async def _follow_up(world: "World", request: Request, kind: str, original_id: str) -> Ending:
    fields = Fields(await request.json())
    reason = None
    if kind == "return":
        reason = fields.matching("reason", REASON) if fields.has("reason") else CUSTOMER_ASKED
    wanted = FollowUp(
        follow_up_id=fields.matching(f"{kind}_id", IDENTIFIER),
        kind=kind,
        original_id=original_id,
        amount_minor=fields.amount("amount_minor"),
        reason=reason,
    )
    fields.finish()

    def job(connection: sqlite3.Connection) -> Reply:
        bank = banks.paying_bank(connection, request.place["bank"])
        return follow_ups.receive(connection, bank, wanted, clock.now(connection))

    return await deliver(await world.store.run(job))


async def post_chargeback(world: "World", request: Request) -> Answer:
    """Let the issuer take captured money back for its customer; nobody asks the operator."""
    fields = Fields(await request.json())
    reason = fields.matching("reason", REASON)
    asked = fields.amount("amount_minor") if fields.has("amount_minor") else None
    fields.finish()
    slug, authorisation_id = request.place["bank"], request.place["authorisation_id"]

    def job(connection: sqlite3.Connection) -> dict[str, Any]:
        bank = banks.find_bank(connection, slug)
        wanted = follow_ups.next_chargeback(connection, bank, authorisation_id, asked, reason)
        reply = follow_ups.receive(connection, bank, wanted, clock.now(connection))
        return {**(reply.answer or {}), "chargeback_reason": reason}

    told = await world.store.run(job)
    name = f"msg_{slug}_chargeback_{told['chargeback_id']}"
    await world.later.tell(name, slug, "chargeback.executed", told)
    return answer_json(told, 201)


async def post_reversal(world: "World", request: Request) -> Answer:
    """Decide a chargeback for the operator, who has the money again; for tests."""
    Fields(await request.json()).finish()
    slug, chargeback_id = request.place["bank"], request.place["chargeback_id"]

    def job(connection: sqlite3.Connection) -> dict[str, Any]:
        bank = banks.find_bank(connection, slug)
        return chargebacks.reverse(connection, bank, chargeback_id, clock.now(connection))

    told = await world.store.run(job)
    name = f"msg_{slug}_reversal_{chargeback_id}"
    await world.later.tell(name, slug, "chargeback.reversed", told)
    return answer_json(told, 201)


async def post_answer(world: "World", request: Request) -> Ending:
    """Take in what the operator's shop says to a chargeback; it moves nothing."""
    payload = await request.json()
    refuse_card_numbers(payload)
    fields = Fields(payload)
    answer = chargebacks.ShopsAnswer(
        answer_id=fields.matching("answer_id", IDENTIFIER),
        chargeback_id=request.place["chargeback_id"],
        text=fields.text("text", longest=2000),
        evidence=fields.text("evidence", longest=4000, default=""),
    )
    fields.finish()

    def job(connection: sqlite3.Connection) -> Reply:
        bank = banks.paying_bank(connection, request.place["bank"])
        call = faults.Call(direction=faults.ANSWER, only_named=True)
        fired = faults.draw(connection, bank.slug, faults.FILE_FAULTS, call)
        reply = stopped(fired)
        if reply is not None:
            return reply
        moment = clock.now(connection)
        return Reply(chargebacks.take_answer(connection, bank, answer, moment), fired=fired)

    return await deliver(await world.store.run(job))


async def get_chargebacks(world: "World", request: Request) -> Ending:
    """Tell what issuers took back of an authorisation, and what of it came back."""

    def job(connection: sqlite3.Connection) -> list[dict[str, Any]]:
        bank = banks.serving_bank(connection, request.place["bank"])
        place = request.place["authorisation_id"]
        return chargebacks.list_chargebacks(connection, bank, place)

    async def ask() -> Ending:
        return answer_json({"chargebacks": await world.store.run(job)})

    return await poll(world, request, faults.LOOK_UP, ask)


def _look_up(kind: str) -> Handler:
    """Return the endpoint that tells what became of a capture, a refund or a return."""

    async def get(world: "World", request: Request) -> Ending:
        def job(connection: sqlite3.Connection) -> dict[str, Any] | None:
            bank = banks.serving_bank(connection, request.place["bank"])
            return follow_ups.look_up(connection, bank, kind, request.place["follow_up_id"])

        async def ask() -> Ending:
            found = await world.store.run(job)
            if found is None:
                raise follow_ups.unknown(kind)
            return answer_json(found)

        return await poll(world, request, faults.LOOK_UP, ask)

    return get


_ONE = "/banks/{bank}/authorisations/{authorisation_id}"
ROUTES = (
    Route("POST", "/banks/{bank}/authorisations", post_authorisation),
    Route("GET", _ONE, get_authorisation),
    Route("POST", _ONE + "/captures", post_capture),
    Route("POST", _ONE + "/refunds", post_refund),
    Route("POST", _ONE + "/void", post_void),
    Route("POST", _ONE + "/chargeback", post_chargeback),
    Route("GET", _ONE + "/chargebacks", get_chargebacks),
    Route("POST", "/banks/{bank}/chargebacks/{chargeback_id}/reversal", post_reversal),
    Route("POST", "/banks/{bank}/chargebacks/{chargeback_id}/answers", post_answer),
    Route("GET", "/banks/{bank}/captures/{follow_up_id}", _look_up("capture")),
    Route("GET", "/banks/{bank}/refunds/{follow_up_id}", _look_up("refund")),
    Route("POST", "/banks/{bank}/instructions/{instruction_id}/returns", post_return),
    Route("POST", "/banks/{bank}/received/{bank_reference}/returns", post_received_return),
    Route("GET", "/banks/{bank}/returns/{follow_up_id}", _look_up("return")),
)

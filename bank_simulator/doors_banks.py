"""Endpoints of one bank: opening it, its health, its accounts and its faults."""

import re
import sqlite3
from datetime import date
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bank_simulator import accounts, banks, clock, faults, statements
from bank_simulator.cards import refuse_card_numbers
from bank_simulator.errors import Refusal
from bank_simulator.shapes import CURRENCY, LARGEST_AMOUNT_MINOR, REASON, Fields
from bank_simulator.web import Answer, Request, Route, answer_json

if TYPE_CHECKING:
    from bank_simulator.app import World

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LONGEST_SLUG = 40
ISPB = re.compile(r"[A-Z0-9]{8}")
LONGEST_WAIT_SECONDS = 600.0
SOME_DAY = date(2000, 1, 1)


async def put_bank(world: "World", request: Request) -> Answer:
    """Open a bank, or find it open."""
    slug = request.place["bank"]
    if not SLUG.fullmatch(slug) or len(slug) > LONGEST_SLUG:
        raise Refusal(400, "field_invalid", f"A bank's slug must match {SLUG.pattern}.")
    fields = Fields(await request.json())
    names_balance = fields.has("clearing_balance_minor")
    wanted: dict[str, Any] = {
        "slug": slug,
        "name": fields.text("name", longest=70),
        "currency": fields.matching("currency", CURRENCY),
        "timezone": _timezone(fields),
        "ispb": fields.matching("ispb", ISPB),
        "clearing_opening_minor": fields.integer(
            "clearing_balance_minor", least=-LARGEST_AMOUNT_MINOR, most=LARGEST_AMOUNT_MINOR
        )
        if names_balance
        else 0,
    }
    fields.finish()

    def job(connection: sqlite3.Connection) -> Answer:
        today = clock.local_date(clock.now(connection), wanted["timezone"])
        bank = banks.Bank(**wanted, opened_on=today)
        is_new = banks.put_bank(connection, bank, names_balance=names_balance)
        return answer_json(_shown(connection, slug), 201 if is_new else 200)

    return await world.store.run(job)


async def get_bank(world: "World", request: Request) -> Answer:
    """Tell a bank's particulars and which business day it is there."""
    return answer_json(await world.store.run(lambda c: _shown(c, request.place["bank"])))


async def get_bank_health(world: "World", request: Request) -> Answer:
    """Answer 200 when the bank is healthy, 503 when it is down."""
    slug = request.place["bank"]
    await world.store.run(lambda connection: banks.serving_bank(connection, slug))
    return answer_json({"healthy": True})


async def post_account(world: "World", request: Request) -> Answer:
    """Open a customer account."""
    payload = await request.json()
    refuse_card_numbers(payload)
    fields = Fields(payload)
    wanted = accounts.NewAccount(
        kind=fields.chosen("kind", accounts.KINDS),
        balance_minor=fields.amount("balance_minor", least=0),
        holder_name=fields.text("holder_name", longest=140, default=""),
        holder_tax_id=fields.text("holder_tax_id", longest=35),
        limit_minor=fields.amount("limit_minor") if fields.has("limit_minor") else None,
    )
    fields.finish()

    def job(connection: sqlite3.Connection) -> dict[str, object]:
        bank = banks.serving_bank(connection, request.place["bank"])
        return accounts.open_account(connection, bank, wanted)

    return answer_json(await world.store.run(job), 201)


async def get_account(world: "World", request: Request) -> Answer:
    """Tell an account's balance; `clearing` is the operator's."""

    def job(connection: sqlite3.Connection) -> dict[str, object]:
        bank = banks.serving_bank(connection, request.place["bank"])
        return accounts.describe_account(connection, bank, request.place["token"])

    return answer_json(await world.store.run(job))


async def post_verify(world: "World", request: Request) -> Answer:
    """Check that the caller's customer holds the account."""
    fields = Fields(await request.json())
    code = fields.text("code", longest=35)
    holder_tax_id = fields.text("holder_tax_id", longest=35)
    fields.finish()

    def job(connection: sqlite3.Connection) -> dict[str, object] | None:
        bank = banks.serving_bank(connection, request.place["bank"])
        token = request.place["token"]
        return accounts.verify_account(connection, bank, token, code, holder_tax_id)

    verified = await world.store.run(job)
    if verified is None:
        raise accounts.verification_failed()
    return answer_json(verified)


async def post_code(world: "World", request: Request) -> Answer:
    """Show a customer a fresh verification code."""
    Fields(await request.json()).finish()

    def job(connection: sqlite3.Connection) -> dict[str, object]:
        bank = banks.serving_bank(connection, request.place["bank"])
        return accounts.renew_code(connection, bank, request.place["token"])

    return answer_json(await world.store.run(job), 201)


async def post_close(world: "World", request: Request) -> Answer:
    """Close a customer account."""
    Fields(await request.json()).finish()

    def job(connection: sqlite3.Connection) -> None:
        bank = banks.serving_bank(connection, request.place["bank"])
        accounts.close_account(connection, bank, request.place["token"])

    await world.store.run(job)
    return answer_json({"closed": True})


async def post_fault(world: "World", request: Request) -> Answer:
    """Set a fault."""
    fields = Fields(await request.json())
    fault = fields.chosen("fault", faults.KNOWN)
    wanted = faults.NewFault(
        fault=fault,
        probability=fields.ratio("probability", most=1.0, default=1.0),
        seed=fields.integer("seed", least=0) if fields.has("seed") else 0,
        count=fields.integer("count", least=1) if fields.has("count") else None,
        direction=fields.chosen("direction", faults.DIRECTIONS)
        if fields.has("direction")
        else None,
        account=fields.text("account", longest=35) if fields.has("account") else None,
        reason=fields.matching("reason", REASON) if fields.has("reason") else None,
        delay_seconds=fields.ratio(
            "delay_seconds",
            most=LONGEST_WAIT_SECONDS,
            default=faults.DEFAULT_DELAYS.get(fault, 0.0),
        ),
        hold_seconds=fields.ratio("hold_seconds", most=LONGEST_WAIT_SECONDS, default=0.0),
        times=fields.integer("times", least=1, most=1000)
        if fields.has("times")
        else faults.DEFAULT_TIMES,
        closes_hour=_hour(fields, "closes_hour"),
        opens_hour=_hour(fields, "opens_hour"),
    )
    fields.finish()

    def job(connection: sqlite3.Connection) -> dict[str, object]:
        banks.find_bank(connection, request.place["bank"])
        return faults.set_fault(connection, request.place["bank"], wanted)

    return answer_json(await world.store.run(job), 201)


async def get_faults(world: "World", request: Request) -> Answer:
    """List the faults that are set."""

    def job(connection: sqlite3.Connection) -> list[dict[str, object]]:
        banks.find_bank(connection, request.place["bank"])
        return faults.list_faults(connection, request.place["bank"])

    return answer_json({"faults": await world.store.run(job)})


async def delete_faults(world: "World", request: Request) -> Answer:
    """Remove all faults of the bank, or the one with `?id=`."""
    fault_id = None
    if "id" in request.query:
        fault_id = request.whole_query("id", 0, 2**53)

    def job(connection: sqlite3.Connection) -> int:
        banks.find_bank(connection, request.place["bank"])
        return faults.clear_faults(connection, request.place["bank"], fault_id)

    return answer_json({"removed": await world.store.run(job)})


def _hour(fields: Fields, name: str) -> int | None:
    return fields.integer(name, least=0, most=23) if fields.has(name) else None


def _timezone(fields: Fields) -> str:
    name = fields.text("timezone", longest=64)
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        raise Refusal(400, "field_invalid", "timezone must be an IANA name.") from error
    return name


def _shown(connection: sqlite3.Connection, slug: str) -> dict[str, object]:
    bank = banks.find_bank(connection, slug)
    return {
        "bank": bank.slug,
        "name": bank.name,
        "currency": bank.currency,
        "timezone": bank.timezone,
        "ispb": bank.ispb,
        "opened_on": bank.opened_on.isoformat(),
        "healthy": not banks.is_down(connection, slug),
        **statements.describe_day(connection, bank, clock.now(connection)),
    }


ROUTES = (
    Route("PUT", "/banks/{bank}", put_bank),
    Route("GET", "/banks/{bank}", get_bank),
    Route("GET", "/banks/{bank}/health", get_bank_health),
    Route("POST", "/banks/{bank}/accounts", post_account),
    Route("GET", "/banks/{bank}/accounts/{token}", get_account),
    Route("POST", "/banks/{bank}/accounts/{token}/verify", post_verify),
    Route("POST", "/banks/{bank}/accounts/{token}/code", post_code),
    Route("POST", "/banks/{bank}/accounts/{token}/close", post_close),
    Route("POST", "/banks/{bank}/faults", post_fault),
    Route("GET", "/banks/{bank}/faults", get_faults),
    Route("DELETE", "/banks/{bank}/faults", delete_faults),
)

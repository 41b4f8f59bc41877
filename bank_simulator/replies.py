"""How a call that moves money is answered: truly, or as a fault spoils it.

Every such call names itself for good, so all of them work alike: a fault may stop it before
anything is processed; otherwise it is processed once, or found processed; and then a fault may
keep the answer back or spoil it. What was decided stays decided whatever the caller is told.
"""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from bank_simulator import faults
from bank_simulator.errors import Refusal, bank_unavailable
from bank_simulator.faults import Fired
from bank_simulator.web import Answer, Drip, NoAnswer, answer_json

GARBAGE = b"<html><head><title>Welcome</title></head><body>It works!</body></html>"


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


async def deliver(reply: Reply) -> Answer | NoAnswer | Drip:
    """Turn a reply into what goes over the wire, after the delay that a fault asks for.

    Raises:
        Refusal: The one that the reply carries.
    """
    if reply.refusal is not None:
        raise reply.refusal
    fired = reply.fired
    if fired is None:
        return answer_json(reply.answer)
    if reply.answer is None or fired.fault in faults.SILENT_FAULTS:
        return NoAnswer(fired.hold_seconds)
    if fired.fault == faults.EXECUTED_BUT_SERVER_ERROR:
        raise server_error()
    if fired.fault == faults.LATE:
        await asyncio.sleep(fired.delay_seconds)
    return _spoiled(dict(reply.answer), fired)


def _spoiled(answer: dict[str, Any], fired: Fired) -> Answer | Drip:
    """Return an answer that comes, and may lie."""
    if fired.fault == faults.GARBAGE:
        return Answer(200, GARBAGE, "text/html")
    if fired.fault == faults.WRONG_AMOUNT:
        answer["amount_minor"] += 1
    if fired.fault == faults.UNKNOWN_ID:
        # The first field of every such answer is the name that the caller gave.
        answer[next(iter(answer))] = f"other-{fired.id}-{fired.draw}"
    body = json.dumps(answer, separators=(",", ":")).encode()
    if fired.fault == faults.SLOW_DRIP:
        return Drip(body, fired.delay_seconds)
    if fired.fault == faults.CUT_SHORT:
        return Drip(body, 0, cut_after=len(body) // 2)
    return Answer(200, body)

"""The Pix rail: instant, day and night, every movement known to both banks by its EndToEndId.

What Pix asks for beyond an instant payment is in this file:

- the name: ``E``, the ISPB of the bank it leaves from, the minute in UTC and eleven characters,
  made when the attempt is written and kept for every retry;
- the way back: money is returned by the original's name, under a name of its own that begins with
  ``D``, within 90 days, in parts if need be, and never as a payment the other way;
- the night: from 20:00 to 06:00 in Brasília one person sends another at most R$ 1,000. The rule
  of limits counts a whole night and is what people are told of; here each payment is held
  against it once more, by the moment at which it was approved, before it leaves.

Source: Banco Central do Brasil, "Manual de Fluxos do Processo de Efetivação do Pix" and
"Catálogo de Mensagens do SFN" for the names, Regulamento do Pix (Resolução BCB 1/2020) for the
return, Resolução BCB 142/2021 for the night.
"""

import re
import secrets
import string
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

from payments.rails import Instruction, Names, Original, Outcome
from payments.rails.sandbox import SandboxRail, look_up_once, send_once

RETURNED_WITHIN = timedelta(days=90)
NIGHT_FROM, NIGHT_TO = time(20), time(6)
NIGHT_LIMIT_MINOR = 100_000
TOO_MUCH, TOO_LATE = "AM02", "DT01"  # ISO 20022 status reasons: amount not allowed, invalid date.
_BRASILIA = ZoneInfo("America/Sao_Paulo")
_CHANCE = string.ascii_letters + string.digits
_NAME = re.compile(r"[ED][0-9A-Z]{8}[0-9]{12}[A-Za-z0-9]{11}")


def new_name(letter: str, ispb: str, moment: datetime) -> str:
    """Return a fresh name: 32 characters, 65 bits of them chance.

    Args:
        letter: ``E`` for a payment, ``D`` for a return.
        ispb: The bank it leaves from, eight digits or capital letters.
        moment: Aware.

    Raises:
        ValueError: The ISPB is none.
    """
    minute = moment.astimezone(UTC).strftime("%Y%m%d%H%M")
    name = f"{letter}{ispb}{minute}{''.join(secrets.choice(_CHANCE) for _ in range(11))}"
    if not is_name(name):
        raise ValueError(f"{ispb!r} is no ISPB")
    return name


def is_name(text: str) -> bool:
    """Tell whether a text is a name as Pix gives them."""
    return _NAME.fullmatch(text) is not None


def is_night(moment: datetime) -> bool:
    """Tell whether a moment lies in the night of Brasília."""
    hour = moment.astimezone(_BRASILIA).time()
    return hour >= NIGHT_FROM or hour < NIGHT_TO


class PixRail(SandboxRail):
    """Speaks to banks of Pix."""

    def names(
        self,
        wanted: str,
        *,
        moment: datetime,
        member_id: Callable[[], str],
        gives_back: Original | None = None,
    ) -> Names:
        """Give a payment its EndToEndId; a return keeps its original's and gets its own D name."""
        if gives_back is not None:
            return Names(new_name("D", member_id(), moment), gives_back.end_to_end_id)
        return Names(wanted, new_name("E", member_id(), moment))

    def debit(self, instruction: Instruction) -> Outcome:
        """Take money from a customer, unless the night forbids it."""
        approved_at = instruction.approved_at
        is_large = instruction.amount_minor > NIGHT_LIMIT_MINOR
        if approved_at and instruction.is_between_people and is_large and is_night(approved_at):
            return Outcome("rejected", reason=TOO_MUCH)
        return super().debit(instruction)

    def credit(self, instruction: Instruction) -> Outcome:
        """Pay a customer, or return what was taken, by the name it was taken under."""
        original = instruction.gives_back
        if original is None:
            return super().credit(instruction)
        asked_at = instruction.asked_at
        if asked_at is not None and asked_at - original.executed_at > RETURNED_WITHIN:
            return Outcome("rejected", reason=TOO_LATE)
        path = f"/banks/{quote(instruction.bank)}/instructions/{quote(original.instruction_id)}"
        asked = {
            "return_id": instruction.instruction_id,
            "amount_minor": instruction.amount_minor,
        }
        return send_once(f"{path}/returns", asked, "return_id")

    def look_up(self, instruction_id: str, bank: str) -> Outcome:
        """Ask what became of a payment or, by its D name, of a return."""
        if instruction_id.startswith("D") and is_name(instruction_id):
            path = f"/banks/{quote(bank)}/returns/{quote(instruction_id)}"
            return look_up_once(path, instruction_id, "return_id")
        return super().look_up(instruction_id, bank)

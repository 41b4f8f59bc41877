"""Sending money back that somebody paid in and nobody here asked for.

The operator knows such money only by the bank's statement: by the bank's own name of the movement.
Who paid it, and to which account it goes back, the bank knows.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from payments.rails import Outcome, rail_named


@dataclass(frozen=True, slots=True)
class SendBack:
    """An instruction to send back what came in, whole or in part.

    Attributes:
        return_id: Names it for ever, at most 35 characters. An exact repeat is the same to the
            bank.
        bank: The bank's slug.
        bank_reference: The bank's own name of what came in.
        amount_minor: Minor units, at least 1.
    """

    return_id: str
    bank: str
    bank_reference: str
    amount_minor: int


@runtime_checkable
class SendingBackRail(Protocol):
    """What a rail also has whose banks take such an instruction; it offers ``send_back``."""

    def send_back(self, wanted: SendBack) -> Outcome:
        """Have money sent back to whoever paid it in.

        ``rejected`` also says that the bank knows of no such money.
        """

    def look_up_sent_back(self, return_id: str, bank: str) -> Outcome:
        """Ask what became of such an instruction; moves nothing."""


def sending_back(name: str) -> SendingBackRail | None:
    """Return a rail if its banks take such an instruction, else None.

    Raises:
        LookupError: The setting ``TROCO_RAILS`` does not list it.
    """
    rail = rail_named(name)
    if "send_back" not in rail.offers or not isinstance(rail, SendingBackRail):
        return None
    return rail

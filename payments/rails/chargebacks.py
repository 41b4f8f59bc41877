"""What issuers of cards take back: told by the processor when it is asked about a debit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol, runtime_checkable

from django.conf import settings

from payments.enums import DisputeReason
from payments.rails import Outcome, rail_named


@dataclass(frozen=True, slots=True)
class ToldChargeback:
    """One chargeback as the processor has it; all of it was taken from the operator.

    Attributes:
        chargeback_id: The processor's name of it, which the statement's line carries.
        amount_minor: What was taken, at least 1.
        currency: ISO 4217.
        reason: The scheme's code.
        reversal_id: Names the money's way back; empty while it has not come back.
    """

    chargeback_id: str
    amount_minor: int
    currency: str
    reason: str
    reversal_id: str = ""


@dataclass(frozen=True, slots=True)
class ShopsAnswer:
    """What a shop says to a chargeback, for its issuer.

    Attributes:
        answer_id: Names it for ever, at most 35 characters; the same words under it are the same.
        chargeback_id: The processor's name of the chargeback.
        text: In the shop's words.
        evidence: References in words.
    """

    answer_id: str
    chargeback_id: str
    text: str
    evidence: Sequence[str]


@runtime_checkable
class ChargingBackRail(Protocol):
    """What a rail also has whose debits can be taken back by the payer's issuer."""

    def chargebacks(self, instruction_id: str, bank: str) -> Sequence[ToldChargeback]:
        """Ask what was taken back of a debit, oldest first; moves nothing.

        Raises:
            RailUnavailable: The bank did not answer, or cannot be understood.
        """

    def answer_chargeback(self, answer: ShopsAnswer, bank: str) -> Outcome:
        """Hand the shop's answer to the issuer; it moves nothing, so it may be handed over again.

        ``executed`` means that the processor has it, ``rejected`` that it takes none of this.
        """


def rails_charging_back() -> list[str]:
    """Return the names of the rails whose debits issuers can take back."""
    names = settings.TROCO_RAILS
    return [name for name in names if isinstance(rail_named(name), ChargingBackRail)]


REASONS: Mapping[str, DisputeReason] = MappingProxyType(
    {
        "10.1": DisputeReason.NOT_ME,
        "10.2": DisputeReason.NOT_ME,
        "10.3": DisputeReason.NOT_ME,
        "10.4": DisputeReason.NOT_ME,
        "10.5": DisputeReason.NOT_ME,
        "4837": DisputeReason.NOT_ME,
        "4863": DisputeReason.NOT_ME,
        "4870": DisputeReason.NOT_ME,
        "4871": DisputeReason.NOT_ME,
        "12.5": DisputeReason.WRONG_AMOUNT,
        "12.6": DisputeReason.PAID_TWICE,
        "4834": DisputeReason.PAID_TWICE,
        "13.1": DisputeReason.NOT_RECEIVED,
        "4855": DisputeReason.NOT_RECEIVED,
        "13.3": DisputeReason.NOT_AS_DESCRIBED,
        "4853": DisputeReason.NOT_AS_DESCRIBED,
        "13.6": DisputeReason.ORDER_CANCELLED,
        "13.7": DisputeReason.ORDER_CANCELLED,
        "4860": DisputeReason.ORDER_CANCELLED,
    }
)
"""The schemes' codes that say what a payer could say here; the others are ``other``.

Sources: Visa's dispute conditions 10 to 13, Mastercard's message reason codes.
"""


def reason_of(code: str) -> DisputeReason:
    """Return what a scheme's code says, in the words of disputes."""
    return REASONS.get(code, DisputeReason.OTHER)

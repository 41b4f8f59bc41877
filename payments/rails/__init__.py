"""Rails: how an instruction reaches a bank, and what is known of it afterwards.

A rail is one class with the methods below. A new bank's way of speaking is one file here, one
line in the setting ``TROCO_RAILS`` and the shared contract test; ``docs/rails.md`` has an
example. Nothing of a rail's wire format leaves its file: services see an ``Instruction`` go out
and an ``Outcome`` come back.

The one rule every rail must keep is honesty about what it does not know:

- ``executed`` and ``rejected`` are said by the bank about this very instruction; ``rejected``
  also by the rail itself about what its scheme forbids or it cannot do, before anything is sent;
- ``not_sent`` is said only when nothing left this machine, or the bank answered that it did
  not take the instruction in: sending the same instruction again is safe;
- ``pending`` and ``not_found`` are answers to a look-up. Neither ends anything: banks were
  seen to deny an instruction that they executed a minute later;
- everything else is ``unknown``: a time-out, a connection that broke after the first byte, a
  server error, an answer that cannot be read.

Of the policies tried against a simulated bank with 12 % unknown answers, only one produced
neither a double payment nor a false failure: hold, never resend, ask late, and let the
statement close it. ``LookUpPolicy`` carries its numbers, because banks ration look-ups.

A rail never runs inside a database transaction; ``core.http`` refuses that.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import BinaryIO, Literal, Protocol, runtime_checkable

from django.conf import settings
from django.utils.module_loading import import_string

OutcomeKind = Literal["executed", "rejected", "pending", "not_found", "not_sent", "unknown"]
BatchAnswerKind = Literal["received", "accepted", "partial", "rejected", "not_found", "unknown"]
ItemState = Literal["accepted", "rejected", "settled"]
Direction = Literal["into", "out_of"]
EntryKind = Literal["movement", "charge", "return", "reversal", "remainder"]
Offer = Literal["debit", "credit", "give_back", "batch", "send_back"]

Content = bytes | BinaryIO

LONGEST_ID = 35  # ISO 20022 Max35Text, which InstrId, EndToEndId and MsgId are.


NOT_OFFERED = "AG03"  # ISO 20022: this kind of transaction is not supported.


@dataclass(frozen=True, slots=True)
class Original:
    """An executed debit that is given back, whole or in part, along the way it came."""

    instruction_id: str
    end_to_end_id: str
    executed_at: datetime


@dataclass(frozen=True, slots=True)
class Names:
    """What a movement is called for ever; every retry and look-up uses the same two."""

    instruction_id: str
    end_to_end_id: str


@dataclass(frozen=True, slots=True)
class Instruction:
    """One movement between a customer's account and the operator's clearing account.

    Attributes:
        instruction_id: Names this attempt for ever, at most 35 characters. An exact repeat is
            the same instruction to the bank.
        bank: The bank's slug.
        account_token: The token that the bank gave for the customer's account.
        amount_minor: Minor units, at least 1.
        currency: ISO 4217.
        end_to_end_id: What both banks and the statement carry along.
        remittance: What the customer reads on the statement.
        gives_back: What a credit gives back; None for one that stands on its own.
        approved_at: Business time at which a person approved it; None where nobody said.
        asked_at: Business time at which it is sent this time.
        is_between_people: Whether one person pays another.
    """

    instruction_id: str
    bank: str
    account_token: str
    amount_minor: int
    currency: str
    end_to_end_id: str
    remittance: str = ""
    gives_back: Original | None = None
    approved_at: datetime | None = None
    asked_at: datetime | None = None
    is_between_people: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is known of an instruction.

    Attributes:
        kind: See the module's text for what each kind promises.
        reason: The bank's reason code of a refusal, or what went wrong with the call.
        bank_reference: The bank's own name for the execution.
        executed_at: The bank's time of execution, aware; None unless executed.
    """

    kind: OutcomeKind
    reason: str = ""
    bank_reference: str = ""
    executed_at: datetime | None = None

    @property
    def is_definite(self) -> bool:
        """Tell whether the instruction's fate is decided."""
        return self.kind in {"executed", "rejected", "not_sent"}


@dataclass(frozen=True, slots=True)
class VerifiedAccount:
    """What a bank says of an account whose holder proved to hold it."""

    kind: str
    last4: str
    holder_name: str


@dataclass(frozen=True, slots=True)
class BatchItem:
    """What a bank says of one payment of a file."""

    end_to_end_id: str
    state: ItemState
    reason: str = ""
    bank_reference: str = ""


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """What is known of a file.

    ``not_sent`` as in ``Outcome``: safe to send the same bytes again. The items may be many, and
    may be read from a file while they are gone through.
    """

    kind: BatchAnswerKind | Literal["not_sent"]
    reason: str = ""
    items: Iterable[BatchItem] = ()


@dataclass(frozen=True, slots=True)
class StatementEntry:
    """One booked line, seen from the operator's clearing account at the bank.

    What a bank books as one may be several lines here: each payment of a batch, and the bank's
    charge apart from the payment it was taken out of. Such lines share their ``entry``.

    Attributes:
        position: From 1, in the order of the file.
        direction: Which way the money moved.
        amount_minor: Minor units, at least 1.
        currency: ISO 4217.
        booked_date: When the bank booked it.
        end_to_end_id: As the order carried it.
        instruction_id: As the order carried it.
        bank_reference: The bank's own name for it.
        remittance: What was written along.
        kind: ``return`` is money that comes back, ``reversal`` undoes an entry of the bank's,
            ``remainder`` is what an entry has more or less than its parts.
        entry: From 1, which entry of the file it is of.
        counterparty: The name at the other end, where the bank tells it.
        group_id: The message id of the file that the bank booked as one, where it names it.
        reason: The bank's code of a return.
    """

    position: int
    direction: Direction
    amount_minor: int
    currency: str
    booked_date: date
    end_to_end_id: str
    instruction_id: str
    bank_reference: str
    remittance: str
    kind: EntryKind = "movement"
    entry: int = 0
    counterparty: str = ""
    group_id: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StatementHead:
    """What a statement says of itself; balances are in minor units and may be negative."""

    reference: str
    sequence: int
    currency: str
    date: date
    opening_minor: int
    closing_minor: int
    made_at: datetime | None


@dataclass(frozen=True, slots=True)
class StatementFile:
    """A statement as received: its head, and its entries as often as they are asked for.

    The bytes lie in a file, not in memory; ``entries`` reads it from the beginning each time.
    """

    sha256: str
    head: StatementHead
    entries: Callable[[], Iterator[StatementEntry]]


@dataclass(frozen=True, slots=True)
class NotificationFile:
    """What a bank tells of the same day, before its statement: evidence, not the books.

    Attributes:
        sha256: Of the bytes.
        reference: The bank's name of the notification.
        currency: Of the account it is about.
        entries: As of ``StatementFile``.
    """

    sha256: str
    reference: str
    currency: str
    entries: Callable[[], Iterator[StatementEntry]]


@dataclass(frozen=True, slots=True)
class LookUpPolicy:
    """When a rail may be asked about an unknown instruction, in wall-clock time."""

    first_after: timedelta = timedelta(seconds=90)
    at_most: int = 3
    within: timedelta = timedelta(hours=2)

    def next_at(self, *, asked_at: datetime, done: int) -> datetime | None:
        """Return when to ask for the ``done + 1``-th time, or None: wait for the statement.

        The waits grow so that the last look-up falls at the end of the span.

        Args:
            asked_at: When the instruction was sent.
            done: How many look-ups were made.
        """
        if done >= self.at_most:
            return None
        if done == 0:
            return asked_at + self.first_after
        share = done / (self.at_most - 1) if self.at_most > 1 else 1
        return asked_at + self.first_after + (self.within - self.first_after) * share**2


class StatementNotReady(Exception):
    """The bank has not closed that day's book yet."""


class StatementMissing(Exception):
    """The bank has no statement of that day and never will: it was before its opening."""


class StatementUnreadable(Exception):
    """The bank's statement is no statement; the message says what is wrong with it."""


class VerificationRefused(Exception):
    """The bank does not confirm the code and holder; it does not say which is wrong."""


class RailUnavailable(Exception):
    """The bank did not answer a question that moves nothing."""


class Rail(Protocol):
    """A way to reach banks; one object serves every bank that names the rail.

    Attributes:
        look_up_policy: When the rail may be asked about what is unknown.
        offers: What the rail can do. What it does not offer it rejects, and sends nothing.
    """

    look_up_policy: LookUpPolicy
    offers: frozenset[Offer]

    def names(
        self,
        wanted: str,
        *,
        moment: datetime,
        member_id: Callable[[], str],
        gives_back: Original | None = None,
    ) -> Names:
        """Name a movement, once, before it is first sent.

        Args:
            wanted: Our own name for it, 1 to 29 characters, unique for ever.
            moment: Business time.
            member_id: Tells the bank's national id; called only where names carry it.
            gives_back: What the movement gives back.
        """

    def debit(self, instruction: Instruction) -> Outcome:
        """Take money from a customer's account into the operator's clearing account."""

    def credit(self, instruction: Instruction) -> Outcome:
        """Pay money from the operator's clearing account into a customer's account."""

    def look_up(self, instruction_id: str, bank: str) -> Outcome:
        """Ask what became of an instruction; never moves anything."""

    def statement(self, bank: str, day: date) -> StatementFile:
        """Fetch the statement of a closed day.

        Raises:
            StatementNotReady: The day is not closed.
            StatementMissing: There is none and never will be.
            StatementUnreadable: What came back is no statement.
            RailUnavailable: The bank did not answer.
        """

    def submit_batch(self, bank: str, content: Content) -> BatchAnswer:
        """Hand over a file whose message id is fixed in its bytes.

        Args:
            bank: The bank's slug.
            content: The bytes, or a file that may be long and is not read as a whole.
        """

    def look_up_batch(self, bank: str, message_id: str) -> BatchAnswer:
        """Ask what became of a file and of each payment in it."""

    def verify_account(
        self, bank: str, token: str, code: str, holder_tax_id: str
    ) -> VerifiedAccount:
        """Let the bank confirm that the holder of a token is who we think.

        Raises:
            VerificationRefused: It does not confirm.
            RailUnavailable: The bank did not answer.
        """

    def is_healthy(self, bank: str) -> tuple[bool, str]:
        """Tell whether the bank serves, and if not, what was seen."""


@runtime_checkable
class NotifyingRail(Protocol):
    """What a rail also has whose banks tell on the same day what they booked."""

    def notifications(self, bank: str, after: int) -> list[int]:
        """Return the numbers above ``after`` of a bank's notifications, rising.

        Raises:
            RailUnavailable: The bank did not answer.
        """

    def notification(self, bank: str, number: int) -> NotificationFile:
        """Fetch one of them.

        Raises:
            StatementUnreadable: What came back is no notification.
            RailUnavailable: The bank did not answer.
        """


def rail_named(name: str) -> Rail:
    """Return the rail that a bank names.

    Raises:
        LookupError: The setting ``TROCO_RAILS`` does not list it.
    """
    dotted = settings.TROCO_RAILS.get(name)
    if dotted is None:
        raise LookupError(f"No rail is named {name!r} in TROCO_RAILS.")
    rail: Rail = import_string(dotted)()
    return rail


def rails_offering(offer: Offer) -> list[str]:
    """Return the names of the rails that can do something, in the setting's order."""
    return [name for name in settings.TROCO_RAILS if offer in rail_named(name).offers]

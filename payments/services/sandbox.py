"""What only a sandbox can do: open bank accounts, move time, break banks, run a cutoff now."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core import clock
from core.clock import business_now
from core.errors import BankUnavailable, InputInvalid, NotFound, StateConflict
from core.transactions import refuse_owner
from payments.enums import BatchState, PayoutState, SourceKind
from payments.models import Bank, SettlementBatch
from payments.queries.funding import source_of
from payments.queries.settlement import BatchSnapshot, batch_snapshot
from payments.rails import RailUnavailable, simulator
from payments.rails.simulator import OpenedAccount
from payments.services.availability import check_countries
from payments.services.batches import ApprovalNeeded, approve_batch
from payments.services.reconciliation import import_due_statements
from payments.services.settlement import claim_batch, live_rail, note_value_date
from payments.services.submission import look_up_batch, submit_batch
from people.queries import party_by_id

if TYPE_CHECKING:
    from people.models import Person

logger = structlog.get_logger(__name__)

LONGEST_ADVANCE_SECONDS = 400 * 24 * 3600
_UNDECIDED = (PayoutState.SENT, PayoutState.ACCEPTED, PayoutState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class NewAccount:
    """A simulated customer's account; the balance is in minor units of the bank's currency."""

    bank: str
    kind: str
    balance_minor: int
    tax_id: str
    holder_name: str


@dataclass(frozen=True, slots=True)
class CutoffRun:
    """What running a bank's cutoff came to; no batch where nothing was to be settled."""

    booked_date: date
    batch: BatchSnapshot


def open_funding_token(
    *, person: "Person", bank: str, kind: str, balance_minor: int
) -> OpenedAccount:
    """Open a simulated account that belongs to the caller, as a bank's own page would.

    Args:
        person: The caller; the account gets the tax id and name of their identity.
        bank: The bank's slug.
        kind: ``bank_account`` or a kind of card.
        balance_minor: What lies in it, 0 or more.

    Raises:
        NotFound: The bank is not known, or this is no sandbox.
        StateConflict: The caller has given no identity yet.
        InputInvalid: The kind is not one a bank has.
        BankUnavailable: The simulator does not answer.

    Transaction: none.
    """
    party = party_by_id(person.party_id) if person.party_id is not None else None
    if party is None or party.tax_id is None:
        raise StateConflict(_("Give your identity first; the account gets your tax id."))
    name = party.legal_name or party.display_name
    return open_account(account=NewAccount(bank, kind, balance_minor, party.tax_id, name))


def renew_funding_code(*, person: "Person", source_id: str) -> str:
    """Return the fresh code that the bank of a linked account shows its customer now.

    Args:
        person: The caller.
        source_id: Public id of one of their sources at a bank.

    Raises:
        NotFound: There is no such source, it has no bank, or this is no sandbox.
        BankUnavailable: The simulator does not answer.

    Transaction: none.
    """
    _require_sandbox()
    source = source_of(person.party_id, source_id) if person.party_id is not None else None
    if source is None or not source.bank:
        raise NotFound
    try:
        return simulator.renew_code(bank=source.bank, token=source.token)
    except RailUnavailable as trouble:
        raise BankUnavailable(str(trouble)) from trouble


def open_account(*, account: NewAccount) -> OpenedAccount:
    """Open a simulated account for anybody, as seeding does for shops.

    Raises:
        NotFound: The bank is not known, or this is no sandbox.
        InputInvalid: The kind is not one a bank has.
        BankUnavailable: The simulator does not answer.

    Transaction: none.
    """
    _require_sandbox()
    if account.kind not in set(SourceKind) - {SourceKind.BALANCE}:
        raise InputInvalid(field_errors={"kind": [{"code": "unknown", "detail": account.kind}]})
    _bank(account.bank)
    try:
        return simulator.open_account(
            bank=account.bank,
            kind=account.kind,
            balance_minor=account.balance_minor,
            holder_tax_id=account.tax_id,
            holder_name=account.holder_name,
        )
    except RailUnavailable as trouble:
        raise BankUnavailable(str(trouble)) from trouble


def put_banks() -> None:
    """Open, in the simulator, every bank that it does not have yet: here all are simulated.

    Raises:
        BankUnavailable: The simulator does not answer, or has a bank otherwise.

    Transaction: none.
    """
    _require_sandbox()
    for bank in Bank.objects.filter(rail__in=settings.TROCO_RAILS).order_by("slug"):
        try:
            simulator.put_bank(
                bank=bank.slug,
                name=bank.name,
                currency=bank.currency,
                timezone=bank.timezone,
                national_id=bank.national_id,
            )
        except RailUnavailable as trouble:
            raise BankUnavailable(str(trouble)) from trouble


def advance_clock(*, seconds: int) -> datetime:
    """Move the sandbox's business time forward, and the banks' with it.

    Args:
        seconds: 0 to 400 days; time never goes backwards.

    Returns:
        The business time now.

    Raises:
        NotFound: This is no sandbox.
        InputInvalid: The step is negative or too long.
        BankUnavailable: Our time moved and the simulator did not answer; the clock process
            brings it along.

    Transaction: none (one statement).
    """
    _require_sandbox()
    if not 0 <= seconds <= LONGEST_ADVANCE_SECONDS:
        raise InputInvalid(_("The sandbox's clock moves forward only, at most 400 days at once."))
    clock.advance(seconds)
    sync_clock()
    return business_now()


def travel(*, seconds: int) -> datetime:
    """Move time as ``advance_clock`` does, and do what the days in between would have done.

    A look at a country is good for minutes, so after a day's journey every country would be
    closed until the clock process looks again; and statements that banks have published
    meanwhile are there to be read.

    Args:
        seconds: 0 to 400 days.

    Returns:
        The business time now.

    Raises:
        InputInvalid: The journey goes back, or further than 400 days.
        NotFound: This is no sandbox.
        BankUnavailable: The simulator does not answer.

    Transaction: none (each step owns its own).
    """
    arrived = advance_clock(seconds=seconds)
    check_countries()
    import_due_statements(moment=arrived)
    return arrived


def sync_clock() -> None:
    """Give the simulator our business time; the same time again changes nothing.

    Raises:
        NotFound: This is no sandbox.
        BankUnavailable: The simulator does not answer.

    Transaction: none.
    """
    _require_sandbox()
    try:
        simulator.set_clock(offset_seconds=clock.offset_seconds())
    except RailUnavailable as trouble:
        raise BankUnavailable(str(trouble)) from trouble


def set_fault(*, bank: str, fault: dict[str, object]) -> dict[str, Any]:
    """Make a simulated bank misbehave.

    Args:
        bank: The bank's slug.
        fault: ``{fault, probability, seed, count, …}`` as ``docs/simulator.md`` lists them.

    Returns:
        The fault as it is set.

    Raises:
        NotFound: The bank is not known, or this is no sandbox.
        InputInvalid: The simulator refuses the fault.

    Transaction: none.
    """
    _require_sandbox()
    _bank(bank)
    try:
        return simulator.set_fault(bank=bank, fault=fault)
    except RailUnavailable as trouble:
        raise InputInvalid(str(trouble)) from trouble


def clear_faults(*, bank: str) -> None:
    """Let a simulated bank behave again.

    Raises:
        NotFound: The bank is not known, or this is no sandbox.
        BankUnavailable: The simulator does not answer.

    Transaction: none.
    """
    _require_sandbox()
    _bank(bank)
    try:
        simulator.clear_faults(bank=bank)
    except RailUnavailable as trouble:
        raise BankUnavailable(str(trouble)) from trouble


def run_cutoff(*, bank: str) -> CutoffRun:
    """Do now all that a bank's cutoff does: claim, send, let the bank execute, hear of it.

    A batch above the threshold stops at ``claimed`` and waits for a person, as it would at a
    real cutoff; the bank's day is closed all the same.

    Changes: a batch with its payouts, the books, the simulated bank's day. Publishes what
    submitting and acknowledging publish.

    Args:
        bank: The bank's slug.

    Returns:
        The day that the bank closed, and the batch.

    Raises:
        NotFound: The bank is not known or has no live agreement, or this is no sandbox.
        SettlementStopped: A hold stops everything in the country.
        BankUnavailable: The simulator does not answer; what was claimed goes on by the clock.

    Transaction: none (each step owns its own).
    """
    refuse_owner("payments.services.sandbox.run_cutoff")
    _require_sandbox()
    batch = claim_batch(rail_id=live_rail(bank=bank).pk, cutoff_at=business_now())
    batch_id = batch.public_id
    if batch.state == BatchState.CLAIMED:
        _send(batch_id)
    booked_date = _close_day(bank)
    note_value_date(batch_id=batch_id, value_date=booked_date)
    look_up_batch(batch_id=batch_id)
    return CutoffRun(booked_date=booked_date, batch=batch_snapshot(batch_id))


def play_banks() -> int:
    """Close the day of each simulated bank that holds files it has not executed.

    Real banks do this by themselves. A bank's day is closed at most once, however often this
    is called.

    Returns:
        How many days were closed.

    Raises:
        NotFound: This is no sandbox.

    Transaction: none.
    """
    _require_sandbox()
    moment = business_now()
    waiting = SettlementBatch.objects.filter(payouts__state__in=_UNDECIDED)
    closed = 0
    for bank in Bank.objects.filter(batches__in=waiting).distinct():
        today = moment.astimezone(ZoneInfo(bank.timezone)).date()
        try:
            last = simulator.last_closed(bank=bank.slug)
            if last is None or last < today:
                _close_day(bank.slug)
                closed += 1
        except (RailUnavailable, BankUnavailable) as trouble:
            logger.warning("simulated_bank_waits", bank=bank.slug, why=str(trouble))
    return closed


def _send(batch_id: str) -> None:
    try:
        approve_batch(batch_id=batch_id, staff=None)
    except ApprovalNeeded:
        return
    submit_batch(batch_id=batch_id)


def _close_day(bank: str) -> date:
    try:
        return simulator.run_cutoff(bank=bank)
    except RailUnavailable as trouble:
        raise BankUnavailable(str(trouble)) from trouble


def _bank(slug: str) -> Bank:
    found = Bank.objects.filter(slug=slug).first()
    if found is None:
        raise NotFound
    return found


def _require_sandbox() -> None:
    """Refuse in a live instance, whoever calls."""
    if settings.TROCO_MODE != "sandbox":
        raise NotFound

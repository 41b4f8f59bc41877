"""At a bank's cutoff: which sales are settled, in which payouts, in which batch.

A payout is what some sales of a shop came to, less the fees, less what left the shop's money
since the last one: refunds, and what disputes hold. Every waiting entry that took something goes
into its first payout, so that the rest is only what the shop is owed. Where such entries are more
than the sales, nothing is paid out and all of it waits for the next cutoff. What came back to a
shop that sells nothing any more, because a dispute let go of it, is paid out by itself.

The claim goes through the shops page by page, each page one transaction (``services.netting``).
It takes the sales with ``FOR UPDATE SKIP LOCKED`` and adds to the batch's totals what it took;
with the last page the batch is ``claimed`` and its totals are frozen. A process that dies leaves
the batch ``open``, and the next one goes on at the same cutoff. A sale that somebody else holds
at that moment is left for the next cutoff. That no sale is ever in two payouts is a unique
constraint.
"""

from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import structlog

from core.clock import business_now
from core.errors import NotFound
from core.ids import new_id
from core.transactions import joins, owns, refuse_owner
from payments.enums import AgreementState, BankWork, BatchState, Capability
from payments.models import AgreementRail, SettlementBatch, SettlementWindow
from payments.queries.countries import is_stopped
from payments.rails import rails_offering
from payments.services.batches import lock_batch, move_batch
from payments.services.calendar import add_business_days, cutoff_after, newest_cutoff
from payments.services.netting import claim_page
from payments.services.troubles import clear_trouble, note_trouble

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from people.models import Person

logger = structlog.get_logger(__name__)


def claim_due_batches(*, moment: datetime) -> list[str]:
    """Claim a batch for every cutoff that has passed and was not claimed yet.

    Claims that a process left behind are finished first. When several cutoffs passed unseen, the
    newest claims for all of them. A claim that fails is told to the log and stays where it is: the
    other banks' shops are paid all the same.

    Args:
        moment: The business moment.

    Returns:
        Public ids of the new batches, empty ones (``skipped``) included.

    Transaction: none (each claim owns its own).
    """
    left = SettlementBatch.objects.filter(state=BatchState.OPEN).order_by("id")
    begun = left.values_list("window__agreement_rail", "window__cutoff_at")
    claimed = [each for rail_id, at in list(begun) for each in _tried(rail_id, at)]
    for terms in _rails_of_files().order_by("id"):
        bank = terms.agreement.bank
        cutoff = newest_cutoff(terms=terms, country=bank.country, moment=moment)
        if cutoff is None or is_stopped(bank.country.iso2, Capability.PURCHASE, bank=bank.slug):
            continue
        known = SettlementWindow.objects.filter(agreement_rail=terms, cutoff_at__gte=cutoff)
        if not known.filter(batch__isnull=False).exists():
            claimed += _tried(terms.pk, cutoff)
    return claimed


def claim_batch(
    *, rail_id: int, cutoff_at: datetime, prepared_by: "Person | None" = None
) -> SettlementBatch:
    """Claim the sales of one cutoff, net them to payouts and freeze the totals.

    Two claims of one bank share its shops out between them page by page; a shop's sales are in
    one of them. A cutoff that was claimed before gives its batch again, one that was begun is
    gone on with.

    Changes: the window, the batch, payouts with their items and entries, the books
    (``settle_claim``).

    Args:
        rail_id: The agreement's rail that the batch goes by.
        cutoff_at: Sales completed until then are settled.
        prepared_by: Who asked for it; None for the clock.

    Raises:
        NotFound: There is no such rail.

    Transaction: owns (one for each page).
    """
    refuse_owner("payments.services.settlement.claim_batch")
    batch = _begin_claim(rail_id=rail_id, cutoff_at=cutoff_at, prepared_by=prepared_by)
    while batch.state == BatchState.OPEN:
        batch = _claim_on(batch_id=batch.public_id)
    return batch


def live_rail(*, bank: str) -> AgreementRail:
    """Return the rail by which a bank takes files under its live agreement.

    Raises:
        NotFound: The bank is not known or has no live agreement.

    Transaction: none.
    """
    found = _rails_of_files().filter(agreement__bank__slug=bank).order_by("id").first()
    if found is None:
        raise NotFound
    return found


def next_cutoff(*, bank: str, moment: datetime) -> datetime | None:
    """Return a bank's next cutoff after a moment, or None without a live agreement.

    Args:
        bank: The bank's slug.
        moment: Aware.

    Transaction: none.
    """
    terms = _rails_of_files().filter(agreement__bank__slug=bank).order_by("id").first()
    if terms is None:
        return None
    return cutoff_after(terms=terms, country=terms.agreement.bank.country, moment=moment)


def _rails_of_files() -> "QuerySet[AgreementRail]":
    """Return the rails of live agreements that take files; cards are settled by another."""
    rails = AgreementRail.objects.select_related("agreement__bank__country")
    return rails.filter(agreement__state=AgreementState.LIVE, rail__in=rails_offering("batch"))


@owns
def note_value_date(*, batch_id: str, value_date: date) -> None:
    """Correct the day on which a batch is booked to what the bank said.

    Transaction: owns.
    """
    SettlementWindow.objects.filter(batch__public_id=batch_id).update(value_date=value_date)


def _tried(rail_id: int, cutoff_at: datetime) -> list[str]:
    """Claim one cutoff's batch and return its id, or nothing where that failed."""
    try:
        batch = claim_batch(rail_id=rail_id, cutoff_at=cutoff_at)
    except Exception as error:
        logger.exception("claim_failed", rail=rail_id, cutoff=cutoff_at.isoformat())
        found = AgreementRail.objects.filter(pk=rail_id).values_list("agreement__bank", flat=True)
        for bank_id in found:
            note_trouble(bank_id=bank_id, work=BankWork.CLAIM, error=error)
        return []
    clear_trouble(bank_id=batch.bank_id, work=BankWork.CLAIM)
    return [batch.public_id]


@owns
def _begin_claim(
    *, rail_id: int, cutoff_at: datetime, prepared_by: "Person | None"
) -> SettlementBatch:
    """Return the batch of a cutoff, open when it is new."""
    rows = AgreementRail.objects.select_for_update(of=("self",))
    terms = rows.select_related("agreement__bank__country").filter(pk=rail_id).first()
    if terms is None:
        raise NotFound
    window = _window(terms, cutoff_at)
    known = SettlementBatch.objects.filter(window=window).first()
    return known or _open_batch(window, terms, prepared_by)


@owns
def _claim_on(*, batch_id: str) -> SettlementBatch:
    """Claim a page of shops; after the last one freeze the totals."""
    batch = lock_batch(batch_id=batch_id)
    if batch.state != BatchState.OPEN:
        return batch
    moment = business_now()
    page = claim_page(batch=batch, terms=batch.window.agreement_rail, moment=moment)
    batch.payout_count += len(page.payouts)
    batch.total_minor += sum(each.net_minor for each in page.payouts)
    if not page.is_last:
        batch.save(update_fields=["payout_count", "total_minor", "claimed_to"])
        logger.info("batch_claiming", batch=batch_id, payouts=batch.payout_count)
        return batch
    batch.claimed_at = moment
    state = BatchState.CLAIMED if batch.payout_count else BatchState.SKIPPED
    move_batch(batch=batch, state=state, moment=moment, by=batch.prepared_by)
    logger.info("batch_claimed", batch=batch_id, payouts=batch.payout_count)
    return batch


@joins
def _window(terms: AgreementRail, cutoff_at: datetime) -> SettlementWindow:
    bank = terms.agreement.bank
    day = cutoff_at.astimezone(ZoneInfo(terms.timezone)).date()
    value_date = day
    if terms.settlement_days:
        value_date = add_business_days(country=bank.country, day=day, count=terms.settlement_days)
    window, _ = SettlementWindow.objects.get_or_create(
        agreement_rail=terms,
        cutoff_at=cutoff_at,
        defaults={"bank": bank, "business_date": day, "value_date": value_date},
    )
    return window


def _open_batch(
    window: SettlementWindow, terms: AgreementRail, prepared_by: "Person | None"
) -> SettlementBatch:
    public_id = new_id("bat")
    return SettlementBatch.objects.create(
        public_id=public_id,
        window=window,
        bank=window.bank,
        currency=window.bank.currency,
        approval_above_minor=terms.approval_above_minor,
        message_id=public_id,
        prepared_by=prepared_by,
    )

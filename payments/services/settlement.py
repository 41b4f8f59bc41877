"""At a bank's cutoff: which sales are settled, in which payouts, in which batch.

A payout is what some sales of a shop came to, less the fees, less what left the shop's money
since the last one: refunds, and what disputes hold. Every waiting entry of the shop goes into its
first payout, so that the rest of what it is owed is always its sales. Where the entries are more
than the sales, nothing is paid out and all of it waits for the next cutoff. What came back to a
shop that sells nothing any more, because a dispute let go of it, is paid out by itself.

The claim is one transaction. It takes the sales with ``FOR UPDATE SKIP LOCKED`` and takes the
totals from what it took, so that nothing changes a total after it was written. A sale that
somebody else holds at that moment is left for the next cutoff. That no sale is ever in two
payouts is a unique constraint.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import structlog
from django.db import connection

from core.clock import business_now
from core.errors import NotFound
from core.ids import new_id
from core.transactions import joins, owns
from payments.enums import AgreementState, BatchState, Capability, EntryKind, PayoutState
from payments.models import (
    AgreementRail,
    Payout,
    PayoutEntry,
    PayoutItem,
    SettlementBatch,
    SettlementWindow,
)
from payments.queries.countries import is_stopped, stopped_parties
from payments.rails import rails_offering
from payments.services.batches import move_batch
from payments.services.calendar import add_business_days, cutoff_after, newest_cutoff
from payments.services.card_days import cards_not_yet_settled
from payments.services.payouts import claim_payouts, lock_payouts

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from people.models import Person

logger = structlog.get_logger(__name__)

_CLAIM = """
SELECT payment.id, payment.payee_id, payment.amount_minor, payment.fee_minor
  FROM payments_payoutaccount AS account
  JOIN payments_payment AS payment ON payment.payee_id = account.party_id
 WHERE account.bank = %(bank)s AND account.replaced_at IS NULL
   AND account.party_id <> ALL (%(stopped)s::bigint[])
   AND payment.kind = 'purchase'
   AND payment.state IN ('completed', 'partially_refunded', 'refunded', 'disputed')
   AND payment.currency = %(currency)s AND payment.completed_at <= %(cutoff)s
   AND NOT EXISTS (SELECT 1 FROM payments_payoutitem AS item WHERE item.payment_id = payment.id)
   {cards}
 ORDER BY payment.id
   FOR UPDATE OF payment SKIP LOCKED
"""
# Whoever takes from what a shop is owed holds its account's row, see ``services.payables``.
_SHOPS = """
SELECT account.party_id, account.token, account.last4, account.holder_name
  FROM payments_payoutaccount AS account
 WHERE account.bank = %(bank)s AND account.replaced_at IS NULL
   AND account.party_id <> ALL (%(stopped)s::bigint[])
 ORDER BY account.id
   FOR NO KEY UPDATE
"""
_ENTRIES = """
SELECT entry.id, entry.party_id, entry.kind, entry.delta_minor
  FROM payments_payoutaccount AS account
  JOIN payments_payableentry AS entry ON entry.party_id = account.party_id
 WHERE account.bank = %(bank)s AND account.replaced_at IS NULL
   AND account.party_id <> ALL (%(stopped)s::bigint[])
   AND entry.currency = %(currency)s
   AND NOT EXISTS (SELECT 1 FROM payments_payoutentry AS held WHERE held.entry_id = entry.id)
 ORDER BY entry.id
"""
_OF_REFUNDS = {EntryKind.REFUND, EntryKind.REFUND_BACK}


@dataclass(frozen=True, slots=True)
class _Shop:
    """A merchant and the account where it is paid, its row locked."""

    party_id: int
    token: str
    last4: str
    holder_name: str


@dataclass(frozen=True, slots=True)
class _Sale:
    """A completed sale that was claimed; minor units."""

    payment_id: int
    party_id: int
    gross_minor: int
    fee_minor: int

    @property
    def net_minor(self) -> int:
        return self.gross_minor - self.fee_minor


@dataclass(frozen=True, slots=True)
class _Entry:
    """What changed what a shop is owed, waiting for a payout; minor units."""

    entry_id: int
    party_id: int
    kind: str
    delta_minor: int


@dataclass(frozen=True, slots=True)
class _Group:
    """What one payout is made of, and whom it pays."""

    shop: _Shop
    sales: list[_Sale]
    entries: list[_Entry]

    @property
    def net_minor(self) -> int:
        sold = sum(sale.net_minor for sale in self.sales)
        return sold + sum(entry.delta_minor for entry in self.entries)

    def taken_minor(self, kinds: set[EntryKind]) -> int:
        """Return what entries of some kinds take out of it."""
        return -sum(entry.delta_minor for entry in self.entries if entry.kind in kinds)


def claim_due_batches(*, moment: datetime) -> list[str]:
    """Claim a batch for every cutoff that has passed and was not claimed yet.

    When several cutoffs passed unseen, the newest claims for all of them.

    Args:
        moment: The business moment.

    Returns:
        Public ids of the new batches, empty ones (``skipped``) included.

    Transaction: none (each claim owns its own).
    """
    claimed = []
    for terms in _rails_of_files().order_by("id"):
        bank = terms.agreement.bank
        cutoff = newest_cutoff(terms=terms, country=bank.country, moment=moment)
        if cutoff is None or is_stopped(bank.country.iso2, Capability.PURCHASE, bank=bank.slug):
            continue
        known = SettlementWindow.objects.filter(agreement_rail=terms, cutoff_at__gte=cutoff)
        if not known.filter(batch__isnull=False).exists():
            batch = claim_batch(rail_id=terms.pk, cutoff_at=cutoff)
            claimed.append(batch.public_id)
    return claimed


@owns
def claim_batch(
    *, rail_id: int, cutoff_at: datetime, prepared_by: "Person | None" = None
) -> SettlementBatch:
    """Claim the sales of one cutoff, net them to payouts and freeze the totals.

    Claims of one bank wait for each other, so the second sees what the first took. A cutoff
    that was claimed before gives its batch again.

    Changes: the window, the batch, payouts with their items and entries, the books
    (``settle_claim``).

    Args:
        rail_id: The agreement's rail that the batch goes by.
        cutoff_at: Sales completed until then are settled.
        prepared_by: Who asked for it; None for the clock.

    Raises:
        NotFound: There is no such rail.

    Transaction: owns.
    """
    rows = AgreementRail.objects.select_for_update(of=("self",))
    terms = rows.select_related("agreement__bank__country").filter(pk=rail_id).first()
    if terms is None:
        raise NotFound
    window = _window(terms, cutoff_at)
    known = SettlementBatch.objects.filter(window=window).first()
    if known is not None:
        return known
    moment = business_now()
    batch = _open_batch(window, terms, prepared_by)
    payouts = _claim_sales(batch, terms, cutoff_at, moment) + _claim_reissued(batch)
    claim_payouts(payouts=payouts, moment=moment)
    batch.payout_count = len(payouts)
    batch.total_minor = sum(each.net_minor for each in payouts)
    batch.claimed_at = moment
    state = BatchState.CLAIMED if payouts else BatchState.SKIPPED
    move_batch(batch=batch, state=state, moment=moment, by=prepared_by)
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


def _claim_sales(
    batch: SettlementBatch, terms: AgreementRail, cutoff_at: datetime, moment: datetime
) -> list[Payout]:
    """Take sales and entries, and save a payout for each merchant, or more where a limit asks."""
    by_party: dict[int, list[_Sale]] = defaultdict(list)
    entries: dict[int, list[_Entry]] = defaultdict(list)
    stopped = stopped_parties(batch.bank.country.iso2, Capability.PURCHASE)
    wanted: dict[str, Any] = {
        "bank": batch.bank.slug,
        "currency": batch.bank.currency,
        "cutoff": cutoff_at,
        "stopped": list(stopped),
    }
    with connection.cursor() as cursor:
        cursor.execute(_SHOPS, wanted)
        shops = [_Shop(*row) for row in cursor.fetchall()]
        by_card, until = cards_not_yet_settled(country=batch.bank.country, cutoff_at=cutoff_at)
        cursor.execute(_CLAIM.format(cards=by_card), wanted | until)
        for sale in (_Sale(*row) for row in cursor.fetchall()):
            by_party[sale.party_id].append(sale)
        cursor.execute(_ENTRIES, wanted)
        for entry in (_Entry(*row) for row in cursor.fetchall()):
            entries[entry.party_id].append(entry)
    groups = [
        group
        for shop in shops
        for group in _split(
            _Group(shop, by_party[shop.party_id], entries[shop.party_id]),
            terms.instruction_limit_minor,
        )
    ]
    return _save_payouts(batch, groups, moment)


def _save_payouts(batch: SettlementBatch, groups: list[_Group], moment: datetime) -> list[Payout]:
    """Save a payout for each group, with its items and entries."""
    payouts = Payout.objects.bulk_create(
        [_payout(batch, group, moment) for group in groups], batch_size=1000
    )
    PayoutItem.objects.bulk_create(
        [
            PayoutItem(
                payout=payout,
                payment_id=sale.payment_id,
                gross_minor=sale.gross_minor,
                fee_minor=sale.fee_minor,
            )
            for payout, group in zip(payouts, groups, strict=True)
            for sale in group.sales
        ],
        batch_size=2000,
    )
    PayoutEntry.objects.bulk_create(
        [
            PayoutEntry(payout=payout, entry_id=entry.entry_id)
            for payout, group in zip(payouts, groups, strict=True)
            for entry in group.entries
        ],
        batch_size=2000,
    )
    return payouts


def _split(all_of_it: _Group, limit_minor: int | None) -> list[_Group]:
    """Group a merchant's sales so that no payout is above the bank's limit for one.

    All entries go with the first sales. A single sale above the limit, and what nets to nothing,
    stays unclaimed and is told.
    """
    groups = [_Group(all_of_it.shop, [], all_of_it.entries)]
    for sale in all_of_it.sales:
        if limit_minor is not None and sale.net_minor > limit_minor:
            logger.error("sale_above_bank_limit", payment=sale.payment_id)
            continue
        if limit_minor is not None and groups[-1].net_minor + sale.net_minor > limit_minor:
            groups.append(_Group(all_of_it.shop, [], []))
        groups[-1].sales.append(sale)
    most = groups[0].net_minor if limit_minor is None else limit_minor
    return [group for group in groups if 0 < group.net_minor <= most]


def _payout(batch: SettlementBatch, group: _Group, moment: datetime) -> Payout:
    shop = group.shop
    return Payout(
        public_id=new_id("pyo"),
        batch=batch,
        party_id=shop.party_id,
        bank=batch.bank,
        account_token=shop.token,
        account_last4=shop.last4,
        holder_name=shop.holder_name,
        gross_minor=sum(sale.gross_minor for sale in group.sales),
        fee_minor=sum(sale.fee_minor for sale in group.sales),
        refunds_minor=group.taken_minor(_OF_REFUNDS),
        held_minor=group.taken_minor(set(EntryKind) - _OF_REFUNDS),
        net_minor=group.net_minor,
        currency=batch.currency,
        created_at=moment,
    )


def _claim_reissued(batch: SettlementBatch) -> list[Payout]:
    """Take the payouts that wait to be sent again under a new id."""
    waiting = lock_payouts(
        rows=Payout.objects.filter(bank=batch.bank, state=PayoutState.READY, batch__isnull=True)
    )
    for payout in waiting:
        payout.batch = batch
    Payout.objects.bulk_update(waiting, ["batch"])
    return waiting

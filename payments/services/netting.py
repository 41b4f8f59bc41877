"""What the shops of a bank are paid: sales less fees, less what left their money since.

One call nets some hundreds of shops, takes what it nets out of the books, and adds it to the
batch's totals, in one commit. So a claim of a hundred thousand payouts holds a page of them in
memory and a page of rows locked, shows how far it is, and goes on where a process died.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q

from core.ids import new_id
from core.transactions import joins
from payments.enums import Capability, EntryKind, PayoutState
from payments.models import (
    AgreementRail,
    Payout,
    PayoutEntry,
    PayoutItem,
    SettlementBatch,
    TooLarge,
)
from payments.queries.countries import stopped_parties
from payments.queries.stops import unpaid_parties
from payments.services.card_days import cards_not_yet_settled
from payments.services.payouts import claim_payouts, lock_payouts

SHOPS_AT_ONCE = 500
REISSUED_AT_ONCE = 500

_CLAIM = """
SELECT payment.id, payment.payee_id, payment.amount_minor, payment.fee_minor
  FROM payments_payment AS payment
 WHERE payment.payee_id = ANY(%(parties)s)
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
SELECT account.id, account.party_id, account.token, account.last4, account.holder_name
  FROM payments_payoutaccount AS account
 WHERE account.bank = %(bank)s AND account.replaced_at IS NULL AND account.id > %(after)s
   AND account.party_id <> ALL (%(stopped)s::bigint[])
 ORDER BY account.id
 LIMIT %(limit)s
   FOR NO KEY UPDATE
"""
_ENTRIES = """
SELECT entry.id, entry.party_id, entry.kind, entry.delta_minor
  FROM payments_payableentry AS entry
 WHERE entry.party_id = ANY(%(parties)s)
   AND entry.currency = %(currency)s
   AND NOT EXISTS (SELECT 1 FROM payments_payoutentry AS held WHERE held.entry_id = entry.id)
 ORDER BY entry.id
"""
_OF_REFUNDS = {EntryKind.REFUND, EntryKind.REFUND_BACK, EntryKind.REFUND_WON}


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

    @property
    def net_minor(self) -> int:
        return self.delta_minor


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


@dataclass(frozen=True, slots=True)
class Page:
    """What one call claimed, and whether more may be there."""

    payouts: list[Payout]
    is_last: bool


@joins
def claim_page(*, batch: SettlementBatch, terms: AgreementRail, moment: datetime) -> Page:
    """Net the next shops of a batch's bank; after the last shop, take the reissued payouts.

    Changes: payouts with their items and entries, the books (``settle_claim``), on the object how
    far the batch is (``claimed_to``).

    Args:
        batch: Open, locked, with its bank and window.
        terms: The rail's terms.
        moment: The business moment of the claim.

    Transaction: joins.
    """
    held = stopped_parties(batch.bank.country.iso2, Capability.PURCHASE)
    stopped = list(held | unpaid_parties())
    wanted: dict[str, Any] = {
        "stopped": stopped,
        "bank": batch.bank.slug,
        "currency": batch.bank.currency,
        "cutoff": batch.window.cutoff_at,
        "after": batch.claimed_to,
        "limit": SHOPS_AT_ONCE,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SHOPS, wanted)
        found = cursor.fetchall()
    if found:
        batch.claimed_to = found[-1][0]
        # Asked again under the locks: whoever stopped one meanwhile was waited for.
        unpaid = unpaid_parties()
        shops = [shop for shop in (_Shop(*row[1:]) for row in found) if shop.party_id not in unpaid]
        payouts = _net(batch, shops, wanted, moment, terms) if shops else []
        is_last = False
    else:
        payouts = _take_reissued(batch, stopped)
        is_last = len(payouts) < REISSUED_AT_ONCE
    claim_payouts(payouts=payouts, moment=moment)
    return Page(payouts, is_last)


def _net(
    batch: SettlementBatch,
    shops: list[_Shop],
    wanted: dict[str, Any],
    moment: datetime,
    terms: AgreementRail,
) -> list[Payout]:
    """Take sales and entries, and save a payout for each shop, or more where a limit asks."""
    by_party: dict[int, list[_Sale]] = defaultdict(list)
    entries: dict[int, list[_Entry]] = defaultdict(list)
    parties = [shop.party_id for shop in shops]
    by_card, until = cards_not_yet_settled(
        country=batch.bank.country, cutoff_at=batch.window.cutoff_at
    )
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM.format(cards=by_card), wanted | until | {"parties": parties})
        for sale in (_Sale(*row) for row in cursor.fetchall()):
            by_party[sale.party_id].append(sale)
        cursor.execute(_ENTRIES, {**wanted, "parties": parties})
        for entry in (_Entry(*row) for row in cursor.fetchall()):
            entries[entry.party_id].append(entry)
    limit_minor = terms.instruction_limit_minor
    wholes = [_Group(shop, by_party[shop.party_id], entries[shop.party_id]) for shop in shops]
    _note_too_large(batch, wholes, limit_minor, moment)
    groups = [group for whole in wholes for group in _split(whole, limit_minor)]
    return _save_payouts(batch, groups, moment)


def _take_reissued(batch: SettlementBatch, stopped: list[int]) -> list[Payout]:
    """Take some of the payouts that wait to be sent again under a new id."""
    rows = Payout.objects.filter(bank=batch.bank, state=PayoutState.READY, batch__isnull=True)
    rows = rows.exclude(party_id__in=stopped)
    first = list(rows.order_by("id").values_list("pk", flat=True)[:REISSUED_AT_ONCE])
    waiting = lock_payouts(rows=rows.filter(pk__in=first))
    for payout in waiting:
        payout.batch = batch
    Payout.objects.filter(pk__in=[each.pk for each in waiting]).update(batch=batch)
    return waiting


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
    """Group what a merchant is owed so that no payout is above the bank's limit for one.

    Entries that took something go with the first payout; what is owed beside sales, such as what a
    dispute let go of, is divided as sales are. What nets to nothing stays unclaimed.
    """
    if limit_minor is None:
        return [all_of_it] if all_of_it.net_minor > 0 else []
    took = [entry for entry in all_of_it.entries if entry.delta_minor < 0]
    groups = [_Group(all_of_it.shop, [], took)]
    for each in _owed(all_of_it):
        if each.net_minor > limit_minor:
            continue
        if groups[-1].net_minor + each.net_minor > limit_minor:
            groups.append(_Group(all_of_it.shop, [], []))
        if isinstance(each, _Sale):
            groups[-1].sales.append(each)
        else:
            groups[-1].entries.append(each)
    return [group for group in groups if group.net_minor > 0]


def _owed(group: _Group) -> list["_Sale | _Entry"]:
    """Return what a shop is owed, item by item: sales, then entries that gave it something."""
    gave = [entry for entry in group.entries if entry.delta_minor > 0]
    return [*group.sales, *gave]


def _note_too_large(
    batch: SettlementBatch, wholes: list[_Group], limit_minor: int | None, moment: datetime
) -> None:
    """Write down, for staff, what is above the bank's limit by itself, and only that."""
    parties = [whole.shop.party_id for whole in wholes]
    found = [
        (whole.shop.party_id, each)
        for whole in wholes
        for each in _owed(whole)
        if limit_minor is not None and each.net_minor > limit_minor
    ]
    payments = [each.payment_id for _party, each in found if isinstance(each, _Sale)]
    entries = [each.entry_id for _party, each in found if isinstance(each, _Entry)]
    stays = Q(payment__in=payments) | Q(entry__in=entries)
    TooLarge.objects.filter(party_id__in=parties).exclude(stays).delete()
    TooLarge.objects.bulk_create(
        [
            TooLarge(
                bank=batch.bank,
                party_id=party_id,
                payment_id=each.payment_id if isinstance(each, _Sale) else None,
                entry_id=each.entry_id if isinstance(each, _Entry) else None,
                amount_minor=each.net_minor,
                limit_minor=limit_minor or 0,
                currency=batch.currency,
                since_at=moment,
            )
            for party_id, each in found
        ],
        ignore_conflicts=True,
    )


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

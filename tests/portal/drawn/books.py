"""What the ledger says of a shop, from its transfers alone: none of the product's own queries."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from payments.models import LedgerAccount, LedgerTransfer

BACK = ("settle_return", "settle_back")
REFUNDS = ("refund_claim", "refund_back", "won_back")
DISPUTES = ("hold", "hold_release")


@dataclass
class Books:
    """Every change of what a shop is owed: by kind, by its payout, and its sales by day."""

    kinds: Counter[str] = field(default_factory=Counter)
    of: Counter[tuple[str, str]] = field(default_factory=Counter)
    days: Counter[date] = field(default_factory=Counter)
    sales: Counter[date] = field(default_factory=Counter)
    lines: list[int] = field(default_factory=list)
    held: int = 0
    under_way: int = 0

    @property
    def owed(self) -> int:
        return sum(self.lines)

    def sum(self, *kinds: str) -> int:
        return sum(self.kinds[kind] for kind in kinds)


def read_books(party_id: int, zone: ZoneInfo) -> Books:
    """Read a shop's books."""
    books = Books()
    for kind, amount, reference, at in _moves(party_id, "payable"):
        books.kinds[kind] += amount
        books.of[kind, reference] += amount
        books.lines.append(amount)
        if kind == "deliver":
            books.days[at.astimezone(zone).date()] += amount
            books.sales[at.astimezone(zone).date()] += 1
    books.held = sum(amount for _kind, amount, *_rest in _moves(party_id, "held"))
    settling = {"settle_claim", "settle", *BACK}
    under_way = [
        amount for kind, amount, *_rest in _moves(party_id, "in_flight") if kind in settling
    ]
    books.under_way = sum(under_way)
    return books


def _moves(party_id: int, kind: str) -> list[tuple[str, int, str, datetime]]:
    """Return what came into an account, and with a minus what left it, in order."""
    account = LedgerAccount.objects.filter(kind=kind, party_id=party_id).first()
    if account is None:
        return []
    rows = LedgerTransfer.objects.order_by("seq")
    there = [*rows.filter(credit_id=account.pk), *rows.filter(debit_id=account.pk)]
    return [
        (
            each.kind,
            each.amount_minor if each.credit_id == account.pk else -each.amount_minor,
            each.payment_ref,
            each.at,
        )
        for each in sorted(there, key=lambda each: each.seq)
    ]

"""The settlement monitor's facts: for each bank and day what was expected and what became of it.

A day adds up: what was expected is what has not left yet, what the bank confirmed, what came
back, and what is still open. Of what is open, the part whose value date has passed is late.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Sum

from core.money import Money
from payments.enums import LedgerKind, PayoutState
from payments.models import (
    Bank,
    LedgerAccount,
    Payout,
    PayoutAccount,
    SettlementBatch,
    SettlementWindow,
    Statement,
)

MOST_WINDOWS = 100
_UNSENT = frozenset({PayoutState.READY, PayoutState.CLAIMED})
_BACK = frozenset(
    {PayoutState.REJECTED, PayoutState.NOT_EXECUTED, PayoutState.REISSUED, PayoutState.RETURNED}
)


@dataclass(frozen=True, slots=True)
class Part:
    """How many payouts, and how much."""

    count: int
    amount: Money


@dataclass(frozen=True, slots=True)
class BankDay:
    """One cutoff of one bank: ``expected`` is unsent, confirmed, returned and open together.

    ``late`` is the part of unsent and open whose value date has passed. ``batch_pk`` is None
    while no batch was claimed; ``statement_pk`` while the bank has not told of the value date.
    """

    bank: str
    business_date: date
    cutoff_at: datetime
    value_date: date
    batch_pk: int | None
    batch_id: str
    batch_state: str
    has_file: bool
    statement_pk: int | None
    expected: Part
    sent: Part
    confirmed: Part
    returned: Part
    late: Part


def bank_days(*, since: date, today: date, bank_id: int | None = None) -> list[BankDay]:
    """Return the cutoffs of the last days, the newest first, in four queries.

    Args:
        since: The first business day.
        today: What is due before it is late.
        bank_id: One bank only.
    """
    rows = SettlementWindow.objects.filter(business_date__gte=since).select_related("bank")
    if bank_id is not None:
        rows = rows.filter(bank_id=bank_id)
    windows = list(rows.order_by("-business_date", "-cutoff_at", "-id")[:MOST_WINDOWS])
    batches = _batches(window.pk for window in windows)
    sums = _sums(batch.pk for batch in batches.values())
    statements = _statements(windows)
    return [
        _day(window, batches.get(window.pk), sums, today, statements.get(_place(window)))
        for window in windows
    ]


def waiting_by_bank() -> dict[int, Money]:
    """Return for each bank what its shops are owed and no batch has claimed, in three queries."""
    slugs = dict(Bank.objects.values_list("slug", "pk"))
    accounts = PayoutAccount.objects.filter(replaced_at__isnull=True)
    places = dict(accounts.values_list("party_id", "bank"))
    owed = LedgerAccount.objects.filter(kind=LedgerKind.PAYABLE, party_id__in=places)
    found: dict[int, Money] = {}
    for party_id, currency, balance in owed.values_list("party_id", "currency", "balance"):
        bank = slugs.get(places[party_id or 0])
        if bank is not None and balance:
            found[bank] = found.get(bank, Money(0, currency)) + Money(balance, currency)
    return found


def _batches(window_ids: Iterable[int]) -> dict[int, SettlementBatch]:
    rows = SettlementBatch.objects.filter(window_id__in=list(window_ids))
    return {batch.window_id: batch for batch in rows}


def _sums(batch_ids: Iterable[int]) -> dict[int, dict[str, tuple[int, int]]]:
    """Return for each batch and state how many payouts there are and their sum, in one query."""
    rows = Payout.objects.filter(batch_id__in=list(batch_ids)).values_list("batch_id", "state")
    found: dict[int, dict[str, tuple[int, int]]] = defaultdict(dict)
    counted = rows.annotate(count=Count("id"), total=Sum("net_minor"))
    for batch_id, state, count, total in counted:
        found[batch_id][state] = (count, total)
    return found


def _statements(windows: list[SettlementWindow]) -> dict[tuple[int, date], int]:
    """Return the newest statement of each bank's value date, in one query."""
    if not windows:
        return {}
    days = {window.value_date for window in windows}
    rows = Statement.objects.filter(
        bank__in={window.bank_id for window in windows},
        date__gte=min(days),
        date__lte=max(days) + timedelta(days=1),
    )
    return {(each.bank_id, each.date): each.pk for each in rows.order_by("sequence", "issue")}


def _place(window: SettlementWindow) -> tuple[int, date]:
    return window.bank_id, window.value_date


def _day(
    window: SettlementWindow,
    batch: SettlementBatch | None,
    sums: dict[int, dict[str, tuple[int, int]]],
    today: date,
    statement_pk: int | None,
) -> BankDay:
    states = sums.get(batch.pk, {}) if batch else {}
    currency = batch.currency if batch else window.bank.currency
    done = _BACK | {PayoutState.SETTLED}
    due = {state for state in states if state not in done} if window.value_date < today else set()

    def part(wanted: Iterable[str]) -> Part:
        chosen = [states[state] for state in wanted if state in states]
        return Part(
            sum(count for count, _total in chosen),
            Money(sum(total for _count, total in chosen), currency),
        )

    return BankDay(
        bank=window.bank.name,
        business_date=window.business_date,
        cutoff_at=window.cutoff_at,
        value_date=window.value_date,
        batch_pk=batch.pk if batch else None,
        batch_id=batch.public_id if batch else "",
        batch_state=batch.state if batch else "",
        has_file=bool(batch and batch.file_build),
        statement_pk=statement_pk,
        expected=part(states),
        sent=part(state for state in states if state not in _UNSENT),
        confirmed=part([PayoutState.SETTLED]),
        returned=part(_BACK),
        late=part(due),
    )

"""What of payments waits for a person, and how many are under way: each one short query.

Every query stays within a partial index or a small table, and counting stops at a thousand:
that there are more would change nothing of what a person does.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Min, QuerySet

from core.clock import business_now
from payments.enums import (
    AgreementState,
    BatchState,
    BreakerState,
    CapabilityState,
    DisputeKind,
    DisputeState,
    PaymentState,
    PayoutState,
    RefundState,
)
from payments.models import (
    BankTrouble,
    Breaker,
    Chargeback,
    ConnectorHealth,
    Country,
    CountryCapability,
    Dispute,
    MissingLine,
    Payment,
    Payout,
    Refund,
    RegulatorHold,
    SettlementBatch,
    StatementLine,
    TakenBack,
    TooLarge,
)
from payments.statement_enums import LineState

MOST = 1_000
REFUSED_BACK = "return_refused"
FAILING = (CapabilityState.DEGRADED, CapabilityState.SUSPENDED)
_OVER_BATCHES = (BatchState.RECONCILED, BatchState.SKIPPED, BatchState.REJECTED)
TO_REISSUE = (PayoutState.REJECTED, PayoutState.NOT_EXECUTED, PayoutState.RETURNED)
UNDER_WAY = (PaymentState.AUTHORIZED, PaymentState.PROCESSING, PaymentState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Queue:
    """How much waits for a person, and since when the oldest does; None when nothing does."""

    count: int
    oldest_at: datetime | None


def standing_holds() -> Queue:
    """Return the holds in force."""
    return _queue(RegulatorHold.objects.filter(lifted_at__isnull=True), "imposed_at")


def half_lifted_holds() -> Queue:
    """Return the holds that one person wants lifted and a second has not approved."""
    rows = RegulatorHold.objects.filter(lifted_at__isnull=True, lifts__ordinal=1)
    return _queue(rows, "lifts__at")


def batches_to_approve() -> Queue:
    """Return the claimed batches; those up to the threshold the clock approves by itself."""
    return _queue(SettlementBatch.objects.filter(state=BatchState.CLAIMED), "claimed_at")


def late_batches() -> Queue:
    """Return the batches whose bank should have booked them by now and that are not reconciled."""
    return _queue(late_of(SettlementBatch.objects.all()), "claimed_at")


def late_of(batches: "QuerySet[SettlementBatch]") -> "QuerySet[SettlementBatch]":
    """Narrow batches to those that are late: a statement of the next day may still show them."""
    rows = batches.exclude(state__in=_OVER_BATCHES)
    return rows.filter(window__value_date__lt=business_now().date() - timedelta(days=1))


def open_breakers() -> Queue:
    """Return the connections that are left alone because their banks did not answer."""
    rows = Breaker.objects.exclude(state=BreakerState.CLOSED)
    return _queue(rows, "changed_at")


def bank_troubles() -> Queue:
    """Return the works with banks that failed the last time they were tried."""
    return _queue(BankTrouble.objects.all(), "since_at")


def too_large() -> Queue:
    """Return what shops are owed that no single payout of their bank may carry."""
    return _queue(TooLarge.objects.all(), "since_at")


def unknown_payments() -> Queue:
    """Return the payments whose bank never gave a definitive answer."""
    return _queue(Payment.objects.filter(state=PaymentState.UNKNOWN), "created_at")


def refunds_to_approve() -> Queue:
    """Return the refunds that one of the staff asked for and a second has not approved."""
    return _queue(Refund.objects.filter(state=RefundState.AWAITING_SECOND), "created_at")


def unknown_refunds() -> Queue:
    """Return the refunds whose bank never gave a definitive answer."""
    return _queue(Refund.objects.filter(state=RefundState.UNKNOWN), "created_at")


def disputes_to_decide() -> Queue:
    """Return the disputes that wait for the staff; of a chargeback the issuer decides."""
    rows = Dispute.objects.filter(state=DisputeState.UNDER_REVIEW)
    return _queue(rows.exclude(kind=DisputeKind.CHARGEBACK), "created_at")


def chargebacks_to_look_at() -> Queue:
    """Return the chargebacks that opened no dispute, or that came back after its end."""
    return _queue(Chargeback.objects.exclude(looks_at=""), "told_at")


def refused_ways_back() -> Queue:
    """Return the payments whose money was refused on its way back to the payer."""
    return _queue(Payment.objects.filter(failure_code=REFUSED_BACK), "created_at")


def payouts_to_reissue() -> Queue:
    """Return the payouts that were definitely not executed and are not replaced yet."""
    return _queue(Payout.objects.filter(state__in=TO_REISSUE), "created_at")


def taken_back() -> Queue:
    """Return what banks had denied, then showed to be executed, and nobody has looked at."""
    return _queue(TakenBack.objects.filter(looked_at__isnull=True), "found_at")


def unknown_payouts() -> Queue:
    """Return the payouts whose bank never gave a definitive answer; none is sent again."""
    return _queue(Payout.objects.filter(state=PayoutState.UNKNOWN), "created_at")


def statement_exceptions() -> Queue:
    """Return the statement lines that contradict what we know."""
    return _lines(LineState.EXCEPTION)


def statement_suspense() -> Queue:
    """Return the statement lines of money that nobody here asked for."""
    return _lines(LineState.SUSPENSE)


def missing_lines() -> Queue:
    """Return the movements of the books that no line of their bank shows."""
    return _queue(MissingLine.objects.all(), "found_at")


def failing_capabilities() -> Queue:
    """Return what a person opened and a check then degraded or suspended."""
    return _queue(CountryCapability.objects.filter(state__in=FAILING), "since_at")


def silent_banks() -> Queue:
    """Return the banks with a live agreement whose connectors are down."""
    rows = ConnectorHealth.objects.filter(
        is_healthy=False, bank__agreements__state=AgreementState.LIVE
    )
    return _queue(rows, "changed_at")


def countries_checked_at() -> datetime | None:
    """Return when the country that waits longest was checked last, by the machine's clock."""
    found = Country.objects.aggregate(oldest=Min("checked_at"))
    moment: datetime | None = found["oldest"]
    return moment


def ready_capabilities() -> Queue:
    """Return what has all its evidence and waits for a person to open it."""
    return _queue(CountryCapability.objects.filter(state=CapabilityState.READY), "since_at")


def payments_under_way() -> dict[str, int]:
    """Return how many payments are in each state that still moves, one query."""
    rows = Payment.objects.filter(state__in=UNDER_WAY).values_list("state", flat=True)
    counted = Counter(rows[: 10 * MOST])
    return {state.value: counted[state.value] for state in UNDER_WAY}


def newest_payments_by_state() -> dict[str, int]:
    """Return the states of the newest thousand payments, one query."""
    newest = Payment.objects.order_by("-id").values_list("state", flat=True)[:MOST]
    counted = Counter(newest)
    return {state.value: counted[state.value] for state in PaymentState}


def _lines(state: LineState) -> Queue:
    rows = StatementLine.objects.filter(state=state)
    return _queue(rows, "statement__imported_at")


def _queue(rows: "QuerySet[Any]", since: str) -> Queue:
    """Count a queue and find its oldest, among its first thousand, in one query."""
    first = rows.order_by("id").values(since=F(since))[:MOST]
    found = first.aggregate(count=Count("*"), oldest=Min("since"))
    return Queue(found["count"], found["oldest"])

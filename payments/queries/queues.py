"""What of payments waits for a person, and how many are under way.

Every queue stays within a partial index or a small table, and counting stops at a thousand: that
there are more would change nothing of what a person does. Queues are read when they are looked
at, each by itself or all of a page together, in one statement: thirty of them were thirty ways
to the database and back.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import F, Min, QuerySet

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
    WayBack,
)
from payments.statement_enums import LineState, WayBackState

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


class Waits:
    """A queue of rows, oldest first by some moment; read when it is looked at."""

    def __init__(self, rows: "QuerySet[Any]", since: str) -> None:
        """Wait for whoever looks.

        Args:
            rows: What waits.
            since: The field that says since when.
        """
        self._first = rows.order_by("id").values(since=F(since))[:MOST]
        self._found: Queue | None = None

    @property
    def count(self) -> int:
        """How much waits, up to a thousand."""
        return self.read().count

    @property
    def oldest_at(self) -> datetime | None:
        """Since when the oldest of the first thousand waits."""
        return self.read().oldest_at

    def read(self) -> Queue:
        """Return what was found, and find it first where nobody has."""
        if self._found is None:
            read_together([self])
        return self._found or Queue(0, None)

    def statement(self) -> tuple[str, tuple[Any, ...]]:
        """Return what reads the rows that are counted, and its parameters."""
        sql, given = self._first.query.sql_with_params()
        return sql, tuple(given)

    def keep(self, found: Queue) -> None:
        """Know what was found."""
        self._found = found


def read_together(waits: Sequence[Waits]) -> None:
    """Read several queues in one statement; afterwards each knows what was found."""
    if not waits:
        return
    statements = [each.statement() for each in waits]
    counts = [
        f"SELECT {number}, count(*), min(since) FROM ({sql}) AS queue"  # noqa: S608 - Django's own.
        for number, (sql, _) in enumerate(statements)
    ]
    given = [value for _, values in statements for value in values]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(counts), given)
        for number, count, oldest_at in cursor.fetchall():
            waits[number].keep(Queue(count, oldest_at))


def standing_holds() -> Waits:
    """Return the holds in force."""
    return Waits(RegulatorHold.objects.filter(lifted_at__isnull=True), "imposed_at")


def half_lifted_holds() -> Waits:
    """Return the holds that one person wants lifted and a second has not approved."""
    rows = RegulatorHold.objects.filter(lifted_at__isnull=True, lifts__ordinal=1)
    return Waits(rows, "lifts__at")


def batches_to_approve() -> Waits:
    """Return the claimed batches; those up to the threshold the clock approves by itself."""
    return Waits(SettlementBatch.objects.filter(state=BatchState.CLAIMED), "claimed_at")


def late_batches() -> Waits:
    """Return the batches whose bank should have booked them by now and that are not reconciled."""
    return Waits(late_of(SettlementBatch.objects.all()), "claimed_at")


def late_of(batches: "QuerySet[SettlementBatch]") -> "QuerySet[SettlementBatch]":
    """Narrow batches to those that are late: a statement of the next day may still show them."""
    rows = batches.exclude(state__in=_OVER_BATCHES)
    return rows.filter(window__value_date__lt=business_now().date() - timedelta(days=1))


def open_breakers() -> Waits:
    """Return the connections that are left alone because their banks did not answer."""
    rows = Breaker.objects.exclude(state=BreakerState.CLOSED)
    return Waits(rows, "changed_at")


def bank_troubles() -> Waits:
    """Return the works with banks that failed the last time they were tried."""
    return Waits(BankTrouble.objects.all(), "since_at")


def too_large() -> Waits:
    """Return what shops are owed that no single payout of their bank may carry."""
    return Waits(TooLarge.objects.all(), "since_at")


def unknown_payments() -> Waits:
    """Return the payments whose bank never gave a definitive answer."""
    return Waits(Payment.objects.filter(state=PaymentState.UNKNOWN), "created_at")


def refunds_to_approve() -> Waits:
    """Return the refunds that one of the staff asked for and a second has not approved."""
    return Waits(Refund.objects.filter(state=RefundState.AWAITING_SECOND), "created_at")


def unknown_refunds() -> Waits:
    """Return the refunds whose bank never gave a definitive answer."""
    return Waits(Refund.objects.filter(state=RefundState.UNKNOWN), "created_at")


def disputes_to_decide() -> Waits:
    """Return the disputes that wait for the staff; of a chargeback the issuer decides."""
    rows = Dispute.objects.filter(state=DisputeState.UNDER_REVIEW)
    return Waits(rows.exclude(kind=DisputeKind.CHARGEBACK), "created_at")


def chargebacks_to_look_at() -> Waits:
    """Return the chargebacks that opened no dispute, or that came back after its end."""
    return Waits(Chargeback.objects.exclude(looks_at=""), "told_at")


def refused_ways_back() -> Waits:
    """Return the payments whose money was refused on its way back to the payer."""
    return Waits(Payment.objects.filter(failure_code=REFUSED_BACK), "created_at")


def payouts_to_reissue() -> Waits:
    """Return the payouts that were definitely not executed and are not replaced yet."""
    return Waits(Payout.objects.filter(state__in=TO_REISSUE), "created_at")


def taken_back() -> Waits:
    """Return what banks had denied, then showed to be executed, and nobody has looked at."""
    return Waits(TakenBack.objects.filter(looked_at__isnull=True), "found_at")


def unknown_payouts() -> Waits:
    """Return the payouts whose bank never gave a definitive answer; none is sent again."""
    return Waits(Payout.objects.filter(state=PayoutState.UNKNOWN), "created_at")


def statement_exceptions() -> Waits:
    """Return the statement lines that contradict what we know."""
    return _lines(LineState.EXCEPTION)


def statement_suspense() -> Waits:
    """Return the statement lines of money that nobody here asked for."""
    return _lines(LineState.SUSPENSE)


def ways_back() -> Waits:
    """Return the instructions to send money back that no statement shows yet."""
    return Waits(open_ways_back(WayBack.objects.all()), "asked_at")


def open_ways_back(rows: "QuerySet[WayBack]") -> "QuerySet[WayBack]":
    """Narrow ways back to those that no statement shows yet and no bank refused."""
    return rows.exclude(state__in=[WayBackState.REFUSED, WayBackState.SHOWN])


def missing_lines() -> Waits:
    """Return the movements of the books that no line of their bank shows."""
    return Waits(MissingLine.objects.all(), "found_at")


def failing_capabilities() -> Waits:
    """Return what a person opened and a check then degraded or suspended."""
    return Waits(CountryCapability.objects.filter(state__in=FAILING), "since_at")


def silent_banks() -> Waits:
    """Return the banks with a live agreement whose connectors are down."""
    rows = ConnectorHealth.objects.filter(
        is_healthy=False, bank__agreements__state=AgreementState.LIVE
    )
    return Waits(rows, "changed_at")


def countries_checked_at() -> datetime | None:
    """Return when the country that waits longest was checked last, by the machine's clock."""
    found = Country.objects.aggregate(oldest=Min("checked_at"))
    moment: datetime | None = found["oldest"]
    return moment


def ready_capabilities() -> Waits:
    """Return what has all its evidence and waits for a person to open it."""
    return Waits(CountryCapability.objects.filter(state=CapabilityState.READY), "since_at")


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


def _lines(state: LineState) -> Waits:
    rows = StatementLine.objects.filter(state=state)
    return Waits(rows, "statement__imported_at")

"""Reading batches, statements and proofs, for staff and for the sandbox's doors."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef

from core.errors import NotFound
from core.money import Money
from payments.models import DayProof, Payout, SettlementBatch, Statement


@dataclass(frozen=True, slots=True)
class PayoutLine:
    """One payout of a batch: gross less fee, refunds and held is net."""

    public_id: str
    state: str
    gross: Money
    fee: Money
    refunds: Money
    held: Money
    net: Money
    reason: str


@dataclass(frozen=True, slots=True)
class BatchSnapshot:
    """A batch and its payouts."""

    public_id: str
    bank: str
    state: str
    business_date: date
    cutoff_at: datetime
    total: Money
    payouts: tuple[PayoutLine, ...]


@dataclass(frozen=True, slots=True)
class ProofFacts:
    """What the daily proof of a bank says."""

    bank: str
    date: date
    bank_closing: Money
    books: Money
    is_proven: bool
    differences: tuple[dict[str, object], ...]


def batch_snapshot(public_id: str) -> BatchSnapshot:
    """Return a batch with its payouts, in two queries.

    Raises:
        NotFound: There is no such batch.
    """
    rows = SettlementBatch.objects.select_related("bank", "window")
    batch = rows.filter(public_id=public_id).first()
    if batch is None:
        raise NotFound
    return BatchSnapshot(
        public_id=batch.public_id,
        bank=batch.bank.slug,
        state=batch.state,
        business_date=batch.window.business_date,
        cutoff_at=batch.window.cutoff_at,
        total=Money(batch.total_minor, batch.currency),
        payouts=tuple(_line(row) for row in Payout.objects.filter(batch=batch).order_by("id")),
    )


def proof_of(bank: str, day: date) -> ProofFacts | None:
    """Return the newest proof of a bank's day, or None."""
    rows = DayProof.objects.select_related("bank", "statement").filter(bank__slug=bank, date=day)
    proof = rows.order_by("-id").first()
    if proof is None:
        return None
    currency = proof.statement.currency
    return ProofFacts(
        bank=proof.bank.slug,
        date=proof.date,
        bank_closing=Money(proof.bank_closing_minor, currency),
        books=Money(proof.books_minor, currency),
        is_proven=proof.is_proven,
        differences=tuple(proof.differences),
    )


def unproven_days() -> list[tuple[str, date]]:
    """Return the bank days whose newest statement is not proven, oldest first."""
    newer = Statement.objects.filter(
        bank=OuterRef("bank"),
        date=OuterRef("date"),
        sequence=OuterRef("statement__sequence"),
        issue__gt=OuterRef("statement__issue"),
    )
    rows = DayProof.objects.filter(~Exists(newer), is_proven=False).order_by("date", "id")
    return list(rows.values_list("bank__slug", "date"))


def newest_statement_date(bank: str) -> date | None:
    """Return the day of the newest imported statement of a bank, or None."""
    rows = Statement.objects.filter(bank__slug=bank).order_by("-date")
    return rows.values_list("date", flat=True).first()


def _line(row: Payout) -> PayoutLine:
    return PayoutLine(
        public_id=row.public_id,
        state=row.state,
        gross=Money(row.gross_minor, row.currency),
        fee=Money(row.fee_minor, row.currency),
        refunds=Money(row.refunds_minor, row.currency),
        held=Money(row.held_minor, row.currency),
        net=Money(row.net_minor, row.currency),
        reason=row.reason,
    )

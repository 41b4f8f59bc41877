"""Finding what is about money, for staff: by our ids and by those that banks know.

Every way is an index: a search that reads a whole table would be slow just when it matters.
"""

from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import Model, QuerySet

from core.money import Money
from payments.models import (
    Bank,
    Dispute,
    Payment,
    PaymentRequest,
    Payout,
    Receipt,
    Refund,
    RegulatorHold,
    SettlementBatch,
    StatementLine,
)
from payments.receipt_codes import read_code
from people.queries import party_by_phone, party_by_public_id
from people.services.finding import Found

if TYPE_CHECKING:
    from collections.abc import Iterable

Row = TypeVar("Row", bound=Model)

MOST = 8
_LONGEST_REF = 64


def find_payments(term: str) -> list[Found]:
    """Return payments by id, order, party, number, receipt or the bank's instruction."""
    return [_found("payments_payment", each) for each in _payments(term)[:MOST]]


def find_requests(term: str) -> list[Found]:
    """Return requests for money by the beginning of their id."""
    rows = _named(PaymentRequest.objects.all(), term, "req_")
    return [_found("payments_paymentrequest", each) for each in rows]


def find_cases(term: str) -> list[Found]:
    """Return refunds, disputes and holds by the beginning of their ids, or by their payment."""
    refunds = _named(Refund.objects.all(), term, "rfn_")
    disputes = _named(Dispute.objects.all(), term, "dsp_")
    if term.startswith("pay_"):
        refunds = Refund.objects.filter(payment__public_id=term).order_by("-id")[:MOST]
        disputes = Dispute.objects.filter(payment__public_id=term).order_by("-id")[:MOST]
    holds = _named(RegulatorHold.objects.all(), term, "hld_")
    return [
        *(_found("payments_refund", each) for each in refunds),
        *(_found("payments_dispute", each) for each in disputes),
        *(
            Found("payments_regulatorhold", each.pk, each.public_id, each.legal_reference)
            for each in holds
        ),
    ]


def find_settlement(term: str) -> list[Found]:
    """Return payouts and batches by id, and statement lines by the bank's reference."""
    payouts = _named(Payout.objects.all(), term, "pyo_")
    batches = _named(SettlementBatch.objects.all(), term, "bat_")
    return [
        *(_found("payments_payout", each, each.net_minor) for each in payouts),
        *(_found("payments_settlementbatch", each, each.total_minor) for each in batches),
        *(
            Found("payments_statementline", each.pk, each.bank_reference, each.state)
            for each in _lines(term)
        ),
    ]


def _payments(term: str) -> "QuerySet[Payment]":
    rows = Payment.objects.order_by("-id")
    if term.startswith("pay_"):
        return rows.filter(public_id=term)  # Whole: the hot table has no index of beginnings.
    if term.startswith("ord_"):
        return rows.filter(demand__reference=term)
    if term.startswith(("pty_", "+")):
        party = party_by_phone(term) if term.startswith("+") else party_by_public_id(term)
        found = party.id if party else 0
        # Two short index scans: an OR over both sides would read the whole table backwards.
        ids = [
            key
            for side in ("payer_id", "payee_id")
            for key in rows.filter(**{side: found}).values_list("pk", flat=True)[:MOST]
        ]
        return rows.filter(pk__in=ids)
    code = read_code(term)
    if code is not None:
        return rows.filter(pk__in=Receipt.objects.filter(code=code).values("payment_id"))
    return rows.filter(legs__attempt__instruction_id=term)


def _lines(term: str) -> "Iterable[StatementLine]":
    """Find lines by the bank's reference: the index begins with the bank, and banks are few."""
    if not term or "_" in term or len(term) > _LONGEST_REF:
        return ()
    banks = list(Bank.objects.values_list("pk", flat=True))
    rows = StatementLine.objects.filter(bank__in=banks, bank_reference=term)
    return rows.order_by("-id")[:MOST]


def _named(rows: "QuerySet[Row]", term: str, prefix: str) -> "Iterable[Row]":
    """Return the newest rows whose id begins so; none where the term is another kind's."""
    if not term.startswith(prefix):
        return ()
    return rows.filter(public_id__startswith=term).order_by("-id")[:MOST]


def _found(model: str, each: Any, amount_minor: int | None = None) -> Found:
    money = Money(each.amount_minor if amount_minor is None else amount_minor, each.currency)
    return Found(model, each.pk, each.public_id, each.state.replace("_", " "), money)

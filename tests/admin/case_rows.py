"""One row of each table of refunds and disputes, each with parents of its own."""

from payments import models as pay
from tests.admin.bank_rows import bank
from tests.admin.people_rows import AT, number, person


def refund_of(payment: pay.Payment, state: str = "completed") -> pay.Refund:
    """Give the payment back, on paper."""
    made = pay.Refund.objects.create(
        public_id=f"rfn_{number()}",
        payment=payment,
        amount_minor=100,
        fee_minor=0,
        currency="BRL",
        state=state,
        origin="seller",
        reason="damaged",
        request_key=f"key-{number()}",
        asked_by=person(),
        created_at=AT,
    )
    pay.RefundMove.objects.create(refund=made, position=1, to_state=state, at=AT, actor="ze")
    return made


def dispute_of(payment: pay.Payment) -> pay.Dispute:
    """Dispute the payment, on paper."""
    made = pay.Dispute.objects.create(
        public_id=f"dsp_{number()}",
        payment=payment,
        kind="commercial",
        reason="not_received",
        text="Nothing came.",
        state="under_review",
        opened_by=person(),
        payer_id=payment.payer_id,
        payee_id=payment.payee_id,
        amount_minor=100,
        currency="BRL",
        approval_above_minor=500,
        created_at=AT,
        decide_by=AT,
        due_at=AT,
    )
    pay.DisputeMove.objects.create(dispute=made, position=1, to_state="opened", at=AT, actor="a")
    return made


def chargeback_of(payment: pay.Payment) -> pay.Chargeback:
    """Have the issuer take the payment back, on paper, too late for a dispute."""
    return pay.Chargeback.objects.create(
        public_id=f"cbk_{number()}",
        payment=payment,
        bank="banco-ipe",
        chargeback_id=f"cb-{number()}",
        amount_minor=100,
        currency="BRL",
        reason_code="10.4",
        state="apart",
        looks_at="the payment is refunded",
        told_at=AT,
    )


def terms() -> pay.CaseTerms:
    n = number()
    letters = chr(65 + n // 26 % 26) + chr(65 + n % 26)
    return pay.CaseTerms.objects.get_or_create(country=letters)[0]


def too_large_of(made: pay.Payment) -> pay.TooLarge:
    """Let a sale be above its bank's limit, on paper."""
    return pay.TooLarge.objects.create(
        bank=bank(),
        party_id=made.payee_id,
        payment=made,
        amount_minor=2,
        limit_minor=1,
        currency="BRL",
        since_at=AT,
    )

"""One row of each table that staff see, each with parents of its own.

Rows are written directly: these tests are about reading them.
"""

import itertools
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

from core.models import Duty, Heartbeat
from core.money import Money
from core.transactions import owns_block
from merchants.models import Order, Product, Shop
from messaging.models import Conversation, Member
from payments import models as pay
from payments.ledger import Transfer, account, post
from people.models import AuditEntry, Device, Identity, Party, Person, Proof

AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DAY = date(2026, 11, 23)
_numbers = itertools.count(1)


def _n() -> int:
    return next(_numbers)


def party(kind: str = "person") -> Party:
    return Party.objects.create(
        public_id=f"pty_{_n()}", kind=kind, display_name="Ana", country="BR", created_at=AT
    )


def person() -> Person:
    number = f"+55119{_n():08d}"
    return Person.objects.create(party=party(), login=number, phone=number, created_at=AT)


def device() -> Device:
    n = _n()
    return Device.objects.create(
        public_id=f"dev_{n}",
        person=person(),
        name="Phone",
        public_key={"kty": "OKP"},
        key_thumbprint=f"thumb-{n}",
        token_hash=n.to_bytes(32, "big"),
        created_at=AT,
        signed_in_at=AT,
        last_seen_at=AT,
    )


def identity() -> Identity:
    return Identity.objects.create(
        party=party(),
        legal_name="Ana Beatriz Souza",
        tax_id=f"{_n():011d}",
        country="BR",
        tier="basic",
        verified_at=AT,
    )


def proof() -> Proof:
    phone = device()
    return Proof.objects.create(
        public_id=f"prf_{_n()}",
        person=phone.person,
        device=phone,
        digest=bytes(32),
        method="pin",
        made_at=AT,
        expires_at=AT,
    )


def entry() -> AuditEntry:
    return AuditEntry.objects.create(
        actor=person(),
        actor_login="marta",
        action="hold.imposed",
        object_ref=f"hld_{_n()}",
        before={},
        after={"level": "stop_new"},
        at=AT,
    )


def country() -> pay.Country:
    n = _n()
    letters = chr(65 + n // 26 % 26) + chr(65 + n % 26)
    found: pay.Country = pay.Country.objects.get_or_create(
        iso2=letters,
        defaults={
            "name": f"Country {letters}",
            "currency": "BRL",
            "timezone": "UTC",
            "created_at": AT,
        },
    )[0]
    return found


def capability() -> pay.CountryCapability:
    return pay.CountryCapability.objects.create(
        country=country(), capability="purchase", state="planned", since_at=AT
    )


def check() -> pay.AvailabilityCheck:
    return pay.AvailabilityCheck.objects.create(
        country=country(),
        capability="purchase",
        at=AT,
        is_open=False,
        has_evidence=False,
        reasons=[],
    )


def hold() -> pay.RegulatorHold:
    return pay.RegulatorHold.objects.create(
        public_id=f"hld_{_n()}",
        country=country(),
        level="stop_new",
        reason="Review",
        legal_reference="Order 1",
        imposed_by=person(),
        imposed_at=AT,
    )


def clearance() -> pay.RegulatorClearance:
    return pay.RegulatorClearance.objects.create(
        country=country(),
        scheme="Payments",
        instrument=f"Act {_n()}",
        valid_from_date=DAY,
        evidence="Gazette",
        recorded_at=AT,
    )


def limit() -> pay.LimitRule:
    return pay.LimitRule.objects.create(
        country="BR",
        kind="purchase",
        name=f"day-{_n()}",
        side="sent",
        window="day",
        measure="amount",
        value=100,
        currency="BRL",
        source="Law",
    )


def fee() -> pay.FeeRule:
    iso2 = country().iso2
    return pay.FeeRule.objects.create(country=iso2, kind="purchase", basis_points=99)


def day() -> pay.DayOverride:
    return pay.DayOverride.objects.create(
        country=country(), date=DAY, is_business_day=False, name="Rest"
    )


def bank() -> pay.Bank:
    n = _n()
    made = pay.Bank.objects.create(
        slug=f"bank-{n}",
        name=f"Bank {n}",
        country=country(),
        currency="BRL",
        timezone="UTC",
        national_id=f"{n:08d}",
        rail="sandbox",
        created_at=AT,
    )
    pay.ConnectorHealth.objects.create(bank=made, is_healthy=True, changed_at=AT)
    return made


def agreement() -> pay.BankAgreement:
    return pay.BankAgreement.objects.create(
        public_id=f"agr_{_n()}",
        bank=bank(),
        state="live",
        valid_from_date=DAY,
        capabilities=["purchase"],
        document_sha256="a" * 64,
        bank_signatory="Rui",
        operator_signatory="Eva",
        signed_at=AT,
        created_at=AT,
    )


def batch() -> pay.SettlementBatch:
    signed = agreement()
    rail = pay.AgreementRail.objects.create(
        agreement=signed,
        rail="sandbox",
        cutoff=time(17),
        timezone="UTC",
        approval_above_minor=1000,
    )
    window = pay.SettlementWindow.objects.create(
        agreement_rail=rail, bank=signed.bank, business_date=DAY, cutoff_at=AT, value_date=DAY
    )
    return pay.SettlementBatch.objects.create(
        public_id=f"bat_{_n()}",
        window=window,
        bank=signed.bank,
        state="claimed",
        currency="BRL",
        payout_count=1,
        total_minor=5000,
        approval_above_minor=1000,
        message_id=f"msg-{_n()}",
        claimed_at=AT,
    )


def payout(state: str = "claimed") -> pay.Payout:
    claimed = batch()
    return pay.Payout.objects.create(
        public_id=f"pyo_{_n()}",
        batch=claimed,
        party=party("business"),
        bank=claimed.bank,
        account_token="tok-secret-1234",
        account_last4="1234",
        holder_name="Padaria do Zé Ltda",
        gross_minor=5100,
        fee_minor=100,
        net_minor=5000,
        currency="BRL",
        state=state,
        created_at=AT,
    )


def statement() -> pay.Statement:
    n = _n()
    return pay.Statement.objects.create(
        public_id=f"stm_{n}",
        bank=bank(),
        date=DAY,
        sequence=1,
        statement_reference=f"ref-{n}",
        sha256=f"{n:064d}",
        currency="BRL",
        opening_minor=0,
        closing_minor=100,
        line_count=1,
        imported_at=AT,
    )


def line(state: str = "exception") -> pay.StatementLine:
    made = statement()
    return pay.StatementLine.objects.create(
        statement=made,
        bank=made.bank,
        position=1,
        direction="into",
        amount_minor=100,
        currency="BRL",
        booked_date=DAY,
        state=state,
    )


def day_proof() -> pay.DayProof:
    made = statement()
    return pay.DayProof.objects.create(
        statement=made,
        bank=made.bank,
        date=DAY,
        bank_closing_minor=100,
        books_minor=40,
        difference_minor=60,
        is_proven=False,
        differences=[{"what": "line", "amount_minor": 60}],
        made_at=AT,
    )


def source() -> pay.FundingSource:
    return pay.FundingSource.objects.create(
        public_id=f"src_{_n()}",
        party=party(),
        kind="bank_account",
        bank="banco-ipe",
        token=f"tok-secret-{_n()}",
        last4="1234",
        created_at=AT,
    )


def payout_account() -> pay.PayoutAccount:
    return pay.PayoutAccount.objects.create(
        public_id=f"acc_{_n()}",
        party=party("business"),
        bank="banco-ipe",
        token="tok-secret-1",
        last4="1234",
        holder_name="Padaria do Zé Ltda",
        verified_at=AT,
    )


def payment(state: str = "unknown") -> pay.Payment:
    n, paid_from = _n(), source()
    shared: dict[str, Any] = {
        "payer_id": paid_from.party_id,
        "payee_id": party().pk,
        "kind": "person_to_person",
        "amount_minor": 2500,
        "fee_minor": 0,
        "currency": "BRL",
        "source": paid_from,
        "created_at": AT,
    }
    quote = pay.Quote.objects.create(
        public_id=f"quo_{n}", signed_text="{}", digest=bytes(32), expires_at=AT, **shared
    )
    made = pay.Payment.objects.create(
        public_id=f"pay_{n}",
        country="BR",
        quote=quote,
        proof_id=f"prf_{n}",
        idempotency_key=f"key-{n}",
        state=state,
        **shared,
    )
    pay.PaymentMove.objects.create(
        payment=made, position=1, to_state="authorized", at=AT, actor="payer"
    )
    leg = pay.Leg.objects.create(
        payment=made,
        kind="debit",
        rail="sandbox",
        bank="banco-ipe",
        account_token="tok-secret-9",
        created_at=AT,
    )
    pay.Attempt.objects.create(
        leg=leg,
        instruction_id=f"ins-{n}",
        amount_minor=2500,
        currency="BRL",
        asked_at=AT,
        sent_at=AT,
        outcome="unknown",
    )
    return made


def ledger_account() -> pay.LedgerAccount:
    return pay.LedgerAccount.objects.create(
        kind="in_flight", party_id=party().pk, currency="BRL", balance=0
    )


def transfer() -> pay.LedgerTransfer:
    line = Transfer(
        id=uuid.uuid4(),
        journal=uuid.uuid4(),
        kind="collect",
        debit=account("bank_clearing", "BRL", bank_id=f"bank-{_n()}"),
        credit=account("in_flight", "BRL", party_id=party().pk),
        amount=Money(100, "BRL"),
        payment_ref=f"pay_{_n()}",
    )
    with owns_block():
        post([line], AT)
    return pay.LedgerTransfer.objects.get(id=line.id)


def shop() -> Shop:
    n = _n()
    return Shop.objects.create(
        public_id=f"mer_{n}",
        party=party("business"),
        name="Padaria do Zé",
        slug=f"padaria-{n}",
        country="BR",
        currency="BRL",
        timezone="UTC",
        created_at=AT,
    )


def product() -> Product:
    return Product.objects.create(
        public_id=f"prd_{_n()}",
        shop=shop(),
        name="Pão francês",
        price_minor=150,
        currency="BRL",
        created_at=AT,
        changed_at=AT,
    )


def order() -> Order:
    buyer = person()
    assert buyer.party is not None
    return Order.objects.create(
        public_id=f"ord_{_n()}",
        shop=shop(),
        number=1,
        buyer=buyer.party,
        placed_by=buyer,
        conversation_ref="cnv_1",
        state="placed",
        total_minor=150,
        currency="BRL",
        placed_at=AT,
        moved_at=AT,
        expires_at=AT,
    )


def conversation() -> Conversation:
    low, high = party(), party()
    made = Conversation.objects.create(
        public_id=f"cnv_{_n()}",
        kind="direct",
        title="A private title",
        low_party=low,
        high_party=high,
        last_at=AT,
        created_at=AT,
    )
    for each in (low, high):
        Member.objects.create(conversation=made, party=each, joined_at=AT)
    return made


def duty(*, is_parked: bool = True) -> Duty:
    return Duty.objects.create(
        event="payment.authorized",
        handler="payments.handlers.charge",
        payload={"payment_id": f"pay_{_n()}"},
        created_at=AT,
        due_at=AT,
        attempts=5,
        parked_at=AT if is_parked else None,
        last_error="RuntimeError: the bank's file is odd",
    )


def heartbeat() -> Heartbeat:
    return Heartbeat.objects.create(name=f"clock-{_n()}", beat_at=AT)


MAKERS: dict[str, Callable[[], Any]] = {
    "core_duty": duty,
    "core_heartbeat": heartbeat,
    "merchants_order": order,
    "merchants_product": product,
    "merchants_shop": shop,
    "messaging_conversation": conversation,
    "payments_availabilitycheck": check,
    "payments_bank": bank,
    "payments_bankagreement": agreement,
    "payments_country": country,
    "payments_countrycapability": capability,
    "payments_dayoverride": day,
    "payments_dayproof": day_proof,
    "payments_feerule": fee,
    "payments_fundingsource": source,
    "payments_ledgeraccount": ledger_account,
    "payments_ledgertransfer": transfer,
    "payments_limitrule": limit,
    "payments_payment": payment,
    "payments_payout": payout,
    "payments_payoutaccount": payout_account,
    "payments_regulatorclearance": clearance,
    "payments_regulatorhold": hold,
    "payments_settlementbatch": batch,
    "payments_statement": statement,
    "payments_statementline": line,
    "people_auditentry": entry,
    "people_device": device,
    "people_identity": identity,
    "people_party": party,
    "people_person": person,
    "people_proof": proof,
}

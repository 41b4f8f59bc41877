"""One row of each table of countries, banks and settlement, each with parents of its own."""

from datetime import time

from payments import models as pay
from tests.admin.people_rows import AT, DAY, number, party, person


def country() -> pay.Country:
    n = number()
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


def breaker() -> pay.Breaker:
    return pay.Breaker.objects.create(
        bank=bank(), rail="sandbox", state="open", failures=10, try_at=AT, changed_at=AT
    )


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


def callback() -> pay.BankCallback:
    n = number()
    return pay.BankCallback.objects.create(
        message_id=f"msg_{n}",
        kind="instruction.executed",
        bank="banco-ipe",
        about=f"{n}-D",
        sent_at=AT,
        received_at=AT,
    )


def hold() -> pay.RegulatorHold:
    return pay.RegulatorHold.objects.create(
        public_id=f"hld_{number()}",
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
        instrument=f"Act {number()}",
        valid_from_date=DAY,
        evidence="Gazette",
        recorded_at=AT,
    )


def limit() -> pay.LimitRule:
    return pay.LimitRule.objects.create(
        country="BR",
        kind="purchase",
        name=f"day-{number()}",
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
    n = number()
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
        public_id=f"agr_{number()}",
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
        public_id=f"bat_{number()}",
        window=window,
        bank=signed.bank,
        state="claimed",
        currency="BRL",
        payout_count=1,
        total_minor=5000,
        approval_above_minor=1000,
        message_id=f"msg-{number()}",
        claimed_at=AT,
    )


def payout(state: str = "claimed") -> pay.Payout:
    claimed = batch()
    return pay.Payout.objects.create(
        public_id=f"pyo_{number()}",
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
        settled_at=AT if state == "settled" else None,
    )


def statement() -> pay.Statement:
    n = number()
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
        bank_reference=f"R{number()}",
        booked_date=DAY,
        state=state,
    )


def missing_line() -> pay.MissingLine:
    return pay.MissingLine.objects.create(
        bank=bank(),
        reference=f"pyo_{number()}",
        transfer_kind="settle",
        held_minor=-100,
        currency="BRL",
        since_date=DAY,
        found_at=AT,
    )


def notification() -> pay.Notification:
    n = number()
    return pay.Notification.objects.create(
        bank=bank(),
        number=n,
        notification_reference=f"n-{n}",
        sha256=f"{n:064d}",
        entry_count=0,
        imported_at=AT,
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
        differences=[{"kind": "missing_line", "amount_minor": -60, "effect_minor": 60}],
        made_at=AT,
    )


def taken_back() -> pay.TakenBack:
    made = payout()
    return pay.TakenBack.objects.create(
        bank=made.bank, payout=made, said="rejected", shown_by="statement", found_at=AT
    )


def way_back(state: str = "unknown") -> pay.WayBack:
    made = line("suspense")
    return pay.WayBack.objects.create(
        line=made,
        return_id=f"{made.reference}-B1",
        amount_minor=made.amount_minor,
        currency=made.currency,
        state=state,
        asked_at=AT,
        sent_at=AT,
    )


def trouble() -> pay.BankTrouble:
    return pay.BankTrouble.objects.create(
        bank=bank(), work="claim", error="The bank does not answer.", since_at=AT, last_at=AT
    )

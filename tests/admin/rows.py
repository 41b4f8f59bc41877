"""One row of each table that staff see, each with parents of its own.

Rows are written directly: these tests are about reading them.
"""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from core.models import Duty, Heartbeat, Tick
from core.money import Money
from core.transactions import owns_block
from merchants.models import ExternalMeans, Order, Product, Shipment, ShopReview
from payments import models as pay
from payments.ledger import Transfer, account, post
from tests.admin.bank_rows import (
    agreement,
    bank,
    batch,
    breaker,
    callback,
    capability,
    check,
    clearance,
    country,
    day,
    day_proof,
    fee,
    hold,
    limit,
    line,
    missing_line,
    notification,
    payout,
    statement,
    taken_back,
    trouble,
    way_back,
)
from tests.admin.case_rows import chargeback_of, dispute_of, refund_of, terms, too_large_of
from tests.admin.mail_rows import MAIL_MAKERS
from tests.admin.people_rows import (
    AT,
    approval,
    device,
    entry,
    freeze,
    identity,
    number,
    party,
    passkey,
    person,
    proof,
    recovery,
)
from tests.admin.program_rows import delivery, endpoint, shop, shop_key, template
from tests.admin.program_rows import line as shop_line
from tests.admin.talk_rows import conversation, report
from tests.admin.ware_rows import (
    dispute_paper,
    payment_link,
    product_picture,
    refund_proposal,
    saved_view,
    shop_job,
)


def source() -> pay.FundingSource:
    return pay.FundingSource.objects.create(
        public_id=f"src_{number()}",
        party=party(),
        kind="bank_account",
        bank="banco-ipe",
        token=f"tok-secret-{number()}",
        last4="1234",
        created_at=AT,
    )


def payout_account() -> pay.PayoutAccount:
    return pay.PayoutAccount.objects.create(
        public_id=f"acc_{number()}",
        party=party("business"),
        bank="banco-ipe",
        token="tok-secret-1",
        last4="1234",
        holder_name="Padaria do Zé Ltda",
        verified_at=AT,
    )


def payment(state: str = "unknown") -> pay.Payment:
    n, paid_from = number(), source()
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


def refund() -> pay.Refund:
    return refund_of(payment("partially_refunded"))


def dispute() -> pay.Dispute:
    return dispute_of(payment("disputed"))


def chargeback() -> pay.Chargeback:
    return chargeback_of(payment("refunded"))


def payment_request() -> pay.PaymentRequest:
    made = pay.PaymentRequest.objects.create(
        public_id=f"req_{number()}",
        payee=party(),
        payer=party(),
        amount_minor=2500,
        currency="BRL",
        state="open",
        created_at=AT,
        expires_at=AT,
    )
    pay.RequestMove.objects.create(request=made, to_state="open", at=AT, actor="payee")
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
        debit=account("bank_clearing", "BRL", bank_id=f"bank-{number()}"),
        credit=account("in_flight", "BRL", party_id=party().pk),
        amount=Money(100, "BRL"),
        payment_ref=f"pay_{number()}",
    )
    with owns_block():
        post([line], AT)
    return pay.LedgerTransfer.objects.get(id=line.id)


def external_means() -> ExternalMeans:
    return ExternalMeans.objects.create(
        public_id=f"mns_{number()}",
        shop=shop(),
        kind="pix",
        number=1,
        payee="ze@padaria.example",
        holder_name="Padaria do Zé",
        city="Recife",
        added_by=person(),
        added_at=AT,
        usable_at=AT,
    )


def product() -> Product:
    return Product.objects.create(
        public_id=f"prd_{number()}",
        shop=shop(),
        name="Pão francês",
        price_minor=150,
        currency="BRL",
        position=number(),
        created_at=AT,
        changed_at=AT,
    )


def order() -> Order:
    buyer = person()
    assert buyer.party is not None
    return Order.objects.create(
        public_id=f"ord_{number()}",
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


def duty(*, is_parked: bool = True) -> Duty:
    return Duty.objects.create(
        event="payment.authorized",
        handler="payments.handlers.charge",
        payload={"payment_id": f"pay_{number()}"},
        created_at=AT,
        due_at=AT,
        attempts=5,
        parked_at=AT if is_parked else None,
        last_error="RuntimeError: the bank's file is odd",
    )


def heartbeat() -> Heartbeat:
    return Heartbeat.objects.create(name=f"clock-{number()}", beat_at=AT)


def tick() -> Tick:
    return Tick.objects.create(name=f"line-{number()}", begun_at=AT, last_error="RuntimeError: no")


def personal_limit() -> pay.PersonalLimit:
    return pay.PersonalLimit.objects.create(
        party_id=party().pk,
        kind="purchase",
        name="per_purchase",
        value=100,
        raised_to=200,
        raised_from=AT,
        changed_at=AT,
    )


def limit_decision() -> pay.LimitDecision:
    return pay.LimitDecision.objects.create(
        party=party(),
        kind="purchase",
        name="per_purchase",
        value=100,
        why="safety",
        reason="Odd hours",
        asked_by=person(),
        approved_by=person(),
        begins_at=AT,
        until=AT + timedelta(days=1),
    )


def limit_settings() -> pay.LimitSettings:
    return pay.LimitSettings.objects.create(
        party_id=party().pk, out_from=AT, out_until=AT, out_per_day=100, changed_at=AT
    )


def limit_usage() -> pay.LimitUsage:
    return pay.LimitUsage.objects.create(
        party_id=party().pk, rule_id=limit().pk, window_key="2026-11", used=100
    )


def receipt_key() -> pay.ReceiptKey:
    return pay.ReceiptKey.objects.create(key_id=f"key-{number()}", public_x="x" * 43, valid_from=AT)


def receipt() -> pay.Receipt:
    return pay.Receipt.objects.create(
        code=f"{number():020d}",
        payment=payment("completed"),
        key=receipt_key(),
        signed_text="{}",
        signature="s" * 86,
        issued_at=AT,
    )


def shipment() -> Shipment:
    return Shipment.objects.create(order=order(), number=1, pieces=[[1, 2]], at=AT)


def review() -> ShopReview:
    return ShopReview.objects.create(
        public_id=f"kyb_{number()}",
        shop=shop(),
        risk="high",
        reasons=["owner_unclear"],
        opened_at=AT,
        moved_at=AT,
    )


MAKERS: dict[str, Callable[[], Any]] = {
    **MAIL_MAKERS,
    "core_duty": duty,
    "core_heartbeat": heartbeat,
    "core_tick": tick,
    "merchants_disputepaper": dispute_paper,
    "merchants_externalmeans": external_means,
    "merchants_line": shop_line,
    "merchants_linetemplate": template,
    "merchants_order": order,
    "merchants_paymentlink": payment_link,
    "merchants_product": product,
    "merchants_productpicture": product_picture,
    "merchants_refundproposal": refund_proposal,
    "merchants_savedview": saved_view,
    "merchants_shipment": shipment,
    "merchants_shop": shop,
    "merchants_shopjob": shop_job,
    "merchants_shopkey": shop_key,
    "merchants_shopreview": review,
    "merchants_webhookdelivery": delivery,
    "merchants_webhookendpoint": endpoint,
    "messaging_conversation": conversation,
    "messaging_report": report,
    "payments_availabilitycheck": check,
    "payments_bank": bank,
    "payments_bankagreement": agreement,
    "payments_breaker": breaker,
    "payments_bankcallback": callback,
    "payments_caseterms": terms,
    "payments_chargeback": chargeback,
    "payments_country": country,
    "payments_countrycapability": capability,
    "payments_dayoverride": day,
    "payments_dayproof": day_proof,
    "payments_dispute": dispute,
    "payments_feerule": fee,
    "payments_fundingsource": source,
    "payments_ledgeraccount": ledger_account,
    "payments_ledgertransfer": transfer,
    "payments_limitdecision": limit_decision,
    "payments_limitrule": limit,
    "payments_limitsettings": limit_settings,
    "payments_limitusage": limit_usage,
    "payments_payment": payment,
    "payments_paymentrequest": payment_request,
    "payments_payout": payout,
    "payments_payoutaccount": payout_account,
    "payments_personallimit": personal_limit,
    "payments_receipt": receipt,
    "payments_receiptkey": receipt_key,
    "payments_refund": refund,
    "payments_regulatorclearance": clearance,
    "payments_regulatorhold": hold,
    "payments_settlementbatch": batch,
    "payments_missingline": missing_line,
    "payments_notification": notification,
    "payments_statement": statement,
    "payments_statementline": line,
    "payments_takenback": taken_back,
    "payments_toolarge": lambda: too_large_of(payment("completed")),
    "payments_banktrouble": trouble,
    "payments_wayback": way_back,
    "people_approvalrequest": approval,
    "people_auditentry": entry,
    "people_device": device,
    "people_freeze": freeze,
    "people_identity": identity,
    "people_party": party,
    "people_passkey": passkey,
    "people_person": person,
    "people_pinrecovery": recovery,
    "people_proof": proof,
}

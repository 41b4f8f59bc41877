"""From a bank to a live agreement, and a regulator's clearance, each by its form."""

import hashlib
from datetime import time
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from payments.models import BankAgreement, RegulatorClearance
from payments.services.agreements import NewBank, add_bank
from payments.services.availability import add_country
from people.models import AuditEntry
from tests.admin.doors import enter, hire

DRAFT = {
    "valid_from": "2026-01-01",
    "valid_to": "2027-01-01",
    "capabilities": ["purchase", "refund"],
    "cutoff": "17:30",
    "settlement_days": "1",
    "message_version": "pain.001.001.03",
    "approval_above": "15000.00",
}
SIGNED = {"bank_signatory": "Dona Marta", "operator_signatory": "Seu Jorge"}
CLEARED = {
    "country": "BR",
    "capability": "",
    "scheme": "payment initiation",
    "instrument": "Ofício 12/2026",
    "valid_from": "2026-01-01",
    "notified": "2026-01-05",
    "notice_days": "30",
    "max_users": "1000",
    "evidence": "Drawer 3, read by Marta",
}
DOORS = ("/admin/banks/banco-ipe/agreements/draft", "/admin/clearances/record")


@pytest.fixture(autouse=True)
def _ipe(db: None) -> None:
    facts = {"iso2": "BR", "name": "Brazil", "currency": "BRL", "timezone": "America/Sao_Paulo"}
    add_country(facts=facts, staff=None)
    ipe = NewBank("banco-ipe", "Banco Ipê", "BR", "BRL", "America/Sao_Paulo", "90000001", "sandbox")
    add_bank(staff=None, bank=ipe)


def paper() -> SimpleUploadedFile:
    return SimpleUploadedFile("agreement.pdf", b"%PDF-1.7 agreed")


def test_an_agreement_goes_from_a_draft_to_live(marta: Any) -> None:
    draft = DOORS[0]
    assert b"90000001" in marta.get(draft).content
    assert marta.post(draft, DRAFT).status_code == 302
    agreement = BankAgreement.objects.get()
    assert (agreement.state, agreement.capabilities) == ("draft", ["purchase", "refund"])
    rail = agreement.rails.get()
    assert (rail.cutoff, rail.settlement_days, rail.rail) == (time(17, 30), 1, "sandbox")
    sign = f"/admin/agreements/{agreement.public_id}/sign"
    alone = {"bank_signatory": "Dona Marta", "operator_signatory": "Dona Marta"}
    assert marta.post(sign, alone | {"document": paper()}).status_code == 400
    assert marta.post(sign, SIGNED).status_code == 422
    assert marta.post(sign, SIGNED | {"document": paper()}).status_code == 302
    agreement.refresh_from_db()
    assert agreement.state == "signed"
    assert agreement.document_sha256 == hashlib.sha256(b"%PDF-1.7 agreed").hexdigest()
    assert marta.get(sign).status_code == 404
    live = f"/admin/agreements/{agreement.public_id}/live"
    assert marta.post(live, {"reason": "In force"}).status_code == 302
    assert BankAgreement.objects.get().state == "live"
    acts = AuditEntry.objects.filter(object_ref=agreement.public_id).order_by("id")
    assert [(act.action, act.actor_login) for act in acts] == [
        ("agreement.drafted", "marta"),
        ("agreement.signed", "marta"),
        ("agreement.live", "marta"),
    ]


def test_files_and_cards_may_have_rails_of_their_own(marta: Any) -> None:
    assert marta.post(DOORS[0], DRAFT | {"rail": "cards"}).status_code == 422
    asked = DRAFT | {"rail": "iso20022", "card_days": "2"}
    assert marta.post(DOORS[0], asked).status_code == 302
    rails = BankAgreement.objects.get().rails.order_by("id")
    assert list(rails.values_list("rail", "settlement_days", "message_version")) == [
        ("iso20022", 1, "pain.001.001.03"),
        ("cards", 2, "pain.001.001.03"),
    ]


def test_a_clearance_is_recorded_with_its_notice_and_cap(marta: Any) -> None:
    assert b'<option value="BR" selected>' in marta.get(f"{DOORS[1]}?country=BR").content
    assert marta.post(DOORS[1], CLEARED).status_code == 302
    kept = RegulatorClearance.objects.get()
    assert (kept.instrument, kept.notice_days, kept.max_users) == ("Ofício 12/2026", 30, 1000)
    assert AuditEntry.objects.filter(action="clearance.recorded", actor_login="marta").count() == 1


@pytest.mark.parametrize(
    ("door", "answers"),
    [
        (DOORS[0], DRAFT | {"valid_to": "2025-01-01"}),
        (DOORS[0], DRAFT | {"capabilities": ["lottery"]}),
        (DOORS[0], DRAFT | {"cutoff": "noon"}),
        (DOORS[0], DRAFT | {"settlement_days": "61"}),
        (DOORS[0], DRAFT | {"approval_above": "much"}),
        (DOORS[1], CLEARED | {"valid_to": "2025-01-01"}),
        (DOORS[1], CLEARED | {"notified": ""}),
        (DOORS[1], CLEARED | {"max_users": "0"}),
        (DOORS[1], CLEARED | {"country": "ZZ"}),
    ],
)
def test_an_odd_form_writes_nothing(marta: Any, door: str, answers: dict[str, Any]) -> None:
    assert marta.post(door, answers).status_code == 422
    assert (BankAgreement.objects.count(), RegulatorClearance.objects.count()) == (0, 0)


def test_only_its_group_may(marta: Any) -> None:
    hire("clara", "support")
    clara = enter("clara")
    hire("rui", "countries")
    rui = enter("rui")
    assert [clara.get(door).status_code for door in DOORS] == [403, 403]
    assert [rui.get(door).status_code for door in DOORS] == [200, 200]
    assert rui.get("/admin/banks/banco-nada/agreements/draft").status_code == 404

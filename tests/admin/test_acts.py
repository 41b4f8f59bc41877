"""Acts of staff on countries, batches, payouts, lines and duties."""

from typing import Any

import pytest

from core.models import Duty
from payments.models import (
    BankAgreement,
    CountryCapability,
    DayOverride,
    Payment,
    Payout,
    PayoutAccount,
    SettlementBatch,
    StatementLine,
)
from people.models import AuditEntry, Person, PinDevice
from people.services.freezing import freeze_state
from tests.admin import bank_rows, people_rows, rows
from tests.admin.doors import enter, hire
from tests.admin.people_rows import AT
from tests.admin.talk_rows import report


def _last_act() -> tuple[str, str, str]:
    entry = AuditEntry.objects.order_by("-id")[0]
    return entry.action, entry.actor_login, entry.reason


def test_a_business_is_not_opened_without_its_evidence(marta: Any) -> None:
    row = bank_rows.capability()
    path = f"/admin/countries/{row.country.iso2}/purchase/open"
    page = marta.get(path).content.decode()
    assert "0 signed, 0 answering, 2 needed" in page
    assert page.index("The rule says") < page.index("Open it to people now")
    answer = marta.post(path, {"reason": "Everything is there"})
    assert answer.status_code == 409
    assert "No limits are set." in answer.content.decode()
    row.refresh_from_db()
    assert row.state == "planned"


def test_a_business_is_closed_with_a_reason(marta: Any) -> None:
    row = bank_rows.capability()
    path = f"/admin/countries/{row.country.iso2}/purchase/close"
    assert marta.post(path, {"reason": ""}).status_code == 422
    assert CountryCapability.objects.get(pk=row.pk).state == "planned"
    assert marta.post(path, {"reason": "Given up"}).status_code == 302
    row.refresh_from_db()
    assert row.state == "closed"
    assert _last_act() == ("capability.closed", "marta", "Given up")
    assert marta.post(path, {"reason": "Again"}).status_code == 409


def test_an_agreement_is_suspended(marta: Any) -> None:
    signed = bank_rows.agreement()
    page = marta.get(f"/admin/payments/bankagreement/{signed.pk}/change/").content.decode()
    path = f"/admin/agreements/{signed.public_id}/suspended"
    assert path in page
    assert f"/admin/agreements/{signed.public_id}/live" not in page
    assert marta.post(path, {"reason": "The bank asked"}).status_code == 302
    assert BankAgreement.objects.get().state == "suspended"
    assert _last_act() == ("agreement.suspended", "marta", "The bank asked")
    assert marta.get(f"/admin/agreements/{signed.public_id}/draft").status_code == 404


def test_a_connection_is_tried_now(marta: Any) -> None:
    row = bank_rows.breaker()
    page = marta.get(f"/admin/payments/breaker/{row.pk}/change/").content.decode()
    path = f"/admin/connections/{row.pk}/try"
    assert path in page
    assert marta.post(path, {"reason": ""}).status_code == 422
    row.refresh_from_db()
    assert row.try_at == AT
    assert marta.post(path, {"reason": "The bank called"}).status_code == 302
    row.refresh_from_db()
    assert row.try_at is not None
    assert row.try_at > AT
    assert _last_act() == ("breaker.tried", "marta", "The bank called")


def test_a_day_is_said_to_be_a_holiday(marta: Any) -> None:
    country = bank_rows.country()
    words = {"country": country.iso2, "day": "2099-02-09", "name": "Carnival", "reason": "Notice"}
    path = "/admin/days/set"
    assert path in marta.get("/admin/payments/dayoverride/").content.decode()
    assert marta.post(path, words | {"what": "perhaps"}).status_code == 422
    past = marta.post(path, words | {"what": "rests", "day": "2001-02-09"})
    assert past.status_code == 400
    assert DayOverride.objects.count() == 0
    assert marta.post(path, words | {"what": "rests"}).status_code == 302
    assert not DayOverride.objects.get().is_business_day
    assert _last_act() == ("day.overridden", "marta", "Notice")
    assert marta.post(path, words | {"what": "forget"}).status_code == 302
    assert DayOverride.objects.count() == 0


def test_a_batch_is_approved_by_another_than_its_preparer(marta: Any, otto: Any) -> None:
    batch = bank_rows.batch()
    SettlementBatch.objects.update(prepared_by=Person.objects.get(login="marta"))
    path = f"/admin/batches/{batch.public_id}/approve"
    page = marta.get(path).content.decode()
    assert "BRL\u00a050.00" in page
    answer = marta.post(path)
    assert answer.status_code == 409
    assert "another person has to approve it" in answer.content.decode()
    assert SettlementBatch.objects.get().state == "claimed"
    assert otto.post(path).status_code == 302
    batch = SettlementBatch.objects.get()
    assert (batch.state, str(batch.approved_by)) == ("approved", "otto")
    assert _last_act() == ("batch.approved", "otto", "")
    assert marta.post(path).status_code == 409


def test_a_payout_is_reissued_only_after_a_definitive_no(marta: Any) -> None:
    payout = bank_rows.payout(state="rejected")
    PayoutAccount.objects.create(
        public_id="acc_new",
        party=payout.party,
        bank=payout.bank.slug,
        token="tok-secret-new",
        last4="9876",
        holder_name="Padaria do Zé Ltda",
        verified_at=AT,
    )
    path = f"/admin/payouts/{payout.public_id}/reissue"
    assert path in marta.get(f"/admin/payments/payout/{payout.pk}/change/").content.decode()
    assert marta.post(path, {"reason": "Account corrected"}).status_code == 302
    new = Payout.objects.get(reissue_of=payout)
    assert (new.state, new.account_last4, new.net_minor) == ("ready", "9876", 5000)
    assert _last_act() == ("payout.reissued", "marta", "Account corrected")
    assert marta.post(path, {"reason": "Again"}).status_code == 409
    assert Payout.objects.count() == 2


def test_a_payout_whose_fate_is_open_has_no_such_button(marta: Any) -> None:
    payout = bank_rows.payout(state="unknown")
    path = f"/admin/payouts/{payout.public_id}/reissue"
    assert path not in marta.get(f"/admin/payments/payout/{payout.pk}/change/").content.decode()
    assert marta.post(path, {"reason": "Hurry"}).status_code in {404, 409}
    assert Payout.objects.count() == 1


def test_a_line_is_explained(marta: Any) -> None:
    line = bank_rows.line()
    path = f"/admin/lines/{line.pk}/resolve"
    assert marta.post(path, {"reason": "x" * 201}).status_code == 422
    assert marta.post(path, {"reason": "The bank's yearly fee"}).status_code == 302
    line = StatementLine.objects.get()
    assert (line.state, line.note, str(line.resolved_by)) == (
        "resolved",
        "The bank's yearly fee",
        "marta",
    )
    assert _last_act()[:2] == ("statement_line.resolved", "marta")
    assert marta.post(path, {"reason": "Again"}).status_code == 409


def test_a_parked_duty_is_due_again(marta: Any) -> None:
    duty = rows.duty()
    path = f"/admin/duties/{duty.pk}/release"
    assert path in marta.get(f"/admin/core/duty/{duty.pk}/change/").content.decode()
    assert marta.post(path, {"reason": "The bank mended its file"}).status_code == 302
    duty = Duty.objects.get(pk=duty.pk)
    assert (duty.parked_at, duty.attempts) == (None, 0)
    assert _last_act() == ("duty.released", "marta", "The bank mended its file")
    assert marta.post(path, {"reason": "Again"}).status_code == 404


@pytest.mark.parametrize("group", ["countries", "support", "audit"])
def test_money_acts_are_settlements(db: None, group: str) -> None:
    batch, payout, line = bank_rows.batch(), bank_rows.payout(state="rejected"), bank_rows.line()
    hire("clara", group)
    clara = enter("clara")
    paths = (
        f"/admin/batches/{batch.public_id}/approve",
        f"/admin/payouts/{payout.public_id}/reissue",
        f"/admin/lines/{line.pk}/resolve",
        f"/admin/duties/{rows.duty().pk}/release",
    )
    assert [clara.post(path, {"reason": "Mine"}).status_code for path in paths] == [403] * 4


def test_who_may_not_look_a_payment_up(db: None) -> None:
    payment = rows.payment()
    hire("clara", "audit")
    path = f"/admin/payments/{payment.public_id}/look-up"
    assert enter("clara").post(path, {"reason": "Why"}).status_code == 403
    assert Payment.objects.get().state == "unknown"


def test_refused_money_goes_to_an_account_of_its_payer(marta: Any) -> None:
    payment = rows.payment("processing")
    Payment.objects.filter(pk=payment.pk).update(failure_code="return_refused")
    payment.legs.create(
        kind="return", rail="sandbox", bank="banco-ipe", state="refused", created_at=AT
    )
    page = marta.get(f"/admin/payments/payment/{payment.pk}/change/").content.decode()
    path = f"/admin/payments/{payment.public_id}/redirect"
    assert path in page
    assert "ask the payer to link one" in marta.get(path).content.decode()
    answer = marta.post(path, {"source": "src_of_somebody", "reason": "Closed"})
    assert answer.status_code == 422
    assert payment.legs.filter(kind="return").count() == 1
    hire("clara", "support")
    assert enter("clara").post(path, {"source": "src", "reason": "Why"}).status_code == 403


def test_staff_freeze_a_person_and_lift_it(marta: Any) -> None:
    ana = people_rows.person()
    page = f"/admin/people/person/{ana.pk}/change/"
    path = f"/admin/people/{ana.pk}/freeze"
    assert path in marta.get(page).content.decode()
    assert marta.post(path, {"reason": ""}).status_code == 422
    assert marta.post(path, {"reason": "She called"}).status_code == 302
    assert freeze_state(ana).is_frozen
    assert _last_act() == ("person.frozen", "marta", "She called")
    assert marta.post(path, {"reason": "Again"}).status_code == 409
    shown = marta.get(page).content.decode()
    assert f"/admin/people/{ana.pk}/unfreeze" in shown
    assert "by staff since" in shown
    assert marta.post(f"/admin/people/{ana.pk}/unfreeze", {"reason": "Met her"}).status_code == 302
    assert not freeze_state(ana).is_frozen
    assert marta.post(f"/admin/people/{ana.pk}/unfreeze", {"reason": "Again"}).status_code == 409
    staff = Person.objects.get(login="marta")
    assert marta.get(f"/admin/people/{staff.pk}/freeze").status_code == 404


def test_whoever_paid_under_duress_shows_at_once_until_staff_lift_it(marta: Any) -> None:
    ana, bruno = people_rows.person(), people_rows.person()
    for person in (ana, bruno):
        PinDevice.objects.create(user=person, name="PIN", pin_hash="x", set_at=AT)
    PinDevice.objects.filter(user=ana).update(duress_since=AT)
    home = marta.get("/admin/").content.decode()
    link = "/admin/people/person/?coerced=yes"
    assert link in home
    found = marta.get(link).content.decode()
    assert (str(ana) in found, str(bruno) in found) == (True, False)
    path = f"/admin/people/{ana.pk}/lift-duress"
    assert path in marta.get(f"/admin/people/person/{ana.pk}/change/").content.decode()
    assert path.replace(str(ana.pk), str(bruno.pk)) not in (
        marta.get(f"/admin/people/person/{bruno.pk}/change/").content.decode()
    )
    assert marta.post(path, {"reason": "Met her"}).status_code == 302
    assert _last_act() == ("person.duress_lifted", "marta", "Met her")
    assert marta.post(path, {"reason": "Again"}).status_code == 409


def test_staff_close_what_somebody_told_them_of(marta: Any) -> None:
    told = report()
    page = marta.get(f"/admin/messaging/report/{told.pk}/change/")
    assert b"&lt;script&gt;alert(1)&lt;/script&gt;" in page.content
    path = f"/admin/reports/{told.public_id}/close"
    assert path.encode() in page.content
    assert marta.get(path).status_code == 200
    assert marta.post(path, {"reason": ""}).status_code == 422
    assert marta.post(path, {"reason": "Conta congelada."}).status_code == 302
    told.refresh_from_db()
    assert (told.outcome, told.closed_at is None) == ("Conta congelada.", False)
    assert marta.post(path, {"reason": "De novo."}).status_code == 409
    assert marta.get("/admin/reports/rpt_unknown/close").status_code == 404

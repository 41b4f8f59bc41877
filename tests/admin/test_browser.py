"""Every queue of the staff's site worked through in a real browser, by two where it takes two."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from core.clock import business_now
from merchants.models import ShopReview
from merchants.services.reviews import answer_review
from payments.models import (
    BankAgreement,
    HoldLift,
    LimitDecision,
    Payment,
    Payout,
    PayoutAccount,
    RegulatorClearance,
    RegulatorHold,
    SettlementBatch,
    SettlementWindow,
    StatementLine,
)
from people.models import ApprovalRequest, Person, PinDevice
from people.queries import is_coerced
from people.services.freezing import freeze_state
from people.services.staff import ask_groups
from tests.admin import bank_rows, people_rows, rows
from tests.admin.desk import Desk, desk_of
from tests.admin.doors import hire
from tests.admin.test_limits import limit_of_brazil
from tests.admin.test_line_acts import suspended
from tests.look import browser
from tests.merchants.cast import join, new_shop

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DONE = "It is done."
ASKED = "A colleague"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser, whose event loop in this thread Django shall not mind."""
    with pytest.MonkeyPatch.context() as patch, browser.browser() as started:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield started


@pytest.fixture
def desks(chromium: Browser, live_server: LiveServer) -> Iterator[tuple[Desk, Desk]]:
    """Marta and Otto, each at a window of their own; nothing may be refused by the policy."""
    with ExitStack() as open_windows:
        both = []
        for login in ("marta", "otto"):
            hire(login, is_superuser=True)
            both.append(open_windows.enter_context(desk_of(chromium, live_server.url, login)))
        yield both[0], both[1]


@pytest.fixture
def desk(desks: tuple[Desk, Desk]) -> Desk:
    """Marta alone."""
    return desks[0]


def waiting_shop(name: str = "Padaria do Zé") -> ShopReview:
    shop = new_shop(join("Zé").person, name)
    return ShopReview.objects.get(shop=shop)


def asked_by_otto() -> ApprovalRequest:
    hire("clara", "support")
    otto = Person.objects.get(login="otto")
    return ask_groups(maker=otto, login="clara", groups=["audit"], reason="She moves")


def approve(desk: Desk, asked_by: str) -> None:
    """Find what a colleague asked for among what waits, and approve it."""
    desk.open_queue("Approvals that wait for you")
    desk.sees(asked_by)
    desk.fill(reason="Agreed")
    desk.press(DONE)


def test_they_sign_in_with_a_code(chromium: Browser, live_server: LiveServer) -> None:
    hire("marta", is_superuser=True)
    with browser.page_of(chromium, width=1440, theme="light") as page:
        Desk(page, live_server.url, "marta").type_in()
        assert browser.complaints_of(page) == []


def test_a_colleague_s_requests_are_approved_declined_and_taken_back(
    desks: tuple[Desk, Desk],
) -> None:
    marta, otto = desks
    asked = asked_by_otto()
    approve(marta, "She moves")
    asked.refresh_from_db()
    assert asked.state == "executed"
    otto.go(f"/admin/approvals/{asked.public_id}/approve")
    otto.fill(reason="Mine")
    otto.press("somebody else has to decide")
    back = ask_groups(maker=asked.maker, login="clara", groups=["support"], reason="Back")
    marta.go(f"/admin/people/approvalrequest/{back.pk}/change/")
    marta.act("Decline…", "It is declined.", reason="Not again")
    third = ask_groups(maker=asked.maker, login="clara", groups=["support"], reason="Please")
    otto.go(f"/admin/people/approvalrequest/{third.pk}/change/")
    otto.act("Take back…", "It is taken back.", reason="A mistake")
    states = ApprovalRequest.objects.order_by("id").values_list("state", flat=True)
    assert list(states) == ["executed", "declined", "withdrawn"]


def test_what_changed_meanwhile_is_left_alone(desk: Desk) -> None:
    asked = asked_by_otto()
    Person.objects.get(login="clara").groups.clear()
    desk.go(f"/admin/approvals/{asked.public_id}/approve")
    desk.fill(reason="Agreed")
    desk.press("The thing has changed since this was asked")
    asked.refresh_from_db()
    assert asked.state == "stale"


def test_a_hold_is_imposed_by_one_and_lifted_by_two(desks: tuple[Desk, Desk]) -> None:
    marta, otto = desks
    country = bank_rows.country()
    marta.go(f"/admin/payments/country/{country.pk}/change/")
    marta.sees("What users see now")
    answers = {"level": "stop_new", "legal_reference": "Order 7", "reason": "Review"}
    marta.act("Impose a hold…", "in force", **answers)
    marta.open_queue("Regulator's holds in force")
    marta.act("Approve lifting…", "1 more person has to approve.", reason="Over")
    otto.open_queue("Approvals that wait for you")
    otto.fill(reason="Agreed")
    otto.press("The hold is lifted.")
    assert RegulatorHold.objects.get().lifted_at is not None
    assert [lift.by.login for lift in HoldLift.objects.order_by("id")] == ["marta", "otto"]


def test_a_batch_is_approved_by_another_than_its_preparer(desks: tuple[Desk, Desk]) -> None:
    marta, otto = desks
    batch = bank_rows.batch()
    SettlementBatch.objects.update(prepared_by=Person.objects.get(login="otto"))
    otto.go(f"/admin/payments/settlementbatch/{batch.pk}/change/")
    otto.act("Approve…", "another person has to approve it")
    marta.open_queue("Batches waiting for approval")
    marta.act("Approve…", "The batch is approved")
    assert SettlementBatch.objects.get().approved_by == Person.objects.get(login="marta")


def settled_day() -> SettlementBatch:
    """A batch of yesterday: one payout settled, one returned, one late, one unknown."""
    batch, day = bank_rows.batch(), business_now().date() - timedelta(days=1)
    SettlementWindow.objects.filter(pk=batch.window_id).update(business_date=day, value_date=day)
    for state in ("settled", "returned", "sent", "unknown"):
        payout = bank_rows.payout(state=state)
        Payout.objects.filter(pk=payout.pk).update(batch=batch, bank=batch.bank)
    SettlementBatch.objects.exclude(pk=batch.pk).update(state="skipped")
    return batch


def test_payouts_are_followed_down_from_their_day(desk: Desk) -> None:
    batch = settled_day()
    desk.go("/admin/")
    desk.follow("Settlement, by bank and day")
    late = desk.page.locator("tr.is-late")
    expect(late).to_have_count(1)
    late.get_by_role("link", name="Payouts").click()
    expect(desk.page.locator("#result_list tbody tr")).to_have_count(4)
    desk.open_queue("Payouts of unknown outcome")
    desk.sees(Payout.objects.get(state="unknown").public_id)
    assert not desk.offers(tool="Reissue…")
    desk.go("/admin/settlement/")
    desk.page.locator("tr.is-late").get_by_role("link", name=batch.public_id).click()
    desk.sees(batch.public_id)


def test_what_came_back_is_paid_out_anew(desk: Desk) -> None:
    settled_day()
    returned = Payout.objects.get(state="returned")
    PayoutAccount.objects.create(
        public_id="acc_new",
        party=returned.party,
        bank=returned.bank.slug,
        token="tok-new",
        last4="9876",
        holder_name="Padaria do Zé Ltda",
        verified_at=people_rows.AT,
    )
    desk.open_queue("Payouts to decide about")
    desk.act("Reissue…", "The new payout is", reason="The account is open again")
    assert Payout.objects.get(pk=returned.pk).state == "reissued"


def test_a_line_is_noted_and_explained(desk: Desk) -> None:
    line = bank_rows.line()
    desk.open_queue("Statement lines that contradict the books")
    desk.act("Note…", "The note is kept.", reason="Asked the bank")
    desk.sees("Asked the bank")
    desk.act("Explain…", "The explanation is kept.", reason="The bank's yearly fee")
    assert StatementLine.objects.get(pk=line.pk).state == "resolved"


def test_suspense_is_split_and_written_off_by_two(desks: tuple[Desk, Desk]) -> None:
    marta, otto = desks
    first, second = suspended(), suspended()
    marta.open_queue("Money nobody here asked for")
    marta.act("Split…", ASKED, parts="0.40 bank_charges\n0.60 write_offs", reason="Two things")
    marta.go(f"/admin/payments/statementline/{first.pk}/change/")
    marta.act("Write off…", ASKED, booked_to="write_offs", reason="A year old")
    for reason in ("Two things", "A year old"):
        approve(otto, reason)
    states = [StatementLine.objects.get(pk=each.pk).state for each in (second, first)]
    assert states == ["split", "resolved"]


def test_an_agreement_is_drafted_signed_and_made_live(desk: Desk) -> None:
    bank = bank_rows.bank()
    desk.go(f"/admin/payments/bank/{bank.pk}/change/")
    desk.follow("Draft an agreement…")
    desk.fill(valid_from="2026-01-01", capabilities="purchase", cutoff="17:30", settlement_days=1)
    desk.fill(approval_above="15000.00")
    desk.press("is written")
    agreement = BankAgreement.objects.get()
    assert agreement.rails.get().approval_above_minor == 1_500_000
    desk.go(f"/admin/payments/bankagreement/{agreement.pk}/change/")
    desk.follow("Record the signatures…")
    paper = {"name": "agreement.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}
    desk.fill(document=paper, bank_signatory="Rui", operator_signatory="Eva")
    desk.press("Both signatures are recorded.")
    desk.act("Make live…", "state is changed", reason="In force")
    agreement.refresh_from_db()
    assert agreement.state == "live"


def test_a_country_is_cleared_and_not_opened_without_its_evidence(desk: Desk) -> None:
    row = bank_rows.capability()
    desk.go("/admin/payments/regulatorclearance/")
    desk.follow("Record a clearance…")
    desk.fill(country=row.country.iso2, scheme="initiation", instrument="Letter 12")
    desk.fill(valid_from="2026-01-01", evidence="Drawer 3")
    desk.press("The clearance is recorded.")
    assert RegulatorClearance.objects.get().instrument == "Letter 12"
    desk.go(f"/admin/payments/country/{row.country.pk}/change/")
    desk.follow("Open…")
    desk.sees("Letter 12")
    desk.fill(reason="Everything is there")
    desk.press("No limits are set.")
    row.refresh_from_db()
    assert row.state == "planned"


def test_a_shop_is_asked_answers_and_is_approved_by_two(desks: tuple[Desk, Desk]) -> None:
    marta, otto = desks
    review = waiting_shop()
    marta.open_queue("Shops to review")
    marta.act("Ask for more…", "The shop is asked.", reasons="owner_unclear")
    owner = review.shop.members.get().person
    answer_review(shop_id=review.shop_id, actor=owner, text="Only me, since 2019.")
    marta.go(f"/admin/merchants/shopreview/{review.pk}/change/")
    marta.sees("Only me, since 2019.")
    marta.act("Approve…", "A second reviewer has to agree now.", risk="high", reason="Seen")
    approve(otto, "Seen")
    review.refresh_from_db()
    assert (review.state, review.decided_by.login, review.checked_by.login) == (  # type: ignore[union-attr]
        "approved",
        "marta",
        "otto",
    )


def test_a_limit_is_explained_and_set_by_two(desks: tuple[Desk, Desk]) -> None:
    marta, otto = desks
    limit_of_brazil()
    ana = people_rows.person()
    marta.go(f"/admin/people/person/{ana.pk}/change/")
    marta.follow("Limits: why?")
    marta.sees("One payment may be this much at most.")
    card = marta.page.locator(".card", has_text="per purchase")
    card.get_by_role("link", name="Set another limit…").click()
    marta.fill(limit="250.00", days=3, why="safety", reason="Odd hours")
    marta.press(ASKED)
    approve(otto, "Odd hours")
    marta.go(f"/admin/people/{ana.pk}/limits")
    marta.sees("Our staff set this limit for a time, for your safety.")
    assert LimitDecision.objects.get().value == 250_00


def test_a_parked_duty_is_made_due_again(desk: Desk) -> None:
    duty = rows.duty()
    desk.open_queue("Duties parked after failing too often")
    desk.act("Make due again", "The duty is due again.", reason="The file was mended")
    duty.refresh_from_db()
    assert duty.parked_at is None


def test_people_are_kept_safe(desk: Desk) -> None:
    ana = people_rows.person()
    PinDevice.objects.create(user=ana, name="PIN", pin_hash="x", set_at=people_rows.AT)
    PinDevice.objects.update(duress_since=people_rows.AT)
    desk.open_queue("People who pay under duress")
    desk.act("They are safe", "They can pay as usual again.", reason="Met her")
    desk.act("Freeze payments", "Their payments are frozen.", reason="She called")
    assert (is_coerced(ana), freeze_state(ana).is_frozen) == (False, True)
    desk.act("Lift the freeze", "The freeze is lifted.", reason="Met her")
    desk.follow("See in full…")
    desk.fill(reason="She asked which number we have")
    desk.page.locator(".act-buttons button").click()
    desk.sees(str(ana.phone))


def test_anything_is_found_in_one_box_and_the_trail_leaves_as_a_file(desk: Desk) -> None:
    payment: Payment = rows.payment()
    people_rows.entry()
    desk.go("/admin/")
    box = desk.page.get_by_label("Search everything")
    box.fill(payment.public_id)
    box.press("Enter")
    expect(desk.page).to_have_url(f"{desk.address}/admin/payments/payment/{payment.pk}/change/")
    desk.go("/admin/people/auditentry/?q=hold")
    desk.sees("hold.imposed")
    desk.follow("Export…")
    desk.fill(reason="The auditor came", action="hold")
    with desk.page.expect_download() as file:
        desk.page.locator(".act-buttons button").click()
    assert "hold.imposed" in file.value.path().read_text()


def test_connections_and_days_are_set_right(desk: Desk) -> None:
    bank_rows.breaker()
    desk.open_queue("Connections to banks that are left alone")
    desk.act("Try it now…", "", reason="The bank called")
    desk.go("/admin/payments/dayoverride/")
    words: dict[str, Any] = {"day": "2099-02-09", "what": "rests", "name": "Carnival"}
    country = bank_rows.country().iso2
    desk.act("Say whether banks work…", "cutoffs", country=country, reason="Notice", **words)

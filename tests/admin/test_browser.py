"""Queues of the staff's site worked through in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from merchants.models import ShopReview
from merchants.services.reviews import answer_review
from payments.models import (
    HoldLift,
    Payment,
    RegulatorHold,
)
from people.models import ApprovalRequest, Person
from people.services.factors import current_totp
from people.services.staff import ask_groups
from tests.admin import bank_rows, people_rows, rows
from tests.admin.doors import PASSWORD, hire
from tests.look import browser
from tests.merchants.cast import join, new_shop

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser, whose event loop in this thread Django shall not mind."""
    with pytest.MonkeyPatch.context() as patch, browser.browser() as started:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield started


class Desk:
    """One member of staff at a browser."""

    def __init__(self, page: Page, address: str, login: str) -> None:
        self.page, self.address, self.login = page, address, login

    def sign_in(self) -> None:
        """Type login, password and code, as they do."""
        self.go("/admin/login/?next=/admin/")
        self.page.get_by_label("Login").fill(self.login)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_label("Code").fill(str(current_totp(login=self.login)))
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("heading", name="What waits for a person")).to_be_visible()

    def go(self, path: str) -> None:
        browser.visit(self.page, f"{self.address}{path}")

    def press(self, button: str, reason: str = "I looked at it") -> None:
        """Fill the reason in and press the button of an act's page."""
        self.page.locator(".act-field textarea, .act-field input[type=text]").last.fill(reason)
        self.page.locator(".act-buttons").get_by_role("button", name=button).click()
        self.page.wait_for_load_state()


@pytest.fixture
def desk(chromium: Browser, live_server: LiveServer) -> Iterator[Desk]:
    """Marta, signed in by typing; Otto is her colleague."""
    hire("marta", is_superuser=True)
    hire("otto", is_superuser=True)
    with browser.page_of(chromium, width=1440, theme="light") as page:
        at = Desk(page, live_server.url, "marta")
        at.sign_in()
        yield at
        assert browser.complaints_of(page) == []


def waiting_shop(name: str = "Padaria do Zé") -> ShopReview:
    shop = new_shop(join("Zé").person, name)
    return ShopReview.objects.get(shop=shop)


def asked_by_otto() -> ApprovalRequest:
    hire("clara", "support")
    otto = Person.objects.get(login="otto")
    return ask_groups(maker=otto, login="clara", groups=["audit"], reason="She moves")


def test_a_colleague_s_request_is_found_and_approved(desk: Desk) -> None:
    asked = asked_by_otto()
    desk.go("/admin/")
    desk.page.get_by_role("link", name="Approvals that wait for you").click()
    expect(desk.page.get_by_text("She moves")).to_be_visible()
    desk.page.get_by_role("link", name="Look and decide").click()
    desk.press("Approve and do it now")
    expect(desk.page.get_by_text("It is done.")).to_be_visible()
    asked.refresh_from_db()
    assert asked.state == "executed"


def test_a_hold_is_lifted_by_the_second_person(desk: Desk) -> None:
    hold, otto = bank_rows.hold(), Person.objects.get(login="otto")
    HoldLift.objects.create(hold=hold, ordinal=1, by=otto, at=people_rows.AT, reason="Over")
    desk.go("/admin/approvals/")
    desk.page.get_by_role("link", name="Look and decide").click()
    desk.press("Approve lifting")
    expect(desk.page.get_by_text("The hold is lifted.")).to_be_visible()
    assert RegulatorHold.objects.get(pk=hold.pk).lifted_at is not None


def test_a_shop_is_asked_answers_and_is_approved_by_two(desk: Desk) -> None:
    review = waiting_shop()
    desk.go("/admin/")
    desk.page.get_by_role("link", name="Shops to review").click()
    desk.page.locator("#result_list th a").first.click()
    desk.page.get_by_role("link", name="Ask for more…").click()
    desk.page.get_by_label("It is not clear who owns the business.").check()
    desk.page.get_by_role("button", name="Ask").click()
    expect(desk.page.get_by_text("The shop is asked.")).to_be_visible()
    owner = review.shop.members.get().person
    answer_review(shop_id=review.shop_id, actor=owner, text="Only me, since 2019.")
    desk.go(f"/admin/merchants/shopreview/{review.pk}/change/")
    expect(desk.page.get_by_text("Only me, since 2019.")).to_be_visible()
    desk.page.get_by_role("link", name="Approve…").click()
    desk.page.get_by_label("High: a second reviewer has to agree").check()
    desk.press("Approve")
    expect(desk.page.get_by_text("A second reviewer has to agree now.")).to_be_visible()
    review.refresh_from_db()
    assert (review.state, ApprovalRequest.objects.get().state) == ("answered", "waiting")


def test_anything_is_found_in_one_box(desk: Desk) -> None:
    payment: Payment = rows.payment()
    desk.go("/admin/")
    box = desk.page.get_by_label("Search everything")
    box.fill(payment.public_id)
    box.press("Enter")
    expect(desk.page).to_have_url(f"{desk.address}/admin/payments/payment/{payment.pk}/change/")

"""A working day of each of the team, in a wide window, on a phone, and at 400 % zoom."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from html import unescape

import pytest
from playwright.sync_api import Browser, expect

from config.seed import cast
from config.seed.cast import PortalLogin
from merchants.enums import Role
from merchants.portal import urls
from tests.look import browser, tour
from tests.portal import clerks
from tests.portal.test_roles import PAGES
from tests.portal.windows import Keys, Window, cents
from tests.processes.instance import Instance

pytestmark = [pytest.mark.browser, pytest.mark.processes]

# 1280 by 1024 at 400 % is 320 by 256; the last is what WCAG 1.4.10 asks for.
SIZES = {"desk": (1440, 900), "phone": (390, 844), "zoom": (320, 256)}
REFUSED = re.compile("status of (403|404|422)")

Sit = Callable[..., AbstractContextManager[Window]]


@pytest.fixture
def sit(chromium: Browser, place: Instance) -> Sit:
    """Seat somebody at a window; afterwards nothing may have failed there that was not refused."""

    @contextmanager
    def run(login: PortalLogin, size: str = "desk") -> Iterator[Window]:
        width, height = SIZES[size]
        with browser.page_of(chromium, width=width, theme="light") as page:
            page.set_viewport_size({"width": width, "height": height})
            yield Window(page, place.url, login, clerks.fresh_codes(place))
            said = browser.complaints_of(page)
            assert [each for each in said if not REFUSED.search(each)] == []

    return run


@pytest.fixture(scope="module")
def accountant(boss: clerks.Clerk) -> PortalLogin:
    """Rita, whom José has asked in."""
    return clerks.recruit(boss, "accountant", "Rita Prado")


@pytest.mark.parametrize("size", SIZES)
def test_the_owner_sells_in_the_chat_and_gives_a_part_back(
    sit: Sit, buyer: clerks.Customer, size: str
) -> None:
    words = f"Encomenda {size}"
    with sit(cast.OWNER, size) as ze:
        ze.sign_in()
        buyer.say("Quero fazer uma encomenda.")
        ze.open_talk(buyer.talk)
        page = ze.page
        page.get_by_role("textbox", name="Message").fill("Claro!")
        page.get_by_role("button", name="Send", exact=True).click()
        expect(page.locator("#log .mine").last).to_contain_text("Claro!")
        bubble = ze.charge("12,50", words)
        expect(bubble).to_contain_text("Waiting for payment")
        buyer.pay_newest()
        expect(bubble).to_contain_text("Paid")
        page.get_by_role("link", name="See the payment").last.click()
        page.get_by_role("link", name="Refund…").click()
        assert browser.sideways_scroll(page) == 0
        ze.refund("4,00", "Faltou um")
        row = page.locator("section", has_text="Refunds").locator("tr", has_text="Faltou um")
        expect(row).to_contain_text("R$4.00")
        expect(row).to_contain_text("Given back")


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_the_cashier_takes_an_order_and_refunds_within_their_limit(
    sit: Sit, buyer: clerks.Customer, size: str
) -> None:
    with sit(cast.CASHIER, size) as lia:
        lia.sign_in()
        lia.open_talk(buyer.talk)
        page = lia.page
        sheet = lia.offer("An order", "Put an order together")
        sheet.get_by_label("How many: Coxinha (10 un.)").fill("2")
        sheet.get_by_role("button", name="Send the order").click()
        page.get_by_role("link", name="Open the order").last.click()
        expect(page.get_by_role("heading", name=re.compile("Order [0-9]+"))).to_be_visible()
        buyer.pay_newest()
        page.get_by_role("button", name="Start preparing").click()
        expect(page.locator(".head")).to_contain_text("Preparing")
        print_ticket(lia)
        page.get_by_role("link", name="See the payment").click()
        page.get_by_role("link", name="Refund…").click()
        lia.refund("60,00", "Frias")
        expect(page.get_by_role("alert").first).to_contain_text("Ask the owner")
        lia.refund("10,00", "Uma fria")
        expect(page.locator("tr", has_text="Uma fria")).to_contain_text("Given back")


def test_the_cashier_charges_at_the_counter_and_the_code_says_paid(
    sit: Sit, buyer: clerks.Customer
) -> None:
    with sit(cast.CASHIER, "phone") as lia:
        lia.sign_in()
        page = lia.page
        lia.go("/portal/keypad")
        for key in "125":
            page.get_by_role("button", name=key, exact=True).click()
        page.get_by_role("button", name="Take the last digit away").click()
        page.get_by_role("button", name="Show the code").click()
        expect(page.get_by_role("heading", name="R$12.00")).to_be_visible()
        buyer.pay_link(page.locator(".copy .code").inner_text().rpartition("/")[2])
        expect(page.get_by_role("link", name="See the payment")).to_be_visible()
        expect(page.locator(".counter-code")).to_have_count(0)
        page.get_by_role("link", name="New charge").click()
        expect(page.get_by_label("Amount", exact=True)).to_be_focused()


def print_ticket(lia: Window) -> None:
    """Print the ticket of the order that is open, and come back to it."""
    page = lia.page
    number = page.get_by_role("heading", level=1).inner_text().removeprefix("Order ")
    page.get_by_role("link", name="Ticket").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"#{number}")
    page.evaluate("() => { window.print = () => { document.title = 'printed' } }")
    page.get_by_role("button", name="Print").click()
    expect(page).to_have_title("printed")
    page.get_by_role("link", name="Back to the order").click()


def is_shut(lia: Window, role: Role) -> list[str]:
    """Open everything that has an address of its own; what should be shut and is not."""
    wrong = []
    for pattern in urls.urlpatterns:
        page, path = PAGES.get(str(pattern.name)), f"/portal/{pattern.pattern}"
        is_open = page is None or not page.roles or role in page.roles
        if is_open or "<" in path or not hasattr(page, "get"):
            continue
        status = lia.opens(path)
        wrong += [f"{path} {status}"] * (status != 403)
        wrong += [f"{path} is offered"] * (path in lia.offered())
    return wrong


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_nobody_is_offered_or_shown_what_is_not_theirs(
    sit: Sit, accountant: PortalLogin, size: str
) -> None:
    for login, role in ((cast.CASHIER, Role.CASHIER), (accountant, Role.ACCOUNTANT)):
        with sit(login, size) as clerk:
            clerk.sign_in()
            offered = clerk.offered()
            assert is_shut(clerk, role) == []
            assert clerk.opens("/portal/payments/pay_unknown") == 404
            assert {path: clerk.opens(path) for path in offered} == dict.fromkeys(offered, 200)
            assert clerk.opens("/portal/developers") == 403
            expect(clerk.page.get_by_role("link", name="To the overview")).to_be_visible()


@pytest.mark.parametrize("role", [Role.MANAGER, Role.CASHIER, Role.SUPPORT, Role.ACCOUNTANT])
def test_nobody_is_led_to_a_shut_door(
    place: Instance, boss: clerks.Clerk, buyer: clerks.Customer, role: Role
) -> None:
    """Follow every link of every page that a role opens, one of each kind."""
    buyer.buy("fub", 1)
    login = clerks.recruit(boss, role, "Rita Prado")
    clerk = clerks.Clerk(place.url, login, clerks.fresh_codes(place))
    ahead, named, shut = ["/portal/"], {"overview"}, []
    while ahead:
        path = ahead.pop(0)
        answer = clerk.client.get(path, follow_redirects=True)
        shut += [path] * (answer.status_code != 200)
        for href in map(unescape, re.findall(r'href="(/[^"]*)"', answer.text)):
            name = tour.name_of(href)
            if name in tour.pages() - named:
                named.add(name)
                ahead.append(href)
    assert shut == []
    assert len(named) > 15


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_the_accountant_reads_payouts_and_takes_statements_home(
    sit: Sit, buyer: clerks.Customer, accountant: PortalLogin, size: str
) -> None:
    paid = buyer.buy("fub", 1)
    buyer.phone.api.call("POST", "/v1/sandbox/cutoff", {"bank": cast.SHOP_BANK})
    with sit(accountant, size) as rita:
        rita.sign_in()
        rita.go("/portal/payouts")
        page = rita.page
        page.locator("#rows a").first.click()
        parts = page.locator(".equation dd").all_inner_texts()
        gross, *less, net = map(cents, parts)
        assert gross - sum(map(abs, less)) == net > 0
        rita.go("/portal/payouts")
        for words, begins in (("CSV", b"\xef\xbb\xbf"), ("OFX", b"<?xml"), ("PDF", b"%PDF-")):
            page.goto(f"{rita.address}/portal/statements")
            assert rita.keep(words).startswith(begins)
        assert rita.opens(f"/portal/payments/{paid}") == 200
        assert page.get_by_role("link", name="Refund…").count() == 0
        assert rita.opens(f"/portal/payments/{paid}/refund") == 403
        assert rita.opens("/portal/catalogue/new") == 403


def test_a_sale_is_made_and_refunded_by_keys_alone(
    sit: Sit, buyer: clerks.Customer, boss: clerks.Clerk
) -> None:
    with sit(cast.OWNER) as ze:
        ze.page.context.add_cookies(boss.cookies())
        ze.page.goto(f"{ze.address}/portal/")
        keys, page = Keys(ze.page), ze.page
        inbox = page.locator('#side-nav a[href="/portal/conversations"]')
        keys.to(inbox)
        counted = inbox.inner_text()
        buyer.say("Tem sonho?")
        expect(inbox).not_to_have_text(counted)
        expect(inbox).to_be_focused()  # What is new takes the focus from nobody.
        keys.press("Enter")
        keys.to(page.locator(f'#convs a[href="/portal/conversations/{buyer.talk}"]'))
        keys.press("Enter")
        charge_by_keys(keys)
        bubble = page.locator("#log .thing", has_text="Sonhos").last
        expect(bubble).to_contain_text("Waiting for payment")
        buyer.pay_newest()
        expect(bubble).to_contain_text("Paid")
        link = page.get_by_role("link", name="See the payment").last
        keys.to(link)
        buyer.say("Obrigada!")
        expect(page.locator("#log")).to_contain_text("Obrigada!")
        expect(link).to_be_focused()
        keys.press("Enter")
        keys.to(page.get_by_role("link", name="Refund…"))
        keys.press("Enter")
        refund_by_keys(keys, ze.code())
        row = page.locator("tr", has_text="Murcho")
        expect(row).to_contain_text("Given back")


def charge_by_keys(keys: Keys) -> None:
    """Ask for R$ 9 in the dialog, after having left it once by Escape."""
    page = keys.page
    opener = page.get_by_role("button", name="Charge", exact=True)
    dialog = page.get_by_role("dialog", name="Charge an amount")
    keys.to(opener)
    keys.press("Enter")
    keys.holds(dialog)
    keys.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()
    keys.press("Enter")
    keys.to(dialog.get_by_label("Amount", exact=True))
    page.keyboard.type("9,00")
    keys.to(dialog.get_by_label("What for"))
    page.keyboard.type("Sonhos")
    keys.to(dialog.get_by_role("button", name="Charge"))
    keys.press("Enter")


def refund_by_keys(keys: Keys, code: str) -> None:
    """Give R$ 3 back on the sheet, which is open."""
    page = keys.page
    keys.to(page.get_by_label("Amount"))
    page.keyboard.type("3,00")
    # The words follow what is typed.
    page.get_by_text("three reais", exact=True).wait_for()
    keys.to(page.get_by_label("Reason"))
    keys.press("ArrowDown", "ArrowDown")
    keys.to(page.get_by_label("Note, shown to the customer"))
    page.keyboard.type("Murcho")
    keys.to(page.get_by_label("code"))
    page.keyboard.type(code)
    keys.to(page.get_by_role("button", name="Give it back"))
    keys.press("Enter")

"""The keypad: an amount becomes a code that is paid once, tells so by itself, and ends soon."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock
from core.money import Money
from merchants.enums import Role
from merchants.models import PaymentLink, Shop
from merchants.services.closing import close_shop
from merchants.services.links import LinkWish, make_link
from payments.models import PayoutAccount
from tests.merchants import cast as consumers
from tests.payments.cast import new_payer, work
from tests.portal import cast

pytestmark = pytest.mark.django_db


def charge(clerk: cast.Clerk, amount: str, title: str = "") -> str:
    """Type an amount, and return the path of its code."""
    shown = clerk.post("/keypad", amount=amount, title=title)
    assert shown.status_code == 303, shown.context["form"].errors
    return str(shown["Location"]).removeprefix("/portal")


@pytest.mark.parametrize(
    ("written", "minor"), [("12,50", 1250), ("12.5", 1250), ("12,", 1200), ("7", 700)]
)
def test_an_amount_becomes_a_code_that_is_paid_once_and_soon(
    cashier: cast.Clerk, written: str, minor: int
) -> None:
    path = charge(cashier, written)
    link = PaymentLink.objects.get()
    assert (path, link.amount_minor) == (f"/keypad/{link.public_id}", minor)
    assert (link.most_uses, link.title) == (1, "Sale at the counter")
    assert link.expires_at is not None
    assert link.expires_at - link.created_at <= timedelta(minutes=15)
    assert link.created_by_id == cashier.person.pk
    seen = cashier.get(path).context
    assert (seen["is_open"], seen["amount"]) == (True, Money(minor, "BRL"))


def test_the_code_says_paid_when_it_is(brazil: Any) -> None:
    person = cast.hire("Zé")
    consumers.new_paid_shop(brazil, person)
    ze, ana = cast.signed_in(person), new_payer(brazil, "Ana")
    path = charge(ze, "12,50", "Dois bolos")
    code = PaymentLink.objects.get().code
    assert "Paid</p>" not in ze.body(path)
    use = ana.post(f"/v1/links/{code}/uses", {}).json()
    payment = ana.pay({"link": use["id"]}).json()["id"]
    work()
    paid = ze.body(path)
    for words in ("Dois bolos", "Paid</p>", "Ana", f"/portal/payments/{payment}"):
        assert words in paid
    assert "hx-get" not in re.search(r'<div id="live".*?>', paid, re.DOTALL)[0]  # type: ignore[index]
    assert ana.post(f"/v1/links/{code}/uses", {}).json()["code"] == "link_closed"


def test_it_is_over_in_time_or_when_it_is_taken_back(cashier: cast.Clerk) -> None:
    late, back = charge(cashier, "5"), charge(cashier, "6")
    assert cashier.post(back)["Location"] == "/portal/keypad"
    assert "Taken back" in cashier.body(back)
    clock.advance(16 * 60)
    assert "Its time is over" in cashier.body(late)


@pytest.mark.parametrize("written", ["", "0", "0,00", "x", "1,2345", "-5", "1" * 15])
def test_what_is_no_amount_is_told_and_makes_nothing(cashier: cast.Clerk, written: str) -> None:
    refused = cashier.post("/keypad", amount=written, title="Pão")
    assert (refused.status_code, PaymentLink.objects.count()) == (422, 0)
    assert refused.context["form"].errors
    assert 'value="Pão"' in refused.content.decode()


def test_nobody_else_sees_or_takes_back_a_code(
    shop: Shop, owner: cast.Clerk, cashier: cast.Clerk, stranger: cast.Clerk
) -> None:
    path = charge(cashier, "5")
    assert owner.get(path).status_code == 200
    assert (stranger.get(path).status_code, stranger.post(path).status_code) == (404, 404)
    poster = make_link(shop_id=shop.pk, actor=owner.person, wish=LinkWish("Mesa 4"))
    assert owner.post(f"/keypad/{poster.public_id}").status_code == 404
    for role in (Role.SUPPORT, Role.ACCOUNTANT, Role.DEVELOPER):
        assert cast.member_of(shop, role).post("/keypad", amount="5").status_code == 403
    assert PaymentLink.objects.filter(disabled_at__isnull=False).count() == 0


def test_it_is_in_the_navigation_of_those_who_sell(shop: Shop, owner: cast.Clerk) -> None:
    for role in (Role.MANAGER, Role.CASHIER, Role.SUPPORT, Role.DEVELOPER):
        is_there = 'href="/portal/keypad"' in cast.member_of(shop, role).body("/team")
        assert is_there == (role in {Role.MANAGER, Role.CASHIER})
    assert 'href="/portal/keypad"' in owner.body("/")


@pytest.mark.parametrize("path", ["/keypad", "/links/new"])
def test_that_nobody_can_pay_yet_is_told_before_somebody_tries(
    owner: cast.Clerk, cashier: cast.Clerk, shop: Shop, path: str
) -> None:
    way = '<a href="/portal/settings/bank">Bank account for payouts</a>'
    assert [way in each.body(path) for each in (owner, cashier)] == [True, False]
    assert "An owner of the shop says first" in cashier.body(path)
    PayoutAccount.objects.create(
        public_id="pac_1",
        party_id=shop.party_id,
        bank="banco-jatoba",
        token="acc_1",
        holder_name="Padaria do Zé",
        verified_at=clock.business_now(),
    )
    assert "Nobody can pay you yet" not in owner.body(path)


def test_a_closed_shop_charges_nothing(shop: Shop, owner: cast.Clerk) -> None:
    close_shop(shop_id=shop.pk, actor=owner.person)
    assert owner.post("/keypad", amount="5")["Location"] == "/portal/settings"
    assert PaymentLink.objects.count() == 0


def test_its_pages_ask_few_things(cashier: cast.Clerk) -> None:
    for path in ("/keypad", charge(cashier, "5")):
        cashier.get(path)
        with CaptureQueriesContext(connection) as asked:
            cashier.get(path)
        assert len(asked) <= 15


def test_its_links_stand_apart_in_the_list(owner: cast.Clerk, shop: Shop) -> None:
    wish = LinkWish("Rifa", Money(1000, "BRL"), most_uses=1)
    made = make_link(shop_id=shop.pk, actor=owner.person, wish=wish)
    sale = charge(owner, "12,50", "Broa").removeprefix("/keypad/")
    assert [row["id"] for row in owner.rows("/links")] == [made.public_id]
    assert [row["id"] for row in owner.rows("/links", made="keypad")] == [sale]
    assert owner.rows("/links", made="keypad", show="over") == []
    assert owner.get(f"/links/{sale}").status_code == 200
    assert owner.get(f"/keypad/{made.public_id}").status_code == 404

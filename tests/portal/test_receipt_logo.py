"""The shop's logo on a receipt that proves the same without it, and the words of the bank."""

import json
import re

import pytest
from django.test import Client

from merchants.enums import Role
from merchants.models import Product, Shop
from merchants.services.looks import put_logo
from payments.models import Receipt
from payments.queries.bank_words import bank_words
from tests.bank_simulator.harness import Simulator
from tests.merchants import cast as consumers
from tests.merchants.test_paid import order_two, pay
from tests.merchants.test_review_papers import picture
from tests.payments.cast import Someone, new_payer, work
from tests.payments.refund_cast import give_back
from tests.payments.settlement_cast import PAYERS_BANK
from tests.portal import cast

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def payer(brazil: Simulator) -> Someone:
    """Ana, signed up to the end, with money at her bank."""
    return new_payer(brazil, "Ana")


@pytest.fixture
def loaf(bakery: Shop) -> Product:
    """Ten loaves at R$ 1,50."""
    return consumers.new_product(bakery)


def told_by_bank(banks: Simulator) -> list[str]:
    """Return the words of what moved at the payer's bank since the last camt.054 of it."""
    path = f"/banks/{PAYERS_BANK}/notifications"
    made = banks.client.get(path).json()["notifications"]
    paper = banks.client.get(f"{path}/{made[-1]['number']}").text if made else ""
    return re.findall("<Ustrd>([^<]*)</Ustrd>", paper)


def test_a_receipt_shows_the_logo_and_says_the_same(
    payer: Someone, bakery: Shop, loaf: Product, brazil: Simulator
) -> None:
    told_by_bank(brazil)  # What others moved there before.
    payment = pay(payer, order_two(payer, bakery, loaf))
    work()
    receipt = Receipt.objects.get()
    address = f"/r/{receipt.code}"
    before = Client().get(f"/v1/receipts/{receipt.code}").json()
    assert "Logo of" not in Client().get(address).content.decode()
    owner = cast.member_of(bakery, Role.OWNER)
    put_logo(shop_id=bakery.pk, actor=owner.person, file=picture())
    bakery.refresh_from_db()
    page = Client().get(address).content.decode()
    assert f"/i/{bakery.logo_ref}/small" in page
    assert Client().get(f"/v1/receipts/{receipt.code}").json() == before
    assert "logo" not in json.dumps(before)
    # What the bank was told is what the page says.
    told = told_by_bank(brazil)
    assert told == [bank_words(payment)] == [f"Troco {payment}"]
    shown = owner.body(f"/payments/{payment}")
    assert shown.count(told[0]) == 1
    give_back(bakery.party, payment, 100)
    assert bank_words(payment, is_refund=True) in owner.body(f"/payments/{payment}")
    Shop.objects.filter(pk=bakery.pk).update(is_open=False, closed_at=bakery.created_at)
    assert bakery.logo_ref not in Client().get(address).content.decode()


def test_a_receipt_between_people_has_no_logo(payer: Someone, brazil: Simulator) -> None:
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    assert payer.pay({"party": bruno.party}, 25_00).status_code == 201
    work()
    answer = Client().get(f"/r/{Receipt.objects.get().code}")
    assert answer.status_code == 200
    assert answer.context["logo"] == ""

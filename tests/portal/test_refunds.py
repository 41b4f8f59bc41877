"""The refund sheet: the second factor again, what each role may, and what was typed is kept."""

from typing import Any

import pytest

from merchants.models import Shop
from payments.models import PayableEntry, Refund
from tests.merchants import cast as consumers
from tests.payments.cast import new_payer, prove_the_books, state_of, work
from tests.payments.settlement_cast import sell
from tests.portal import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def counter(brazil: Any) -> tuple[cast.Clerk, Shop]:
    """Zé at his portal, and a bakery that is paid out to."""
    person = cast.hire("Zé")
    shop = consumers.new_paid_shop(brazil, person)
    return cast.signed_in(person), shop


@pytest.fixture
def payment(brazil: Any, shop: Shop) -> str:
    """Ana has bought for R$ 80."""
    return sell(shop.party, new_payer(brazil, "Ana"), 80_00)


def ask(clerk: cast.Clerk, payment: str, **fields: Any) -> Any:
    facts = {"amount": "", "reason": "damaged", "note": "", "key": "k1"} | fields
    facts.setdefault("code", cast.code_of(clerk.person))
    return clerk.post(f"/payments/{payment}/refund", **facts)


def test_a_part_and_then_the_rest(owner: cast.Clerk, payment: str) -> None:
    assert f"/portal/payments/{payment}/refund" in owner.body(f"/payments/{payment}")
    sheet = owner.body(f"/payments/{payment}/refund")
    assert "R$80.00" in sheet
    assert "R$1.59" in sheet
    asked = ask(owner, payment, amount="30,00", note="Half of it")
    assert (asked.status_code, asked["Location"]) == (303, f"/portal/payments/{payment}")
    work()
    shown = owner.body(f"/payments/{payment}")
    assert "Half of it" in shown
    assert "Given back" in shown
    assert ask(owner, payment, key="k2").status_code == 303
    work()
    assert state_of(payment) == "refunded"
    amounts = Refund.objects.order_by("id").values_list("amount_minor", "fee_minor")
    assert list(amounts) == [(30_00, 60), (50_00, 99)]
    assert f"/portal/payments/{payment}/refund" not in owner.body(f"/payments/{payment}")
    assert owner.get(f"/payments/{payment}/refund").status_code == 303
    prove_the_books()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"code": "000000"}, "That code is not right"),
        ({"amount": "12,3456"}, "Write the amount like"),
        ({"amount": "0"}, "Write the amount like"),
        ({"amount": "-5"}, "Write the amount like"),
        ({"amount": "80,01"}, "more than is left"),
        ({"reason": "because"}, "Select a valid choice"),
        ({"note": "x" * 141}, "at most 140"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_moves(
    owner: cast.Clerk, payment: str, wrong: dict[str, str], words: str
) -> None:
    refused = ask(owner, payment, **({"note": "Too brown"} | wrong))
    assert refused.status_code == 422
    page = refused.content.decode()
    assert words in page
    assert ("Too brown" in page) == ("note" not in wrong)
    assert Refund.objects.count() == 0


def test_a_form_sent_twice_is_one_refund(owner: cast.Clerk, payment: str) -> None:
    code = cast.code_of(owner.person)
    answers = [ask(owner, payment, amount="10,00", code=code) for _ in range(2)]
    assert [each.status_code for each in answers] == [303, 303]
    assert Refund.objects.count() == 1
    told = owner.get(f"/payments/{payment}").context["messages"]
    assert [each.message for each in told] == [
        "The refund is on its way to the customer's bank.",
        "This form was sent before. What it began is shown here; open it anew for more.",
    ]


def test_a_cashier_refunds_up_to_the_shops_limit(cashier: cast.Clerk, payment: str) -> None:
    assert "R$50.00" in cashier.body(f"/payments/{payment}/refund")
    assert ask(cashier, payment, amount="30,00").status_code == 303
    refused = ask(cashier, payment, amount="20,01", key="k2")
    assert refused.status_code == 422
    assert "Ask the owner" in refused.content.decode()
    assert ask(cashier, payment, key="k3").status_code == 422
    assert ask(cashier, payment, amount="20,00", key="k4").status_code == 303
    assert [each.asked_by_id for each in Refund.objects.all()] == [cashier.person.pk] * 2


def test_a_neighbours_payment_is_not_there(payment: str, brazil: Any) -> None:
    carla = cast.owner_of("Carla", "Quitanda da Carla")[0]
    assert carla.get(f"/payments/{payment}/refund").status_code == 404
    assert ask(carla, payment).status_code == 404
    assert Refund.objects.count() == 0


def test_the_coming_payout_shows_what_refunds_take(owner: cast.Clerk, payment: str) -> None:
    ask(owner, payment, amount="30,00")
    work()
    page = owner.body("/payouts")
    assert "Refunds" in page
    assert "R$29.40" in page
    assert "R$49.01" in page
    assert PayableEntry.objects.get().delta_minor == -29_40


def test_what_is_given_back_is_said_in_words(owner: cast.Clerk, payment: str) -> None:
    path = f"/payments/{payment}/refund"
    assert "eighty reais" in owner.body(path)
    assert "twelve reais and fifty centavos" in owner.body(path, amount="12,50")
    for none in ("80,01", "x", "1e3"):
        assert "No amount that can be given back." in owner.body(path, amount=none)
    refused = ask(owner, payment, amount="7,07", code="")
    assert (refused.status_code, Refund.objects.count()) == (422, 0)
    assert "seven reais and seven centavos" in refused.content.decode()

"""What a quote warns of: somebody new, a name that is known, a change of the last days."""

import pytest

from core.clock import advance
from payments.services.funding import add_payout_account
from people.models import Identity
from people.names import fold_name
from people.queries import sandbox_code
from people.services.signing import NewDevice, request_code, sign_in
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import BANKS, Someone, link, new_account, new_business, new_payer, work
from tests.people.cast import Ed25519Key

WEEK = 7 * 24 * 60 * 60


@pytest.fixture
def ana(brazil: Simulator) -> Someone:
    return new_payer(brazil, "Ana")


def codes(payer: Someone, payee: str) -> list[str]:
    quote = payer.quote({"party": payee}, 1_00)
    assert quote.status_code == 201, quote.json()
    warnings = quote.json()["payee"]["warnings"]
    assert all(each["detail"] for each in warnings)
    return [each["code"] for each in warnings]


@pytest.mark.parametrize(
    "other",
    ["ANA", "Á n a", "Ana\u200d", "\u0410na", "\u0391na", "\uff21na", "a.n.a", "An\u0430"],
)
def test_names_that_look_alike_fold_alike(other: str) -> None:
    assert fold_name(other) == fold_name("Ana")


@pytest.mark.parametrize(
    ("one", "other"), [("Ana", "Anna"), ("রিমা", "রমা"), ("Bruno", "Breno"), ("李", "张")]
)
def test_different_names_stay_different(one: str, other: str) -> None:
    assert fold_name(one) != fold_name(other)


@pytest.mark.django_db
def test_the_first_payment_to_somebody(ana: Someone, brazil: Simulator) -> None:
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    assert codes(ana, bruno.party) == ["first_payment"]
    ana.pay({"party": bruno.party}, 1_00)
    assert codes(ana, bruno.party) == ["first_payment"]
    work()
    assert codes(ana, bruno.party) == []


@pytest.mark.django_db
def test_a_known_name_on_another_number(ana: Someone, brazil: Simulator) -> None:
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    ana.pay({"party": bruno.party}, 1_00)
    work()
    again = new_payer(brazil, "bruno", bank="banco-mar")
    assert codes(ana, again.party) == ["known_name_new_number", "first_payment"]
    clone = new_payer(brazil, "Brun\u043e", bank="banco-mar")
    assert codes(ana, clone.party) == ["lookalike_name", "first_payment"]
    legal = new_payer(brazil, "Bruno Souza", bank="banco-mar")
    assert codes(ana, legal.party) == ["known_name_new_number", "first_payment"]
    carla = new_payer(brazil, "Carla", bank="banco-mar")
    assert codes(carla, again.party) == ["first_payment"]


@pytest.mark.django_db
def test_a_new_device_for_a_week(ana: Someone, brazil: Simulator) -> None:
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    assert codes(ana, bruno.party) == ["first_payment"]
    phone = str(bruno.person.phone)
    request_code(phone=phone)
    told = sandbox_code(phone)
    assert told is not None
    sign_in(phone=phone, code=told[0], device=NewDevice("tablet", Ed25519Key().jwk))
    assert codes(ana, bruno.party) == ["new_device", "first_payment"]
    advance(WEEK + 1)
    assert codes(ana, bruno.party) == ["first_payment"]


@pytest.mark.django_db
def test_a_new_account_for_a_week(ana: Someone, brazil: Simulator) -> None:
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    link(brazil, bruno, bank="banco-ipe")
    assert codes(ana, bruno.party) == ["new_account", "first_payment"]
    padaria = new_business(brazil)
    assert codes(ana, padaria.public_id) == ["first_payment"]
    tax_id = Identity.objects.get(party=padaria).tax_id
    account = new_account(brazil, tax_id, balance_minor=0, bank=BANKS[0])
    add_payout_account(
        party_id=padaria.id,
        bank=BANKS[0],
        token=account["token"],
        code=account["verification_code"],
        actor=None,
    )
    assert codes(ana, padaria.public_id) == ["new_account", "first_payment"]
    advance(WEEK + 1)
    assert codes(ana, padaria.public_id) == codes(ana, bruno.party) == ["first_payment"]


@pytest.mark.django_db
def test_a_business_that_is_not_verified(ana: Someone, brazil: Simulator) -> None:
    padaria = new_business(brazil)
    Identity.objects.filter(party=padaria).delete()
    assert codes(ana, padaria.public_id) == ["unverified_business", "first_payment"]


@pytest.mark.django_db
def test_giving_back_warns_of_nothing(ana: Someone, brazil: Simulator) -> None:
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    payment = ana.pay({"party": bruno.party}, 1_00).json()["id"]
    work()
    quote = bruno.quote({"return": payment}).json()
    assert quote["payee"]["warnings"] == []

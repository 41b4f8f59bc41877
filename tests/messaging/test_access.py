"""Who may listen: a device, a verified session of our own pages, the team of a business."""

import pytest
from django.conf import settings
from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY, devices_for_user

from core.errors import Forbidden, NotFound, TrocoError, Unauthenticated
from merchants.enums import Role
from merchants.models import Shop
from merchants.services.shops import NewShop, open_shop
from merchants.services.team import add_member, remove_member
from messaging.access import Knock, Listener, listener_for
from people.models import Person
from people.services.members import create_portal_person
from people.services.staff import create_staff
from tests.messaging.cast import Phone

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXP"


def new_person(login: str, phone: str) -> Person:
    return create_portal_person(
        login=login,
        phone=phone,
        display_name=login.title(),
        password="a long enough passphrase",
        totp_secret=SECRET,
    )


@pytest.fixture
def ze() -> Person:
    return new_person("ze", "+5511911112222")


@pytest.fixture
def shop(ze: Person) -> Shop:
    facts = NewShop(
        name="Padaria do Zé",
        legal_name="Padaria do Zé Ltda",
        tax_id="11.222.333/0001-81",
        country="BR",
        currency="BRL",
        timezone="America/Sao_Paulo",
    )
    return open_shop(owner=ze, facts=facts)


def session_of(person: Person, *, verified: bool = True) -> dict[str, str]:
    client = Client()
    client.force_login(person)
    session = client.session
    if verified:
        session[DEVICE_ID_SESSION_KEY] = next(devices_for_user(person)).persistent_id
        session.save()
    return {"cookie": f"{settings.SESSION_COOKIE_NAME}={session.session_key}; other=1"}


def knock(headers: dict[str, str], party: str | None = None) -> Listener | type[TrocoError]:
    try:
        return listener_for(Knock(headers, party))
    except TrocoError as error:
        return type(error)


def test_a_device_listens_to_its_person(ana: Phone) -> None:
    found = knock({"authorization": f"bearer  {ana.token} "})
    assert isinstance(found, Listener)
    assert (found.party_public_id, found.device_public_id) == (ana.party.public_id, ana.device_id)


def test_a_session_listens_only_with_its_second_factor(ze: Person) -> None:
    found = knock(session_of(ze))
    assert isinstance(found, Listener)
    assert (found.party_id, found.device_public_id) == (ze.party_id, None)
    assert knock(session_of(ze, verified=False)) is Unauthenticated


@pytest.mark.parametrize("site", ["cross-site", "same-site", "odd"])
def test_a_session_does_not_listen_for_other_sites(ze: Person, site: str) -> None:
    assert knock({**session_of(ze), "sec-fetch-site": site}) is Unauthenticated
    assert isinstance(knock({**session_of(ze), "sec-fetch-site": "same-origin"}), Listener)


def test_what_is_no_session_is_nobody(ze: Person) -> None:
    name = settings.SESSION_COOKIE_NAME
    for cookie in ("", "x", f"{name}=", f"{name}=unknown", f"{name}={'a' * 500}", "=;=;"):
        assert knock({"cookie": cookie}) is Unauthenticated
    headers = session_of(ze)
    assert knock({**headers, "authorization": "Bearer trc_wrong"}) is Unauthenticated
    Person.objects.filter(pk=ze.pk).update(is_active=False)
    assert knock(headers) is Unauthenticated


def test_a_team_listens_to_its_shop_and_nobody_else_does(
    ana: Phone, ze: Person, shop: Shop
) -> None:
    party = shop.party.public_id
    found = knock(session_of(ze), party)
    assert isinstance(found, Listener)
    assert found.party_id == shop.party_id
    assert knock({"authorization": f"Bearer {ana.token}"}, party) is NotFound
    assert knock(session_of(ze), "pty_unknown") is NotFound
    cashier = new_person("caixa", "+5511911113333")
    assert knock(session_of(cashier), party) is NotFound
    add_member(shop_id=shop.pk, actor=ze, person=cashier, role=Role.CASHIER)
    assert isinstance(knock(session_of(cashier), party), Listener)
    remove_member(shop_id=shop.pk, actor=ze, person_id=cashier.pk)
    assert knock(session_of(cashier), party) is NotFound


def test_staff_have_nothing_to_listen_to() -> None:
    staff = create_staff(
        login="marta", password="a long enough passphrase", totp_secret=SECRET, is_superuser=False
    )
    assert knock(session_of(staff)) is Forbidden

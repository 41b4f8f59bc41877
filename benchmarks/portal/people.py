"""Who looks at the pages: Zé, with both factors, and the bakery whose past is written."""

from dataclasses import dataclass

from django.test import Client

from core.money import Money
from merchants.models import Product, Shop
from merchants.services.products import ProductFacts, create_product
from merchants.services.shops import NewShop, open_shop
from payments.services.availability import add_country
from people.services.factors import current_totp
from people.services.members import create_portal_person
from people.services.staff import create_staff

PRODUCTS = 200
PASSWORD = "a long enough passphrase"  # noqa: S105 - Of a database that lives for minutes.
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105 - Likewise.
LOGIN = "ze"
_BRAZIL = {
    "iso2": "BR",
    "name": "Brazil",
    "currency": "BRL",
    "timezone": "America/Sao_Paulo",
    "min_live_banks": 2,
    "holds_funds": False,
}


class NotSignedIn(RuntimeError):
    """The portal did not let the owner in."""


@dataclass(frozen=True, slots=True)
class Counter:
    """A shop with a catalogue, before its past is written."""

    shop: Shop
    product: Product


def open_counter() -> Counter:
    """Open the country, the shop and its catalogue by the product's own services."""
    staff = create_staff(login="planner", password=PASSWORD, totp_secret=SECRET, is_superuser=True)
    add_country(facts=dict(_BRAZIL), staff=staff)
    owner = create_portal_person(
        login=LOGIN,
        phone="+5511970000001",
        display_name="Zé",
        password=PASSWORD,
        totp_secret=SECRET,
    )
    facts = NewShop(
        name="Padaria do Zé",
        legal_name="Padaria do Zé Ltda",
        tax_id="11222333000181",
        country="BR",
        currency="BRL",
        timezone="America/Sao_Paulo",
        about="Pão quente às seis.",
    )
    shop = open_shop(owner=owner, facts=facts)
    shelf = [
        create_product(
            shop_id=shop.pk,
            actor=None,
            facts=ProductFacts(name=f"Broa {number}", price=Money(150 + number, "BRL")),
            stock=number,
        )
        for number in range(PRODUCTS)
    ]
    return Counter(shop, shelf[0])


def sign_in(client: Client) -> None:
    """Sign the owner in by the two forms.

    Raises:
        NotSignedIn: One of them refused.
    """
    client.post("/portal/sign-in", {"login": LOGIN, "password": PASSWORD})
    client.post("/portal/sign-in/code", {"code": current_totp(login=LOGIN)})
    if client.get("/portal/security").status_code != 200:  # noqa: PLR2004 - OK.
        raise NotSignedIn

"""The people of these tests: Ana buys, Carla must see nothing, Zé sells bread."""

import itertools
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client
from stdnum.br import cnpj

from core.money import Money
from merchants.models import Product, Shop
from merchants.queries import ShopFacts, shop_by_public_id
from merchants.services.products import ProductFacts, create_product
from merchants.services.reviews import approve_in_sandbox
from merchants.services.shops import NewShop, ShopSettings, change_shop, open_shop
from payments.services.funding import add_payout_account
from people.keys import encode_base64url
from people.models import Person
from people.queries import parties_by_ids, sandbox_code
from people.services.signing import NewDevice, request_code, sign_in
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import BANKS, new_account

_numbers = itertools.count(1)


@dataclass
class Caller:
    """A person with a device, who calls the API."""

    person: Person
    token: str

    def get(self, path: str, **query: Any) -> Any:
        return Client().get(path, query, headers=self._headers())

    def post(self, path: str, body: Any = None, key: str | None = None) -> Any:
        headers = self._headers()
        if key is not None:
            headers["Idempotency-Key"] = key
        return Client().post(path, body or {}, content_type="application/json", headers=headers)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def join(name: str) -> Caller:
    """Sign a new person up by phone with a device key."""
    phone = f"+55119{next(_numbers):08d}"
    request_code(phone=phone)
    found = sandbox_code(phone)
    assert found is not None
    raw = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    key = {"kty": "OKP", "crv": "Ed25519", "x": encode_base64url(raw)}
    signed = sign_in(phone=phone, code=found[0], device=NewDevice("phone", key), display_name=name)
    return Caller(signed.person, signed.token)


def new_cnpj() -> str:
    """Return a valid tax id of a business that nobody has yet."""
    base = f"{next(_numbers):08d}0001"
    return base + cnpj.calc_check_digits(base)


def new_shop(
    owner: Person, name: str = "Padaria do Zé", country: str = "BR", currency: str = "BRL"
) -> Shop:
    """Open a shop."""
    facts = NewShop(
        name=name,
        legal_name=f"{name} Ltda",
        tax_id=new_cnpj(),
        country=country,
        currency=currency,
        timezone="America/Sao_Paulo",
        about="Pão quente às seis.",
    )
    return open_shop(owner=owner, facts=facts)


def new_paid_shop(banks: Simulator, owner: Person) -> Shop:
    """Open a shop with a payout account at the second bank."""
    shop = new_shop(owner)
    party = parties_by_ids([shop.party_id])[shop.party_id]
    assert party.tax_id is not None
    account = new_account(banks, party.tax_id, balance_minor=0, bank=BANKS[1])
    add_payout_account(
        party_id=shop.party_id,
        bank=BANKS[1],
        token=account["token"],
        code=account["verification_code"],
        actor=owner,
    )
    approve_in_sandbox(shop_id=shop.pk)
    return shop


def set_up(shop: Shop, **changes: Any) -> Shop:
    """Change some settings of a shop and keep the others."""
    shop.refresh_from_db()
    now: dict[str, Any] = {
        "name": shop.name,
        "about": shop.about,
        "auto_accept": shop.auto_accept,
        "is_open": shop.is_open,
        "order_minutes": shop.order_minutes,
        "low_stock_threshold": shop.low_stock_threshold,
    }
    return change_shop(shop_id=shop.pk, actor=None, settings=ShopSettings(**(now | changes)))


def new_product(
    shop: Shop, name: str = "Pão francês", price: int = 150, stock: int | None = 10, **facts: Any
) -> Product:
    """Put a product into a shop."""
    return create_product(
        shop_id=shop.pk,
        actor=None,
        facts=ProductFacts(name=name, price=Money(price, shop.currency), **facts),
        stock=stock,
    )


def facts(shop: Shop) -> ShopFacts:
    """Return a shop's facts."""
    found = shop_by_public_id(shop.public_id)
    assert found is not None
    return found

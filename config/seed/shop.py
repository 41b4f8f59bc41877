"""Opens Padaria do Zé: its owner and cashier, its bank account, its catalogue."""

from dataclasses import dataclass

from config.seed.cast import (
    CASHIER,
    CATALOGUE,
    OWNER,
    SHOP_ABOUT,
    SHOP_BANK,
    SHOP_CNPJ,
    SHOP_LEGAL_NAME,
    SHOP_NAME,
    PortalLogin,
)
from core.money import Money
from merchants.enums import Role
from merchants.queries.catalogue import ProductFacts, products_of_shop
from merchants.queries.shops import ShopFacts, memberships
from merchants.services import means, products, reviews, shops, team
from payments.services import funding, sandbox
from people.models import Person
from people.queries import person_by_login
from people.services.members import create_portal_person


@dataclass(frozen=True, slots=True)
class OpenShop:
    """The shop with whoever works in it and what it sells, in the catalogue's order."""

    shop: ShopFacts
    owner: Person
    cashier: Person
    products: tuple[ProductFacts, ...]


def hire(login: PortalLogin) -> Person:
    """Make somebody who signs in to the portal."""
    return create_portal_person(
        login=login.login,
        phone=login.phone,
        display_name=login.name,
        password=login.password,
        totp_secret=login.totp_secret,
    )


def find_bakery() -> OpenShop | None:
    """Return the shop if it was opened, now or at an earlier start."""
    owner, cashier = person_by_login(OWNER.login), person_by_login(CASHIER.login)
    if owner is None or cashier is None:
        return None
    own = memberships(owner.pk)
    if not own:
        return None
    shelves, _ = products_of_shop(own[0].shop.id, "", None, len(CATALOGUE))
    return OpenShop(own[0].shop, owner, cashier, tuple(shelves))


def open_bakery() -> None:
    """Open the shop and fill its shelves."""
    owner, cashier = hire(OWNER), hire(CASHIER)
    shop = shops.open_shop(
        owner=owner,
        facts=shops.NewShop(
            name=SHOP_NAME,
            legal_name=SHOP_LEGAL_NAME,
            tax_id=SHOP_CNPJ,
            country="BR",
            currency="BRL",
            timezone="America/Sao_Paulo",
            about=SHOP_ABOUT,
        ),
    )
    reviews.approve_in_sandbox(shop_id=shop.pk)
    team.add_member(shop_id=shop.pk, actor=owner, person=cashier, role=Role.CASHIER)
    means.add_means(
        shop_id=shop.pk,
        actor=owner,
        wanted=means.NewMeans("pix", SHOP_CNPJ, SHOP_NAME, "Sao Paulo"),
        is_seed=True,
    )
    account = sandbox.open_account(
        account=sandbox.NewAccount(
            bank=SHOP_BANK,
            kind="bank_account",
            balance_minor=0,
            tax_id=SHOP_CNPJ,
            holder_name=SHOP_LEGAL_NAME,
        )
    )
    funding.add_payout_account(
        party_id=shop.party_id,
        bank=SHOP_BANK,
        token=account.token,
        code=account.verification_code,
        actor=owner,
    )
    for item in CATALOGUE:
        products.create_product(
            shop_id=shop.pk,
            actor=owner,
            facts=products.ProductFacts(
                name=item.name,
                price=Money(item.price_minor, "BRL"),
                description=item.description,
                emoji=item.emoji,
                unit=item.unit,
                preparation_minutes=item.preparation_minutes,
            ),
            stock=item.stock,
        )

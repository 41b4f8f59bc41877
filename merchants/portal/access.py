"""The portal's one door: who is asking, for which shop, and whether their role may.

Nobody gets an object of a shop but through ``seat_of``: it gives the shop of the signed-in
person, and every query and service below takes that shop's key. So somebody else's order and
an order that does not exist are the same 404.
"""

from dataclasses import dataclass

from django.http import HttpRequest

from core.errors import Forbidden, Unauthenticated
from merchants.enums import TALKING_ROLES, Role
from merchants.queries.shops import Membership, ShopFacts, memberships
from people.models import Person

SHOP_KEY = "shop"
"""Session key of the shop that a person with several has chosen."""

# Who may open what; ``Page.roles`` and the navigation take theirs from here.
EVERYBODY: tuple[Role, ...] = tuple(Role)
EDITORS = (Role.OWNER, Role.MANAGER)
SELLERS = (*EDITORS, Role.CASHIER)
TALKERS = tuple(role for role in Role if role in TALKING_ROLES)
READERS = (*SELLERS, Role.ACCOUNTANT)
"""Who sees what was paid."""
PROGRAMMERS = (Role.OWNER, Role.DEVELOPER)
OWNERS = (Role.OWNER,)


@dataclass(frozen=True, slots=True)
class Seat:
    """A signed-in person in the shop they act for, and all shops that are theirs."""

    person: Person
    membership: Membership
    shops: tuple[ShopFacts, ...] = ()

    @property
    def shop(self) -> ShopFacts:
        """The shop."""
        return self.membership.shop

    @property
    def may_edit(self) -> bool:
        """Whether this person changes the shop and its catalogue."""
        return self.membership.role in EDITORS

    def is_one_of(self, roles: tuple[Role, ...]) -> bool:
        """Whether this person may open what is for these roles: nobody is led to a shut door."""
        return self.membership.role in roles

    @property
    def is_owner(self) -> bool:
        """Whether this person decides where money goes and who else works here."""
        return self.membership.is_owner


class NoShop(Forbidden):
    """Somebody who is in no team: they may open a shop of their own."""


def signed_in_person(request: HttpRequest) -> Person:
    """Return who signed in with both factors.

    Raises:
        Unauthenticated: Nobody did, or only with the first.
    """
    person = request.user
    if not isinstance(person, Person) or not person.is_authenticated:
        raise Unauthenticated
    if not person.is_verified():  # type: ignore[attr-defined]  # django-otp's middleware adds it.
        raise Unauthenticated
    return person


def name_of(person: Person) -> str:
    """Return how somebody is called on screen."""
    return person.party.display_name if person.party else person.login


def seat_of(request: HttpRequest, *roles: Role) -> Seat:
    """Return the seat of whoever asks.

    Args:
        request: The request.
        *roles: Who may; without any, everybody of the team.

    Raises:
        Unauthenticated: Nobody signed in with both factors.
        Forbidden: They belong to no shop, or their role may not.
    """
    person = signed_in_person(request)
    found = memberships(person.pk)
    if not found:
        raise NoShop
    chosen = request.session.get(SHOP_KEY)
    membership = next((m for m in found if m.shop.public_id == chosen), found[0])
    if roles and membership.role not in roles:
        raise Forbidden
    return Seat(person, membership, tuple(each.shop for each in found))

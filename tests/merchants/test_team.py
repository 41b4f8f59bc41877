"""Who may act for a shop, and what opening and setting one up does."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from core.errors import InputInvalid, NotFound, StateConflict, TextInvalid, TrocoError
from merchants.enums import Role
from merchants.models import Shop, TeamMember
from merchants.queries import membership, memberships, parties_of_person, shop_by_party, team
from merchants.services.shops import NewShop, open_shop
from merchants.services.team import add_member, change_role, remove_member
from people.models import AuditEntry
from tests.merchants import cast

pytestmark = pytest.mark.django_db


def test_whoever_opens_a_shop_owns_it(shop: Shop, ze: cast.Caller, carla: cast.Caller) -> None:
    mine = membership(ze.person.pk, shop.public_id)
    assert mine is not None
    assert (mine.role, mine.is_owner, mine.shop.name) == (Role.OWNER, True, "Padaria do Zé")
    assert membership(carla.person.pk, shop.public_id) is None
    assert membership(ze.person.pk, "mer_unknown") is None
    assert [m.shop.public_id for m in memberships(ze.person.pk)] == [shop.public_id]
    assert parties_of_person(ze.person.pk) == {shop.party_id}
    assert parties_of_person(carla.person.pk) == frozenset()
    assert AuditEntry.objects.get(object_ref=shop.public_id).action == "shop.opened"
    assert shop_by_party(shop.party_id) == mine.shop


@pytest.mark.parametrize("name", ["Padaria\u202eéZ od", "Padaria\u200b do Zé", "Zé\nTroco"])
def test_a_renamed_shop_has_a_name_as_good_as_its_first(shop: Shop, name: str) -> None:
    with pytest.raises(TextInvalid):
        cast.set_up(shop, name=name)
    assert Shop.objects.get(pk=shop.pk).name == "Padaria do Zé"


def test_a_cashier_comes_and_goes(shop: Shop, ze: cast.Caller, carla: cast.Caller) -> None:
    add_member(shop_id=shop.pk, actor=ze.person, person=carla.person, role=Role.CASHIER)
    hers = membership(carla.person.pk, shop.public_id)
    assert hers is not None
    assert (hers.role, hers.is_owner) == (Role.CASHIER, False)
    assert [(row.name, row.role) for row in team(shop.pk)] == [
        ("Zé", Role.OWNER),
        ("Carla", Role.CASHIER),
    ]
    with pytest.raises(StateConflict):
        add_member(shop_id=shop.pk, actor=ze.person, person=carla.person, role=Role.OWNER)

    remove_member(shop_id=shop.pk, actor=ze.person, person_id=carla.person.pk)
    assert membership(carla.person.pk, shop.public_id) is None
    assert parties_of_person(carla.person.pk) == frozenset()
    with pytest.raises(NotFound):
        remove_member(shop_id=shop.pk, actor=ze.person, person_id=carla.person.pk)
    add_member(shop_id=shop.pk, actor=ze.person, person=carla.person, role=Role.OWNER)
    actions = AuditEntry.objects.filter(action__startswith="team.").order_by("id")
    assert list(actions.values_list("action", flat=True)) == [
        "team.added",
        "team.removed",
        "team.added",
    ]


def test_a_shop_keeps_an_owner(shop: Shop, ze: cast.Caller, carla: cast.Caller) -> None:
    with pytest.raises(StateConflict):
        remove_member(shop_id=shop.pk, actor=ze.person, person_id=ze.person.pk)
    with pytest.raises(StateConflict):
        change_role(shop_id=shop.pk, actor=ze.person, person_id=ze.person.pk, role=Role.CASHIER)
    add_member(shop_id=shop.pk, actor=ze.person, person=carla.person, role=Role.CASHIER)
    change_role(shop_id=shop.pk, actor=ze.person, person_id=carla.person.pk, role=Role.OWNER)
    remove_member(shop_id=shop.pk, actor=carla.person, person_id=ze.person.pk)
    assert [row.name for row in team(shop.pk)] == ["Carla"]


@pytest.mark.django_db(transaction=True)
def test_two_owners_cannot_both_leave(
    in_threads: Callable[..., list[Any]],
    names_of: Callable[[Sequence[Any]], list[str]],
    shop: Shop,
    ze: cast.Caller,
    carla: cast.Caller,
) -> None:
    add_member(shop_id=shop.pk, actor=ze.person, person=carla.person, role=Role.OWNER)
    outcomes = in_threads(
        *(
            lambda person=person: remove_member(shop_id=shop.pk, actor=person, person_id=person.pk)
            for person in (ze.person, carla.person)
        )
    )
    assert names_of(outcomes) == ["StateConflict", "ok"]
    assert TeamMember.objects.filter(shop=shop, removed_at__isnull=True).count() == 1


@pytest.mark.parametrize("role", [Role.MANAGER, Role.SUPPORT, Role.ACCOUNTANT, Role.DEVELOPER])
def test_only_who_talks_speaks_for_the_shop(shop: Shop, carla: cast.Caller, role: Role) -> None:
    add_member(shop_id=shop.pk, actor=None, person=carla.person, role=role)
    speaks = role in {Role.MANAGER, Role.SUPPORT}
    assert parties_of_person(carla.person.pk) == ({shop.party_id} if speaks else frozenset())


@pytest.mark.parametrize(
    "change",
    [{"timezone": "Brazil/Nowhere"}, {"tax_id": "11222333000180"}, {"name": ""}],
)
def test_a_business_that_cannot_be_is_not_opened(ze: cast.Caller, change: dict[str, str]) -> None:
    known = {
        "name": "Quitanda",
        "legal_name": "Quitanda Ltda",
        "tax_id": cast.new_cnpj(),
        "country": "BR",
        "currency": "BRL",
        "timezone": "America/Sao_Paulo",
    }
    with pytest.raises(TrocoError):
        open_shop(owner=ze.person, facts=NewShop(**(known | change)))
    assert Shop.objects.count() == 0


def test_two_shops_of_one_name_have_two_slugs(shop: Shop, carla: cast.Caller) -> None:
    other = cast.new_shop(carla.person)
    assert shop.slug == "padaria-do-ze"
    assert other.slug == f"padaria-do-ze-{other.public_id[-6:].lower()}"


@pytest.mark.parametrize(
    "change",
    [{"order_minutes": 0}, {"order_minutes": 10_081}, {"low_stock_threshold": -1}, {"name": " "}],
)
def test_impossible_settings_are_refused(shop: Shop, change: dict[str, Any]) -> None:
    with pytest.raises(InputInvalid):
        cast.set_up(shop, **change)


def test_settings_record_what_changed(shop: Shop) -> None:
    cast.set_up(shop, auto_accept=False, order_minutes=45)
    cast.set_up(shop, auto_accept=False, order_minutes=45)
    entry = AuditEntry.objects.get(action="shop.changed")
    assert entry.before == {"auto_accept": True, "order_minutes": 30}
    assert entry.after == {"auto_accept": False, "order_minutes": 45}

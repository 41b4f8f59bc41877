"""Keys that give money back: an owner's to make and roll; and what keys did, in the log."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from core.errors import AmountInvalid, CurrencyMismatch, Forbidden
from core.money import Money
from merchants.enums import KeyScope, Role
from merchants.models import ShopKey
from merchants.services.keys import make_key, revoke_key, roll_key
from merchants.services.team import remove_member
from people.models import AuditEntry
from tests.merchants.program import Program
from tests.portal import cast

pytestmark = pytest.mark.django_db
NEW = "/developers/keys/new"


def ask(clerk: cast.Clerk, *scopes: str, **more: Any) -> Any:
    form = {"name": "Loja", "scopes": list(scopes), "code": cast.code_of(clerk.person), **more}
    return clerk.post(NEW, **form)


def test_an_owner_makes_a_key_that_refunds_up_to_a_limit(owner: cast.Clerk) -> None:
    assert ask(owner, "payments", "refunds", amount="150,00").status_code == 200
    key = ShopKey.objects.get()
    assert (key.scopes, key.refund_minor) == (["payments", "refunds"], 150_00)
    path = f"/developers/keys/{key.public_id}"
    assert "R$150.00" in owner.body(path)
    form = {"verb": "roll", "overlap": "0", "code": cast.code_of(owner.person)}
    assert owner.post(path, **form).status_code == 200
    rolled = ShopKey.objects.latest("id")
    assert (rolled.scopes, rolled.refund_minor) == (key.scopes, 150_00)
    assert ask(owner, "refunds").status_code == 200
    whole = ShopKey.objects.latest("id")
    assert whole.refund_minor is None
    assert "any amount" in owner.body(f"/developers/keys/{whole.public_id}")


def test_a_limit_that_cannot_be_is_refused(owner: cast.Clerk) -> None:
    wrong = (("payments",), "150,00"), (("refunds",), "12,3456"), (("refunds",), "0")
    for scopes, amount in wrong:
        assert ask(owner, *scopes, amount=amount).status_code == 422
    assert ShopKey.objects.count() == 0


def test_a_developer_neither_makes_nor_rolls_one(owner: cast.Clerk, shop: Any) -> None:
    developer = cast.member_of(shop, Role.DEVELOPER)
    shown = developer.body(NEW)
    for words in ("Refunds: give money back", "Payouts: read them"):
        assert words not in shown
        assert words in owner.body(NEW)
    for scope in ("refunds", "payouts"):
        assert ask(developer, "orders", scope).status_code == 422
    assert ask(developer, "payments", amount="5,00").status_code == 200
    assert ShopKey.objects.get().refund_minor is None
    ask(owner, "refunds")
    key = ShopKey.objects.latest("id")
    assert "Roll the key" not in developer.body(f"/developers/keys/{key.public_id}")
    form = {"verb": "roll", "overlap": "0", "code": cast.code_of(developer.person)}
    refused = developer.post(f"/developers/keys/{key.public_id}", **form)
    assert refused.status_code == 422
    page = refused.content.decode()
    assert "It opens more than you may give: an owner rolls it and ends it." in page
    assert "End the key" not in page
    assert ShopKey.objects.count() == 2
    ended = {"verb": "end", "code": cast.code_of(developer.person)}
    assert developer.post(f"/developers/keys/{key.public_id}", **ended).status_code == 422
    assert not AuditEntry.objects.filter(action="shop_key.revoked").exists()
    key.refresh_from_db()
    assert key.revoked_at is None


@pytest.mark.parametrize("role", list(Role))
def test_a_role_gives_what_it_may_and_nothing_more(shop: Any, role: Role) -> None:
    """At the service, whoever calls it; a key is made with all scopes that are given or none."""
    member = cast.member_of(shop, role).person
    expected = {
        Role.OWNER: set(KeyScope),
        Role.DEVELOPER: set(KeyScope) - {KeyScope.REFUNDS, KeyScope.PAYOUTS},
    }.get(role, set())
    given = set()
    for scope in KeyScope:
        try:
            made = make_key(shop_id=shop.pk, actor=member, name="Loja", scopes=[scope])
        except Forbidden:
            continue
        given.add(scope)
        assert roll_key(shop_id=shop.pk, actor=member, key_id=made.key.public_id).secret
    assert given == expected
    assert ShopKey.objects.count() == 2 * len(expected)


@pytest.mark.parametrize("role", list(Role))
def test_a_role_ends_the_keys_that_it_could_make(shop: Any, owner: cast.Clerk, role: Role) -> None:
    """So a developer does not stop the program that gives the shop's money back."""
    member = cast.member_of(shop, role).person
    known = {"shop_id": shop.pk, "actor": owner.person, "name": "Loja"}
    ended = set()
    for scope in KeyScope:
        key = make_key(**known, scopes=[KeyScope.ORDERS, scope]).key
        try:
            revoke_key(shop_id=shop.pk, actor=member, key_id=key.public_id)
        except Forbidden:
            continue
        ended.add(scope)
    assert ended == {
        Role.OWNER: set(KeyScope),
        Role.DEVELOPER: set(KeyScope) - {KeyScope.REFUNDS, KeyScope.PAYOUTS},
    }.get(role, set())
    assert ShopKey.objects.filter(revoked_at__isnull=False).count() == len(ended)
    told = AuditEntry.objects.filter(action="shop_key.revoked", actor_login=member.login)
    assert told.count() == len(ended)


def test_who_left_the_team_makes_and_rolls_none(shop: Any, owner: cast.Clerk) -> None:
    developer = cast.member_of(shop, Role.DEVELOPER).person
    known = {"shop_id": shop.pk, "actor": developer}
    made = make_key(**known, name="Loja", scopes=[KeyScope.ORDERS])
    remove_member(shop_id=shop.pk, actor=owner.person, person_id=developer.pk)
    with pytest.raises(Forbidden):
        make_key(**known, name="Loja", scopes=[KeyScope.ORDERS])
    with pytest.raises(Forbidden):
        roll_key(**known, key_id=made.key.public_id)
    with pytest.raises(Forbidden):
        revoke_key(**known, key_id=made.key.public_id)
    assert list(ShopKey.objects.values_list("revoked_at", flat=True)) == [None]


def test_the_service_and_the_table_say_the_same(shop: Any) -> None:
    known = {"shop_id": shop.pk, "actor": None, "name": "Loja"}
    with pytest.raises(AmountInvalid):
        make_key(**known, scopes=[KeyScope.ORDERS], refund_limit=Money(5, "BRL"))
    with pytest.raises(AmountInvalid):
        make_key(**known, scopes=[KeyScope.REFUNDS], refund_limit=Money(0, "BRL"))
    with pytest.raises(CurrencyMismatch):
        make_key(**known, scopes=[KeyScope.REFUNDS], refund_limit=Money(5, "USD"))
    key = make_key(**known, scopes=[KeyScope.ORDERS]).key
    limit = pytest.raises(IntegrityError, match="merchants_shopkey_limit_is_of_refunds")
    with limit, transaction.atomic():
        ShopKey.objects.filter(pk=key.pk).update(refund_minor=5)
    assert list(ShopKey.objects.values_list("refund_minor", flat=True)) == [None]


def test_the_activity_log_names_the_key(owner: cast.Clerk, shop: Any) -> None:
    body = {"url": "https://padaria.example/news"}
    assert Program(shop).post("/v1/shop/webhook-endpoints", body).status_code == 201
    acts = owner.rows("/team/activity")
    assert [(each["who"], each["words"]) for each in acts[:2]] == [
        ("Key “Caixa”", "Added a webhook endpoint"),
        ("Troco", "Made a key"),
    ]

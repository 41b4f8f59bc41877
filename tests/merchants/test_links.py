"""Payment links: made, opened by payers, counted, switched off; and paid over HTTP to the end."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client

from core import clock
from core.clock import business_now
from core.errors import InputInvalid
from core.money import Money
from core.transactions import owns_block
from merchants.enums import Role
from merchants.models import LinkUse, PaymentLink, Shop
from merchants.queries.links import LinkFilter, link_of_shop, links_of_shop, paid_uses
from merchants.services.links import (
    MOST_LINKS,
    LinkWish,
    disable_link,
    make_link,
    mark_use_paid,
    open_use,
)
from merchants.services.team import add_member
from people.models import Person
from tests.bank_simulator.harness import Simulator
from tests.merchants import cast
from tests.payments.cast import new_payer, work

pytestmark = pytest.mark.django_db(transaction=True)

STANDING = """
INSERT INTO merchants_paymentlink
       (public_id, code, shop_id, created_by_id, title, currency, created_at)
SELECT 'lnk_many' || number, 'many' || number, %s, %s, 'Mesa', 'BRL', %s
  FROM generate_series(1, %s) AS number
"""


def new_link(shop: Shop, owner: cast.Caller, **wish: Any) -> PaymentLink:
    facts: dict[str, Any] = {"title": "Cesta de Natal", "amount": Money(4_990, "BRL")}
    return make_link(shop_id=shop.pk, actor=owner.person, wish=LinkWish(**(facts | wish)))


def opened(caller: Any, link: PaymentLink, amount: int | None = None) -> Any:
    body = {} if amount is None else {"amount": {"amount_minor": amount, "currency": "BRL"}}
    return caller.post(f"/v1/links/{link.code}/uses", body)


def refused(answer: Any) -> tuple[int, str, str]:
    body = answer.json()
    return answer.status_code, body["code"], body.get("reason", "")


def test_a_link_is_read_opened_quoted_and_paid(
    brazil: Simulator, bakery: Shop, ze: cast.Caller
) -> None:
    link = new_link(bakery, ze, most_uses=1)
    ana = new_payer(brazil, "Ana")
    assert ana.get(f"/v1/links/{link.code}").json() == {
        "code": link.code,
        "title": "Cesta de Natal",
        "shop": "Padaria do Zé",
        "legal_name": "Padaria do Zé Ltda",
        "amount": {"amount_minor": 4_990, "currency": "BRL"},
        "currency": "BRL",
        "state": "open",
        "expires_at": None,
    }
    use = opened(ana, link)
    assert use.status_code == 201, use.json()
    answer = ana.pay({"link": use.json()["id"]})
    assert answer.status_code == 201, answer.json()
    work()
    facts = link_of_shop(bakery.pk, link.public_id)
    assert facts is not None
    assert (facts.paid_count, facts.paid_total) == (1, Money(4_990, "BRL"))
    (paid,), _more = paid_uses(link.pk, None, 10)
    assert (paid.payment_ref, paid.payer.display_name) == (answer.json()["id"], "Ana")
    assert ana.get(f"/v1/links/{link.code}").json()["state"] == "used_up"
    assert refused(opened(ana, link)) == (409, "link_closed", "used_up")
    assert Client().get(f"/l/{link.code}").status_code == 410


def test_an_open_amount_is_the_payers_and_each_payer_pays_their_own_use(
    brazil: Simulator, bakery: Shop, ze: cast.Caller
) -> None:
    link = new_link(bakery, ze, amount=None)
    ana, bruno = new_payer(brazil, "Ana"), new_payer(brazil, "Bruno")
    assert refused(opened(ana, link))[:2] == (400, "amount_invalid")
    use = opened(ana, link, 1_234).json()["id"]
    assert opened(ana, link, 1_234).json()["id"] == use
    theirs = bruno.post("/v1/quotes", {"to": {"link": use}})
    nobodys = bruno.post("/v1/quotes", {"to": {"link": "lku_unknown"}})
    assert (theirs.status_code, nobodys.status_code) == (404, 404)
    for payer, amount in ((ana, 1_234), (bruno, 200)):
        payer.pay({"link": opened(payer, link, amount).json()["id"]})
    work()
    facts = link_of_shop(bakery.pk, link.public_id)
    assert facts is not None
    assert (facts.paid_count, facts.paid_total) == (2, Money(1_434, "BRL"))


@pytest.mark.parametrize(
    ("amount", "code"),
    [(4_991, "amount_invalid"), (0, "amount_invalid"), (-1, "amount_invalid")],
)
def test_another_amount_than_the_links_is_refused(
    shop: Shop, ze: cast.Caller, ana: cast.Caller, amount: int, code: str
) -> None:
    assert refused(opened(ana, new_link(shop, ze), amount))[1] == code
    assert not LinkUse.objects.exists()


def test_unknown_links_and_fields_are_refused(
    shop: Shop, ze: cast.Caller, ana: cast.Caller
) -> None:
    link = new_link(shop, ze)
    assert ana.get("/v1/links/nothing").status_code == 404
    assert ana.post("/v1/links/nothing/uses").status_code == 404
    assert refused(ana.post(f"/v1/links/{link.code}/uses", {"price": 1}))[1] == "unknown_field"
    assert Client().get("/l/nothing").status_code == 404
    assert Client().get("/l/%00").status_code == 404


def test_a_link_that_is_over_or_switched_off_says_so(
    shop: Shop, ze: cast.Caller, ana: cast.Caller
) -> None:
    ends = new_link(shop, ze, expires_at=business_now() + timedelta(hours=1))
    off = new_link(shop, ze)
    assert "Padaria do Zé Ltda" in Client().get(f"/l/{off.code}").content.decode()
    disable_link(shop_id=shop.pk, link_id=off.public_id, actor=ze.person)
    disable_link(shop_id=shop.pk, link_id=off.public_id, actor=ze.person)
    clock.advance(3_700)
    assert refused(opened(ana, ends)) == (409, "link_closed", "expired")
    assert refused(opened(ana, off)) == (409, "link_closed", "disabled")
    for link in (ends, off):
        page = Client().get(f"/l/{link.code}")
        assert page.status_code == 410
        assert "is over" in page.content.decode()
    shown = links_of_shop(shop.pk, LinkFilter("open"), business_now(), None, 10)[0]
    over = links_of_shop(shop.pk, LinkFilter("over"), business_now(), None, 10)[0]
    assert (len(shown), len(over)) == (0, 2)


def test_ten_who_open_a_link_for_three_get_three_uses(
    shop: Shop, ze: cast.Caller, in_threads: Any
) -> None:
    link = new_link(shop, ze, most_uses=3)
    people = [cast.join(f"Bruno {number}") for number in range(10)]
    answers = in_threads(*[lambda one=one: opened(one, link).status_code for one in people])
    assert sorted(answers) == [201] * 3 + [409] * 7
    assert LinkUse.objects.count() == 3
    clock.advance(31 * 60)
    assert opened(people[0], link).status_code == 201


def test_an_idempotent_opening_answers_the_same(
    shop: Shop, ze: cast.Caller, ana: cast.Caller
) -> None:
    link = new_link(shop, ze)
    path = f"/v1/links/{link.code}/uses"
    first, again = (ana.post(path, {}, key="k1") for _ in range(2))
    assert first.json() == again.json()
    assert LinkUse.objects.count() == 1


def test_only_people_of_the_shop_make_and_switch_off(
    shop: Shop, ze: cast.Caller, ana: cast.Caller
) -> None:
    add_member(shop_id=shop.pk, actor=None, person=ana.person, role=Role.CASHIER)
    link = new_link(shop, ana)
    assert link_of_shop(shop.pk + 1, link.public_id) is None


def test_a_shop_has_so_many_open_links_and_those_that_are_over_do_not_count(
    bakery: Shop, ze: cast.Caller
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(STANDING, [bakery.pk, ze.person.pk, business_now(), MOST_LINKS - 3])
    soon = business_now() + timedelta(hours=1)
    ends = new_link(bakery, ze, expires_at=soon)
    once, always = new_link(bakery, ze, most_uses=1), new_link(bakery, ze)
    for _again in range(2):
        with pytest.raises(InputInvalid):
            new_link(bakery, ze)
    assert PaymentLink.objects.count() == MOST_LINKS
    PaymentLink.objects.filter(pk=ends.pk).update(expires_at=business_now())
    assert new_link(bakery, ze).used_up_at is None
    pay_by_hand(once, cast.join("Ana").person)
    once.refresh_from_db()
    assert once.used_up_at is not None
    disable_link(shop_id=bakery.pk, link_id=always.public_id, actor=ze.person)
    assert [new_link(bakery, ze).used_up_at for _ in range(2)] == [None, None]
    with pytest.raises(InputInvalid):
        new_link(bakery, ze)
    assert PaymentLink.objects.count() == MOST_LINKS + 3


def test_payments_of_one_link_that_complete_together_use_it_up(
    bakery: Shop, ze: cast.Caller
) -> None:
    link = new_link(bakery, ze, most_uses=4)
    payers = [cast.join(name).person for name in ("Ana", "Bruno", "Carla", "Zé")]
    gate = threading.Barrier(4)

    def race(payer: Person) -> None:
        gate.wait()
        pay_by_hand(link, payer)
        connections.close_all()

    racers = [threading.Thread(target=race, args=(payer,)) for payer in payers]
    for each in racers:
        each.start()
    for each in racers:
        each.join()
    link.refresh_from_db()
    assert (link.uses.filter(paid_at__isnull=False).count(), link.used_up_at is None) == (4, False)


def pay_by_hand(link: PaymentLink, payer: Person) -> None:
    use = open_use(code=link.code, payer=payer, amount=None)
    with owns_block():
        mark_use_paid(use_id=use.public_id, payment_id=f"pay_{use.pk}")

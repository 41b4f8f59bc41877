"""Payments by how they were confirmed, by their link, and by who of the team asked for them."""

from dataclasses import dataclass
from typing import Any

import pytest

from core.money import Money
from merchants.enums import Role
from merchants.models import PaymentLink, Shop
from merchants.services.links import LinkWish, make_link
from merchants.services.team import remove_member
from tests.merchants import cast as consumers
from tests.payments.cast import Someone, new_key, new_payer, work
from tests.payments.test_payments_mutations import give_passkey
from tests.portal import cast
from tests.portal.test_lists import lines_of

pytestmark = pytest.mark.django_db


@dataclass
class Day:
    """Three sales: Zé's order by PIN, Lia's link by PIN, and Zé's link by Ana's finger."""

    ze: cast.Clerk
    lia: cast.Clerk
    shop: Shop
    link: PaymentLink
    order: str = ""
    by_lia: str = ""
    by_finger: str = ""

    def ids(self, **query: Any) -> list[str]:
        return [str(row["id"]) for row in self.ze.rows("/payments", **query)]


@pytest.fixture
def day(brazil: Any) -> Day:
    person = cast.hire("Zé")
    shop = consumers.new_paid_shop(brazil, person)
    ana = new_payer(brazil, "Ana")
    ze, lia = cast.signed_in(person), cast.member_of(shop, Role.CASHIER)
    link = basket(shop, ze, "Cesta de Natal")
    made = Day(ze, lia, shop, link)
    made.order = charged(ze, ana, shop)
    made.by_lia = ana.pay({"link": opened(ana, basket(shop, lia, "Mesa 4"))}).json()["id"]
    quote = ana.quote({"link": opened(ana, link)}).json()
    body = {"quote": quote["id"], "proof": give_passkey(ana).proof(quote["digest"])}
    made.by_finger = ana.post("/v1/payments", body, key=new_key()).json()["id"]
    work()
    return made


def basket(shop: Shop, clerk: cast.Clerk, title: str) -> PaymentLink:
    wish = LinkWish(title, Money(10_00, "BRL"))
    return make_link(shop_id=shop.pk, actor=clerk.person, wish=wish)


def opened(payer: Someone, link: PaymentLink) -> str:
    return str(payer.post(f"/v1/links/{link.code}/uses", {}).json()["id"])


def charged(clerk: cast.Clerk, payer: Someone, shop: Shop) -> str:
    """Ask for R$ 12,50 in the chat, and let it be paid."""
    party = consumers.facts(shop).party_public_id
    talk = payer.post("/v1/conversations", {"with": [party]}).json()["id"]
    path = f"/conversations/{talk}/charge"
    clerk.post(path, amount="12,50", note="Bolo", client_id="web_charge_1")
    order = payer.get("/v1/orders").json()["data"][0]["id"]
    return str(payer.pay({"order": order}).json()["id"])


def test_payments_are_narrowed_to_how_they_were_confirmed(day: Day) -> None:
    assert day.ids() == [day.by_finger, day.by_lia, day.order]
    assert day.ids(confirmed="pin") == [day.by_lia, day.order]
    assert day.ids(confirmed="passkey") == [day.by_finger]
    assert day.ids(confirmed="nonsense") == day.ids()


def test_payments_are_narrowed_to_a_link(day: Day) -> None:
    assert day.ids(link="mesa") == [day.by_lia]
    assert day.ids(link=day.link.public_id) == [day.by_finger]
    assert day.ids(link="lnk_unknown") == day.ids(link="Páscoa") == []
    assert day.ids(link="cesta", by="order") == []


def test_payments_are_narrowed_to_who_of_the_team_asked(day: Day) -> None:
    ze, lia = (str(each.person.pk) for each in (day.ze, day.lia))
    assert day.ids(member=lia) == [day.by_lia]
    assert day.ids(member=ze) == [day.by_finger, day.order]
    assert day.ids(member=ze, confirmed="pin") == [day.order]
    assert day.ids(member=ze, link="mesa") == []
    page = day.ze.body("/payments", member=lia)
    assert f'<option value="{lia}" selected>Lia</option>' in page


def test_sums_and_the_file_are_of_what_is_narrowed(day: Day) -> None:
    lia = str(day.lia.person.pk)
    sums = day.ze.get("/payments", state="completed", member=lia).context["sums"]
    assert (sums["count"], sums["gross"]) == (1, Money(10_00, "BRL"))
    sums = day.ze.get("/payments", state="completed", confirmed="pin").context["sums"]
    assert (sums["count"], sums["gross"]) == (2, Money(22_50, "BRL"))
    head, *rows = lines_of(day.ze.get("/payments", export="csv", confirmed="passkey"))
    assert [(row[0], row[head.index("confirmed_by")]) for row in rows] == [
        (day.by_finger, "passkey")
    ]


def test_who_left_the_team_is_still_found_by_what_they_asked(day: Day) -> None:
    lia = str(day.lia.person.pk)
    remove_member(shop_id=day.shop.pk, actor=day.ze.person, person_id=day.lia.person.pk)
    assert day.ids(member=lia) == [day.by_lia]
    page = day.ze.body("/payments", member=lia)
    assert f'<option value="{lia}" selected>Lia (left)</option>' in page


def test_nobody_elses_link_member_or_payment_is_found(day: Day) -> None:
    carla = cast.owner_of("Carla", "Quitanda da Carla")[0]
    for query in ({"confirmed": "pin"}, {"link": day.link.public_id}, {"link": "mesa"}):
        assert carla.rows("/payments", **query) == []
    assert "Lia" not in carla.body("/payments", member=str(day.lia.person.pk))
    assert day.ids(member=str(carla.person.pk)) == day.ids()

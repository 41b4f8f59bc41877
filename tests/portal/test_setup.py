"""The first minutes of a shop: signing up, opening it, examples, a sale, a bank account."""

import re
from typing import Any

import pytest
from django.test import Client

from core.clock import business_now
from merchants.enums import Role
from merchants.models import Order, Product, Shop
from merchants.services.orders import place_order
from merchants.services.stock import LineWish
from payments.models import PayoutAccount, WaitlistEntry
from payments.services.availability import add_country
from people.enums import PartyKind
from people.models import Identity, Person
from people.phones import with_country_code
from people.queries import sandbox_code
from people.tax_ids import read_tax_id
from tests.merchants import cast as consumers
from tests.payments.cast import new_staff
from tests.portal import cast
from tests.portal.test_talk import write
from tests.portal.test_team import NUMBER, nobody, sign_up

__all__ = ["nobody"]
pytestmark = pytest.mark.django_db


def open_form(**change: str) -> dict[str, str]:
    form = {
        "name": "Quitanda da Rita",
        "country": "BR",
        "legal_name": "Quitanda da Rita Ltda",
        "tax_id": consumers.new_cnpj(),
    }
    return form | change


def test_somebody_opens_a_shop_by_phone(
    transactional_db: None, planned: None, nobody: cast.Clerk
) -> None:
    codes = sign_up(nobody, "/start")
    assert codes.status_code == 200
    assert 'href="/portal/start"' in codes.content.decode()
    page = nobody.get("/start")
    assert page.context["form"]["country"].value() == "BR"
    opened = nobody.post("/start", **open_form())
    assert (opened.status_code, opened["Location"]) == (303, "/portal/")
    shop = Shop.objects.get()
    assert (shop.name, shop.currency, shop.timezone) == (
        "Quitanda da Rita",
        "BRL",
        "America/Sao_Paulo",
    )
    assert nobody.get("/").status_code == 200
    shown = nobody.get("/settings/setup").context["steps"]
    steps = {step["title"]: step["state"] for step in shown}
    assert steps["Your business"] == "done"
    assert steps["Our review"] == "waiting"
    assert steps["First product"] == "missing"
    assert steps["Recovery codes"] == "done"


def test_in_a_sandbox_a_tax_id_is_invented_and_can_be_kept(planned: None, settings: Any) -> None:
    clerk = cast.signed_in(cast.hire("Rita"))
    invented = clerk.get("/start").context["form"]["tax_id"].value()
    assert read_tax_id(invented, country="BR", kind=PartyKind.BUSINESS) == invented
    assert clerk.post("/start", **open_form(tax_id=invented)).status_code == 303
    settings.SANDBOX = False
    assert clerk.get("/start").context["form"]["tax_id"].value() is None


def test_an_invented_tax_id_is_of_the_country_that_the_shop_is_in(
    planned: None, settings: Any
) -> None:
    """It was of the phone's, so whoever kept it could open no shop elsewhere."""
    facts = {
        "iso2": "BD",
        "name": "Bangladesh",
        "currency": "BDT",
        "timezone": "Asia/Dhaka",
        "min_live_banks": 2,
        "holds_funds": False,
    }
    add_country(facts=facts, staff=new_staff("planner"))
    clerk = cast.signed_in(cast.hire("Rita"))
    invented = clerk.get("/start").context["form"]["tax_id"].value()
    assert clerk.post("/start", **open_form(tax_id=invented, country="BD")).status_code == 303
    kept = Identity.objects.get(party__kind=PartyKind.BUSINESS).tax_id
    assert kept != invented
    assert read_tax_id(kept, country="BD", kind=PartyKind.BUSINESS) == kept
    # What somebody typed is theirs, and so is everything outside of a sandbox.
    typed = {"tax_id": "11222333000181", "country": "BD", "name": "Dois"}
    assert clerk.post("/start", **open_form(**typed)).status_code == 422
    again = {"tax_id": invented, "country": "BD", "name": "Dois"}
    settings.SANDBOX = False
    assert clerk.post("/start", **open_form(**again)).status_code == 422


@pytest.mark.parametrize(
    ("typed", "country", "meant"),
    [
        ("(11) 98765-4321", "BR", "+5511987654321"),
        ("01712-345678", "BD", "+8801712345678"),
        ("+44 20 7946 0958", "BR", "+44 20 7946 0958"),
        ("(11) 98765-4321", "", "(11) 98765-4321"),
        ("12", "BR", "12"),
        ("ze", "BR", "ze"),
    ],
)
def test_a_number_may_be_written_as_it_is_dialled_at_home(
    typed: str, country: str, meant: str
) -> None:
    assert with_country_code(typed, country) == meant


def test_who_reads_portuguese_needs_no_country_code(db: None, nobody: cast.Clerk) -> None:
    at_home = NUMBER.removeprefix("+55")
    refused = nobody.post("/sign-up", phone=at_home)
    assert refused.status_code == 422
    nobody.client.cookies["troco-language"] = "pt-br"
    assert nobody.post("/sign-up", phone=at_home)["Location"] == "/portal/sign-up/code"
    assert sandbox_code(NUMBER) is not None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"tax_id": "11222333000180"}, "tax_id"),
        ({"country": "ZZ"}, "country"),
        ({"name": ""}, "name"),
    ],
)
def test_a_business_that_cannot_be_is_told_at_its_field(
    planned: None, change: dict[str, str], field: str
) -> None:
    clerk = cast.signed_in(cast.hire("Rita"))
    answer = clerk.post("/start", **open_form(**change))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert answer.context["form"]["legal_name"].value() == "Quitanda da Rita Ltda"
    assert Shop.objects.count() == 0


def test_nobody_opens_anything_without_both_factors(planned: None, nobody: cast.Clerk) -> None:
    for answer in (nobody.get("/start"), nobody.post("/start", **open_form())):
        assert answer["Location"] == "/portal/sign-in?next=%2Fportal%2Fstart"
    assert Shop.objects.count() == 0


def test_the_steps_of_signing_up_cannot_be_skipped(db: None, nobody: cast.Clerk) -> None:
    for path in ("/sign-up/code", "/sign-up/account"):
        assert nobody.get(path)["Location"] == "/portal/sign-up"
        assert nobody.post(path, code="000000")["Location"] == "/portal/sign-up"
    assert nobody.post("/sign-up", phone="12").status_code == 422
    nobody.post("/sign-up", phone=NUMBER)
    assert nobody.get("/sign-up/account")["Location"] == "/portal/sign-up"
    told = sandbox_code(NUMBER)
    assert told is not None
    wrong = "000000" if told[0] != "000000" else "000001"
    assert nobody.post("/sign-up/code", code=wrong).status_code == 422
    assert nobody.get("/sign-up/account")["Location"] == "/portal/sign-up"
    assert Person.objects.filter(phone=NUMBER).count() == 0


def test_a_sandbox_shows_what_an_app_would_and_nobody_else_does(
    db: None, nobody: cast.Clerk, settings: Any
) -> None:
    nobody.post("/sign-up", phone=NUMBER)
    told = sandbox_code(NUMBER)
    assert told is not None
    nobody.post("/sign-up/code", code=told[0])
    shown = nobody.get("/sign-up/account").context["sandbox_code"]
    assert re.fullmatch("[0-9]{6}", shown)
    settings.SANDBOX = False
    assert nobody.get("/sign-up/account").context["sandbox_code"] == ""


def test_who_has_an_account_signs_in_instead(planned: None, nobody: cast.Clerk) -> None:
    known = cast.hire("Marta")
    nobody.post("/sign-up", phone=known.phone)
    told = sandbox_code(known.phone or "")
    assert told is not None
    led = nobody.post("/sign-up/code", code=told[0])["Location"]
    assert led.startswith("/portal/sign-in")
    assert nobody.get("/")["Location"].startswith("/portal/sign-in")


def test_a_weak_password_and_a_wrong_code_open_no_account(
    transactional_db: None, nobody: cast.Clerk
) -> None:
    nobody.post("/sign-up", phone=NUMBER)
    told = sandbox_code(NUMBER)
    assert told is not None
    nobody.post("/sign-up/code", code=told[0])
    for form in (
        {"name": "Rita", "password": "short", "code": "000000"},
        {"name": "Rita", "password": cast.PASSWORD, "code": "abcdef"},
        {"name": "", "password": cast.PASSWORD, "code": "000000"},
    ):
        assert nobody.post("/sign-up/account", **form).status_code == 422
    assert Person.objects.filter(phone=NUMBER).count() == 0


def test_an_empty_shop_is_filled_with_examples_once(owner: cast.Clerk, shop: Shop) -> None:
    assert owner.post("/settings/setup", verb="samples").status_code == 303
    assert Product.objects.filter(shop=shop).count() == 5
    owner.post("/settings/setup", verb="samples")
    assert Product.objects.filter(shop=shop).count() == 5
    assert "has products already" in owner.body("/settings/setup")


def test_a_practice_sale_needs_an_account_and_something_to_sell(
    owner: cast.Clerk, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    bought: list[tuple[str, str]] = []

    def buy(shop_id: str, product_id: str) -> str:
        bought.append((shop_id, product_id))
        return "ord_1"

    monkeypatch.setattr("merchants.services.practice._buyers", [buy])
    last = owner.get("/settings/setup").context["steps"][-1]
    assert (last["title"], last["verb"], last["href"]) == ("First sale", "sale", "")
    assert owner.post("/settings/setup", verb="sale")["Location"] == "/portal/settings/bank"
    assert "nobody can pay you without a bank account" in owner.body("/settings/bank")
    PayoutAccount.objects.create(
        public_id="pac_1",
        party_id=shop.party_id,
        bank="banco-jatoba",
        token="acc_1",
        holder_name="Padaria do Zé",
        verified_at=business_now(),
    )
    assert owner.post("/settings/setup", verb="sale")["Location"] == "/portal/settings/setup"
    assert bought == []
    product = consumers.new_product(shop)
    sold = owner.post("/settings/setup", verb="sale")
    assert sold["Location"] == "/portal/orders/ord_1"
    assert bought == [(shop.public_id, product.public_id)]


def test_short_cuts_are_a_sandboxs_only(owner: cast.Clerk, shop: Shop, settings: Any) -> None:
    settings.SANDBOX = False
    for verb in ("samples", "sale", "approve"):
        assert owner.post("/settings/setup", verb=verb).status_code == 404
    assert owner.post("/settings/bank", verb="invent").status_code == 404
    assert (Product.objects.count(), Order.objects.count()) == (0, 0)


def test_approving_is_the_owners(owner: cast.Clerk, shop: Shop) -> None:
    manager = cast.member_of(shop, Role.MANAGER)
    assert manager.post("/settings/setup", verb="approve").status_code == 403
    assert owner.post("/settings/setup", verb="approve").status_code == 303
    states = {s["title"]: s["state"] for s in owner.get("/settings/setup").context["steps"]}
    assert states["Our review"] == "done"


def test_the_shops_time_zone_is_one_of_its_country(owner: cast.Clerk, shop: Shop) -> None:
    form = {"name": "Padaria do Zé", "about": "Pão."}
    assert owner.post("/settings", **form, timezone="Europe/Berlin").status_code == 422
    assert owner.post("/settings", **form, timezone="America/Manaus").status_code == 303
    shop.refresh_from_db()
    assert (shop.timezone, shop.order_minutes) == ("America/Manaus", 30)
    assert "America/Manaus" in owner.body("/settings")


@pytest.mark.parametrize("language", ["pt-br", "bn", "en"])
def test_a_language_is_remembered(owner: cast.Clerk, language: str) -> None:
    answer = owner.post("/language", language=language, next="/portal/team")
    assert (answer.status_code, answer["Location"]) == (303, "/portal/team")
    assert f'<html lang="{language}"' in owner.body("/team")
    owner.person.refresh_from_db()
    assert owner.person.locale == language
    other = cast.signed_in(owner.person)
    assert f'<html lang="{language}"' in other.body("/team")


def test_an_unknown_language_and_a_strange_way_back_change_nothing(owner: cast.Clerk) -> None:
    answer = owner.post("/language", language="xx", next="https://evil.example/")
    assert answer["Location"] == "/portal/"
    assert "troco-language" not in answer.cookies
    guest = Client().post("/portal/language", {"language": "bn"})
    assert guest.cookies["troco-language"].value == "bn"


def test_help_begins_with_the_page_one_came_from(owner: cast.Clerk) -> None:
    entries = owner.client.get("/portal/help", {"from": "team"}).context["entries"]
    assert entries[0]["key"] == "team"
    assert re.search("shop mer_", owner.body("/help"))


def test_what_happened_is_listed_by_role_and_read_once_seen(
    owner: cast.Clerk, shop: Shop, ana: consumers.Caller, bread: Product
) -> None:
    assert owner.get("/notifications").context["rows"] == []
    place_order(buyer=ana.person, shop_id=shop.public_id, lines=[LineWish(bread.public_id, 1)])
    (row,) = owner.get("/notifications").context["rows"]
    assert (row["title"], row["is_new"]) == ("Order 1 from Ana", True)
    (row,) = owner.get("/notifications").context["rows"]
    assert row["is_new"] is False
    developer = cast.member_of(shop, Role.DEVELOPER)
    assert developer.get("/notifications").context["rows"] == []


def test_a_shop_waits_for_its_country_by_its_owners_number(owner: cast.Clerk, shop: Shop) -> None:
    for _ in range(2):
        assert owner.post("/settings/setup", verb="wait").status_code == 303
    entry = WaitlistEntry.objects.get()
    assert (entry.phone, entry.country.iso2) == (owner.person.phone, "BR")


def test_search_finds_conversations_and_leads_to_what_an_id_names(
    owner: cast.Clerk, shop: Shop, ana: consumers.Caller, bread: Product, stranger: cast.Clerk
) -> None:
    talk = write(ana, shop, "Oi")
    groups = owner.get("/search", q="ana").context["groups"]
    found = {str(group["words"]): [row["href"] for row in group["rows"]] for group in groups}
    assert found == {"Conversations": [f"/portal/conversations/{talk}"]}
    led = owner.get("/search", q=bread.public_id)
    assert led["Location"] == f"/portal/catalogue/{bread.public_id}"
    for clerk in (stranger, cast.member_of(shop, Role.CASHIER)):
        assert clerk.get("/search", q=bread.public_id).status_code == 200

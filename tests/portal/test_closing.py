"""Taking all data along, closing the shop and opening it again, and how it looks to buyers."""

import csv
import io
import re
import zipfile
from functools import partial
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from core.clock import business_now
from core.errors import StateConflict
from core.money import Money
from core.transactions import owns_block
from merchants import handlers
from merchants.codes.colours import contrast, ink_on, is_seen_everywhere
from merchants.enums import JobState, Role
from merchants.models import (
    Broadcast,
    JobPart,
    Order,
    PaymentLink,
    Product,
    Recipient,
    Shop,
    ShopJob,
)
from merchants.queries.exports import SHEETS
from merchants.queries.shops import shop_by_key
from merchants.services import exports, fulfilment
from merchants.services.links import LinkWish, make_link, open_use
from merchants.services.news_wishes import wish_for_news
from merchants.services.orders import place_order
from merchants.services.shelf_order import move_product
from merchants.services.stock import LineWish
from merchants.tasks import send_broadcasts
from messaging.models import MediaFile, Message
from payments.models import Demand
from people.models import AuditEntry
from tests.merchants import cast as consumers
from tests.messaging.samples import picture
from tests.portal import cast
from tests.portal.test_talk import write

pytestmark = pytest.mark.django_db


def order(buyer: consumers.Caller, shop: Shop, product: Product) -> Order:
    lines = [LineWish(product.public_id, 1)]
    return place_order(buyer=buyer.person, shop_id=shop.public_id, lines=lines)


def step_up(clerk: cast.Clerk, path: str, **fields: Any) -> Any:
    return clerk.post(path, code=cast.code_of(clerk.person), **fields)


def tables(answer: Any) -> dict[str, list[list[str]]]:
    """Read an export as somebody who takes it home does."""
    packed = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    assert packed.testzip() is None
    return {
        name: list(csv.reader(io.StringIO(packed.read(name).decode("utf-8-sig"))))
        for name in packed.namelist()
    }


def test_all_data_is_put_together_in_pieces_and_only_the_owner_gets_it(
    owner: cast.Clerk,
    stranger: cast.Clerk,
    ana: consumers.Caller,
    shop: Shop,
    bread: Product,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exports, "ROWS_AT_ONCE", 2)
    for number in range(4):
        consumers.new_product(shop, f"Broa {number}")
    order(ana, shop, bread)
    assert owner.post("/settings/export", code="000000").status_code == 422
    asked = step_up(owner, "/settings/export")
    assert asked.status_code == 303
    assert step_up(owner, "/settings/export").status_code == 422
    job = ShopJob.objects.get()
    handlers.work_on_job(job_id=job.public_id)
    job.refresh_from_db()
    assert (job.state, job.done_rows, bytes(job.made)) == (JobState.DONE, job.all_rows, b"")
    # Five products in pages of two take three pieces, and every other table one at least.
    assert JobPart.objects.count() >= len(SHEETS) + 2
    path = f"/jobs/{job.public_id}"
    found = tables(owner.get(f"{path}/file"))
    assert list(found) == [each.name for each in SHEETS]
    assert len(found["products.csv"]) == 1 + 5
    assert [row[4] for row in found["orders.csv"]] == ["customer", "Ana"]
    assert [row[1] for row in found["customers.csv"]] == ["name", "Ana"]
    assert ["shop.exported" in row for row in found["team-activity.csv"]].count(True) == 1
    manager = cast.member_of(shop, Role.MANAGER, "Marta")
    for clerk in (manager, stranger):
        assert [clerk.get(each).status_code for each in (path, f"{path}/file")] == [404, 404]


def test_what_is_moved_between_two_pages_stands_in_the_file_once(
    owner: cast.Clerk, shop: Shop, bread: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "ROWS_AT_ONCE", 2)
    others = [consumers.new_product(shop, f"Broa {number}") for number in range(5)]
    put_away = consumers.new_product(shop, "Pudim")
    about: dict[str, Any] = {"shop_id": shop.pk, "actor": owner.person}
    move_product(**about, product_id=others[4].public_id, to="top")
    step_up(owner, "/settings/export")
    job = ShopJob.objects.get()
    names = [row[0] for row in SHEETS[0].page(shop_by_key(shop.pk), None, 100)[0]]
    with owns_block():
        assert exports.do_export(job=job) is False
    # One that is done goes to the end, one that is not goes to the top; another goes away.
    move_product(**about, product_id=bread.public_id, to="bottom")
    move_product(**about, product_id=others[3].public_id, to="top")
    Product.objects.filter(pk=put_away.pk).update(archived_at=business_now(), is_visible=False)
    handlers.work_on_job(job_id=job.public_id)
    found = tables(owner.get(f"/jobs/{job.public_id}/file"))
    assert [row[0] for row in found["products.csv"][1:]] == names[:-1]
    assert [row[0] for row in found["products-archived.csv"][1:]] == names[-1:]


def test_an_export_is_forgotten_after_a_week(owner: cast.Clerk, shop: Shop) -> None:
    step_up(owner, "/settings/export")
    job = ShopJob.objects.get()
    handlers.work_on_job(job_id=job.public_id)
    assert exports.forget_old_exports() == 0
    job.refresh_from_db()
    assert job.ended_at is not None
    ShopJob.objects.update(ended_at=job.ended_at - exports.KEPT_FOR, created_at=job.created_at)
    assert [exports.forget_old_exports(), exports.forget_old_exports()] == [1, 0]
    assert JobPart.objects.count() == 0
    assert owner.get(f"/jobs/{job.public_id}/file").status_code == 404


def test_a_shop_with_an_open_order_does_not_close_and_says_why(
    owner: cast.Clerk, ana: consumers.Caller, shop: Shop, bread: Product
) -> None:
    order(ana, shop, bread)
    shown = owner.get("/settings/close").context["obstacles"]
    assert [(each["code"], each["count"]) for each in shown] == [("orders", 1)]
    assert step_up(owner, "/settings/close", verb="close").status_code == 422
    shop.refresh_from_db()
    assert (shop.closed_at, shop.is_open) == (None, True)


def test_a_closed_shop_sells_nothing_is_read_and_opens_again(
    owner: cast.Clerk, cashier: cast.Clerk, ana: consumers.Caller, shop: Shop, bread: Product
) -> None:
    link = make_link(shop_id=shop.pk, actor=owner.person, wish=LinkWish("Cesta"))
    owner.post("/news/new", verb="send", text="Amanhã", client_id="f", starts_at="")
    assert cashier.post("/settings/close", code="1").status_code == 403
    assert owner.post("/settings/close", code="000000", verb="close").status_code == 422
    assert step_up(owner, "/settings/close", verb="close").status_code == 303
    assert Broadcast.objects.get().state == "cancelled"
    over = Client().get(f"/l/{link.code}")
    assert (over.status_code, "This shop has closed" in over.content.decode()) == (410, True)
    assert Client().get(f"/p/{bread.public_id}").status_code == 404
    assert ana.get(f"/v1/shops/{shop.public_id}/products").json()["data"] == []
    lines = {"shop": shop.public_id, "lines": [{"product": bread.public_id, "quantity": 1}]}
    assert ana.post("/v1/orders", lines, key="k-1").status_code == 409
    assert ana.post(f"/v1/links/{link.code}/quote", {}, key="k-2").status_code in {404, 409, 422}
    for path in ("/catalogue/new", "/links/new", "/news/new"):
        assert owner.post(path, name="x")["Location"] == "/portal/settings"
    assert owner.post("/settings", name=shop.name, is_open="on").status_code == 422
    for path in ("/orders", "/payments", "/catalogue", "/customers", "/settings/export"):
        assert "This shop is closed" in owner.body(path)
    assert (Order.objects.count(), PaymentLink.objects.count()) == (0, 1)
    assert step_up(owner, "/settings/close", verb="reopen").status_code == 303
    assert Client().get(f"/l/{link.code}").status_code == 200
    shop.refresh_from_db()
    assert (shop.closed_at, shop.is_open) == (None, False)
    acts = AuditEntry.objects.filter(action__in=("shop.closed", "shop.reopened"))
    assert list(acts.order_by("id").values_list("action", flat=True)) == [
        "shop.closed",
        "shop.reopened",
    ]


def test_what_was_opened_of_a_link_is_not_paid_to_a_closed_shop(
    owner: cast.Clerk, ana: consumers.Caller, shop: Shop
) -> None:
    link = make_link(
        shop_id=shop.pk, actor=owner.person, wish=LinkWish("Cesta", Money(4_990, "BRL"))
    )
    use = open_use(code=link.code, payer=ana.person, amount=None)
    assert step_up(owner, "/settings/close", verb="close").status_code == 303
    assert Demand.objects.get(reference=use.public_id).closed_at is not None
    step_up(owner, "/settings/close", verb="reopen")
    again = open_use(code=link.code, payer=ana.person, amount=None)
    assert Demand.objects.get(reference=again.public_id).closed_at is None


def test_news_that_is_going_out_ends_with_the_shop(
    owner: cast.Clerk,
    ana: consumers.Caller,
    carla: consumers.Caller,
    shop: Shop,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for caller in (ana, carla):
        party_id = caller.person.party_id or 0
        wish_for_news(shop_id=shop.pk, party_id=party_id, is_wanted=True)
    owner.post("/news/new", verb="send", text="Hoje", client_id="f", starts_at="")
    monkeypatch.setattr("merchants.services.broadcasts.AT_ONCE", 1)
    assert send_broadcasts() == 1
    assert Broadcast.objects.get().state == "sending"
    assert step_up(owner, "/settings/close", verb="close").status_code == 303
    assert send_broadcasts() == 0
    states = Recipient.objects.order_by("id").values_list("state", flat=True)
    assert (Broadcast.objects.get().state, list(states)) == ("cancelled", ["sent", "cancelled"])


def test_who_closes_it_beside_another_owner_does_not_open_it_again(
    owner: cast.Clerk, shop: Shop
) -> None:
    for verb, is_closed in (("close", True), ("close", True), ("reopen", False)):
        assert step_up(owner, "/settings/close", verb=verb).status_code == 303
        shop.refresh_from_db()
        assert bool(shop.closed_at) is is_closed
    assert step_up(owner, "/settings/close").status_code == 404


def test_an_order_that_was_read_as_open_is_refused_by_the_locked_row(
    ana: consumers.Caller, shop: Shop, bread: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale = Shop.objects.get(pk=shop.pk)
    monkeypatch.setattr("merchants.services.orders._selling_shop", lambda *_: stale)
    Shop.objects.update(is_open=False, closed_at=stale.created_at)
    lines = {"shop": shop.public_id, "lines": [{"product": bread.public_id, "quantity": 1}]}
    assert ana.post("/v1/orders", lines, key="k-1").status_code == 409
    bread.refresh_from_db()
    assert (Order.objects.count(), bread.reserved) == (0, 0)


def logo(clerk: cast.Clerk, body: bytes, name: str = "logo.png") -> Any:
    file = SimpleUploadedFile(name, body, content_type="image/png")
    return clerk.client.post("/portal/pictures/shop/logo", {"file": file})


def test_a_logo_is_written_anew_shown_and_taken_down(
    owner: cast.Clerk, cashier: cast.Clerk, shop: Shop
) -> None:
    link = make_link(shop_id=shop.pk, actor=owner.person, wish=LinkWish("Cesta"))
    assert logo(cashier, picture("PNG", (64, 64))).status_code == 403
    assert logo(owner, b"%PDF-1.4 no picture").status_code == 303
    assert MediaFile.objects.count() == 0
    logo(owner, picture("PNG", (64, 64)))
    shop.refresh_from_db()
    first = shop.logo_ref
    assert Client().get(f"/i/{first}").status_code == 200
    assert f"/i/{first}/small" in Client().get(f"/l/{link.code}").content.decode()
    logo(owner, picture("PNG", (32, 32)))
    assert Client().get(f"/i/{first}").status_code == 404
    shop.refresh_from_db()
    for kind in ("png", "svg", "pdf"):
        poster = owner.client.get(f"/portal/links/{link.public_id}/poster/a5.{kind}")
        assert poster.status_code == 200
        if kind == "svg":
            assert b"<image" in poster.content
    for _ in range(2):
        owner.client.post("/portal/pictures/shop/logo", {"verb": "remove"})
    assert Client().get(f"/i/{shop.logo_ref}").status_code == 404
    assert AuditEntry.objects.filter(action="shop.logo_changed").count() == 3


@pytest.mark.parametrize("colour", ["#ffffff", "#000000", "#ffff00", "green", "#12345", "#0A7D5G"])
def test_a_colour_that_is_not_seen_everywhere_is_refused(
    owner: cast.Clerk, shop: Shop, colour: str
) -> None:
    form = {"name": shop.name, "about": shop.about, "address": "Rua A, 1", "brand_colour": colour}
    assert owner.post("/settings", **form).status_code == 422
    shop.refresh_from_db()
    assert (shop.brand_colour, shop.address) == ("", "")


def test_address_colour_and_hours_are_shown_to_buyers(owner: cast.Clerk, shop: Shop) -> None:
    link = make_link(shop_id=shop.pk, actor=owner.person, wish=LinkWish("Cesta"))
    form = {"name": shop.name, "about": shop.about, "is_open": "on", "language": "pt-br"}
    form |= {"address": "Rua Augusta, 100", "brand_colour": "#0A7D5C"}
    assert owner.post("/settings", **form).status_code == 303
    hours = {"verb": "words", "away_mode": "off", "opens_0": "06:00", "closes_0": "18:30"}
    owner.post("/desk", **hours)
    page = Client().get(f"/l/{link.code}", headers={"Accept-Language": "pt-br"}).content.decode()
    for each in ("Rua Augusta, 100", 'fill="#0a7d5c"', "segunda-feira", "06:00-18:30"):
        assert each in page
    shop.refresh_from_db()
    assert (shop.brand_colour, shop.language) == ("#0a7d5c", "pt-br")
    assert '<input type="color" value="#0a7d5c" data-fills="id_brand_colour"' in owner.body(
        "/settings"
    )
    assert owner.post("/settings", **{**form, "language": "xx"}).status_code == 422


def test_ink_is_readable_on_every_colour_that_is_allowed() -> None:
    greys = [f"#{n:02x}{n:02x}{n:02x}" for n in range(256)]
    assert all(contrast(each, ink_on(each)) >= 4.5 for each in greys)
    seen = [each for each in greys if is_seen_everywhere(each)]
    assert (seen[0], seen[-1]) == ("#676767", "#949494")


def test_a_closed_shop_says_nothing_new_and_its_team_is_told_why(
    owner: cast.Clerk, ana: consumers.Caller, shop: Shop, bread: Product
) -> None:
    talk = write(ana, shop, "Tem pão?")
    assert step_up(owner, "/settings/close", verb="close").status_code == 303
    here = f"/conversations/{talk}"
    said = owner.post(f"{here}/text", text="Já fechamos", client_id="w1")
    assert (said.status_code, "This shop has closed." in said.content.decode()) == (422, True)
    owner.post(f"{here}/product", product=bread.public_id, client_id="w2")
    owner.post(f"{here}/place", latitude="-23.5", longitude="-46.6", client_id="w3")
    owner.post(f"/files/{talk}", file=SimpleUploadedFile("a.png", picture("PNG", (9, 9))))
    assert list(Message.objects.values_list("content__text", flat=True)) == ["Tem pão?"]
    assert not MediaFile.objects.exists()
    page = owner.body(here)
    assert "The shop is closed: nothing can be written or sold here." in page
    assert re.search(r'<fieldset[^>]*id="composer-line"[^>]*disabled', page)
    asked = {"client_id": "m9", "type": "text", "text": "Alô?"}
    assert ana.post(f"/v1/conversations/{talk}/messages", asked).status_code == 201
    assert "Alô?" in owner.body(here)
    assert owner.post(f"{here}/mark", verb="note", text="Ligar para ela").status_code == 303
    step_up(owner, "/settings/close", verb="reopen")
    assert owner.post(f"{here}/text", text="Abrimos!", client_id="w4").status_code == 303
    assert "The shop is closed" not in owner.body(here)


def test_the_seller_moves_no_order_of_a_closed_shop(
    owner: cast.Clerk, ana: consumers.Caller, shop: Shop, bread: Product
) -> None:
    """At the service, whatever state an order is in: closing leaves none open."""
    consumers.set_up(shop, auto_accept=False)
    placed = order(ana, shop, bread)
    Shop.objects.filter(pk=shop.pk).update(is_open=False, closed_at=business_now())
    about: dict[str, Any] = {"shop_id": shop.pk, "order_id": placed.public_id, "actor": None}
    for step in (fulfilment.accept_order, partial(fulfilment.decline_order, reason="x")):
        with pytest.raises(StateConflict) as refused:
            step(**about)
        assert str(refused.value.detail) == "This shop has closed."
    moved = owner.post(f"/orders/{placed.public_id}/move", verb="accept")
    assert moved.status_code == 303
    placed.refresh_from_db()
    assert placed.state == "placed"
    cancelled = ana.post(f"/v1/orders/{placed.public_id}/cancel", {}, key="c-1")
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")

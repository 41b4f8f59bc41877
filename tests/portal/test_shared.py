"""What a shop shares: links and products, their public pages, and their posters."""

from typing import Any

import pytest
from django.test import Client

from merchants.models import PaymentLink, Product, Shop
from merchants.services.archive import archive_product
from tests.portal import cast

pytestmark = pytest.mark.django_db


def made(clerk: cast.Clerk, **fields: str) -> PaymentLink:
    answer = clerk.post("/links/new", **{"title": "Cesta", "amount": "49,90", **fields})
    assert answer.status_code == 303, answer.context["form"].errors
    return PaymentLink.objects.order_by("-id")[0]


def test_a_link_is_made_shown_and_switched_off(
    owner: cast.Clerk, stranger: cast.Clerk, shop: Shop
) -> None:
    link = made(owner, most_uses="3", last_day="2999-12-31")
    assert (link.amount_minor, link.most_uses, link.expires_at is None) == (4990, 3, False)
    page = owner.body(f"/links/{link.public_id}")
    assert f"/l/{link.code}" in page
    assert [row["state"] for row in owner.rows("/links", show="open")] == ["open"]
    for path in (f"/links/{link.public_id}", f"/links/{link.public_id}/poster/a4.png"):
        assert stranger.get(path).status_code == 404
    assert stranger.post(f"/links/{link.public_id}/disable").status_code == 404
    owner.post(f"/links/{link.public_id}/disable", verb="disable")
    assert [row["state"] for row in owner.rows("/links", show="over")] == ["disabled"]
    assert Client().get(f"/l/{link.code}").status_code == 410


@pytest.mark.parametrize(
    "fields",
    [
        {"title": ""},
        {"title": "x" * 81},
        {"amount": "x"},
        {"amount": "0"},
        {"most_uses": "0"},
        {"last_day": "2001-01-01"},
        {"last_day": "9999-12-31"},
    ],
)
def test_a_link_that_cannot_be_is_not_made(owner: cast.Clerk, fields: dict[str, str]) -> None:
    answer = owner.post("/links/new", **{"title": "Cesta", "amount": "1,00", **fields})
    assert answer.status_code == 422
    assert answer.context["form"].errors
    assert not PaymentLink.objects.exists()


@pytest.mark.parametrize(
    ("file", "kind", "begins"),
    [
        ("a4.pdf", "application/pdf", b"%PDF-"),
        ("80mm.png", "image/png", b"\x89PNG"),
        ("a6.svg", "image/svg+xml", b"<svg"),
    ],
)
def test_posters_are_handed_out(
    owner: cast.Clerk, bread: Product, file: str, kind: str, begins: bytes
) -> None:
    link = made(owner)
    for path in (f"/links/{link.public_id}", f"/catalogue/{bread.public_id}"):
        answer: Any = owner.get(f"{path}/poster/{file}")
        assert (answer.status_code, answer["Content-Type"]) == (200, kind)
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer.content.startswith(begins)
        assert owner.get(f"{path}/poster/a3.png").status_code == 404
        assert owner.get(f"{path}/poster/a4.exe").status_code == 404


def test_a_shared_product_is_for_everybody_while_it_is_shown(
    owner: cast.Clerk, shop: Shop, bread: Product
) -> None:
    page = Client().get(f"/p/{bread.public_id}")
    assert page.status_code == 200
    for words in ("Padaria do Zé", "Pão francês", "R$1.50"):
        assert words in page.content.decode()
    assert f"/p/{bread.public_id}" in owner.body(f"/catalogue/{bread.public_id}")
    archive_product(shop_id=shop.pk, product_id=bread.public_id, actor=owner.person)
    for gone in (bread.public_id, "prd_unknown", "%00"):
        assert Client().get(f"/p/{gone}").status_code == 404


def test_a_product_is_archived_with_an_undo_and_gets_variants(
    owner: cast.Clerk, cashier: cast.Clerk, bread: Product
) -> None:
    path = f"/catalogue/{bread.public_id}"
    assert cashier.post(f"{path}/archive", verb="archive").status_code == 403
    answer = owner.post(f"{path}/archive", verb="archive")
    assert answer["Location"] == "/portal/catalogue"
    assert "Undo<" in owner.body("/catalogue")
    assert owner.rows("/catalogue") == []
    owner.post(f"{path}/archive", verb="unarchive")
    like = owner.get("/catalogue/new", like=bread.public_id).context["form"]
    assert like.initial["handle"] == bread.handle
    form = {"name": "Pão francês", "price": "3,00", "handle": bread.handle}
    assert owner.post("/catalogue/new", **form).status_code == 422
    assert owner.post("/catalogue/new", **form, options="Tamanho: grande").status_code == 303
    assert owner.post("/catalogue/new", **form, options="nonsense").status_code == 422
    shown = owner.get(path).context["variants"]
    assert [row["options"] for row in shown] == ["grande"]


def test_a_file_is_uploaded_by_owners_only(owner: cast.Clerk, cashier: cast.Clerk) -> None:
    template = b"".join(owner.get("/catalogue/import/template").streaming_content)
    assert template.decode("utf-8-sig").startswith("Handle,Title")
    assert cashier.get("/catalogue/import").status_code == 403
    assert owner.post("/catalogue/import").status_code == 422
    assert owner.get("/catalogue/import").status_code == 200
    assert owner.get("/catalogue/import/job_unknown").status_code == 404
    assert owner.get("/jobs/job_unknown").status_code == 404

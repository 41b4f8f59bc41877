"""Pictures of products: several, in an order, told to everybody, gone when they are removed."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from core.money import Money
from merchants.models import Product, ProductPicture, Shop
from merchants.portal.pictures import moved
from merchants.queries.catalogue import ProductFilter, product_of_shop, products_listed
from merchants.services.archive import archive_product
from merchants.services.products import (
    ProductFacts,
    hide_product,
    show_product,
    update_product,
)
from messaging.models import MediaFile, Message
from people.models import AuditEntry
from tests.merchants import cast as consumers
from tests.messaging import samples
from tests.portal import cast
from tests.portal.test_talk import write

pytestmark = pytest.mark.django_db


def sent(clerk: cast.Clerk, product: Product, *contents: bytes) -> Any:
    files = [SimpleUploadedFile(f"{n}.jpg", content) for n, content in enumerate(contents)]
    return clerk.post(f"/pictures/{product.public_id}", verb="add", file=files)


def shown(shop: Shop, product: Product) -> list[tuple[str, str]]:
    found = product_of_shop(shop.pk, product.public_id)
    assert found is not None
    return [(each.public_id, each.alt) for each in found.pictures]


def pressed(clerk: cast.Clerk, product: Product, verb: str, *order: str, **alts: str) -> Any:
    fields = {"verb": verb, "order": list(order), **{f"alt_{k}": v for k, v in alts.items()}}
    return clerk.post(f"/pictures/{product.public_id}", **fields)


def test_pictures_are_added_ordered_described_and_removed(
    owner: cast.Clerk, shop: Shop, bread: Product
) -> None:
    pictures = [samples.located(), samples.picture("PNG"), samples.picture("WEBP")]
    answer = sent(owner, bread, *pictures)
    there = f"/portal/catalogue/{bread.public_id}#pictures"
    assert (answer.status_code, answer["Location"]) == (303, there)
    a, b, c = (each for each, _alt in shown(shop, bread))
    pressed(owner, bread, f"up:{c}", a, b, c, **{c: "Cut loaf"})
    assert shown(shop, bread) == [(a, ""), (c, "Cut loaf"), (b, "")]
    pressed(owner, bread, f"down:{a}", a, c, b, **{c: "Cut loaf"})
    assert shown(shop, bread) == [(c, "Cut loaf"), (a, ""), (b, "")]
    # A drag sends the order alone; what another clerk added meanwhile comes after.
    sent(owner, bread, samples.picture("PNG", (8, 8)))
    pressed(owner, bread, "save", b, a, c, **{c: "Cut <b>loaf</b>"})
    assert [each for each, _alt in shown(shop, bread)][:3] == [b, a, c]
    page = owner.body(f"/catalogue/{bread.public_id}")
    assert page.count('name="order"') == 4
    assert "Cut &lt;b&gt;loaf&lt;/b&gt;" in page
    pressed(owner, bread, f"remove:{a}", b, a, c)
    assert a not in dict(shown(shop, bread))
    assert Client().get(f"/i/{a}").status_code == 404
    assert MediaFile.objects.filter(expires_at__isnull=False).count() == 1
    told = AuditEntry.objects.filter(object_ref=bread.public_id).values_list("action", flat=True)
    assert {"product.picture_added", "product.pictures_arranged"} < set(told)


def test_everybody_sees_them_without_what_was_hidden_in_the_file(
    owner: cast.Clerk, shop: Shop, bread: Product, ana: consumers.Caller
) -> None:
    sent(owner, bread, samples.located())
    (picture,) = ana.get(f"/v1/shops/{shop.public_id}/products").json()["data"][0]["pictures"]
    assert (picture["width"], picture["height"], picture["alt"]) == (40, 60, "")
    for url, mime in ((picture["url"], "image/jpeg"), (picture["small_url"], "image/jpeg")):
        path = url[url.index("/i/") :]
        answer: Any = Client().get(path)
        body = b"".join(answer.streaming_content)
        assert (answer.status_code, answer["Content-Type"]) == (200, mime)
        assert b"Camera of Ana" not in body
        assert answer["Cache-Control"] == "public, max-age=300"
        again = Client().get(path, headers={"If-None-Match": answer["ETag"]})
        assert again.status_code == 304
    assert f"/i/{picture['id']}" in Client().get(f"/p/{bread.public_id}").content.decode()
    talk = write(ana, shop, "Tem pão?")
    owner.post(f"/conversations/{talk}/product", product=bread.public_id, client_id="w-1")
    content = Message.objects.get(kind="product").content
    assert content["picture"] == {"id": picture["id"], "url": picture["url"], "alt": ""}
    assert f"/i/{picture['id']}/small" in owner.body(f"/conversations/{talk}")
    assert owner.rows("/catalogue")[0]["picture"] == picture["id"]


def test_what_is_hidden_or_removed_is_gone_once_caches_ask_again(
    owner: cast.Clerk, stranger: cast.Clerk, shop: Shop, bread: Product
) -> None:
    sent(owner, bread, samples.located())
    ((picture, _alt),) = shown(shop, bread)

    def seen(client: Client, path: str, tag: str = "") -> tuple[int, str]:
        answer = client.get(path, headers={"If-None-Match": tag} if tag else {})
        return answer.status_code, answer["Cache-Control"]

    tag = ""
    for path in (f"/i/{picture}", f"/i/{picture}/small"):
        tag = Client().get(path)["ETag"]
        assert seen(Client(), path, tag) == (304, "public, max-age=300")
        Product.objects.update(is_visible=False)
        assert seen(Client(), path, tag) == (404, "private, no-store")
        assert seen(stranger.client, path, tag) == (404, "private, no-store")
        assert seen(owner.client, path) == (200, "private, no-store")
        Product.objects.update(is_visible=True)
        assert seen(Client(), path, tag) == (304, "public, max-age=300")
    # A variant that is on show shows it, whatever the others are.
    whole = consumers.new_product(
        shop, "Pão francês", handle=bread.handle, options=[("Tamanho", "G")]
    )
    hide_product(shop_id=shop.pk, actor=owner.person, product_id=bread.public_id)
    assert seen(Client(), f"/i/{picture}")[0] == 200
    archive_product(shop_id=shop.pk, actor=owner.person, product_id=whole.public_id)
    assert seen(Client(), f"/i/{picture}")[0] == 404
    show_product(shop_id=shop.pk, actor=owner.person, product_id=bread.public_id)
    pressed(owner, bread, f"remove:{picture}", picture)
    assert seen(Client(), f"/i/{picture}", tag) == (404, "private, no-store")


@pytest.mark.parametrize(
    "content",
    [samples.pdf(), b"", b"<svg/>", samples.located()[:200], samples.png_bomb(6000, 6000)],
    ids=["pdf", "empty", "svg", "cut", "bomb"],
)
def test_what_is_no_picture_is_refused_and_nothing_is_kept(
    owner: cast.Clerk, bread: Product, content: bytes
) -> None:
    assert sent(owner, bread, content).status_code == 303
    assert 'class="toast bad' in owner.body(f"/catalogue/{bread.public_id}")
    assert (ProductPicture.objects.count(), MediaFile.objects.count()) == (0, 0)


def test_ten_are_the_most_and_variants_share_them(
    owner: cast.Clerk, shop: Shop, bread: Product
) -> None:
    small = samples.picture("PNG", (4, 4))
    sent(owner, bread, *([small] * 10))
    assert sent(owner, bread, small).status_code == 303
    assert ProductPicture.objects.count() == 10
    whole = consumers.new_product(
        shop, "Pão francês", handle=bread.handle, options=[("Tamanho", "G")]
    )
    assert shown(shop, whole) == shown(shop, bread)
    listed = products_listed(shop.pk, ProductFilter(), None, 10)[0]
    assert [len(each.pictures) for each in listed] == [10, 10]


def test_pictures_follow_a_handle_that_changes(
    owner: cast.Clerk, shop: Shop, bread: Product
) -> None:
    sent(owner, bread, samples.picture("PNG", (4, 4)))
    before = shown(shop, bread)
    facts = ProductFacts("Pão", Money(150, "BRL"), handle="pao-novo")
    update_product(shop_id=shop.pk, product_id=bread.public_id, actor=None, facts=facts)
    assert shown(shop, bread) == before


def test_strangers_and_cashiers_change_nothing(
    owner: cast.Clerk, cashier: cast.Clerk, stranger: cast.Clerk, shop: Shop, bread: Product
) -> None:
    sent(owner, bread, samples.picture("PNG", (4, 4)))
    ((picture, _alt),) = shown(shop, bread)
    other = consumers.new_product(shop, "Bolo")
    for clerk, http_status in ((stranger, 404), (cashier, 403)):
        assert pressed(clerk, bread, f"remove:{picture}", picture).status_code == http_status
        assert sent(clerk, bread, samples.picture()).status_code == http_status
    assert pressed(owner, other, "save", picture).status_code == 404
    assert pressed(owner, bread, "remove:pic_unknown", picture).status_code == 404
    assert pressed(owner, bread, "save", picture, picture).status_code == 303
    assert pressed(owner, bread, "save", picture, **{picture: "x" * 301}).status_code == 303
    assert shown(shop, bread) == [(picture, "")]


@pytest.mark.parametrize("path", ["/i/pic_unknown", "/i/pic_unknown/small", "/i/pic%00"])
def test_pictures_that_are_not_there_are_not_found(db: None, path: str) -> None:
    assert Client().get(path).status_code == 404


def test_one_place_at_a_time() -> None:
    assert moved(["a", "b", "c"], "up", "a") == ["a", "b", "c"]
    assert moved(["a", "b", "c"], "down", "a") == ["b", "a", "c"]
    assert moved(["a", "b", "c"], "down", "c") == ["a", "b", "c"]
    assert moved(["a"], "up", "x") == ["a"]

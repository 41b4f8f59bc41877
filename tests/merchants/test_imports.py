"""Catalogues from files: looked at first, taken over on a yes, and what is exported comes back."""

import random
from typing import Any

import pytest

from core.errors import InputInvalid, StateConflict
from core.events import Later
from core.money import Money
from merchants import handlers
from merchants.codes.catalogue_sheet import HEAD, SheetRefused, read_head, read_rows
from merchants.codes.sheets import sheet
from merchants.enums import JobKind, JobState
from merchants.models import Product, Shop, ShopJob
from merchants.queries.catalogue import ProductFilter, products_listed
from merchants.queries.jobs import job_of_shop, troubles_of
from merchants.queries.product_sheet import sheet_lines
from merchants.services import jobs
from merchants.services.archive import archive_product, unarchive_product
from merchants.services.imports import ask_import, do_import
from merchants.services.jobs import go_on, stop_job
from merchants.services.orders import place_order
from merchants.services.products import ProductFacts, create_product, update_product
from merchants.services.stock import LineWish
from tests.merchants import cast

pytestmark = pytest.mark.django_db

CAKES = """Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Inventory Qty
bolo,Bolo,Tamanho,pequeno,B-P,"25,00",3
bolo,,Tamanho,grande,B-G,45.00,
pao,Pão,,,P-1,1.50,10
"""


def asked(shop: Shop, ze: cast.Caller, text: str, encoding: str = "utf-8") -> ShopJob:
    return ask_import(
        shop_id=shop.pk, actor=ze.person, filename="c.csv", body=text.encode(encoding)
    )


def worked(job: ShopJob) -> tuple[str, dict[str, int]]:
    handlers.work_on_job(job_id=job.public_id)
    job.refresh_from_db()
    return job.state, job.tally


def counted(new: int = 0, changed: int = 0, unchanged: int = 0, wrong: int = 0) -> dict[str, int]:
    return {"new": new, "changed": changed, "unchanged": unchanged, "wrong": wrong}


def exported(shop: Shop) -> str:
    """Return the file of the whole catalogue, as the portal hands it out."""
    found: list[Any] = []
    cursor: str | None = None
    while True:
        page, cursor = products_listed(shop.pk, ProductFilter(), cursor, 100)
        found += page
        if cursor is None:
            seen: set[str] = set()
            return "".join(sheet(HEAD, [row for each in found for row in sheet_lines(each, seen)]))


def test_a_file_is_looked_at_before_anything_changes(shop: Shop, ze: cast.Caller) -> None:
    job = asked(shop, ze, CAKES, "utf-8-sig")
    assert worked(job) == (JobState.ASKS, counted(new=3))
    assert not Product.objects.exists()
    go_on(shop_id=shop.pk, job_id=job.public_id)
    assert worked(job) == (JobState.DONE, counted(new=3))
    rows = Product.objects.order_by("position").values_list(
        "name", "title", "handle", "sku", "price_minor", "stock"
    )
    assert list(rows) == [
        ("Bolo · pequeno", "Bolo", "bolo", "B-P", 2500, 3),
        ("Bolo · grande", "Bolo", "bolo", "B-G", 4500, None),
        ("Pão", "Pão", "pao", "P-1", 150, 10),
    ]
    again = asked(shop, ze, CAKES)
    assert worked(again) == (JobState.DONE, counted(unchanged=3))
    dearer = asked(shop, ze, CAKES.replace("1.50", "1.80"))
    assert worked(dearer) == (JobState.ASKS, counted(changed=1, unchanged=2))


def test_rows_that_cannot_be_are_told_and_the_others_taken(
    shop: Shop, ze: cast.Caller, ana: cast.Caller
) -> None:
    bread = cast.new_product(shop, "Pão", 150, 10, sku="P-1")
    place_order(buyer=ana.person, shop_id=shop.public_id, lines=[LineWish(bread.public_id, 4)])
    text = (
        "Title;Variant SKU;Variant Price;Variant Inventory Qty;Published;Tags\n"
        "Sonho;S-1;9,00;3;TRUE;Doces, Novos\n"
        "Broa;S-1;5,00;3;TRUE;\n"
        "Cuca;;grátis;3;TRUE;\n"
        ";X-1;1,00;3;TRUE;\n"
        "Pão;P-1;1,50;3;TRUE;\n"
        "Anel;A-1;1.234,56;x;maybe;\n"
        f"{'x' * 121};L-1;1,00;;TRUE;\n"
    )
    job = asked(shop, ze, text)
    assert worked(job) == (JobState.ASKS, counted(new=1, wrong=6))
    words = [(each.line, each.words) for each in troubles_of(shop.pk, job.public_id)]
    assert [line for line, _words in words] == [3, 4, 5, 6, 7, 8]
    assert "earlier row" in words[0][1]
    assert "Variant Price" in words[1][1]
    assert "promised" in words[3][1]
    assert "Published" in words[4][1]
    go_on(shop_id=shop.pk, job_id=job.public_id)
    assert worked(job)[0] == JobState.DONE
    sonho = Product.objects.get(sku="S-1")
    assert (sonho.title, sonho.collections) == ("Sonho", ["Doces", "Novos"])
    bread.refresh_from_db()
    assert bread.stock == 10


def test_columns_that_are_missing_leave_things_as_they_are(shop: Shop, ze: cast.Caller) -> None:
    terms = {"unit": "each", "preparation_minutes": 20, "tax_note": "ISS incluso"}
    told = {"description": "Quente", "emoji": "🥖", **terms}
    bread = cast.new_product(shop, "Pão", 150, 10, sku="P-1", **told)
    job = asked(shop, ze, "Title,Variant SKU,Variant Price\nPão,P-1,2.00\n")
    worked(job)
    go_on(shop_id=shop.pk, job_id=job.public_id)
    worked(job)
    bread.refresh_from_db()
    assert (bread.price_minor, bread.stock, bread.description, bread.emoji) == (
        200,
        10,
        "Quente",
        "🥖",
    )
    assert {name: getattr(bread, name) for name in terms} == terms


def test_terms_are_read_and_what_is_none_is_told(shop: Shop, ze: cast.Caller) -> None:
    text = (
        "Title;Variant SKU;Variant Price;Unit;Preparation Minutes;Tax Note\n"
        "Queijo;Q-1;1.234,56;KG;90;ISS incluso\n"
        "Broa;B-1;5,00;;;\n"
        "Cuca;C-1;5,00;stone;;\n"
        "Anel;A-1;5,00;kg;10081;\n"
        "Sonho;S-1;5,00;kg;soon;\n"
        f"Bolo;L-1;5,00;kg;;{'x' * 201}\n"
    )
    job = asked(shop, ze, text, "utf-8-sig")
    assert worked(job) == (JobState.ASKS, counted(new=2, wrong=4))
    words = {each.line: each.words for each in troubles_of(shop.pk, job.public_id)}
    assert words == {
        4: "unit: There is no such unit.",
        5: "preparation_minutes: It takes 0 to 10,080 minutes, which are 7 days,"
        " or nothing is said.",
        6: "Preparation Minutes cannot be read.",
        7: "tax_note: This has 0 to 200 characters.",
    }
    go_on(shop_id=shop.pk, job_id=job.public_id)
    worked(job)
    found = Product.objects.order_by("position").values_list(
        "price_minor", "unit", "preparation_minutes", "tax_note"
    )
    assert list(found) == [(123_456, "kg", 90, "ISS incluso"), (500, "", None, "")]
    again = asked(shop, ze, text.replace(";kg;", ";;").replace(";KG;90;ISS incluso", ";;;"))
    assert worked(again)[1] == counted(changed=1, unchanged=1, wrong=4)


def test_things_that_are_called_the_same_stay_apart_by_number(shop: Shop, ze: cast.Caller) -> None:
    bread = cast.new_product(shop, "Pão", 150, 10, sku="P-1", handle="da-manha")
    text = "Title,Variant SKU,Variant Price\nPão,P-1,2.00\nPão,P-2,3.00\nPão,P-3,4.00\n"
    for verdict in (counted(new=2, changed=1), counted(unchanged=3)):
        job = asked(shop, ze, text)
        state, tally = worked(job)
        assert tally == verdict
        if state == JobState.ASKS:
            go_on(shop_id=shop.pk, job_id=job.public_id)
            assert worked(job) == (JobState.DONE, verdict)
    bread.refresh_from_db()
    assert (bread.handle, bread.price_minor) == ("da-manha", 200)
    assert len(set(Product.objects.values_list("handle", flat=True))) == 3


TEXTS = ("=1+1", "'quoted", "a, b; c", 'say "hi"', "two\nlines", "-5", "@x", "Pão\u2028ção", "০১২")


def test_what_is_exported_comes_back_unchanged(shop: Shop, ze: cast.Caller) -> None:
    dice = random.Random(7)
    for number in range(40):
        options = [("Size", f"{number}"), ("Filling", dice.choice(TEXTS).strip())]
        facts = ProductFacts(
            name=f"{dice.choice(TEXTS)} {number % 9}",
            price=Money(dice.randint(1, 10**9), "BRL"),
            description=dice.choice(TEXTS),
            emoji=dice.choice(("", "🥖", "=")),
            is_visible=dice.random() < 0.5,
            low_stock_threshold=dice.choice((None, 0, 7)),
            options=options[: dice.randint(0, 2)],
            sku=dice.choice(("", f"=SKU-{number}")),
            collections=["Doces", "'s"][: dice.randint(0, 2)],
            unit=dice.choice(("", "kg", "100g")),
            preparation_minutes=dice.choice((None, 0, 10_080)),
            tax_note=dice.choice(TEXTS),
        )
        create_product(
            shop_id=shop.pk, actor=None, facts=facts, stock=dice.choice((None, 0, 1_000_000))
        )
    before = list(Product.objects.order_by("id").values())
    job = asked(shop, ze, exported(shop))
    assert worked(job) == (JobState.DONE, counted(unchanged=40))
    assert list(Product.objects.order_by("id").values()) == before
    Product.objects.update(archived_at=before[0]["created_at"], is_visible=False)
    assert exported(shop).count("\n") == 1


def test_a_long_file_shows_progress_and_stops(
    shop: Shop, ze: cast.Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "".join(f"Item {n},I-{n},1.00\n" for n in range(1_200))
    job = asked(shop, ze, "Title,Variant SKU,Variant Price\n" + rows)
    steps = {JobKind.IMPORT: do_import}
    with pytest.raises(Later):
        jobs.work_on(job_id=job.public_id, steps=steps, seconds=0)
    facts = job_of_shop(shop.pk, job.public_id)
    assert facts is not None
    assert (facts.done_rows, facts.all_rows, facts.tally["new"]) == (500, 1_200, 500)
    stop_job(shop_id=shop.pk, job_id=job.public_id)
    assert worked(job)[0] == JobState.STOPPED
    assert not Product.objects.exists()
    with pytest.raises(StateConflict):
        go_on(shop_id=shop.pk, job_id=job.public_id)


@pytest.mark.long
def test_ten_thousand_rows_are_taken_within_a_minute(shop: Shop, ze: cast.Caller) -> None:
    rows = "".join(f"Item {n},I-{n},{n % 900 + 1}.00,{n}\n" for n in range(10_000))
    text = "Title,Variant SKU,Variant Price,Variant Inventory Qty\n" + rows
    job = asked(shop, ze, text)
    assert worked(job) == (JobState.ASKS, counted(new=10_000))
    go_on(shop_id=shop.pk, job_id=job.public_id)
    assert worked(job) == (JobState.DONE, counted(new=10_000))
    assert worked(asked(shop, ze, exported(shop)))[1] == counted(unchanged=10_000)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("\n", "empty"),
        ("a,b\n", "columns"),
        ("Title\nx\n", "columns"),
        ('Title,Variant Price\n"x,1\n', "broken"),
    ],
)
def test_files_that_are_none_are_refused(shop: Shop, ze: cast.Caller, text: str, code: str) -> None:
    with pytest.raises(SheetRefused, match=code):
        list(read_rows(text, "BRL"))
    with pytest.raises(InputInvalid):
        asked(shop, ze, text)
    assert not ShopJob.objects.exists()


@pytest.mark.parametrize("body", [b"\xff\xfeT\x00", b"Title,Variant Price\nx\0,1\n"])
def test_bytes_that_are_no_text_are_refused(shop: Shop, ze: cast.Caller, body: bytes) -> None:
    with pytest.raises(InputInvalid):
        ask_import(shop_id=shop.pk, actor=ze.person, filename="x", body=body)


def test_heads_are_found_by_name_and_sign() -> None:
    assert read_head("variant price;HANDLE;What\n") == (["Variant Price", "Handle", ""], ";")


def test_variants_share_a_handle_and_no_two_are_the_same(shop: Shop, ze: cast.Caller) -> None:
    small = cast.new_product(shop, "Bolo", options=[("Tamanho", "P")], handle="bolo", sku="B-P")
    cast.new_product(shop, "Bolo", options=[("Tamanho", "G")], handle="bolo")
    assert small.name == "Bolo · P"
    for facts in (
        {"options": [("Tamanho", "P")], "handle": "bolo"},
        {"sku": "B-P"},
        {"options": [("a", "b")] * 4},
        {"options": [("a", "")]},
        {"collections": ["x" * 41]},
        {"collections": ["a,b"]},
    ):
        with pytest.raises(InputInvalid):
            cast.new_product(shop, "Bolo", **facts)
    assert Product.objects.count() == 2
    handles = [cast.new_product(shop, "Pão").handle for _ in range(2)]
    assert handles == ["pão", "pão-2"]


def test_an_archived_product_is_out_of_the_way_until_it_is_back(
    shop: Shop, ze: cast.Caller
) -> None:
    bread = cast.new_product(shop, "Pão", sku="P-1")
    for _ in range(2):
        archive_product(shop_id=shop.pk, product_id=bread.public_id, actor=ze.person)
    assert products_listed(shop.pk, ProductFilter(), None, 10)[0] == []
    assert len(products_listed(shop.pk, ProductFilter(show="archived"), None, 10)[0]) == 1
    other = cast.new_product(shop, "Pão", sku="P-1")
    with pytest.raises(InputInvalid):
        unarchive_product(shop_id=shop.pk, product_id=bread.public_id, actor=ze.person)
    facts = ProductFacts("Pão", Money(150, "BRL"), handle="pao-novo")
    update_product(shop_id=shop.pk, product_id=other.public_id, actor=None, facts=facts)
    unarchive_product(shop_id=shop.pk, product_id=bread.public_id, actor=ze.person)
    bread.refresh_from_db()
    assert (bread.archived_at, bread.is_visible) == (None, False)

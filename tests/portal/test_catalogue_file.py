"""The catalogue's file as the portal hands it out: page after page, and read again unchanged."""

import csv
import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from merchants import handlers
from merchants.codes.catalogue_sheet import HEAD, PICTURE, TAX_NOTE, UNIT
from merchants.models import Product, Shop, ShopJob
from merchants.portal import lists
from tests.merchants.cast import new_product
from tests.messaging import samples
from tests.portal import cast

pytestmark = pytest.mark.django_db


def handed_out(clerk: cast.Clerk, path: str, **query: str) -> bytes:
    answer = clerk.get(path, **query)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def brought_in(clerk: cast.Clerk, body: bytes) -> dict[str, int]:
    """Hand a file in and return what would come of it."""
    answer = clerk.post("/catalogue/import", file=SimpleUploadedFile("c.csv", body))
    assert answer.status_code == 303, answer.context["form"].errors
    job = ShopJob.objects.order_by("-id")[0]
    handlers.work_on_job(job_id=job.public_id)
    job.refresh_from_db()
    return dict(job.tally)


def test_a_thing_that_straddles_pages_stands_in_the_file_once(
    owner: cast.Clerk, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    terms: dict[str, Any] = {"unit": "kg", "preparation_minutes": 90, "tax_note": "ISS incluso"}
    made = [
        new_product(shop, "Bolo", 2500, handle="bolo", options=[("Size", each)], **terms)
        for each in ("P", "M", "G")
    ]
    files = [samples.located(), samples.picture("PNG")]
    sent = [SimpleUploadedFile(f"{n}.jpg", content) for n, content in enumerate(files)]
    owner.post(f"/pictures/{made[0].public_id}", verb="add", file=sent)
    whole = handed_out(owner, "/catalogue", export="csv")
    monkeypatch.setattr(lists, "EXPORT_PAGE", 1)
    body = handed_out(owner, "/catalogue", export="csv")
    assert body == whole
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))
    assert [row[UNIT] for row in rows] == ["kg", "", "kg", "kg"]
    assert sum(bool(row[PICTURE]) for row in rows) == 2
    before = list(Product.objects.order_by("id").values())
    assert brought_in(owner, body) == {"new": 0, "changed": 0, "unchanged": 3, "wrong": 0}
    assert list(Product.objects.order_by("id").values()) == before


def test_the_template_has_every_column_and_can_be_brought_in(owner: cast.Clerk) -> None:
    body = handed_out(owner, "/catalogue/import/template")
    head = next(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    assert head == list(HEAD)
    assert {UNIT, TAX_NOTE} <= set(head)
    assert brought_in(owner, body) == {"new": 2, "changed": 0, "unchanged": 0, "wrong": 0}

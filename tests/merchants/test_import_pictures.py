"""Pictures that a file of products names by address, fetched from a real server on loopback."""

import csv
import io
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from django.db import connection, transaction
from django.test import override_settings
from django.utils import translation
from django.utils.translation import gettext

from core.events import Later
from merchants import handlers
from merchants.codes.catalogue_sheet import HEAD
from merchants.codes.sheets import sheet
from merchants.enums import JobState
from merchants.models import PictureErrand, ProductPicture, Shop, ShopJob
from merchants.queries.catalogue import ProductFilter, products_listed
from merchants.queries.jobs import troubles_of
from merchants.queries.product_sheet import sheet_lines
from merchants.services import import_pictures
from merchants.services.imports import ask_import
from merchants.services.jobs import go_on, stop_job
from merchants.services.pictures import take_down_picture
from messaging.files import images
from messaging.models import MediaFile
from tests.merchants import cast
from tests.merchants.receiver import Receiver
from tests.messaging import samples

pytestmark = pytest.mark.django_db
HEADS = "Handle,Title,Variant SKU,Variant Price,Image Src,Image Position,Image Alt Text\n"
PATHS = {
    "/a.jpg": samples.located(),
    "/b.png": samples.picture("PNG"),
    "/c.webp": samples.picture("WEBP"),
    "/page": b"<html>no picture</html>",
    "/huge": samples.png_bomb(6000, 6000),
}


class Shelf(Receiver):
    """Hands pictures out, and knows what it was asked for."""

    @property
    def asked(self) -> list[str]:
        return [each.path for each in self.heard]


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    server = Shelf()
    server.pages = PATHS
    with override_settings(TROCO_HTTP_ALLOWED_ORIGINS=[server.origin]):
        yield server
    server.close()


def looked_at(shop: Shop, ze: cast.Caller, text: str) -> ShopJob:
    job = ask_import(shop_id=shop.pk, actor=ze.person, filename="c.csv", body=text.encode())
    return worked(job)


def worked(job: ShopJob) -> ShopJob:
    handlers.work_on_job(job_id=job.public_id)
    job.refresh_from_db()
    return job


def taken(shop: Shop, ze: cast.Caller, text: str) -> ShopJob:
    job = looked_at(shop, ze, text)
    assert job.state == JobState.ASKS, (job.state, job.tally)
    go_on(shop_id=shop.pk, job_id=job.public_id)
    return worked(job)


def hung(handle: str) -> list[tuple[str, str]]:
    rows = ProductPicture.objects.filter(handle=handle).order_by("position")
    return [(row.source.rpartition("/")[2], row.alt) for row in rows]


def exported(shop: Shop) -> str:
    found, _more = products_listed(shop.pk, ProductFilter(), None, 100)
    seen: set[str] = set()
    return "".join(sheet(HEAD, [line for each in found for line in sheet_lines(each, seen)]))


def cakes(shelf: Shelf) -> str:
    return (
        HEADS
        + f"bolo,Bolo,B-1,25.00,{shelf.origin}/b.png,2,Cut\n"
        + f"pao,Pão,P-1,1.50,{shelf.origin}/c.webp,,\n"
        + f"bolo,,,,{shelf.origin}/a.jpg,1,Whole\n"
    )


def test_pictures_are_fetched_once_and_the_file_again_changes_nothing(
    shop: Shop, ze: cast.Caller, shelf: Shelf
) -> None:
    job = looked_at(shop, ze, cakes(shelf))
    tally = {"new": 2, "changed": 0, "unchanged": 0, "wrong": 0, "pictures": 2}
    assert (job.state, job.tally, shelf.asked) == (JobState.ASKS, tally, [])
    go_on(shop_id=shop.pk, job_id=job.public_id)
    worked(job)
    assert (job.state, job.tally, job.done_rows, job.all_rows) == (JobState.DONE, tally, 7, 7)
    assert sorted(shelf.asked) == ["/a.jpg", "/b.png", "/c.webp"]
    assert hung("bolo") == [("a.jpg", "Whole"), ("b.png", "Cut")]
    assert hung("pao") == [("c.webp", "")]
    assert MediaFile.objects.filter(expires_at__isnull=True).count() == 3
    before = list(ProductPicture.objects.order_by("id").values())
    for text in (cakes(shelf), exported(shop)):
        again = looked_at(shop, ze, text)
        same = {"new": 0, "changed": 0, "unchanged": 2, "wrong": 0}
        assert (again.state, again.tally) == (JobState.DONE, same)
    assert list(ProductPicture.objects.order_by("id").values()) == before
    assert len(shelf.asked) == 3


VARIANTS = "Handle,Title,Option1 Name,Option1 Value,Variant Price,Image Src,Variant Image\n"


def test_what_variants_name_is_one_more_picture_of_their_thing(
    shop: Shop, ze: cast.Caller, shelf: Shelf
) -> None:
    a, b, c = (f"{shelf.origin}{path}" for path in ("/a.jpg", "/b.png", "/c.webp"))
    text = VARIANTS + f"bolo,Bolo,Size,G,25.00,{a},{b}\nbolo,Bolo,Size,P,12.00,,{a}\n"
    taken(shop, ze, text)
    assert [name for name, _alt in hung("bolo")] == ["a.jpg", "b.png"]
    again = exported(shop)
    cover = ProductPicture.objects.get(position=1)
    column = [row["Variant Image"] for row in csv.DictReader(io.StringIO(again, newline=""))]
    own = cover.public_id
    assert [address.rpartition("/")[2] for address in column] == [own, "", own]
    for same in (text, again):
        job = looked_at(shop, ze, same)
        assert (job.state, job.tally["unchanged"], "pictures" in job.tally) == ("done", 2, False)
    # Where only variants name any, what is there stays.
    taken(shop, ze, VARIANTS + f"bolo,Bolo,Size,G,25.00,,{c}\n")
    assert [name for name, _alt in hung("bolo")] == ["a.jpg", "b.png", "c.webp"]
    assert sorted(shelf.asked) == ["/a.jpg", "/b.png", "/c.webp"]


def test_order_texts_and_removals_need_no_fetching(
    shop: Shop, ze: cast.Caller, shelf: Shelf
) -> None:
    taken(shop, ze, cakes(shelf))
    turned = cakes(shelf).replace(",2,Cut", ",1,Sliced").replace(",1,Whole", ",2,Whole")
    assert taken(shop, ze, turned).tally["pictures"] == 1
    assert hung("bolo") == [("b.png", "Sliced"), ("a.jpg", "Whole")]
    taken(shop, ze, HEADS + f"bolo,Bolo,B-1,25.00,{shelf.origin}/a.jpg,1,Whole\n")
    assert (hung("bolo"), hung("pao")) == ([("a.jpg", "Whole")], [("c.webp", "")])
    assert len(shelf.asked) == 3
    # Who names none says nothing of them, as a template that was filled in.
    job = looked_at(shop, ze, HEADS + "bolo,Bolo,B-1,25.00,,,\n")
    assert (job.state, hung("bolo")) == (JobState.DONE, [("a.jpg", "Whole")])
    # A file without the column says nothing of pictures.
    job = looked_at(shop, ze, "Handle,Title,Variant Price\npao,Pão,1.50\n")
    assert (job.state, "pictures" in job.tally) == (JobState.DONE, False)


def test_a_picture_of_ours_is_known_by_its_address_and_never_fetched(
    shop: Shop, ze: cast.Caller, shelf: Shelf
) -> None:
    taken(shop, ze, cakes(shelf))
    first = ProductPicture.objects.get(handle="pao")
    own = f"http://127.0.0.1:8000/i/{first.public_id}"
    with override_settings(TROCO_PUBLIC_URL="http://127.0.0.1:8000"):
        text = HEADS + f"sonho,Sonho,S-1,9.00,{own},,Fresh\n"
        text += "cuca,Cuca,C-1,9.00,http://127.0.0.1:8000/i/pic_unknown,,\n"
        job = taken(shop, ze, text)
    copy = ProductPicture.objects.get(handle="sonho")
    assert (copy.media_id, copy.alt, copy.source) == (first.media_id, "Fresh", "")
    assert "no such picture" in troubles_of(shop.pk, job.public_id)[0].words
    assert len(shelf.asked) == 3
    # The file is both pictures': it goes with the last of them, and not before.
    held = []
    for each in (copy, first):
        take_down_picture(staff=ze.person, picture_id=each.public_id, reason="")
        file = MediaFile.objects.get(pk=first.media_id)
        held.append((file.holds, file.expires_at is None))
    assert held == [(1, True), (0, False)]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/gone", "did not hand it out"),
        ("/page", "cannot be sent"),
        ("/huge", "too many pixels"),
    ],
)
def test_what_cannot_be_had_is_told_at_its_row_and_the_rest_taken(
    shop: Shop, ze: cast.Caller, shelf: Shelf, path: str, words: str
) -> None:
    text = HEADS + f"pao,Pão,P-1,1.50,{shelf.origin}{path},1,\n,,,,,,\n"
    text += f"pao,,,,{shelf.origin}/a.jpg,2,Second\n"
    job = taken(shop, ze, text)
    assert (job.state, job.tally["wrong"], job.tally["new"]) == (JobState.DONE, 1, 1)
    (trouble,) = troubles_of(shop.pk, job.public_id)
    assert (trouble.line, words in trouble.words) == (2, True), trouble.words
    assert hung("pao") == [("a.jpg", "Second")]


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://127.0.0.1:11/a.jpg", "from here"),
        ("http://169.254.169.254/latest", "from here"),
        ("http://[::1]/a.jpg", "from here"),
    ],
)
def test_addresses_inside_are_never_called(
    shop: Shop, ze: cast.Caller, address: str, words: str
) -> None:
    job = taken(shop, ze, HEADS + f"pao,Pão,P-1,1.50,{address},1,\n")
    assert words in troubles_of(shop.pk, job.public_id)[0].words
    assert not MediaFile.objects.exists()


@pytest.mark.parametrize(
    "address",
    ["file:///etc/passwd", "a.jpg", "https://", "x" * 1001, "https://a:80a/b.jpg", "http://a:0/"],
)
def test_what_is_no_address_is_told_before_anything_changes(
    shop: Shop, ze: cast.Caller, address: str
) -> None:
    job = looked_at(shop, ze, HEADS + f"pao,Pão,P-1,1.50,{address},1,\n")
    assert (job.state, job.tally["wrong"], "pictures" in job.tally) == (JobState.ASKS, 1, False)
    assert "begins with https://" in troubles_of(shop.pk, job.public_id)[0].words


def test_a_text_that_a_form_would_refuse_is_told_at_its_row(shop: Shop, ze: cast.Caller) -> None:
    job = looked_at(shop, ze, HEADS + "pao,Pão,P-1,1.50,https://a.example/b.jpg,1,a\u202eb\n")
    assert (job.tally["wrong"], "pictures" in job.tally) == (1, False)
    assert troubles_of(shop.pk, job.public_id)[0].words.startswith("Picture: ")


def test_what_is_wrong_is_told_in_the_language_of_whoever_handed_it_in(
    shop: Shop, ze: cast.Caller, shelf: Shelf
) -> None:
    text = HEADS + f"pao,Pão,P-1,1.50,{shelf.origin}/gone,1,\nbolo,Bolo,B-1,free,,,\n"
    with translation.override("pt-br"):
        job = ask_import(shop_id=shop.pk, actor=ze.person, filename="c.csv", body=text.encode())
    worked(job)
    go_on(shop_id=shop.pk, job_id=job.public_id)
    assert worked(job).state == JobState.DONE
    told = [each.words for each in troubles_of(shop.pk, job.public_id)]
    with translation.override("pt-br"):
        gone = gettext("Picture: %(why)s") % {"why": gettext("Its server did not hand it out.")}
        free = gettext("%(column)s cannot be read.") % {"column": "Variant Price"}
    assert told == [gone, free]
    assert "cannot be read" not in free


def test_a_thing_with_a_wrong_row_keeps_its_pictures(
    shop: Shop, ze: cast.Caller, shelf: Shelf
) -> None:
    taken(shop, ze, cakes(shelf))
    job = looked_at(shop, ze, HEADS + f"pao,Pão,P-1,free,{shelf.origin}/a.jpg,1,\n")
    assert (job.tally["wrong"], "pictures" in job.tally, hung("pao")) == (
        1,
        False,
        [("c.webp", "")],
    )


def test_a_picture_waits_while_others_are_read(shop: Shop, ze: cast.Caller, shelf: Shelf) -> None:
    job = looked_at(shop, ze, HEADS + f"pao,Pão,P-1,1.50,{shelf.origin}/c.webp,,\n")
    go_on(shop_id=shop.pk, job_id=job.public_id)
    with ExitStack() as others:
        for _ in range(images.MOST_IN_TURN):
            turns = images._in_turn  # noqa: SLF001 - Waiting for real takes as many threads.
            assert turns.acquire(blocking=False)
            others.callback(turns.release)
        with pytest.raises(Later):
            worked(job)
        assert (hung("pao"), job.troubles.count()) == ([], 0)
    assert worked(job).state == JobState.DONE
    assert hung("pao") == [("c.webp", "")]


@pytest.mark.django_db(transaction=True)
def test_hanging_up_waits_for_nobody_who_needs_the_shop(
    shop: Shop, ze: cast.Caller, shelf: Shelf
) -> None:
    job = looked_at(shop, ze, HEADS + f"pao,Pão,P-1,1.50,{shelf.origin}/c.webp,,\n")
    go_on(shop_id=shop.pk, job_id=job.public_id)
    held, done = threading.Event(), threading.Event()

    def holding() -> None:
        # As an order that is placed holds its shop.
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM merchants_shop WHERE id = %s FOR KEY SHARE", [shop.pk])
            held.set()
            done.wait(20)
        connection.close()

    other = threading.Thread(target=holding)
    other.start()
    try:
        assert held.wait(20)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '5s'")
        assert worked(job).state == JobState.DONE
    finally:
        done.set()
        other.join()
        connection.close()


def test_stopping_leaves_what_was_not_fetched(
    shop: Shop, ze: cast.Caller, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = looked_at(shop, ze, cakes(shelf))
    go_on(shop_id=shop.pk, job_id=job.public_id)
    fetch = import_pictures.fetch_some

    def stopped(*, job_id: str) -> None:
        if PictureErrand.objects.exists():
            stop_job(shop_id=shop.pk, job_id=job_id)
        fetch(job_id=job_id)

    monkeypatch.setattr(import_pictures, "fetch_some", stopped)
    assert worked(job).state == JobState.STOPPED
    assert (shelf.asked, ProductPicture.objects.count()) == ([], 0)

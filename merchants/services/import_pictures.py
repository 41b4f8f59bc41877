"""Pictures that a file of products names by address: compared, put in order, fetched.

This comes after the file's rows. What is there already is known by its address, its own or the
one that it was fetched from, so a file that is read again unchanged fetches and changes nothing.
Addresses that are new become errands, each done outside of any transaction: one call with bounds
on bytes, pixels and time, and then a transaction of its own. What cannot be had is told at the
row that names it, and the product stays without.
"""

import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from http import HTTPStatus
from typing import Any, BinaryIO, Final, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from core.api.uploads import incoming_folder
from core.clock import business_now
from core.errors import TooManyRequests, TrocoError
from core.events import Later
from core.http import CallFailed, download
from core.transactions import joins, owns
from merchants.codes import catalogue_sheet as sheets
from merchants.codes.catalogue_sheet import SheetRow, Wanted, named_pictures
from merchants.enums import JobState
from merchants.models import JobTrouble, PictureErrand, Product, ProductPicture, ShopJob
from merchants.queries.pictures import picture_url
from merchants.services.pictures import (
    LONGEST_ALT,
    MOST_PICTURES,
    drop,
    hang,
    keep_picture,
    lock_handle,
)
from merchants.services.texts import clean_text

THINGS_AT_ONCE: Final = 1_000
FETCHED_AT_ONCE: Final = 4
"""How many are fetched before the job's progress is written and its stop is heard."""

FETCH_SECONDS: Final = 10.0
BUSY_SECONDS: Final = 2.0
LARGEST_PICTURE: Final = 10_000_000
LONGEST_ADDRESS: Final = 1_000


Kept = ProductPicture | None
"""A picture that is there already, or none."""


@joins
def things_of(*, job: ShopJob, rows: Sequence[SheetRow]) -> dict[str, list[SheetRow]]:
    """Return the rows of a file by the handle that their pictures belong to, in its order.

    Empty where the file has no column of pictures. A row without a handle is its product's, which
    is found by the number; one that is found by nothing is new and has the handle of its title.

    Transaction: joins.
    """
    if not sheets.names_pictures(rows):
        return {}
    without = {str(r.said[sheets.SKU]) for r in rows if r.said.get(sheets.SKU) and not _handle(r)}
    there = Product.objects.filter(shop=job.shop, sku__in=without, archived_at__isnull=True)
    known = dict(there.values_list("sku", "handle")) if without else {}
    things: dict[str, list[SheetRow]] = {}
    for row in rows:
        handle = _handle(row) or known.get(str(row.said.get(sheets.SKU, "")))
        things.setdefault(handle or str(row.said.get(sheets.GROUP, "")), []).append(row)
    return things


@joins
def do_things(*, job: ShopJob, things: Mapping[str, Sequence[SheetRow]], agreed: bool) -> int:
    """Compare the pictures of some things, and change them if somebody said yes.

    A thing of which a row could not be taken, or no row names a picture, keeps what it has; one of
    which only variants name theirs has these besides.

    Changes: with ``agreed`` pictures are put in order, described and taken away, and what must be
    fetched becomes errands.

    Args:
        job: The locked job.
        things: Rows by handle.
        agreed: Whether anything may be changed.

    Returns:
        Of how many things the pictures change.

    Transaction: joins.
    """
    wrong = set(job.troubles.values_list("line", flat=True))
    products, pictures = _there(job, list(things))
    changed = 0
    for handle, rows in things.items():
        if any(row.line in wrong for row in rows) or not any(sheets.names_one(row) for row in rows):
            continue
        there = pictures.get(handle, [])
        wanted = _wanted(job, rows, there)
        kept = _kept(wanted, there)
        if _is_same(kept, wanted, there):
            continue
        changed += 1
        if agreed and handle in products:
            drop(rows=[row for row in there if row not in kept])
            _arrange(kept, wanted)
            _send_out(job, products[handle], wanted, kept)
    return changed


def fetch_some(*, job_id: str) -> None:
    """Fetch the next few pictures that a running job waits for; it is called between steps.

    Raises:
        Later: Too many pictures are being read in this moment; this one is fetched again.

    Transaction: none (each picture ends in one of its own).
    """
    until = time.monotonic() + FETCH_SECONDS
    rows = PictureErrand.objects.filter(
        job__public_id=job_id,
        job__state=JobState.RUNNING,
        job__is_stop_asked=False,
        settled_at__isnull=True,
    )
    for errand in rows.select_related("job__shop").order_by("id")[:FETCHED_AT_ONCE]:
        if time.monotonic() >= until:
            # Slow servers do not hold the job longer than a worker may be held.
            break
        with spoken_to(job=errand.job):
            _fetch(errand)


def spoken_to(*, job: ShopJob) -> AbstractContextManager[None]:
    """Speak the language in which a file was handed in: a worker has none of its own.

    Transaction: none.
    """
    return translation.override(str(job.wish.get("language") or "en"))


def _fetch(errand: PictureErrand) -> None:
    try:
        media_id, words = _fetched(errand), ""
    except TooManyRequests as busy:
        raise Later(BUSY_SECONDS) from busy
    except (TrocoError, CallFailed) as error:
        media_id, words = "", _why(error)
    _settle(errand_id=errand.pk, media_id=media_id, words=words)


def _handle(row: SheetRow) -> str:
    return str(row.said.get(sheets.HANDLE, ""))


def _wanted(
    job: ShopJob, rows: Sequence[SheetRow], there: Sequence[ProductPicture]
) -> list[Wanted]:
    """Return the pictures of a thing in their order; what cannot be one is told at its row."""
    found: dict[str, Wanted] = {}
    known = {each.source: picture_url(each.public_id) for each in there if each.source}
    for each in named_pictures(rows, [picture_url(row.public_id) for row in there]):
        name = known.get(each.source, each.source)
        if name in found:
            continue
        words = _unclean(each.alt or "") or _refused(job, each)
        if not words and len(found) >= MOST_PICTURES:
            words = _("A product has up to 10 pictures.")
        if words:
            _tell(job, each.row.line, each.row.cells, words)
        else:
            found[name] = each
    return list(found.values())


def _refused(job: ShopJob, wanted: Wanted) -> str:
    """Return why a row's address cannot be a picture's; empty if it can."""
    source, row = wanted.source, wanted.row
    if row.problems:
        return _("%(column)s cannot be read.") % {"column": row.problems[0][0]}
    if len(wanted.alt or "") > LONGEST_ALT:
        return _("The text of a picture has up to 300 characters.")
    own = _own(source)
    if own and not ProductPicture.objects.filter(shop=job.shop, public_id=own).exists():
        return _("There is no such picture here.")
    if _is_address(source) and len(source) <= LONGEST_ADDRESS:
        return ""
    return _("The address of a picture begins with https:// and has up to 1,000 characters.")


def _unclean(alt: str) -> str:
    """Return why the forms of the portal would not take a text; empty if they would."""
    try:
        clean_text(alt, "alt", max(len(alt), LONGEST_ALT))
    except TrocoError as error:
        return _why(error)
    return ""


def _is_address(source: str) -> bool:
    try:
        parts = urlsplit(source)
        is_port = parts.port != 0
    except ValueError:
        return False
    is_http = parts.scheme in {"http", "https"} and bool(parts.hostname)
    return is_http and is_port and source.isascii()


def _own(source: str) -> str:
    """Return the id of a picture of ours that an address names, or nothing."""
    before = f"{settings.TROCO_PUBLIC_URL}/i/"
    return source.removeprefix(before) if source.startswith(before) else ""


def _there(
    job: ShopJob, handles: Sequence[str]
) -> tuple[dict[str, Product], dict[str, list[ProductPicture]]]:
    """Return one product and the pictures of each handle, the products locked."""
    rows = Product.objects.select_for_update(no_key=True).filter(
        shop=job.shop, handle__in=handles, archived_at__isnull=True
    )
    products = {each.handle: each for each in rows.order_by("id")}
    pictures: dict[str, list[ProductPicture]] = {}
    hung = ProductPicture.objects.filter(shop=job.shop, handle__in=list(products))
    for row in hung.order_by("handle", "position"):
        pictures.setdefault(row.handle, []).append(row)
    return products, pictures


def _kept(wanted: Sequence[Wanted], there: Sequence[ProductPicture]) -> Sequence[Kept]:
    """Return which of the pictures that are there each wanted one is, or None."""
    known = {row.source: row for row in there if row.source}
    known |= {row.public_id: row for row in there}
    return [known.get(_own(each.source) or each.source) for each in wanted]


def _is_same(
    kept: Sequence[Kept], wanted: Sequence[Wanted], there: Sequence[ProductPicture]
) -> bool:
    """Tell whether the pictures, their order and their texts are as the file has them."""
    would = [
        (row, row.alt if each.alt is None else each.alt)
        for row, each in zip(kept, wanted, strict=True)
        if row is not None
    ]
    return len(would) == len(wanted) and would == [(row, row.alt) for row in there]


def _arrange(kept: Sequence[Kept], wanted: Sequence[Wanted]) -> None:
    """Give what stays its place, and leave room for what is fetched."""
    stays = []
    for place, (row, each) in enumerate(zip(kept, wanted, strict=True), start=1):
        if row is not None:
            row.position = place
            row.alt = row.alt if each.alt is None else each.alt
            stays.append(row)
    ProductPicture.objects.bulk_update(stays, ["position", "alt"])


def _send_out(
    job: ShopJob,
    product: Product,
    wanted: Sequence[Wanted],
    kept: Sequence[Kept],
) -> None:
    PictureErrand.objects.bulk_create(
        PictureErrand(
            job=job,
            line=each.row.line,
            cells=list(each.row.cells),
            handle=product.handle,
            source=each.source,
            alt=each.alt or "",
            place=place,
        )
        for place, (row, each) in enumerate(zip(kept, wanted, strict=True), start=1)
        if row is None
    )


def _fetched(errand: PictureErrand) -> str:
    """Return the id of the file of a picture: one of ours, or fetched and kept.

    Raises:
        TrocoError: It is no picture, or too large.
        CallFailed: It could not be had.
    """
    own = _own(errand.source)
    if own:
        rows = ProductPicture.objects.filter(shop=errand.job.shop, public_id=own)
        return rows.values_list("media__public_id", flat=True).first() or ""
    with tempfile.TemporaryFile(dir=incoming_folder()) as file:
        answer = download(
            errand.source,
            cast("BinaryIO", file),
            most_bytes=LARGEST_PICTURE,
            headers={"accept": "image/jpeg, image/png, image/webp, image/gif"},
            timeout_seconds=FETCH_SECONDS,
        )
        if answer.http_status != HTTPStatus.OK:
            raise CallFailed("broken", sent=True, detail=f"HTTP {answer.http_status}")
        return keep_picture(
            party_id=errand.job.shop.party_id, file=cast("BinaryIO", file), is_rationed=False
        )


@owns
def _settle(*, errand_id: int, media_id: str, words: str) -> None:
    """Hang a fetched picture up, or tell at its row why there is none."""
    # Only itself: orders that are placed meanwhile need the shop's row, and hold its products.
    rows = PictureErrand.objects.select_for_update(of=("self",)).select_related("job__shop")
    errand = rows.get(pk=errand_id)
    if errand.settled_at is not None:
        return
    shop_id, moment = errand.job.shop_id, business_now()
    lock_handle(shop_id=shop_id, handle=errand.handle)
    product = _product(shop_id, errand.handle)
    if not words and (product is None or not media_id):
        words = _("There is no such picture here.")
    if product is not None and not words:
        try:
            made = hang(
                product=product,
                media_id=media_id,
                alt=errand.alt,
                source="" if _own(errand.source) else errand.source,
                moment=moment,
            )
            _put(made, errand.place)
        except TrocoError as error:
            words = _why(error)
    if words:
        _tell(errand.job, errand.line, errand.cells, words)
    errand.settled_at = moment
    errand.save(update_fields=["settled_at"])


def _put(row: ProductPicture, place: int) -> None:
    """Put a picture where the file has it, if nothing was put there meanwhile."""
    same = ProductPicture.objects.filter(shop_id=row.shop_id, handle=row.handle, position=place)
    if not same.exclude(pk=row.pk).exists():
        row.position = place
        row.save(update_fields=["position"])


def _product(shop_id: int, handle: str) -> Product | None:
    rows = Product.objects.filter(shop_id=shop_id, handle=handle, archived_at__isnull=True)
    return rows.select_related("shop").order_by("id").first()


def _tell(job: ShopJob, line: int, cells: Sequence[str], words: str) -> None:
    """Tell at a row that its picture was not taken."""
    told = _("Picture: %(why)s") % {"why": words}
    JobTrouble.objects.bulk_create(
        [JobTrouble(job=job, line=line, cells=list(cells), words=told[:500])],
        ignore_conflicts=True,
    )


def _why(error: TrocoError | CallFailed) -> str:
    if isinstance(error, TrocoError):
        fields: Any = error.extra.get("field_errors", {})
        told = [str(each["detail"]) for errors in fields.values() for each in errors]
        return "; ".join(told) or str(error.detail)
    return {
        "connect": _("Its server cannot be reached."),
        "refused_address": _("Its address cannot be reached from here."),
        "timeout": _("Its server took longer than 10 seconds."),
        "too_large": _("It has more than 10 MB."),
        "broken": _("Its server did not hand it out."),
    }[error.kind]

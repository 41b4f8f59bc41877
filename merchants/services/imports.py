"""Catalogues brought in from a file: looked at first, then taken over, both step by step.

The first pass changes nothing: it says what would be new, changed and unchanged, and which rows
cannot be taken, each with why. Only when somebody says yes does the second pass write, with the
same rules over the rows as they are then. A product is found by its number, or else by handle
and options. A row that cannot be taken is kept with its words, to be handed out again as a file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.clock import business_now
from core.errors import TrocoError
from core.ids import new_id
from core.money import Money
from core.transactions import joins
from merchants.codes import catalogue_sheet as sheets
from merchants.codes.catalogue_sheet import (
    SheetRefused,
    SheetRow,
    names_pictures,
    read_head,
    read_rows,
)
from merchants.enums import JobKind
from merchants.models import JobTrouble, Product, ShopJob
from merchants.services.import_pictures import THINGS_AT_ONCE, do_things, spoken_to, things_of
from merchants.services.jobs import JobWish, ask_first, queue_job, tell_progress
from merchants.services.naming import follow_handle, set_facts
from merchants.services.products import MAX_PRODUCTS, MAX_STOCK, ProductFacts
from merchants.services.shelf_order import last_position, lock_shelf
from merchants.services.texts import refusal
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person

ROWS_AT_ONCE: Final = 500
MOST_ROWS: Final = 20_000
COUNTED: Final = ("new", "changed", "unchanged", "wrong")
_COLUMNS: Final = (
    "name",
    "title",
    "handle",
    "sku",
    "options",
    "options_key",
    "collections",
    "description",
    "emoji",
    "price_minor",
    "is_visible",
    "low_stock_threshold",
    "stock",
    "unit",
    "preparation_minutes",
    "tax_note",
)


@dataclass(slots=True)
class Place:
    """A row with the product that it is about, as it would be; ``words`` say why it cannot be."""

    row: SheetRow
    product: Product | None = None
    verdict: str = "wrong"
    words: str = ""
    handle_before: str = ""


def ask_import(*, shop_id: int, actor: "Person", filename: str, body: bytes) -> ShopJob:
    """Ask for a file to be looked at.

    Args:
        shop_id: Primary key of the shop.
        actor: Who asks.
        filename: What it was called; kept to be shown.
        body: The file: UTF-8, with commas or semicolons.

    Raises:
        InputInvalid: It is no such file, too large, or has too many rows.
        StateConflict: Too many jobs of the shop are under way.

    Transaction: owns (``queue_job``).
    """
    try:
        text = body.decode("utf-8-sig")
        if "\0" in text:
            raise refusal("file", _("This is no CSV file."))
        read_head(text)
        rows = sum(not row.is_picture for row in read_rows(text, "XTS"))
    except UnicodeDecodeError as error:
        words = _("Save it as CSV in UTF-8; in Excel that is “CSV UTF-8”.")
        raise refusal("file", words) from error
    except SheetRefused as error:
        raise refusal("file", _refused(error.code)) from error
    if not 1 <= rows <= MOST_ROWS:
        raise refusal("file", _("A file has 1 to 20,000 rows."))
    wish = {"filename": filename[:120], "rows": rows, "agreed": False, "language": get_language()}
    return queue_job(
        shop_id=shop_id, actor=actor, wish=JobWish(kind=JobKind.IMPORT, facts=wish, given=text)
    )


@joins
def do_import(*, job: ShopJob) -> bool:
    """Do one step of an import and return whether it is finished: rows first, then pictures.

    Args:
        job: The locked job, with its shop.

    Transaction: joins.
    """
    with spoken_to(job=job):
        return _do_step(job)


def _do_step(job: ShopJob) -> bool:
    all_rows = list(read_rows(job.given, job.shop.currency))
    rows = [row for row in all_rows if not row.is_picture]
    if job.done_rows < len(rows):
        _do_rows(job, rows)
        return job.done_rows == len(rows) and not names_pictures(all_rows) and _finish(job)
    things = things_of(job=job, rows=all_rows)
    begin = job.done_rows - len(rows)
    if begin < len(things):
        part = dict(list(things.items())[begin : begin + THINGS_AT_ONCE])
        _do_pictures(job, part, len(rows) + len(things))
        begin += len(part)
    if begin < len(things):
        return False
    waiting, settled = _errands(job)
    done = len(rows) + len(things) + settled
    _retell(job, done, done + waiting, job.tally)
    return not waiting and _finish(job)


def _do_rows(job: ShopJob, rows: Sequence[SheetRow]) -> None:
    """Take the next five hundred rows that are products."""
    begin = job.done_rows
    seen = _keys(rows[:begin])
    part = rows[begin : begin + ROWS_AT_ONCE]
    if job.wish["agreed"]:
        lock_shelf(shop_id=job.shop_id)  # Before any product: see there.
    places = _placed(job, part, seen)
    _keep_troubles(job, places)
    if job.wish["agreed"]:
        _write(places)
    tally = {name: job.tally.get(name, 0) for name in COUNTED}
    for place in places:
        tally[place.verdict] += 1
    tell_progress(job=job, done=begin + len(part), of=len(rows), tally=tally)


def _do_pictures(job: ShopJob, part: Mapping[str, Sequence[SheetRow]], of: int) -> None:
    """Compare the pictures of the next things, or change them."""
    changed = do_things(job=job, things=part, agreed=bool(job.wish["agreed"]))
    told = {"pictures": job.tally.get("pictures", 0) + changed} if changed else {}
    _retell(job, job.done_rows + len(part), of, {**job.tally, **told})


def _retell(job: ShopJob, done: int, of: int, tally: Mapping[str, int]) -> None:
    """Write the progress, with all rows that something is wrong with by now."""
    told = {**tally, "wrong": job.troubles.count()}
    tell_progress(job=job, done=done, of=of, tally=told)


def _errands(job: ShopJob) -> tuple[int, int]:
    """Return how many pictures are still to be fetched, and how many were settled."""
    waiting = job.errands.filter(settled_at__isnull=True).count()
    return waiting, job.errands.count() - waiting


def _finish(job: ShopJob) -> bool:
    """Say in the audit trail what was done, or ask whether it shall be."""
    if job.wish["agreed"]:
        _tell_audit(job, job.tally)
    elif any(job.tally.get(name) for name in ("new", "changed", "pictures")):
        ask_first(job=job)
    return True


def _refused(code: str) -> str:
    return {
        "empty": _("The file is empty."),
        "columns": _("The file needs the columns Handle or Title, and Variant Price."),
        "broken": _("A quote in the file is never closed."),
    }[code]


def _keys(rows: Sequence[SheetRow]) -> set[tuple[str, ...]]:
    """Return what earlier rows name, so that a product that stands twice is told."""
    return {key for row in rows for key in _keys_of(row)}


def _keys_of(row: SheetRow) -> list[tuple[str, ...]]:
    sku = str(row.said.get(sheets.SKU, ""))
    keys: list[tuple[str, ...]] = [("sku", sku)] if sku else []
    variant = _variant(row)
    return [*keys, ("variant", *variant)] if variant else keys


def _variant(row: SheetRow) -> tuple[str, str] | None:
    """Return the handle and options that a row is found by; None where its number must do.

    A row without a handle goes by its title only if it has no number either: two things may be
    called the same.
    """
    handle = str(row.said.get(sheets.HANDLE, ""))
    if not handle and not row.said.get(sheets.SKU):
        handle = str(row.said.get(sheets.GROUP, ""))
    return (handle, _options_key(row)) if handle else None


def _options_key(row: SheetRow) -> str:
    options: Any = row.said.get("options", [])
    return " / ".join(value for _name, value in options)


def _placed(job: ShopJob, rows: Sequence[SheetRow], seen: set[tuple[str, ...]]) -> list[Place]:
    """Find each row's product and say what the row would do to it."""
    by_sku, by_variant = _there(job, rows)
    room = MAX_PRODUCTS - Product.objects.filter(shop=job.shop).count()
    position = last_position(shop_id=job.shop_id)
    taken = set(by_variant)
    places = []
    for row in rows:
        keys = _keys_of(row)
        place = Place(row)
        places.append(place)
        if any(key in seen for key in keys):
            place.words = _("The same product stands in an earlier row.")
            continue
        seen.update(keys)
        matched = _matched(row, by_sku, by_variant)
        if len(matched) > 1:
            place.words = _("The number is one product's, the handle and options another's.")
            continue
        product = matched[0] if matched else None
        if product is None and room <= 0:
            place.words = _("The catalogue is full.")
            continue
        if product is None:
            position, room = position + 1, room - 1
        _judge(job, place, product, position)
        if place.verdict == "new" and place.product is not None:
            _part(place.product, taken)
    return places


def _matched(
    row: SheetRow, by_sku: Mapping[str, Product], by_variant: Mapping[tuple[str, str], Product]
) -> list[Product]:
    """Return the products that a row names: none, one, or two that contradict each other."""
    variant = _variant(row)
    found = (
        by_sku.get(str(row.said.get(sheets.SKU, ""))),
        by_variant.get(variant) if variant else None,
    )
    return list({each.pk: each for each in found if each is not None}.values())


def _part(product: Product, taken: set[tuple[str, str]]) -> None:
    """Give a new product a handle of its own where others of the file are called the same."""
    if (product.handle, product.options_key) in taken:
        product.handle = f"{product.handle}-{product.public_id[-6:].lower()}"
    taken.add((product.handle, product.options_key))


def _there(
    job: ShopJob, rows: Sequence[SheetRow]
) -> tuple[dict[str, Product], dict[tuple[str, str], Product]]:
    """Return the shop's products that some rows may be about, locked in the order of their ids."""
    skus = {str(row.said.get(sheets.SKU, "")) for row in rows} - {""}
    handles = {str(row.said.get(sheets.GROUP, "")) for row in rows} - {""}
    found = Product.objects.select_for_update(no_key=True).filter(
        Q(sku__in=skus) | Q(handle__in=handles), shop=job.shop, archived_at__isnull=True
    )
    products = list(found.order_by("id"))
    by_sku = {each.sku: each for each in products if each.sku}
    return by_sku, {(each.handle, each.options_key): each for each in products}


def _judge(job: ShopJob, place: Place, product: Product | None, position: int) -> None:
    """Say what a row would do: nothing, a change, a new product, or why it cannot be taken."""
    if place.row.problems:
        place.words = "; ".join(
            _("%(column)s cannot be read.") % {"column": column}
            for column, _code in place.row.problems
        )
        return
    is_new = product is None
    place.handle_before = product.handle if product is not None else ""
    product = product or _new(job, position)
    before = {name: getattr(product, name) for name in _COLUMNS}
    try:
        _set(job, product, place.row.said, is_new=is_new)
    except TrocoError as error:
        place.words = _words(error)
        return
    place.product = product
    if is_new:
        place.verdict = "new"
    else:
        is_same = all(getattr(product, name) == before[name] for name in _COLUMNS)
        place.verdict = "unchanged" if is_same else "changed"


def _new(job: ShopJob, position: int) -> Product:
    moment = business_now()
    return Product(
        public_id=new_id("prd"),
        shop=job.shop,
        stock=None,
        position=position,
        created_at=moment,
        changed_at=moment,
    )


def _set(job: ShopJob, product: Product, said: Mapping[str, object], *, is_new: bool) -> None:
    """Set what a row says, and leave what it is silent about.

    Raises:
        TrocoError: A value is out of bounds, or more pieces are promised than there would be.
    """

    def told(column: str, else_: Any) -> Any:
        return said.get(column, else_)

    price = told(sheets.PRICE, None)
    facts = ProductFacts(
        name=told(sheets.TITLE, product.title) or product.title,
        price=price if isinstance(price, Money) else Money(product.price_minor, job.shop.currency),
        description=told(sheets.BODY, product.description),
        emoji=told(sheets.EMOJI, product.emoji),
        is_visible=told(sheets.PUBLISHED, product.is_visible),
        low_stock_threshold=told(sheets.LOW_AT, product.low_stock_threshold),
        options=told("options", product.options),
        sku=told(sheets.SKU, product.sku),
        handle=told(sheets.HANDLE, "") or product.handle or told(sheets.GROUP, ""),
        collections=told(sheets.TAGS, product.collections),
        unit=told(sheets.UNIT, product.unit),
        preparation_minutes=told(sheets.PREPARATION, product.preparation_minutes),
        tax_note=told(sheets.TAX_NOTE, product.tax_note),
    )
    set_facts(product=product, shop=job.shop, facts=facts)
    stock = told(sheets.STOCK, product.stock)
    if stock is not None and stock > MAX_STOCK:
        raise refusal("stock", _("A stock is 0 to 1,000,000 pieces, or without limit."))
    if stock is not None and not is_new and stock < product.reserved:
        words = _("%(n)d pieces are promised to open orders.")
        raise refusal("stock", words % {"n": product.reserved})
    product.stock = stock


def _words(error: TrocoError) -> str:
    fields: Any = error.extra.get("field_errors", {})
    told = [f"{name}: {each['detail']}" for name, errors in fields.items() for each in errors]
    return "; ".join(told)[:500] or str(error.detail)[:500]


def _keep_troubles(job: ShopJob, places: Sequence[Place]) -> None:
    JobTrouble.objects.bulk_create(
        JobTrouble(job=job, line=p.row.line, cells=list(p.row.cells), words=p.words[:500])
        for p in places
        if p.verdict == "wrong"
    )


def _write(places: Sequence[Place]) -> None:
    moment = business_now()
    made = [place.product for place in places if place.verdict == "new" and place.product]
    changed = [place.product for place in places if place.verdict == "changed" and place.product]
    for product in changed:
        product.changed_at = moment
    Product.objects.bulk_create(made)
    Product.objects.bulk_update(changed, [*_COLUMNS, "changed_at"])
    for place in places:
        if place.product is not None and place.handle_before not in {"", place.product.handle}:
            follow_handle(product=place.product, before=place.handle_before)


def _tell_audit(job: ShopJob, tally: Mapping[str, int]) -> None:
    record(
        actor=job.person,
        action="catalogue.imported",
        object_ref=job.shop.public_id,
        before={},
        after={"job": job.public_id, **tally},
        reason="",
    )

"""A catalogue as a file: one row for each variant, rows of one thing share a handle.

The columns are named as Shopify names them, so that a file from there can be brought here and
one from here elsewhere; the last five are our own. Pictures belong to the handle: each stands in a
row of its own, which may hold the handle and the picture only; the one that a row calls its
variant's is one more of them. A column that is not there says
nothing, and an empty cell of a column that is there says "none". What is written is read again
unchanged.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from django.utils.text import slugify

from core.money import Money
from merchants.codes.amounts import plain_amount, read_amount
from merchants.codes.sheets import plain

HANDLE, TITLE, BODY, TAGS, PUBLISHED = "Handle", "Title", "Body (HTML)", "Tags", "Published"
SKU, PRICE, STOCK = "Variant SKU", "Variant Price", "Variant Inventory Qty"
PICTURE, PICTURE_AT, PICTURE_ALT = "Image Src", "Image Position", "Image Alt Text"
VARIANT_PICTURE = "Variant Image"
EMOJI, LOW_AT = "Emoji", "Low Stock At"
UNIT, PREPARATION, TAX_NOTE = "Unit", "Preparation Minutes", "Tax Note"
GROUP = "group"
"""What a row's handle is, or would be: by its title where it has none."""
OPTIONS: Final = tuple((f"Option{n} Name", f"Option{n} Value") for n in (1, 2, 3))
HEAD: Final = (
    HANDLE,
    TITLE,
    BODY,
    TAGS,
    PUBLISHED,
    *(name for pair in OPTIONS for name in pair),
    SKU,
    PRICE,
    STOCK,
    PICTURE,
    PICTURE_AT,
    PICTURE_ALT,
    VARIANT_PICTURE,
    EMOJI,
    LOW_AT,
    UNIT,
    PREPARATION,
    TAX_NOTE,
)
NO_OPTION: Final = ("Title", "Default Title")
"""What other shops write where a thing has no variants."""

LONGEST_STOCK: Final = 7
_TRUE, _FALSE = {"true", "yes", "1", "sim"}, {"false", "no", "0", "não", "nao", ""}


class SheetRefused(ValueError):
    """A file that cannot be read at all; ``code`` says why."""

    def __init__(self, code: str) -> None:
        """Keep the code."""
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row as it was read; what its column or cell does not say is missing in ``said``.

    Attributes:
        line: Its line in the file, the head being 1.
        cells: Its cells, as they came.
        said: Values by column.
        problems: What could not be read, as ``(column, code)``.
        is_picture: Whether it holds nothing but one more picture of its handle.
    """

    line: int
    cells: tuple[str, ...]
    said: Mapping[str, object]
    problems: tuple[tuple[str, str], ...] = field(default=())
    is_picture: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """A picture as a file has it; ``alt`` is None where the file says nothing of it."""

    row: SheetRow
    source: str
    alt: str | None


def row_of(
    facts: Mapping[str, object], options: Sequence[tuple[str, str]], price: Money
) -> list[str]:
    """Return a product as a row.

    Args:
        facts: Values by column, but for options and price.
        options: Names and values.
        price: The price.
    """
    pairs = [*options, *[("", "")] * (len(OPTIONS) - len(options))]
    written = {PRICE: plain_amount(price)}
    for (name_column, value_column), (name, value) in zip(OPTIONS, pairs, strict=True):
        written[name_column], written[value_column] = name, value
    return [written.get(column, str(facts.get(column, ""))) for column in HEAD]


def picture_row(handle: str, picture: Mapping[str, object]) -> list[str]:
    """Return a further picture of a product as a row.

    Args:
        handle: Of the product.
        picture: Values by column.
    """
    return [str({HANDLE: handle, **picture}.get(column, "")) for column in HEAD]


def read_head(text: str) -> tuple[list[str], str]:
    """Return a file's columns by our names, and the sign between its cells.

    Raises:
        SheetRefused: ``empty``, or ``columns`` where handle, title or price are missing.
    """
    first = text.split("\n", 1)[0]
    sign = ";" if first.count(";") > first.count(",") else ","
    head = next(csv.reader(io.StringIO(text, newline=""), delimiter=sign), [])
    if not any(head):
        raise SheetRefused("empty")
    known = {name.casefold(): name for name in HEAD}
    columns = [known.get(plain(cell).strip().casefold(), "") for cell in head]
    if not ({HANDLE, TITLE} & set(columns)) or PRICE not in columns:
        raise SheetRefused("columns")
    return columns, sign


def read_rows(text: str, currency: str) -> Iterator[SheetRow]:
    """Yield the rows of a file; a variant without a title has that of its handle's row before.

    Args:
        text: The file, without a byte order mark.
        currency: That prices are read in.

    Raises:
        SheetRefused: As ``read_head``, or ``broken`` where a quote is never closed.
    """
    columns, sign = read_head(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign, strict=True)
    title: dict[str, str] = {}
    try:
        next(reader)
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            row = _read(reader.line_num, cells, columns, currency)
            said = dict(row.said)
            handle = str(said.get(HANDLE, ""))
            if said.get(TITLE):
                title[handle] = str(said[TITLE])
            elif handle and handle in title:
                said[TITLE] = title[handle]
            said[GROUP] = handle or slugify(str(said.get(TITLE, "")), allow_unicode=True)[:60]
            yield replace(row, said=said)
    except csv.Error as error:
        raise SheetRefused("broken") from error


def names_pictures(rows: Sequence[SheetRow]) -> bool:
    """Tell whether a file has a column of pictures."""
    return any(PICTURE in row.said or VARIANT_PICTURE in row.said for row in rows)


def names_one(row: SheetRow) -> bool:
    """Tell whether a row names a picture, of its thing or of its variant."""
    return bool(row.said.get(PICTURE) or row.said.get(VARIANT_PICTURE))


def named_pictures(rows: Sequence[SheetRow], there: Sequence[str]) -> Iterator[Wanted]:
    """Yield the pictures of a thing in their order, then those that its variants name besides.

    Args:
        rows: All rows of the thing.
        there: Addresses of the pictures that it has; it keeps them where only variants name any.
    """
    of_thing = [row for row in sorted(rows, key=_place_of) if row.said.get(PICTURE)]
    for row in of_thing:
        alt = row.said.get(PICTURE_ALT)
        yield Wanted(row, str(row.said[PICTURE]), None if alt is None else str(alt))
    if not of_thing:
        yield from (Wanted(rows[0], address, None) for address in there)
    of_variants = [row for row in rows if row.said.get(VARIANT_PICTURE)]
    yield from (Wanted(row, str(row.said[VARIANT_PICTURE]), None) for row in of_variants)


def _place_of(row: SheetRow) -> int:
    place = row.said.get(PICTURE_AT)
    return place if isinstance(place, int) else 10**7


def _read(line: int, cells: Sequence[str], columns: Sequence[str], currency: str) -> SheetRow:
    raw = {name: plain(cell).strip() for name, cell in zip(columns, cells, strict=False) if name}
    said: dict[str, object] = {n: raw[n] for n in _TEXTS if n in raw}
    problems = []
    if any(name in raw for pair in OPTIONS for name in pair):
        said["options"] = _options(raw)
    for name, read in _READERS.items():
        if name in raw:
            try:
                said[name] = read(raw[name])
            except ValueError:
                problems.append((name, "unreadable"))
    if raw.get(PICTURE) and raw.get(HANDLE) and not any(raw.get(name) for name in _OF_PRODUCTS):
        return SheetRow(line, tuple(cells), said, tuple(problems), is_picture=True)
    price = read_amount(raw.get(PRICE, ""), currency)
    if price is None:
        problems.append((PRICE, "unreadable"))
    else:
        said[PRICE] = price
    return SheetRow(line, tuple(cells), said, tuple(problems))


def _options(raw: Mapping[str, str]) -> list[tuple[str, str]]:
    pairs = [(raw.get(name, ""), raw.get(value, "")) for name, value in OPTIONS]
    there = [(name or "Option", value) for name, value in pairs if value]
    return [pair for pair in there if pair != NO_OPTION]


def _flag(text: str) -> bool:
    if text.casefold() in _TRUE:
        return True
    if text.casefold() in _FALSE:
        return False
    raise ValueError(text)


def _count(text: str) -> int | None:
    """Read a count; nothing is without limit."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_STOCK):
        raise ValueError(text)
    return int(text)


def _tags(text: str) -> list[str]:
    return [tag.strip() for tag in text.split(",") if tag.strip()]


_TEXTS: Final = (HANDLE, TITLE, BODY, SKU, PICTURE, PICTURE_ALT, VARIANT_PICTURE, EMOJI, TAX_NOTE)
_OF_PRODUCTS: Final = (TITLE, BODY, SKU, PRICE, *(value for _name, value in OPTIONS))
_READERS: Final[Mapping[str, Callable[[str], object]]] = {
    TAGS: _tags,
    PUBLISHED: _flag,
    STOCK: _count,
    LOW_AT: _count,
    PICTURE_AT: _count,
    UNIT: str.casefold,
    PREPARATION: _count,
}

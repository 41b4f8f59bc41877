"""Pages of lists: they begin after a remembered row, and never count or skip."""

import base64
import contextlib
import json
import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from core.api.parsing import check_texts
from core.errors import InputInvalid, TextInvalid

MAX_PAGE = 100
_BIGINT = 2**63

M = TypeVar("M", bound=Model)


def keyset_page(
    rows: QuerySet[M], cursor: str | None, limit: int, fields: Sequence[str] = ("-id",)
) -> tuple[list[M], str | None]:
    """Return one page of a list and the cursor of the next, or None at the end.

    The page begins after a remembered row and never counts or skips, so the thousandth page
    is as quick as the first, and rows that arrive meanwhile move nothing.

    Args:
        rows: The list, filtered and not ordered.
        cursor: What the page before gave; None for the first.
        limit: How many rows at most; held to 1 to 100.
        fields: The order, ending in something unique; ``-`` means descending. The fields
            must not be null.

    Raises:
        InputInvalid: The cursor is not one of ours.
    """
    limit = max(1, min(limit, MAX_PAGE))
    ordered = rows.order_by(*fields)
    if cursor:
        ordered = _from(ordered, fields, _read_cursor(cursor, len(fields)))
    found = list(ordered[: limit + 1])
    if len(found) <= limit:
        return found, None
    last = found[limit - 1]
    values = [_reach(last, field.lstrip("-")) for field in fields]
    return found[:limit], _write_cursor(values)


def _from(rows: QuerySet[M], fields: Sequence[str], values: Sequence[object]) -> QuerySet[M]:
    """Return the rows after some values; a value of another kind than its field's is refused."""
    try:
        return rows.filter(_after(fields, values))
    except (TypeError, ValueError, ValidationError) as error:
        raise _foreign() from error


def _foreign() -> InputInvalid:
    return InputInvalid(_("The cursor is not one of this list."))


def _reach(row: object, path: str) -> object:
    for name in path.split("__"):
        row = getattr(row, name)
    return row


def _after(fields: Sequence[str], values: Sequence[object]) -> Q:
    """Build "comes after these values" for a mixed order, as a chain of ties."""
    condition, ties = Q(), Q()
    for field, value in zip(fields, values, strict=True):
        name = field.lstrip("-")
        step = "lt" if field.startswith("-") else "gt"
        condition |= ties & Q(**{f"{name}__{step}": value})
        ties &= Q(**{name: value})
    return condition


def _write_cursor(values: Sequence[object]) -> str:
    plain = [v.isoformat() if isinstance(v, date) else v for v in values]
    text = json.dumps(plain, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_key(cursor: str) -> int:
    """Return the key that the cursor of a list in the order of its keys remembers.

    For who reads such a list by a function of the database instead of ``keyset_page``.

    Raises:
        InputInvalid: The cursor is not one of this list.
    """
    (key,) = _read_cursor(cursor, 1)
    if not isinstance(key, int) or abs(key) >= _BIGINT:
        raise _foreign()
    return key


def _read_cursor(cursor: str, length: int) -> list[object]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = json.loads(base64.urlsafe_b64decode(padded.encode()))
        check_texts(values)
    except (ValueError, RecursionError, TextInvalid) as error:
        raise _foreign() from error
    if not isinstance(values, list) or len(values) != length:
        raise _foreign()
    if not all(isinstance(v, str | int) and not isinstance(v, bool) for v in values):
        raise _foreign()
    return [_moment_or_text(v) for v in values]


def _moment_or_text(value: object) -> object:
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT", value):
        with contextlib.suppress(ValueError):
            return datetime.fromisoformat(value)
    return value


def page_out(rows: Sequence[Any], following: str | None) -> dict[str, Any]:
    """Return a list as every list looks: ``{"data": [...], "next": cursor or null}``."""
    return {"data": list(rows), "next": following}

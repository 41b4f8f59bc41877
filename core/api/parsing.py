"""Reading JSON strictly: what would have to be guessed at is refused."""

import json
import math
import re
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.parsers import BaseParser

from core.errors import BodyTooLarge, InputInvalid, TextInvalid

MAX_JSON_BYTES = 1_000_000
_SURROGATE = re.compile("[\ud800-\udfff]")


class StrictJsonParser(BaseParser):
    """Reads JSON and refuses whatever would have to be guessed at."""

    media_type = "application/json"

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,  # noqa: ARG002 - The signature is the framework's.
        parser_context: Any = None,  # noqa: ARG002
    ) -> Any:
        """Return the parsed body.

        Raises:
            BodyTooLarge: It is over one megabyte.
            InputInvalid: It is no JSON, has a key twice, or a number beyond all numbers.
            TextInvalid: A text holds NUL or half of a surrogate pair.
        """
        raw = stream.read(MAX_JSON_BYTES + 1)
        if len(raw) > MAX_JSON_BYTES:
            raise BodyTooLarge
        try:
            value = load_finite(raw.decode("utf-8"), object_pairs_hook=_no_twins)
            check_texts(value)
        except (ValueError, RecursionError) as error:
            raise InputInvalid(_("The body is not valid JSON.")) from error
        return value


def load_finite(text: str, **how: Any) -> Any:
    """Read JSON whose numbers can all be written as JSON again.

    Args:
        text: The document.
        how: What ``json.loads`` takes besides.

    Raises:
        ValueError: It is no JSON, or holds NaN, an infinity or a fraction beyond all numbers.
        RecursionError: It is deeper than the interpreter reads.
    """
    return json.loads(text, parse_constant=_no_constant, parse_float=_finite, **how)


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    """Read a fraction; one beyond all numbers would be written as what is no JSON any more."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is beyond all numbers")
    return number


def check_texts(value: object) -> None:
    """Refuse characters that cannot be stored, in keys and values alike."""
    if isinstance(value, str):
        if "\x00" in value or _SURROGATE.search(value):
            raise TextInvalid
    elif isinstance(value, dict):
        for key, inner in value.items():
            check_texts(key)
            check_texts(inner)
    elif isinstance(value, list):
        for inner in value:
            check_texts(inner)

"""Reading what callers send: each field checked once, unknown ones refused.

`Fields` wraps a JSON object. Each method takes one field out; `finish` refuses what nobody took.
Text may not hold control characters or half a surrogate pair, because it travels into XML.
"""

import re
from typing import Any

from bank_simulator.errors import Refusal

LARGEST_AMOUNT_MINOR = 10**15
LARGEST_NUMBER = 2**63 - 1
IDENTIFIER = re.compile(r"[A-Za-z0-9._:~+-]{1,35}")
CURRENCY = re.compile(r"[A-Z]{3}")
REASON = re.compile(r"[A-Z0-9]{2,4}|[0-9]{2}\.[0-9]{1,2}")
FORBIDDEN_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class Fields:
    """The fields of one JSON object, taken out one by one."""

    def __init__(self, payload: object) -> None:
        """Take a parsed body, which must be an object."""
        if not isinstance(payload, dict):
            raise Refusal(400, "json_invalid", "The body must be a JSON object.")
        self._left: dict[str, Any] = dict(payload)

    def has(self, name: str) -> bool:
        """Tell whether the field was sent and is not null."""
        return self._left.get(name) is not None

    def text(self, name: str, *, longest: int, default: str | None = None) -> str:
        """Take a text of at most `longest` characters; without a default it must be there."""
        value = self._take(name, default)
        if not isinstance(value, str):
            raise _invalid(name, "must be text")
        if FORBIDDEN_TEXT.search(value):
            raise Refusal(400, "text_invalid", f"{name} holds characters that may not travel.")
        if len(value) > longest or (default is None and not value.strip()):
            raise _invalid(name, f"must have 1 to {longest} characters")
        return value

    def matching(self, name: str, pattern: re.Pattern[str]) -> str:
        """Take a text that is `pattern` from end to end."""
        value = self._take(name, None)
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise _invalid(name, f"must match {pattern.pattern}")
        return value

    def chosen(self, name: str, choices: frozenset[str]) -> str:
        """Take a text that is one of `choices`."""
        value = self._take(name, None)
        if not isinstance(value, str) or value not in choices:
            raise _invalid(name, "must be one of " + ", ".join(sorted(choices)))
        return value

    def amount(self, name: str, *, least: int = 1) -> int:
        """Take an amount in minor units: a JSON integer, never rounded, never converted."""
        value = self._take(name, None)
        if type(value) is not int or not least <= value <= LARGEST_AMOUNT_MINOR:
            raise Refusal(
                400, "amount_invalid", f"{name} must be an integer of minor units, from {least}."
            )
        return value

    def integer(self, name: str, *, least: int, most: int = LARGEST_NUMBER) -> int:
        """Take a whole number that is no amount."""
        value = self._take(name, None)
        if type(value) is not int or not least <= value <= most:
            raise _invalid(name, f"must be an integer from {least} to {most}")
        return value

    def ratio(self, name: str, *, most: float, default: float | None = None) -> float:
        """Take a number from 0 to `most` that is no amount: a probability, some seconds."""
        value = self._take(name, default)
        if type(value) not in (int, float) or not 0 <= value <= most:
            raise _invalid(name, f"must be a number from 0 to {most:g}")
        return float(value)

    def finish(self) -> None:
        """Refuse what was sent and not taken."""
        unknown = sorted(self._left)
        if unknown:
            raise Refusal(400, "unknown_field", f"Not known here: {', '.join(unknown)[:200]!r}.")

    def _take(self, name: str, default: object) -> Any:
        value = self._left.pop(name, None)
        value = default if value is None else value
        if value is None:
            raise _invalid(name, "is needed")
        return value


def _invalid(name: str, words: str) -> Refusal:
    return Refusal(400, "field_invalid", f"{name} {words}.")

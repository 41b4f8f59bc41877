"""Texts and fields that people fill in: one form of checking, one form of refusing."""

import re
from typing import Final

from django.utils.translation import gettext_lazy as _

from core.errors import InputInvalid, TextInvalid

# What cannot be stored, and what turns the direction of writing: it would turn an amount beside it
# round (Unicode Standard Annex #9, 2.1 to 2.5).
_REFUSED: Final = re.compile("[\x00\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


def clean_text(text: str, field: str, longest: int, shortest: int = 0) -> str:
    """Return a text without blanks around it.

    Args:
        text: As it was typed.
        field: Its name, for the refusal.
        longest: How many characters it may have.
        shortest: How many it must have.

    Raises:
        TextInvalid: It holds NUL, half of a surrogate pair or a mark that turns the writing.
        InputInvalid: It is too short or too long.

    Transaction: none.
    """
    if _REFUSED.search(text):
        raise TextInvalid
    clean = text.strip()
    if not shortest <= len(clean) <= longest:
        words = _("This has %(shortest)d to %(longest)d characters.")
        raise refusal(field, str(words) % {"shortest": shortest, "longest": longest})
    return clean


def refusal(field: str, words: object) -> InputInvalid:
    """Return the refusal of one field, in words.

    Transaction: none.
    """
    return InputInvalid(field_errors={field: [{"code": "invalid", "detail": str(words)}]})

"""Texts and fields that people fill in: one form of checking, one form of refusing."""

import re
from typing import Final

from django.utils.translation import gettext_lazy as _

from core.errors import InputInvalid, TextInvalid

_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


def clean_text(text: str, field: str, longest: int, shortest: int = 0) -> str:
    """Return a text without blanks around it.

    Args:
        text: As it was typed.
        field: Its name, for the refusal.
        longest: How many characters it may have.
        shortest: How many it must have.

    Raises:
        TextInvalid: It holds NUL or half of a surrogate pair.
        InputInvalid: It is too short or too long.

    Transaction: none.
    """
    if _UNSTORABLE.search(text):
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

"""A language that does not exist: each sentence longer by two fifths, with signs around it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from django.utils import translation

_STRANGE = str.maketrans("aeioucnsyAEIOU", "áéíóúçñšýÁÉÍÓÚ")


def stretch(text: str) -> str:
    """Return a sentence with strange letters, two fifths longer; its gaps stay as they are."""
    words = text.split(" ")
    told = " ".join(w if set(w) & set("%{<>&") else w.translate(_STRANGE) for w in words)
    longer = " ".join(["~~~~"] * max(1, len(text) * 2 // 25))
    return f"⟦{told} {longer}⟧"


@contextmanager
def spoken() -> Iterator[None]:
    """Speak it for the lines inside, in every thread."""
    real: Any = vars(translation)["_trans"]  # The one place that all words go through.

    def many(one: str, several: str, number: float) -> str:
        return stretch(one if number == 1 else several)

    with (
        mock.patch.object(real, "gettext", stretch, create=True),
        mock.patch.object(real, "ngettext", many, create=True),
    ):
        yield

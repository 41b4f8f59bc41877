"""A day's proof in words: what each difference is, and what it does to the sum."""

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.translation import gettext_lazy as _

DIFFERENCES: Mapping[str, object] = MappingProxyType(
    {
        "balances_do_not_join": _(
            "The statement does not begin with the balance that the one before ended with."
        ),
        "lines_do_not_add_up": _(
            "The statement's own lines do not make its closing balance: a line is missing, doubled"
            " or wrong on it. Ask the bank to issue it again."
        ),
        "missing_line": _(
            "The books have it, and no line of the bank shows it. It may come with the next"
            " statement; otherwise look it up at the bank."
        ),
        "exception": _("A line that contradicts what we know waits for a person."),
        "suspense": _("Money that nobody here asked for waits for a person."),
        "carried_over": _("What earlier days, or lines explained without a movement, left over."),
    }
)


def difference_words(kind: object) -> str:
    """Say what a difference is; its code where it is no longer known."""
    return str(DIFFERENCES.get(str(kind), kind))

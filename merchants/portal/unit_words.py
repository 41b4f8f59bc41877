"""What a price is for, and how long something takes, in words of the active language.

Codes live in ``merchants.enums``; a test sees to it that each has its words here.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

_HOUR, _DAY = 60, 24 * 60


@dataclass(frozen=True, slots=True)
class UnitWords:
    """What a unit is called in a list to choose from, and how it stands behind a price."""

    name: str | Promise
    per: str | Promise


UNITS = {
    "each": UnitWords(gettext_lazy("Each piece"), gettext_lazy("per piece")),
    "dozen": UnitWords(gettext_lazy("Dozen"), gettext_lazy("per dozen")),
    "portion": UnitWords(gettext_lazy("Portion"), gettext_lazy("per portion")),
    "pack": UnitWords(gettext_lazy("Pack"), gettext_lazy("per pack")),
    "100g": UnitWords(gettext_lazy("100 grams"), gettext_lazy("per 100 g")),
    "kg": UnitWords(gettext_lazy("Kilogram"), gettext_lazy("per kg")),
    "g": UnitWords(gettext_lazy("Gram"), gettext_lazy("per gram")),
    "l": UnitWords(gettext_lazy("Litre"), gettext_lazy("per litre")),
    "ml": UnitWords(gettext_lazy("Millilitre"), gettext_lazy("per ml")),
    "m": UnitWords(gettext_lazy("Metre"), gettext_lazy("per metre")),
    "hour": UnitWords(gettext_lazy("Hour"), gettext_lazy("per hour")),
    "day": UnitWords(gettext_lazy("Day"), gettext_lazy("per day")),
}
UNIT_CHOICES = [
    ("", gettext_lazy("Not said")),
    *((code, each.name) for code, each in UNITS.items()),
]


def per(code: str) -> str:
    """Return how a unit stands behind a price; nothing where none is said."""
    return str(UNITS[code].per) if code in UNITS else ""


def duration(minutes: int) -> str:
    """Return a time in days, hours and minutes: ``1 hour 30 minutes``; 0 is no words."""
    days, rest = divmod(minutes, _DAY)
    hours, left = divmod(rest, _HOUR)
    parts = [
        ngettext("%(n)d day", "%(n)d days", days) % {"n": days} if days else "",
        ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours} if hours else "",
        ngettext("%(n)d minute", "%(n)d minutes", left) % {"n": left} if left else "",
    ]
    return " ".join(filter(None, parts))


def ready_words(minutes: int | None) -> str:
    """Return what a buyer is told of how long it takes; nothing where nothing is said."""
    if minutes is None:
        return ""
    return (
        _("Ready in about %(time)s") % {"time": duration(minutes)}
        if minutes
        else _("Ready at once")
    )

"""How amounts, moments, ages, states and small tables are written on the staff's pages."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import localize
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timesince import timesince
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from core.money import exponent

_NARROW = "\u00a0"  # An amount is not broken into two lines.
_GOOD = frozenset(
    {
        "fits",
        "approved",
        "open",
        "live",
        "completed",
        "settled",
        "executed",
        "matched",
        "reconciled",
    }
)
_BAD = frozenset(
    {
        "failed",
        "rejected",
        "refused",
        "exception",
        "suspended",
        "stop_all",
        "parked",
        "terminated",
        "declined",
        "stale",
    }
)
_WAITING = frozenset(
    {
        "unknown",
        "degraded",
        "suspense",
        "claimed",
        "partial",
        "stop_new",
        "not_executed",
        "waiting",
        "high_risk",
        "look_at_it",
        "asked",
        "answered",
    }
)


def amount(amount_minor: int | None, currency: str) -> str:
    """Write minor units as staff read them: ``BRL 1,234.50``; a dash where there is none."""
    if amount_minor is None:
        return "—"
    places = exponent(currency)
    whole, rest = divmod(abs(amount_minor), 10**places)
    decimals = f".{rest:0{places}d}" if places else ""
    sign = "-" if amount_minor < 0 else ""
    return f"{currency}{_NARROW}{sign}{whole:,}{decimals}"


def moment_words(moment: datetime | None) -> str:
    """Write a moment as the reader's clock shows it, with the zone; a dash where there is none."""
    if moment is None:
        return "—"
    return f"{localtime(moment):%Y-%m-%d %H:%M %Z}"


def age_words(moment: datetime | None, now: datetime) -> str:
    """Write how long ago something was, in the two largest units; empty where never."""
    if moment is None:
        return ""
    if now - moment < timedelta(minutes=1):
        return _("under a minute")
    return timesince(moment, now)


def state_words(state: str) -> SafeString:
    """Write a state as a small coloured word; the colour only repeats what the word says."""
    tone = "plain"
    for name, states in (("good", _GOOD), ("bad", _BAD), ("waiting", _WAITING)):
        if state in states:
            tone = name
    return format_html(
        '<span class="state state-{}">{}</span>', tone, state.replace("_", " ") or "—"
    )


def link(url: str, words: object) -> SafeString:
    """Write a link."""
    return format_html('<a href="{}">{}</a>', url, localize(words))


def record_link(model: str, pk: object, words: object) -> SafeString:
    """Write a link to the staff's page of a record; ``model`` is ``app_model``."""
    return link(reverse(f"admin:{model}_change", args=[pk]), words)


def table(heads: Sequence[object], rows: Iterable[Sequence[object]]) -> SafeString:
    """Write a small table; every cell is escaped unless it is safe already."""
    facts = {"heads": heads, "rows": list(rows)}
    return mark_safe(render_to_string("admin/parts/table.html", facts))  # noqa: S308 - a template escapes.

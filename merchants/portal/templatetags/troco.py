"""What the portal's templates may call: money, moments, states, icons, charts.

Everything is formatted for the active language and the active time zone.
"""

import zlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from babel import Locale, dates, numbers
from django import template
from django.templatetags.static import static
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.money import Money, exponent
from merchants.codes.amount_words import amount_words
from merchants.codes.amounts import plain_amount
from merchants.portal import charts, unit_words, words

register = template.Library()

_HUES = 6
_LABEL_EVERY = 5  # About six labels under a month of bars.
_LABEL_SPARSE = 10
_FEW_BARS = 12  # Up to this many, every bar has its label.


def _locale() -> Locale:
    """Return Babel's locale for the active language."""
    return Locale.parse(translation.to_locale(translation.get_language() or "en"))


def _money(value: Any) -> Money:
    """Accept Money, a pair, or the mapping that snapshots carry."""
    if isinstance(value, Mapping):
        return Money(value["amount_minor"], value["currency"])
    if isinstance(value, Sequence):
        amount_minor, currency = value
        return Money(amount_minor, currency)
    return Money(value.amount_minor, value.currency)


def _moment(value: Any) -> datetime:
    """Accept a moment or its ISO text, and bring it to the active time zone."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return timezone.localtime(moment)


@register.filter
def money(value: Any) -> str:
    """Write an amount as people of the active language do: ``R$ 1.234,50``.

    Args:
        value: ``Money``, ``(amount_minor, currency)`` or ``{"amount_minor", "currency"}``;
            None and "" give an em dash.
    """
    if value is None or value == "":
        return "—"
    amount = _money(value)
    return numbers.format_currency(plain_amount(amount), amount.currency, locale=_locale())


@register.filter
def in_words(value: Any) -> str:
    """Write an amount in words of the active language, to be read a second time."""
    return amount_words(_money(value), translation.get_language() or "en")


@register.simple_tag
def money_of(amount_minor: int, currency: str) -> str:
    """Write an amount whose two parts lie apart, as in a snapshot's lines."""
    return money((amount_minor, currency))


@register.simple_tag
def price(value: Any, unit: str = "") -> SafeString:
    """Show what a product costs, with what the price is for: ``R$ 18,00 per kg``."""
    per = unit_words.per(unit)
    after = format_html(' <span class="per">{}</span>', per) if per else ""
    return format_html('<span class="num">{}</span>{}', money(value), after)


@register.filter
def ready_in(minutes: int | None) -> str:
    """Say about how long it takes until something is ready; nothing where nothing is said."""
    return unit_words.ready_words(minutes)


def written(amount: Money) -> str:
    """Return an amount as a field holds it, which people of the language write so: ``12,50``."""
    return plain_amount(amount, numbers.get_decimal_symbol(_locale()))


def currency_sign(currency: str) -> str:
    """Return what a currency is called beside an amount in the active language."""
    return str(numbers.get_currency_symbol(currency, locale=_locale()))


def country_name(iso2: str, otherwise: str = "") -> str:
    """Return what a country is called in the active language, or else what we call it."""
    return str(_locale().territories.get(iso2) or otherwise or iso2)


@register.filter
def grouped(value: int) -> str:
    """Write a count with the separators of the active language."""
    return numbers.format_decimal(value, locale=_locale())


@register.simple_tag
def moment(value: datetime | str | None, style: str = "short") -> SafeString | str:
    """Show a moment as ``<time>``, with the full date and the zone's name on hover.

    Args:
        value: An aware moment, or its ISO text; None gives an em dash.
        style: ``time`` 14:32, ``day`` 23 Nov, ``short`` 23 Nov 14:32, ``full`` with year and zone,
            ``ago`` like ``day`` until a script turns it into "3 min ago" while it is young.
    """
    if not value:
        return "—"
    local, locale = _moment(value), _locale()
    zone = local.tzinfo
    clock = dates.format_time(local, "short", tzinfo=zone, locale=locale)
    date_words = dates.format_skeleton("MMMd", local, tzinfo=zone, locale=locale)
    joined = str(dates.get_datetime_format("short", locale)).replace("'", "")
    both = joined.replace("{1}", date_words).replace("{0}", clock)
    place = dates.get_timezone_location(zone, locale, return_city=True)
    long_date = dates.format_date(local, "long", locale=locale)
    full = f"{joined.replace('{1}', long_date).replace('{0}', clock)} ({place})"
    shown = {"time": clock, "day": date_words, "ago": date_words, "full": full}.get(style, both)
    relative = SafeString(" data-ago") if style == "ago" else ""
    return format_html(
        '<time datetime="{}" title="{}"{}>{}</time>', local.isoformat(), full, relative, shown
    )


@register.filter
def day(value: date | datetime | str, style: str = "MMMd") -> str:
    """Write a date in the active language.

    Args:
        value: A date or a moment (then in the active time zone).
        style: A CLDR skeleton: ``MMMd`` 23 Nov, ``yMMMd``, ``yMMMM``, ``EEEEMMMMd``.
    """
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    shown = timezone.localtime(value) if isinstance(value, datetime) else value
    return dates.format_skeleton(style, shown, locale=_locale())


@register.filter
def weekday(number: int) -> str:
    """Name a day of the week in the active language; 0 is Monday."""
    return str(dates.get_day_names("wide", "stand-alone", locale=_locale())[number])


@register.filter
def words_of(text: str) -> list[str]:
    """Return the words of a text, for a template that goes through a few names."""
    return text.split()


@register.filter
def initials(name: str) -> str:
    """Return the first letters of the first and the last word, for an avatar."""
    parts = [part for part in name.split() if part[0].isalnum()]
    ends = [*parts[:1], *parts[-1:]] if len(parts) > 1 else parts[:1]
    return "".join(part[0] for part in ends).upper() or "?"


@register.filter
def hue(name: str) -> str:
    """Return the avatar's colour class, the same for the same name every time."""
    return f"h{zlib.crc32(name.encode()) % _HUES}"


@register.simple_tag
def icon(name: str) -> SafeString:
    """Show a symbol of the sprite; it says nothing by itself to assistive technology."""
    return format_html(
        '<svg class="icon" width="20" height="20" aria-hidden="true" focusable="false">'
        '<use href="{}#{}"/></svg>',
        static("icons/tabler.svg"),
        name,
    )


@register.simple_tag
def state(table: str, code: str) -> SafeString:
    """Show a state as a badge. Tables and words are in ``merchants.portal.words``."""
    told = words.state_words(table, str(code))
    return format_html(
        '<span class="badge {}{}">{}</span>', told.tone, " live" if told.is_live else "", told.words
    )


@register.simple_tag
def told(table: str, code: str) -> words.StateWords:
    """Give words, tone and icon of a state: ``{% told "payment" code as it %}``."""
    return words.state_words(table, str(code))


@register.filter
def headline(code: str) -> str:
    """Return what the payment's bubble says above the amount."""
    return str(words.PAYMENT_HEADLINES.get(str(code), words.state_words("payment", code).words))


@register.filter
def stages(code: str) -> list[tuple[str, str]]:
    """Return the three steps of a payment as (words, class), or nothing when it left that path."""
    reached = words.STAGE_REACHED.get(str(code))
    if reached is None:
        return []
    here = "stop" if code == "failed" else "now"
    return [
        (str(name), "past" if index < reached else here if index == reached else "next")
        for index, name in enumerate(words.STAGES)
    ]


@register.simple_tag
def spark(values: Sequence[int] | None) -> SafeString:
    """Draw a small line beside a number."""
    return charts.spark(values or [])


@register.simple_tag
def shares(rows: Sequence[Any]) -> SafeString:
    """Draw one bar of shares from rows with a ``percent``."""
    return charts.shares(
        [row["percent"] if isinstance(row, Mapping) else row.percent for row in rows]
    )


@register.inclusion_tag("parts/chart.html")
def bar_chart(points: Sequence[Any], title: str) -> dict[str, Any]:
    """Draw amounts per day against the period before, with a table that says the same.

    Args:
        points: Objects or mappings with ``date``, ``amount`` (Money) and ``before`` (Money or
            None), oldest first, one currency.
        title: What it shows, for those who do not see it.
    """
    rows = [point if isinstance(point, Mapping) else _as_row(point) for point in points]
    unit = 10 ** exponent(_money(rows[0]["amount"]).currency) if rows else 1
    bars = [_bar(row) for row in rows]
    largest = max((max(bar.height, bar.before or 0) for bar in bars), default=0)
    steps = charts.scale(-(-largest // unit))
    every = 1 if len(rows) <= _FEW_BARS else _LABEL_EVERY
    return {
        "title": title,
        "rows": rows,
        "has_before": any(bar.before is not None for bar in bars),
        "plot": charts.plot(bars, steps[0] * unit, title) if bars else "",
        "scale": [_short_number(step) for step in steps],
        "labels": [_label(row, len(rows) - 1 - index, every) for index, row in enumerate(rows)],
    }


def _short_number(value: int) -> str:
    """Write a number for an axis: 750, 1K, 2.5K."""
    return numbers.format_compact_decimal(value, fraction_digits=1, locale=_locale())


def _as_row(point: Any) -> dict[str, Any]:
    """Turn an object into the mapping the chart's template reads."""
    return {"date": point.date, "amount": point.amount, "before": point.before}


def _bar(row: Mapping[str, Any]) -> charts.Bar:
    """Turn a row into a bar with its tip."""
    tip = f"{day(row['date'])}: {money(row['amount'])}"
    before = row.get("before")
    if before is None:
        return charts.Bar(_money(row["amount"]).amount_minor, None, tip)
    tip = f"{tip} ({translation.gettext('before')} {money(before)})"
    return charts.Bar(_money(row["amount"]).amount_minor, _money(before).amount_minor, tip)


def _label(row: Mapping[str, Any], from_end: int, every: int) -> dict[str, Any]:
    """Label every fifth bar, counted from the newest; every other label goes on a phone."""
    return {
        "words": day(row["date"]) if from_end % every == 0 else "",
        "is_sparse": every > 1 and from_end % _LABEL_SPARSE != 0,
    }

"""What a shop says by itself, and when somebody answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import NotFound
from core.transactions import owns
from merchants.enums import AwayMode
from merchants.models import OpeningHours, Shop, TalkSettings
from merchants.models.desk import DAY_MINUTES
from merchants.services.texts import clean_text, refusal

MAX_WORDS: Final = 1000
MOST_SPANS: Final = 28


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a weekday in which somebody answers.

    Attributes:
        weekday: 0 is Monday.
        opens_minute: Minutes since the day's beginning, by the shop's own clock.
        closes_minute: Up to 1440.
    """

    weekday: int
    opens_minute: int
    closes_minute: int


@dataclass(frozen=True, slots=True)
class AutomaticWords:
    """What a shop says by itself.

    Attributes:
        greeting: To whoever writes for the first time, or after 14 days; empty: nothing.
        away_mode: When it says that nobody answers: ``off``, ``outside_hours`` or ``always``.
        away: What it says then, once in a conversation for each absence.
        hours: When somebody answers.
    """

    greeting: str
    away_mode: str
    away: str
    hours: Sequence[Span]


@owns
def change_talk_settings(*, shop_id: int, words: AutomaticWords) -> TalkSettings:
    """Say what a shop says by itself.

    Changes: its ``TalkSettings`` and all its ``OpeningHours``. Being away always begins anew when
    it was not on before.

    Raises:
        NotFound: No such shop.
        InputInvalid, TextInvalid: A text is missing or too long, or the hours overlap.

    Transaction: owns.
    """
    shop = Shop.objects.select_for_update(no_key=True).filter(pk=shop_id).first()
    if shop is None:
        raise NotFound
    if words.away_mode not in AwayMode.values:
        raise refusal("away_mode", _("There is no such mode."))
    _check_hours(words.hours)
    greeting = clean_text(words.greeting, "greeting", MAX_WORDS)
    away = clean_text(words.away, "away", MAX_WORDS, 0 if words.away_mode == AwayMode.OFF else 1)
    old = TalkSettings.objects.filter(shop=shop).first()
    stays_away = old is not None and old.away_mode == words.away_mode
    settings, _made = TalkSettings.objects.update_or_create(
        shop=shop,
        defaults={
            "is_greeting_on": greeting != "",
            "greeting": greeting,
            "away_mode": words.away_mode,
            "away": away,
            "away_since": old.away_since if old and stays_away else business_now(),
        },
    )
    OpeningHours.objects.filter(shop=shop).delete()
    OpeningHours.objects.bulk_create(
        OpeningHours(
            shop=shop,
            weekday=span.weekday,
            opens_minute=span.opens_minute,
            closes_minute=span.closes_minute,
        )
        for span in words.hours
    )
    return settings


def _check_hours(hours: Sequence[Span]) -> None:
    if len(hours) > MOST_SPANS:
        raise refusal("hours", _("A week has at most 28 spans."))
    ordered = sorted(hours, key=lambda span: (span.weekday, span.opens_minute))
    for span in ordered:
        is_day = 0 <= span.weekday <= 6  # noqa: PLR2004 - Monday to Sunday.
        if not (is_day and 0 <= span.opens_minute < span.closes_minute <= DAY_MINUTES):
            raise refusal("hours", _("A span ends after it begins, on the same day."))
    for earlier, later in pairwise(ordered):
        if earlier.weekday == later.weekday and later.opens_minute < earlier.closes_minute:
            raise refusal("hours", _("Two spans of one day overlap."))

"""What the team keeps for itself, and what the shop says by itself."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.db.models import F, Q

from core.api import keyset_page
from core.bundles import ask_together
from core.errors import NotFound
from merchants.enums import AwayMode, OrderState
from merchants.models import (
    Assignment,
    Holiday,
    Label,
    LabelledTalk,
    OpeningHours,
    Order,
    QuickReply,
    TalkNote,
    TalkSettings,
)

if TYPE_CHECKING:
    from django.db.models import QuerySet

MOST_FOUND = 50


@dataclass(frozen=True, slots=True)
class SpanFacts:
    """A part of a weekday in which somebody answers; minutes of the shop's own clock."""

    weekday: int
    opens_minute: int
    closes_minute: int


@dataclass(frozen=True, slots=True)
class AutomaticWordsFacts:
    """What a shop says by itself."""

    greeting: str
    away_mode: str
    away: str
    away_since: datetime | None
    hours: tuple[SpanFacts, ...]


@dataclass(frozen=True, slots=True)
class LabelFacts:
    """A label."""

    name: str
    colour: str


@dataclass(frozen=True, slots=True)
class NoteFacts:
    """A note about a conversation."""

    public_id: str
    author: str
    text: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DeskTalk:
    """What the team knows of a conversation."""

    conversation: str
    labels: tuple[LabelFacts, ...]
    assignee: str | None


def automatic_words(shop_id: int) -> AutomaticWordsFacts:
    """Return what a shop says by itself; nothing where nobody has set anything."""
    settings = TalkSettings.objects.filter(shop_id=shop_id).first()
    rows = OpeningHours.objects.filter(shop_id=shop_id).order_by("weekday", "opens_minute")
    hours = tuple(SpanFacts(row.weekday, row.opens_minute, row.closes_minute) for row in rows)
    if settings is None:
        return AutomaticWordsFacts("", AwayMode.OFF, "", None, hours)
    return AutomaticWordsFacts(
        settings.greeting, settings.away_mode, settings.away, settings.away_since, hours
    )


def holidays_of(shop_id: int) -> list[tuple[date, str]]:
    """Return the days on which a shop is closed, each with its name, the first before."""
    rows = Holiday.objects.filter(shop_id=shop_id).order_by("day")
    return list(rows.values_list("day", "name"))


def absence_at(
    words: AutomaticWordsFacts,
    timezone: str,
    moment: datetime,
    holidays: frozenset[date] = frozenset(),
) -> datetime | None:
    """Return since when nobody answers at a moment, or None where somebody does.

    Args:
        words: What the shop has set.
        timezone: IANA name of the shop's zone.
        moment: When somebody wrote.
        holidays: Days, by the shop's clock, that are closed whatever their weekday says.

    Returns:
        The beginning of the absence; the same for every moment of it. Without any opening hours
        an absence outside of them lasts for ever, and began when the mode was chosen.
    """
    if words.away_mode == AwayMode.OFF:
        return None
    if words.away_mode == AwayMode.ALWAYS or not words.hours:
        return words.away_since
    local = moment.astimezone(ZoneInfo(timezone))
    return _closed_since(words.hours, local, holidays)


def _closed_since(
    hours: Sequence[SpanFacts], local: datetime, holidays: frozenset[date]
) -> datetime | None:
    """Go back through the days to the last closing, unless a span holds the moment."""
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    minute = local.hour * 60 + local.minute
    today = [span for span in hours if span.weekday == local.weekday()]
    is_holiday = local.date() in holidays
    if not is_holiday and any(span.opens_minute <= minute < span.closes_minute for span in today):
        return None
    for back in range(8 + len(holidays)):
        day = midnight - timedelta(days=back)
        if day.date() in holidays:
            continue
        closings = [
            span.closes_minute
            for span in hours
            if span.weekday == day.weekday() and (back or span.closes_minute <= minute)
        ]
        if closings:
            return day + timedelta(minutes=max(closings))
    return midnight


def quick_replies(shop_id: int, q: str = "") -> list[QuickReply]:
    """Return a shop's quick replies by their words.

    Args:
        shop_id: Primary key of the shop.
        q: How the word begins, or a part of the text; empty: all.
    """
    rows = QuickReply.objects.filter(shop_id=shop_id).select_related("media").order_by("shortcut")
    if not q:
        return list(rows)
    word = q.casefold()
    begins = list(rows.filter(shortcut__startswith=word)[:MOST_FOUND])
    holds = rows.filter(text__icontains=q).exclude(shortcut__startswith=word)[:MOST_FOUND]
    return [*begins, *holds][:MOST_FOUND]


def labels(shop_id: int) -> list[LabelFacts]:
    """Return a shop's labels by name."""
    rows = Label.objects.filter(shop_id=shop_id, removed_at__isnull=True).order_by("name")
    return [LabelFacts(row.name, row.colour) for row in rows]


def stuck_labels(shop_id: int) -> "QuerySet[LabelledTalk]":
    """Return on which conversations which of a shop's labels are, but for removed ones."""
    return LabelledTalk.objects.filter(label__shop_id=shop_id, label__removed_at__isnull=True)


def talks_with(
    shop_id: int, *, label: str | None, login: str | None, cursor: str | None, limit: int
) -> tuple[list[DeskTalk], str | None]:
    """Return a shop's conversations that carry a label or that somebody looks after.

    Args:
        shop_id: Primary key of the shop.
        label: Its name; one of the two is given.
        login: Of whom looks after them.
        cursor: What the page before gave; None for the first.
        limit: How many at most; held to 1 to 100.

    Returns:
        The page, what was marked last first, and the next one's cursor. Always two questions
        to the database, and one more for a label.

    Raises:
        NotFound: There is no such label.
        InputInvalid: The cursor is not one of this list.
    """
    held = _held(shop_id).filter(assignee__login=login)
    rows: QuerySet[Any] = held
    if label is not None:
        living = Label.objects.filter(shop_id=shop_id, removed_at__isnull=True)
        found = living.filter(name__iexact=label).first()
        if found is None:
            raise NotFound
        rows = LabelledTalk.objects.filter(label=found)
        if login is not None:
            rows = rows.filter(conversation_id__in=held.values("conversation_id"))
    page, following = keyset_page(rows.select_related("conversation"), cursor, limit)
    talks = [(row.conversation_id, row.conversation.public_id) for row in page]
    return desk_talks(shop_id, talks), following


def desk_talks(shop_id: int, talks: Iterable[tuple[int, str]]) -> list[DeskTalk]:
    """Return what the team knows of some conversations; one question to the database.

    Args:
        shop_id: Primary key of the shop.
        talks: Key and public id of each.
    """
    wanted = list(talks)
    return read_marks(ask_together(**marks_asked(shop_id, [key for key, _id in wanted])), wanted)


def marks_asked(shop_id: int, keys: Sequence[int]) -> "dict[str, QuerySet[Any, Any]]":
    """Return what is asked for the labels and holders of conversations, to be asked together."""
    stuck = stuck_labels(shop_id).filter(conversation_id__in=keys)
    named = stuck.annotate(name=F("label__name"), colour=F("label__colour"))
    held = _held(shop_id).filter(conversation_id__in=keys).annotate(login=F("assignee__login"))
    return {
        "stuck": named.order_by("name").values("conversation_id", "name", "colour"),
        "held": held.values("conversation_id", "login"),
    }


def read_marks(
    found: Mapping[str, list[dict[str, Any]]], talks: Iterable[tuple[int, str]]
) -> list[DeskTalk]:
    """Return what ``marks_asked`` found, for each conversation by its key and public id."""
    marks: dict[int, list[LabelFacts]] = {}
    for row in found["stuck"]:
        label = LabelFacts(row["name"], row["colour"])
        marks.setdefault(row["conversation_id"], []).append(label)
    holders = {row["conversation_id"]: row["login"] for row in found["held"]}
    return [
        DeskTalk(public_id, tuple(marks.get(key, [])), holders.get(key)) for key, public_id in talks
    ]


def talks_that(
    shop_id: int, *, label: str = "", holder_id: int | None = None, is_free: bool = False
) -> Q:
    """Say which conversations are meant, to be a part of the inbox's own question.

    Args:
        shop_id: Primary key of the shop.
        label: Those with this label; empty: any.
        holder_id: Those that this person of the team looks after.
        is_free: Those that nobody looks after.
    """
    told = Q()
    held = _held(shop_id)
    if label:
        rows = stuck_labels(shop_id).filter(label__name__iexact=label)
        told &= Q(conversation_id__in=rows.values("conversation_id"))
    if holder_id is not None:
        mine = held.filter(assignee_id=holder_id)
        told &= Q(conversation_id__in=mine.values("conversation_id"))
    if is_free:
        told &= ~Q(conversation_id__in=held.values("conversation_id"))
    return told


def talks_waiting_to_be_paid(shop_id: int) -> Q:
    """Say in which conversations an order waits for its payment, for the inbox's question."""
    waiting = Order.objects.filter(shop_id=shop_id, state=OrderState.AWAITING_PAYMENT)
    return Q(conversation__public_id__in=waiting.values("conversation_ref"))


def notes_of(
    shop_id: int, conversation_id: int, cursor: str | None, limit: int
) -> tuple[list[NoteFacts], str | None]:
    """Return the team's notes about a conversation, the latest first."""
    rows = TalkNote.objects.filter(shop_id=shop_id, conversation_id=conversation_id)
    page, following = keyset_page(rows.select_related("author"), cursor, limit)
    return [note_facts(row) for row in page], following


def note_facts(row: TalkNote) -> NoteFacts:
    """Return the facts of a note."""
    return NoteFacts(row.public_id, row.author.login, row.text, row.created_at)


def _held(shop_id: int) -> "QuerySet[Assignment]":
    return Assignment.objects.filter(shop_id=shop_id, ended_at__isnull=True)

"""Monthly statements that make themselves: on the first of a month, in the shop's own time.

Each shop notes the month it has, in the commit that asks for the file, so a clock that ticks twice,
late or in two processes asks once. A month in which nothing was owed or moved has no statement.
"""

from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import translation

from core.clock import business_now
from core.errors import StateConflict
from core.transactions import owns
from merchants.enums import JobKind, Role
from merchants.models import Shop, TeamMember
from merchants.queries.statement_words import statement_words
from merchants.queries.statements import span_of
from merchants.services.jobs import JobWish, put_job
from merchants.services.statements import month_of
from payments.queries.shop_ledger import count_owed_lines, owed_before

AT_ONCE: Final = 200
EARLIEST_ZONE: Final = timedelta(hours=14)
"""So much earlier than by UTC a month ends at the date line."""

FILE: Final = "pdf"


def make_due_statements() -> int:
    """Ask for the statement of each shop whose month is over; return how many were asked for.

    Transaction: none (each shop's is one of its own).
    """
    moment, after, made = business_now(), 0, 0
    newest = _month_before((moment + EARLIEST_ZONE).date())[1]
    due = Q(stated_until__isnull=True) | Q(stated_until__lt=newest)
    while True:
        rows = Shop.objects.filter(due, id__gt=after).order_by("id").values_list("id", "timezone")
        found = list(rows[:AT_ONCE])
        for shop_id, timezone in found:
            first, last = _month_before(moment.astimezone(ZoneInfo(timezone)).date())
            # A shop with five jobs under way has it at one of the next turns.
            with suppress(StateConflict):
                made += _make(shop_id=shop_id, first=first, last=last, moment=moment)
        if len(found) < AT_ONCE:
            return made
        after = found[-1][0]


@owns
def _make(*, shop_id: int, first: date, last: date, moment: datetime) -> bool:
    """Ask for one shop's statement of a month, unless it has it; tell whether it was asked for.

    Changes: the shop's ``stated_until``, one ``ShopJob``.

    Raises:
        StateConflict: Too many jobs of the shop are under way; nothing is changed then.

    Transaction: owns.
    """
    shop = Shop.objects.select_for_update(no_key=True).get(pk=shop_id)
    if shop.stated_until is not None and shop.stated_until >= last:
        return False
    is_asked = _has_moved(shop, first, last) and _ask(shop, first, last, moment)
    shop.stated_until = last
    shop.save(update_fields=["stated_until"])
    return is_asked


def _ask(shop: Shop, first: date, last: date, moment: datetime) -> bool:
    """Queue the file in the name and language of the owner who has been here longest."""
    owners = TeamMember.objects.filter(shop=shop, role=Role.OWNER, removed_at__isnull=True)
    owner = owners.select_related("person").order_by("id").first()
    if owner is None:
        return False
    language = owner.person.locale or "en"
    with translation.override(language.lower()):
        words = statement_words()
    facts = {
        "first_day": first.isoformat(),
        "last_day": last.isoformat(),
        "file": FILE,
        "words": words,
        "language": language,
        "until": moment.isoformat(),
        "is_monthly": True,
    }
    wish = JobWish(kind=JobKind.STATEMENT, facts=facts)
    put_job(shop_id=shop.pk, actor=owner.person, wish=wish)
    return True


def _has_moved(shop: Shop, first: date, last: date) -> bool:
    wish = {"first_day": first.isoformat(), "last_day": last.isoformat()}
    span = span_of(wish, shop.timezone)
    if span[1] <= shop.created_at:
        return False
    return bool(owed_before(shop.party_id, span[0])) or count_owed_lines(shop.party_id, span) > 0


def _month_before(day: date) -> tuple[date, date]:
    """Return the first and the last day of the month before a day's."""
    return month_of(day.replace(day=1) - timedelta(days=1))

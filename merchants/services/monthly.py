"""Monthly statements that make themselves: on the first of a month, in the shop's own time.

Each shop notes the month it has, in the commit that asks for the file, so a clock that ticks twice,
late or in two processes asks once. Months that went by while nobody ticked are made one after the
other, from the shop's first. A month in which nothing was owed or moved has no statement.
"""

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Q

from core.clock import business_now
from core.errors import StateConflict
from core.transactions import owns
from merchants.models import Shop
from merchants.queries.statements import span_of
from merchants.services.month_files import FILE, ask_month_file
from merchants.services.statement_mailings import owe_statement_mails
from merchants.services.statements import month_of
from payments.queries.shop_ledger import count_owed_lines, owed_before

AT_ONCE: Final = 200
EARLIEST_ZONE: Final = timedelta(hours=14)
"""So much earlier than by UTC a month ends at the date line."""


def make_due_statements() -> int:
    """Ask for the statements of each shop's months that are over; return how many were asked for.

    Transaction: none (each month of a shop is one of its own).
    """
    moment, after, made = business_now(), 0, 0
    newest = _month_before((moment + EARLIEST_ZONE).date())[1]
    due = Q(stated_until__isnull=True) | Q(stated_until__lt=newest)
    while True:
        found = list(Shop.objects.filter(due, id__gt=after).order_by("id")[:AT_ONCE])
        made += sum(_make_missing(shop, moment) for shop in found)
        if len(found) < AT_ONCE:
            return made
        after = found[-1].pk


def _make_missing(shop: Shop, moment: datetime) -> int:
    """Ask for each month that a shop has not had, the oldest first; return how many there were."""
    made = 0
    for first, last in _missing(shop, moment):
        try:
            made += _make(shop_id=shop.pk, first=first, last=last, moment=moment)
        except StateConflict:
            # A shop with five jobs under way has the rest at one of the next turns.
            break
    return made


def _missing(shop: Shop, moment: datetime) -> list[tuple[date, date]]:
    """Return the first and last days of a shop's months that are over; of a new one the last."""
    zone = ZoneInfo(shop.timezone)
    newest = _month_before(moment.astimezone(zone).date())
    day = shop.created_at.astimezone(zone).date()
    if shop.stated_until is not None:
        day = shop.stated_until + timedelta(days=1)
    months = []
    while day <= newest[1]:
        months.append(month_of(day))
        day = months[-1][1] + timedelta(days=1)
    return months if months or shop.stated_until is not None else [newest]


@owns
def _make(*, shop_id: int, first: date, last: date, moment: datetime) -> bool:
    """Ask for one shop's statement of a month, unless it has it; tell whether it was asked for.

    Changes: the shop's ``stated_until``, one ``ShopJob``; whoever gets it by mail is owed one, and
    another ``ShopJob`` makes the other kind of file that they want.

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
    """Queue the files, and owe the mails; tell whether there is somebody to ask for them."""
    month = (first, last)
    if not ask_month_file(shop=shop, month=month, file=FILE, moment=moment):
        return False
    for file in sorted(owe_statement_mails(shop=shop, first=first, last=last) - {FILE}):
        ask_month_file(shop=shop, month=month, file=file, moment=moment)
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

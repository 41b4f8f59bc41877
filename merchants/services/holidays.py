"""Days on which a shop is closed though the weekday would say otherwise."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import NotFound, StateConflict
from core.transactions import owns
from merchants.models import Holiday, Shop
from merchants.services.texts import clean_text, refusal
from merchants.services.undoing import Expected, refuse_changed
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person

MAX_NAME: Final = 60
MOST_HOLIDAYS: Final = 60
LONGEST_AHEAD: Final = timedelta(days=730)


@owns
def put_holiday(
    *, shop_id: int, actor: "Person", day: date, name: str, expected: Expected | None = None
) -> Holiday:
    """Say that the shop is closed on a day; said again, the day has the new name.

    Changes: one ``Holiday`` and a line of the trail; days of a year ago are forgotten.

    Args:
        shop_id: Primary key of the shop.
        actor: Who of the team says so.
        day: Today, by the shop's own clock, up to two years ahead.
        name: Such as Carnival; up to 60 characters, may be empty.
        expected: The name that the day has by now; None in it for no holiday.

    Raises:
        NotFound: There is no such shop.
        InputInvalid, TextInvalid: The day or the name is not right.
        StateConflict: The shop has 60 of them, or the day is not as expected.

    Transaction: owns.
    """
    clean = clean_text(name, "name", MAX_NAME)
    shop = Shop.objects.select_for_update(no_key=True).filter(pk=shop_id).first()
    if shop is None:
        raise NotFound
    today = business_now().astimezone(ZoneInfo(shop.timezone)).date()
    if not today <= day <= today + LONGEST_AHEAD:
        raise refusal("day", _("A holiday is today or within two years."))
    days = Holiday.objects.filter(shop=shop)
    refuse_changed(expected, days.filter(day=day).values_list("name", flat=True).first())
    days.filter(day__lt=today - timedelta(days=365)).delete()
    if days.exclude(day=day).count() >= MOST_HOLIDAYS:
        raise StateConflict(_("A shop has at most 60 holidays. Remove one first."))
    holiday, is_new = Holiday.objects.update_or_create(shop=shop, day=day, defaults={"name": clean})
    if is_new:
        _tell(shop, actor, "holiday.added", holiday)
    return holiday


@owns
def remove_holiday(*, shop_id: int, actor: "Person", day: date) -> str:
    """Let a day be as its weekday says again.

    Returns:
        The name that it had.

    Raises:
        NotFound: The shop has no such holiday.

    Transaction: owns.
    """
    rows = Holiday.objects.select_for_update(of=("self",)).select_related("shop")
    holiday = rows.filter(shop_id=shop_id, day=day).first()
    if holiday is None:
        raise NotFound
    holiday.delete()
    _tell(holiday.shop, actor, "holiday.removed", holiday)
    return holiday.name


def _tell(shop: Shop, actor: "Person", action: str, holiday: Holiday) -> None:
    record(
        actor=actor,
        action=action,
        object_ref=shop.public_id,
        before={},
        after={"day": holiday.day.isoformat(), "name": holiday.name},
        reason="",
    )

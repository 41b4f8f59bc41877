"""Why a limit is what it is, in words: one catalogue, in the reader's language.

A word is a code and a sentence. The codes are a contract, the sentences are not: ``condition``,
``personal``, ``going_out`` and the window decide the code, never the name of a rule, so that an
operator may add rules without touching code.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from payments.enums import DecidedWhy, LimitCondition, LimitMeasure, LimitSide, LimitWindow
from payments.limits import NIGHT_ENDS_HOUR
from payments.queries.limits import PERSONAL, STAFF, Limit


@dataclass(frozen=True, slots=True)
class Word:
    """A stable code, and its sentence."""

    code: str
    detail: str


def why(limit: Limit) -> Word:
    """Say why a limit is what it is, to the one who is held to it."""
    return _word(_code(limit), limit)


def why_refused(limit: Limit) -> Word:
    """Say to who pays why a limit refuses: what staff set for a payee is the payee's own."""
    is_theirs = limit.side == LimitSide.RECEIVED
    return _word(f"{limit.side}_{limit.window}" if is_theirs else _code(limit), limit)


def _word(code: str, limit: Limit) -> Word:
    """Return the sentence of a code, with the night's hours in it."""
    numbers = {"begins": limit.night_begins, "ends": NIGHT_ENDS_HOUR}
    return Word(code, str(_WORDS[code]) % numbers)


def _code(limit: Limit) -> str:
    """Return the code: who set it first, then the window."""
    if limit.set_by == STAFF and limit.decided is not None:
        return f"{STAFF}_{limit.decided.why}"
    if limit.condition != LimitCondition.ALWAYS:
        return limit.condition
    if limit.set_by == PERSONAL:
        return f"{PERSONAL}_{limit.window}"
    if limit.side == LimitSide.RECEIVED:
        return f"{limit.side}_{limit.window}"
    counted = "_count" if limit.measure == LimitMeasure.COUNT else ""
    return f"sent_{limit.window}{counted}"


_WORDS: Mapping[str, Promise | str] = {
    LimitCondition.NEW_DEVICE.value: _(
        "This device is new, or your PIN was reset: for 24 hours it sends less, so that nobody"
        " who took your number or PIN can empty what you have."
    ),
    LimitCondition.GOING_OUT.value: _(
        "You are in going-out mode and chose this yourself. It ends by itself, or earlier with"
        " your PIN."
    ),
    f"{STAFF}_{DecidedWhy.ASKED.value}": _(
        "Our staff set this limit for a time, because you asked for it. Then the usual one is back."
    ),
    f"{STAFF}_{DecidedWhy.SAFETY.value}": _(
        "Our staff set this limit for a time, for your safety. Then the usual one is back."
    ),
    f"{STAFF}_{DecidedWhy.REVIEW.value}": _(
        "Our staff set this limit for a time, while they check something with you. Then the usual"
        " one is back."
    ),
    f"{PERSONAL}_{LimitWindow.PAYMENT.value}": _("You chose this limit for one payment."),
    f"{PERSONAL}_{LimitWindow.DAY.value}": _("You chose this limit for a day."),
    f"{PERSONAL}_{LimitWindow.MONTH.value}": _("You chose this limit for a month."),
    f"{PERSONAL}_{LimitWindow.NIGHT.value}": _(
        "You chose this limit for the night, from %(begins)02d:00 to %(ends)02d:00."
    ),
    "sent_payment": _("One payment may be this much at most."),
    "sent_day": _("You may send this much in one day."),
    "sent_month": _("You may send this much in one calendar month."),
    "sent_night": _(
        "At night, from %(begins)02d:00 to %(ends)02d:00, you may send less, because robbers"
        " force people to pay at night."
    ),
    "sent_payment_count": _("You may make this many payments at once."),
    "sent_day_count": _("You may make this many payments in one day."),
    "sent_month_count": _("You may make this many payments in one calendar month."),
    "sent_night_count": _(
        "You may make this many payments at night, from %(begins)02d:00 to %(ends)02d:00."
    ),
    "received_payment": _("One payment that is received may be this much at most."),
    "received_day": _("Only so much can be received in one day."),
    "received_month": _("Only so much can be received in one calendar month."),
    "received_night": _(
        "Only so much can be received at night, from %(begins)02d:00 to %(ends)02d:00."
    ),
}
"""For each code the sentence; a test walks through every rule that there can be."""

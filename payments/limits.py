"""Limits: which window a payment falls into, and the rules of each country.

A limit is a row of ``LimitRule``: for one country and one kind of payment, so much may be sent
or received in one window. This module holds what needs no database: the windows, and the rules
that a country is opened with. ``payments.services.limits`` counts.

Windows
-------
Every window is cut in the *country's* time zone, because that is where the law and the person
live: a payment at 02:00 UTC on the 1st belongs to the last evening of the month before in
São Paulo. A window is named by a short key, and the counter of a party for a rule and a key is
one row:

- ``payment``: no counter; the amount alone is compared.
- ``day``: the calendar day, ``2026-11-23``.
- ``month``: the calendar month, ``2026-11``.
- ``night``: 20:00 to 06:00, named by the evening it began on, ``2026-11-23N``. A payment by day
  falls into no night, and the rule does not apply to it. A person may let their night begin at
  22:00 instead.

Sent and received are counted apart: what a person receives never eats what it may send.

Conditions
----------
A rule applies ``always``, or only under a condition, and then counts only what is paid under it:

- ``new_device``: the payment comes from a device that is not 24 hours old, or within 24 hours
  of a PIN that was reset. All the new devices of a person share one counter. The regulator
  speaks of each device; counting them together is never looser, and a thief gains nothing by
  signing in on a second one.
- ``going_out``: the payer has switched going-out mode on. The rule's value is the most that may
  be chosen for it; what was chosen counts.
- ``decided``: staff, two of them, set this limit for the party for a time. The rule's value is
  the most that may be set; for everybody else there is no such limit and no counter, so that a
  shop's sales do not queue up for one row.

A rule of the first two is of kind ``any``: it counts payments of every kind together.

The rules
---------
``STANDARD_RULES`` are the rules a country starts with. They become rows when the country is set
up (``payments.services.limits.put_standard_rules``); from then on the rows count, and an
operator changes rows, not code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from payments.enums import (
    ANY_KIND,
    LimitCondition,
    LimitMeasure,
    LimitSide,
    LimitWindow,
    PaymentKind,
)

NIGHT_BEGINS_HOUR = 20
LATE_NIGHT_BEGINS_HOUR = 22
"""The later beginning that a person may choose for Pix since December 2022 (Banco Central)."""

NIGHT_ENDS_HOUR = 6

NEW_FOR = timedelta(hours=24)
"""How long a device is new, and how long a reset PIN makes every device new again."""

RAISE_WAITS = timedelta(hours=24)
"""How long a raise waits: at least 24 hours, Banco Central do Brasil, Resolução BCB 142."""

LONGEST_DECISION = timedelta(days=90)
"""For how long staff may set somebody's limit; after that they look at it anew."""

MOST_TIMES = 10
"""How many times a country's rule staff may raise it to: more is a slip of the hand."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A limit as it is set up; ``value`` is minor units or a number of payments.

    Attributes:
        kind: The kind of payment it applies to, or ``any``.
        name: Unique for the country and kind; shown in quotes.
        side: Whose limit it is: what a party sends or what it receives.
        window: Over what time it counts.
        measure: What it counts.
        value: The limit itself; reaching it exactly is allowed.
        source: Where the number comes from.
        condition: When it applies at all.
    """

    kind: str
    name: str
    side: LimitSide
    window: LimitWindow
    measure: LimitMeasure
    value: int
    source: str
    condition: LimitCondition = LimitCondition.ALWAYS


_OWN = "The operator's own rule."
_NIGHT = (
    "Night ceiling of R$ 1,000 from 20:00 to 06:00 between natural persons: Banco Central do"
    " Brasil, Resolução BCB 142 of 23 September 2021."
)
_NEW_DEVICE = (
    "R$ 200 a payment and R$ 1,000 a day from a device that is not registered: Banco Central do"
    " Brasil, Resolução BCB 403 of 22 July 2024."
)
_GOING_OUT = "The most that may be chosen for going-out mode: the operator's own rule."
_DECIDED = "The most that staff may set for one shop: the operator's own rule."


def _under(
    condition: LimitCondition, source: str, values: Mapping[LimitWindow, int]
) -> tuple[Rule, ...]:
    """Return the rules of a condition: so much a payment and so much a day, of every kind."""
    return tuple(
        Rule(
            ANY_KIND,
            f"{condition.value}_per_{window.value}",
            LimitSide.SENT,
            window,
            LimitMeasure.AMOUNT,
            value,
            source,
            condition,
        )
        for window, value in values.items()
    )


def _person_to_person(name: str, window: LimitWindow, value: int, source: str = _OWN) -> Rule:
    """Return a rule about what a person sends to persons, in minor units."""
    return Rule(
        PaymentKind.PERSON_TO_PERSON.value,
        name,
        LimitSide.SENT,
        window,
        LimitMeasure.AMOUNT,
        value,
        source,
    )


def _sales(name: str, window: LimitWindow, value: int) -> Rule:
    """Return a rule about what a shop sells, which holds where staff set it."""
    return Rule(
        PaymentKind.PURCHASE.value,
        name,
        LimitSide.RECEIVED,
        window,
        LimitMeasure.AMOUNT,
        value,
        _DECIDED,
        LimitCondition.DECIDED,
    )


_BRAZIL = (
    _person_to_person("per_payment", LimitWindow.PAYMENT, 100_000),
    _person_to_person("sent_per_month", LimitWindow.MONTH, 500_000),
    _person_to_person("sent_per_night", LimitWindow.NIGHT, 100_000, _NIGHT),
    Rule(
        PaymentKind.PERSON_TO_PERSON.value,
        "received_per_month",
        LimitSide.RECEIVED,
        LimitWindow.MONTH,
        LimitMeasure.AMOUNT,
        500_000,
        _OWN,
    ),
    Rule(
        PaymentKind.PERSON_TO_PERSON.value,
        "received_per_day",
        LimitSide.RECEIVED,
        LimitWindow.DAY,
        LimitMeasure.COUNT,
        20,
        _OWN,
    ),
    Rule(
        PaymentKind.PURCHASE.value,
        "per_purchase",
        LimitSide.SENT,
        LimitWindow.PAYMENT,
        LimitMeasure.AMOUNT,
        500_000,
        _OWN,
    ),
    Rule(
        PaymentKind.PURCHASE.value,
        "purchases_per_day",
        LimitSide.SENT,
        LimitWindow.DAY,
        LimitMeasure.AMOUNT,
        1_000_000,
        _OWN,
    ),
    *_under(
        LimitCondition.NEW_DEVICE,
        _NEW_DEVICE,
        {LimitWindow.PAYMENT: 20_000, LimitWindow.DAY: 100_000},
    ),
    *_under(
        LimitCondition.GOING_OUT,
        _GOING_OUT,
        {LimitWindow.PAYMENT: 50_000, LimitWindow.DAY: 100_000},
    ),
    _sales("per_sale", LimitWindow.PAYMENT, 500_000),
    _sales("sales_per_day", LimitWindow.DAY, 100_000_000),
)

STANDARD_RULES: Mapping[str, Sequence[Rule]] = MappingProxyType({"BR": _BRAZIL, "XX": _BRAZIL})
"""For each country the limits it starts with; Sandboxland has Brazil's in its own currency."""

STANDARD_FEES: Mapping[str, Mapping[PaymentKind, int]] = MappingProxyType(
    {
        "BR": {PaymentKind.PERSON_TO_PERSON: 0, PaymentKind.PURCHASE: 199},
        "XX": {PaymentKind.PERSON_TO_PERSON: 0, PaymentKind.PURCHASE: 199},
    }
)
"""For each country the price of a payment to its payee, in basis points of the amount."""


def ceiling_ends(device_created_at: datetime, pin_reset_at: datetime | None) -> datetime:
    """Return from when on a device may send more than a new one.

    Args:
        device_created_at: When it signed in for the first time.
        pin_reset_at: When its person's PIN was reset last, if ever; a change proved by the old
            PIN is no reset.
    """
    return max(device_created_at, pin_reset_at or device_created_at) + NEW_FOR


def window_key(
    window: str, moment: datetime, timezone: str, night_begins: int = NIGHT_BEGINS_HOUR
) -> str | None:
    """Return the key of the window a moment falls into.

    Args:
        window: A ``LimitWindow``.
        moment: The business moment, aware.
        timezone: The country's IANA time zone.
        night_begins: The hour at which the party's night begins.

    Returns:
        The key; ``""`` for a limit of a single payment, which has no counter; None when the
        rule does not apply at this moment, as a night rule at noon.
    """
    local = moment.astimezone(ZoneInfo(timezone))
    if window == LimitWindow.DAY:
        return local.date().isoformat()
    if window == LimitWindow.MONTH:
        return f"{local.year:04}-{local.month:02}"
    if window == LimitWindow.NIGHT:
        return _night_key(local, night_begins)
    return ""


def _night_key(local: datetime, begins: int) -> str | None:
    """Return the evening that the night of a local moment began on, or None by day."""
    if local.hour >= begins:
        evening = local.date()
    elif local.hour < NIGHT_ENDS_HOUR:
        evening = local.date() - timedelta(days=1)
    else:
        return None
    return f"{evening.isoformat()}N"

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
  falls into no night, and the rule does not apply to it.

Sent and received are counted apart: what a person receives never eats what it may send.

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

from payments.enums import LimitMeasure, LimitSide, LimitWindow, PaymentKind

NIGHT_BEGINS_HOUR = 20
NIGHT_ENDS_HOUR = 6


@dataclass(frozen=True, slots=True)
class Rule:
    """A limit as it is set up; ``value`` is minor units or a number of payments.

    Attributes:
        kind: The kind of payment it applies to.
        name: Unique for the country and kind; shown in quotes.
        side: Whose limit it is: what a party sends or what it receives.
        window: Over what time it counts.
        measure: What it counts.
        value: The limit itself; reaching it exactly is allowed.
        source: Where the number comes from.
    """

    kind: PaymentKind
    name: str
    side: LimitSide
    window: LimitWindow
    measure: LimitMeasure
    value: int
    source: str


_OWN = "The operator's own rule."
_NIGHT = (
    "Night ceiling of R$ 1,000 from 20:00 to 06:00 between natural persons: Banco Central do"
    " Brasil, Resolução BCB 142 of 23 September 2021."
)


def _person_to_person(name: str, window: LimitWindow, value: int, source: str = _OWN) -> Rule:
    """Return a rule about what a person sends to persons, in minor units."""
    return Rule(
        PaymentKind.PERSON_TO_PERSON,
        name,
        LimitSide.SENT,
        window,
        LimitMeasure.AMOUNT,
        value,
        source,
    )


_BRAZIL = (
    _person_to_person("per_payment", LimitWindow.PAYMENT, 100_000),
    _person_to_person("sent_per_month", LimitWindow.MONTH, 500_000),
    _person_to_person("sent_per_night", LimitWindow.NIGHT, 100_000, _NIGHT),
    Rule(
        PaymentKind.PERSON_TO_PERSON,
        "received_per_month",
        LimitSide.RECEIVED,
        LimitWindow.MONTH,
        LimitMeasure.AMOUNT,
        500_000,
        _OWN,
    ),
    Rule(
        PaymentKind.PERSON_TO_PERSON,
        "received_per_day",
        LimitSide.RECEIVED,
        LimitWindow.DAY,
        LimitMeasure.COUNT,
        20,
        _OWN,
    ),
    Rule(
        PaymentKind.PURCHASE,
        "per_purchase",
        LimitSide.SENT,
        LimitWindow.PAYMENT,
        LimitMeasure.AMOUNT,
        500_000,
        _OWN,
    ),
    Rule(
        PaymentKind.PURCHASE,
        "purchases_per_day",
        LimitSide.SENT,
        LimitWindow.DAY,
        LimitMeasure.AMOUNT,
        1_000_000,
        _OWN,
    ),
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


def window_key(window: str, moment: datetime, timezone: str) -> str | None:
    """Return the key of the window a moment falls into.

    Args:
        window: A ``LimitWindow``.
        moment: The business moment, aware.
        timezone: The country's IANA time zone.

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
        return _night_key(local)
    return ""


def _night_key(local: datetime) -> str | None:
    """Return the evening that the night of a local moment began on, or None by day."""
    if local.hour >= NIGHT_BEGINS_HOUR:
        evening = local.date()
    elif local.hour < NIGHT_ENDS_HOUR:
        evening = local.date() - timedelta(days=1)
    else:
        return None
    return f"{evening.isoformat()}N"

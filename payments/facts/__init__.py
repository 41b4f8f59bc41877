"""What is known of each country, as data: one file a country, read and checked here.

A file says what a country is (currency, time zone, how many banks it takes), what anybody can
read of its rails and banks with the source of each line, and how far the sandbox brings it:
``planned``, a ``pilot`` for so many people, or ``open``. Facts change by changing the file.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path
from typing import Any, Literal

FOLDER = Path(__file__).resolve().parent

Stage = Literal["planned", "pilot", "open"]


@dataclass(frozen=True, slots=True)
class RailFact:
    """A way in which banks of the country move money."""

    code: str
    name: str
    operator: str
    settles: str
    limit: str
    source: str


@dataclass(frozen=True, slots=True)
class BankFact:
    """A bank that exists, by its national id, and what kind of id that is."""

    name: str
    national_id: str
    id_kind: str
    rails: list[str]
    source: str


@dataclass(frozen=True, slots=True)
class SandboxBankFact:
    """An invented bank that signs in the sandbox.

    Attributes:
        slug: Our short name of it.
        name: Its own.
        national_id: As banks of the country have them.
        cutoff: A time of day where it is.
        rail: How its accounts are reached.
        files: The rail of its files; empty where it is the same.
        message_version: Of the payment files it takes.
        card_days: After how many business days sales by its cards are settled; None where its
            cards are reached as its accounts are.
    """

    slug: str
    name: str
    national_id: str
    cutoff: time
    rail: str = "sandbox"
    files: str = ""
    message_version: str = "pain.001.001.09"
    card_days: int | None = None


@dataclass(frozen=True, slots=True)
class LimitFact:
    """A limit on what is sent, in minor units."""

    kind: str
    name: str
    window: str
    value: int
    source: str


@dataclass(frozen=True, slots=True)
class ClearanceFact:
    """What the sandbox's regulator allows."""

    scheme: str
    instrument: str
    evidence: str
    conditions: str = ""
    notice_days: int = 0
    max_users: int | None = None


@dataclass(frozen=True, slots=True)
class HolidayFact:
    """A day on which banks rest that the calendar library does not know as one."""

    date: date
    name: str


@dataclass(frozen=True, slots=True)
class CountryFile:
    """All that is known of a country."""

    iso2: str
    name: str
    currency: str
    timezone: str
    min_live_banks: int
    holds_funds: bool
    regulator: str
    stage: Stage
    clearance: ClearanceFact | None = None
    rails: tuple[RailFact, ...] = ()
    banks: tuple[BankFact, ...] = ()
    sandbox_banks: tuple[SandboxBankFact, ...] = ()
    limits: tuple[LimitFact, ...] = ()
    holidays: tuple[HolidayFact, ...] = field(default=())

    @property
    def particulars(self) -> dict[str, object]:
        """Return what ``availability.add_country`` takes."""
        names = ("iso2", "name", "currency", "timezone", "min_live_banks", "holds_funds")
        return {name: getattr(self, name) for name in names}


_PARTS: Mapping[str, type] = {
    "rails": RailFact,
    "banks": BankFact,
    "sandbox_banks": SandboxBankFact,
    "limits": LimitFact,
    "holidays": HolidayFact,
}


def read_countries() -> tuple[CountryFile, ...]:
    """Return every country that has a file, by code.

    Raises:
        TypeError: A file has a word that nobody knows, or lacks one.
        ValueError: A file is no TOML, or is named after another country.
    """
    return tuple(_read(path) for path in sorted(FOLDER.glob("*.toml")))


def _read(path: Path) -> CountryFile:
    found: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    for name, part in _PARTS.items():
        found[name] = tuple(part(**each) for each in found.get(name, ()))
    if "clearance" in found:
        found["clearance"] = ClearanceFact(**found["clearance"])
    country = CountryFile(**found)
    if country.iso2 != path.stem:
        raise ValueError(path.name)
    return country

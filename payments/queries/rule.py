"""The availability rule: may a country do a kind of business at this moment?

A pure function from facts to a verdict. The same function judges a payment inside its own
transaction, the clock's regular check, and what the public page says, so the three cannot
disagree about anything but the moment they looked at.

A reason is a code with numbers; its words come from one catalogue here, in the reader's
language. Reasons are of six sorts, because different things follow from them:

- ``evidence``: something that must exist does not: too few signed banks, no limits, no
  clearance. A capability that was open is suspended, and only a person opens it again.
- ``health``: the banks are signed but their connectors do not answer. New payments are
  refused as long as it lasts, and it ends by itself.
- ``hold``: a regulator's order stands. It ends when two people lift it.
- ``full``: as many people are enrolled as a pilot's clearance allows. Nobody else may enrol; those
  who are pay on. It ends when the regulator allows more, or somebody leaves.
- ``stale``: the last check is too old, so nobody knows. It ends with the next check.
- ``state``: everything may be there, and no person has opened it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from payments.enums import Capability, CapabilityState, HoldLevel

Sort = Literal["evidence", "health", "hold", "full", "stale", "state"]
OPEN_STATES = frozenset({CapabilityState.OPEN, CapabilityState.DEGRADED})
GOES_ON_UNDER_STOP_NEW = frozenset({Capability.REFUND})
NEEDS_LIMITS = frozenset({Capability.PERSON_TO_PERSON, Capability.PURCHASE})


@dataclass(frozen=True, slots=True)
class ClearanceFact:
    """A regulator's clearance that covers the capability."""

    instrument: str
    valid_from_date: date
    valid_to_date: date | None
    notified_date: date | None
    notice_days: int
    max_users: int | None

    def begins(self) -> date:
        """Return the first day it counts: its own, or the end of the notice if that is later."""
        if self.notified_date is None or self.notice_days == 0:
            return self.valid_from_date
        return max(self.valid_from_date, self.notified_date + timedelta(days=self.notice_days))


@dataclass(frozen=True, slots=True)
class HoldFact:
    """A hold that stands over the capability; its own scope is empty for the whole country."""

    public_id: str
    level: str
    legal_reference: str
    imposed_at: datetime
    capability: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the rule looks at, and nothing else.

    Attributes:
        capability: Which business.
        state: The capability's state; None when the country does not have it at all.
        min_live_banks: How many distinct banks it takes.
        signed_banks: Banks with a live agreement that covers the capability today.
        healthy_banks: Those among them whose connector answers.
        has_limits: Whether limits are set for it.
        clearances: All that are recorded for the capability.
        holds: Those that stand now.
        enrolled_count: People enrolled in the country.
        check_age_seconds: How old the last check is; None when there was none.
        max_age_seconds: From when on a check is too old.
        today: The date in the country.
    """

    capability: str
    state: str | None
    min_live_banks: int
    signed_banks: int
    healthy_banks: int
    has_limits: bool
    clearances: tuple[ClearanceFact, ...]
    holds: tuple[HoldFact, ...]
    enrolled_count: int
    check_age_seconds: float | None
    max_age_seconds: float
    today: date


@dataclass(frozen=True, slots=True)
class Reason:
    """Why not: a code, its sort, and the numbers its words need."""

    code: str
    sort: Sort
    parameters: tuple[tuple[str, str | int], ...] = ()

    @property
    def words(self) -> str:
        """Say it in the language of the moment."""
        return str(_WORDS[self.code][0] % dict(self.parameters))

    @property
    def missing(self) -> str:
        """Say what would end it, or nothing where waiting is all there is to do."""
        return str(_WORDS[self.code][1] % dict(self.parameters))

    def written(self) -> dict[str, object]:
        """Return it as JSON for the history of checks."""
        return {"code": self.code, "sort": self.sort, "parameters": dict(self.parameters)}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The rule's answer: open when there is no reason against it."""

    reasons: tuple[Reason, ...]

    @property
    def is_open(self) -> bool:
        """Tell whether new business may begin now."""
        return not self.reasons

    @property
    def has_evidence(self) -> bool:
        """Tell whether everything that must exist exists, so that a person may open it."""
        return not self.of("evidence")

    @property
    def missing(self) -> tuple[str, ...]:
        """Return what is missing, in the language of the moment."""
        return tuple(reason.missing for reason in self.reasons if reason.missing)

    def of(self, *sorts: Sort) -> tuple[Reason, ...]:
        """Return the reasons of some sorts."""
        return tuple(reason for reason in self.reasons if reason.sort in sorts)


def evaluate(facts: Facts) -> Verdict:
    """Judge the facts; no clock, no database, no side effect.

    The order of the reasons is fixed: what stands in the way longest comes first.
    """
    found = [
        *_of_banks(facts),
        *_of_limits(facts),
        *_of_clearance(facts),
        *_of_holds(facts),
        *_of_check(facts),
        *_of_state(facts),
    ]
    return Verdict(tuple(found))


def reason_from(written: Mapping[str, object]) -> Reason:
    """Read a reason back from the history of checks."""
    parameters = written.get("parameters")
    pairs = tuple(parameters.items()) if isinstance(parameters, dict) else ()
    return Reason(str(written["code"]), written["sort"], pairs)  # type: ignore[arg-type]  # We wrote it.


def _of_banks(facts: Facts) -> list[Reason]:
    numbers = (
        ("needed", facts.min_live_banks),
        ("signed", facts.signed_banks),
        ("healthy", facts.healthy_banks),
        ("wanting", max(facts.min_live_banks - facts.signed_banks, 0)),
    )
    if facts.signed_banks < facts.min_live_banks:
        return [Reason("banks_missing", "evidence", numbers)]
    if facts.healthy_banks < facts.min_live_banks:
        return [Reason("connectors_down", "health", numbers)]
    return []


def _of_limits(facts: Facts) -> list[Reason]:
    if facts.capability in NEEDS_LIMITS and not facts.has_limits:
        return [Reason("limits_missing", "evidence")]
    return []


def _of_clearance(facts: Facts) -> list[Reason]:
    """One clearance that counts today is enough; else the nearest to counting is named."""
    refusals = [_refusal(clearance, facts) for clearance in facts.clearances]
    if not refusals:
        return [Reason("clearance_missing", "evidence")]
    if any(refusal is None for refusal in refusals):
        return []
    return [next(refusal for refusal in refusals if refusal is not None)]


def _refusal(clearance: ClearanceFact, facts: Facts) -> Reason | None:
    return _out_of_time(clearance, facts) or _over(clearance, facts)


def _out_of_time(clearance: ClearanceFact, facts: Facts) -> Reason | None:
    named = ("instrument", clearance.instrument)
    begins = clearance.begins()
    if facts.today < begins:
        return Reason("clearance_not_yet", "evidence", (named, ("date", begins.isoformat())))
    if clearance.valid_to_date is not None and facts.today > clearance.valid_to_date:
        ended = ("date", clearance.valid_to_date.isoformat())
        return Reason("clearance_expired", "evidence", (named, ended))
    return None


def _over(clearance: ClearanceFact, facts: Facts) -> Reason | None:
    """Nobody enrols above the cap of a pilot; what those within it do goes on up to the cap."""
    most = clearance.max_users
    if most is None or facts.enrolled_count < most:
        return None
    words = (("instrument", clearance.instrument), ("cap", most))
    if facts.capability == Capability.ENROLMENT:
        return Reason("pilot_full", "full", words)
    return Reason("users_cap_passed", "evidence", words) if facts.enrolled_count > most else None


def places_of(facts: Facts) -> int | None:
    """Return how many people may be enrolled; None where no clearance of today limits them."""
    counting = [each.max_users for each in facts.clearances if not _out_of_time(each, facts)]
    limited = [most for most in counting if most is not None]
    return max(limited) if limited and len(limited) == len(counting) else None


def _of_holds(facts: Facts) -> list[Reason]:
    """A hold that stops new business lets refunds go on; one that stops all does not."""
    stopping = [
        hold
        for hold in facts.holds
        if hold.level == HoldLevel.STOP_ALL or facts.capability not in GOES_ON_UNDER_STOP_NEW
    ]
    return [
        Reason(
            "regulator_hold",
            "hold",
            (("hold", hold.public_id), ("reference", hold.legal_reference)),
        )
        for hold in stopping
    ]


def _of_check(facts: Facts) -> list[Reason]:
    age = facts.check_age_seconds
    if age is None or age > facts.max_age_seconds:
        return [Reason("check_stale", "stale")]
    return []


def _of_state(facts: Facts) -> list[Reason]:
    if facts.state in OPEN_STATES:
        return []
    return [Reason(f"state_{facts.state or 'none'}", "state")]


_WORDS: Mapping[str, tuple[Promise | str, Promise | str]] = {
    "banks_missing": (
        _("%(signed)s of the %(needed)s banks it takes have a live signed agreement."),
        ngettext_lazy(
            "%(wanting)s more bank with a live signed agreement",
            "%(wanting)s more banks with a live signed agreement",
            "wanting",
        ),
    ),
    "connectors_down": (
        _("Only %(healthy)s of the %(needed)s banks it takes answer at the moment."),
        _("The banks' connections coming back"),
    ),
    "limits_missing": (_("No limits are set."), _("Limits for each payment, day and month")),
    "clearance_missing": (
        _("The regulator has not cleared this yet."),
        _("A clearance by the regulator"),
    ),
    "clearance_not_yet": (
        _("The clearance %(instrument)s counts from %(date)s."),
        _("Waiting until %(date)s"),
    ),
    "clearance_expired": (
        _("The clearance %(instrument)s ended on %(date)s."),
        _("A new clearance by the regulator"),
    ),
    "pilot_full": (
        _("This is a pilot for %(cap)s people (%(instrument)s), and all places are taken."),
        _("A clearance for more people"),
    ),
    "users_cap_passed": (
        _("The clearance %(instrument)s allows %(cap)s people, and more are enrolled."),
        _("A clearance for more people"),
    ),
    "regulator_hold": (
        _("A regulator's hold stands (%(reference)s)."),
        _("The hold being lifted by two people"),
    ),
    "check_stale": (
        _("The last check of the conditions is too old."),
        _("A fresh check of the conditions"),
    ),
    "state_none": (_("This is not planned here."), ""),
    "state_planned": (_("This is planned and was never open."), _("A person opening it")),
    "state_ready": (
        _("Everything is in place; nobody has opened it yet."),
        _("A person opening it"),
    ),
    "state_suspended": (_("This was open and is suspended."), _("A person opening it again")),
    "state_closed": (_("This was closed for good by a person."), ""),
}

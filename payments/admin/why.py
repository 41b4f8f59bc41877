"""Why may this person send only so much? Each limit as it holds now, and who decided it."""

from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.admin import Sheet, amount
from core.clock import business_now
from payments.enums import LimitCondition, LimitMeasure, LimitSide, PaymentKind
from payments.queries import country_by_iso2
from payments.queries.limit_words import why
from payments.queries.limits import Holder, Limit, LimitFacts, limits_of, usage_of
from payments.services.ceilings import ceiling_of
from payments.services.limit_decisions import decidable_rules
from people.models import Person
from people.queries import (
    PartyFacts,
    devices_of,
    party_by_id,
    party_by_public_id,
    person_by_id,
)

SHOP = "business"
_SET_BY = {
    "country": _("the country's rule"),
    "personal": _("the person"),
    "going_out": _("going-out mode"),
    "staff": _("two of the staff"),
}


class PartyLimitsWhy(Sheet):
    """What a party may send and receive now: the number, what is used, and why it is so."""

    permission = "payments.view_limitusage"
    title = _("Limits: why?")
    template = "admin/why.html"
    person: Person | None
    party: PartyFacts

    def find(self) -> None:
        """Load the party, and the person whose it is."""
        found = party_by_public_id(self.kwargs["party_id"])
        if found is None:
            raise Http404
        self.party = found
        self.person = person_by_id(found.person_id) if found.person_id else None

    def facts(self) -> dict[str, Any]:
        """Read every limit, what is used of it, and what staff may set."""
        country = country_by_iso2(self.party.country)
        now = business_now()
        devices = devices_of(self.person)[:10] if self.person else []
        ceiling = max((ceiling_of(device) for device in devices), default=None)
        tier = self.party.tier or ""
        holder = Holder(self.party.id, tier, tier, ceiling)
        kinds = [kind.value for kind in PaymentKind]
        found = limits_of(holder, country, kinds, now) if country else []
        if self.party.kind == SHOP:
            found = [each for each in found if each.side == LimitSide.RECEIVED]
        used = usage_of(holder.payer_id, found)
        may = self.request.user.has_perm("payments.decide_limitdecision")
        rules = {rule["id"]: rule for rule in decidable_rules(self.party)}
        rows = [_row(each) for each in used]
        rows += [_unset(rule) for rule in rules.values() if _is_unset(rule, found)]
        for row in rows:
            row["doors"] = self._doors(row, rules.get(row["rule_id"])) if may else []
        return {
            "whose": self.person or self.party.display_name,
            "party": self.party,
            "back": self._back(),
            "ceiling": ceiling if ceiling and ceiling > now else None,
            "rows": rows,
        }

    def _back(self) -> str:
        """Return the address of whose limits they are."""
        if self.person is not None:
            return reverse("admin:people_person_change", args=[self.person.pk])
        return reverse("admin:people_party_change", args=[self.party.id])

    def _doors(self, row: dict[str, Any], rule: dict[str, Any] | None) -> list[dict[str, Any]]:
        """Return where another limit is asked for, or the usual one again."""
        if rule is None:
            return []
        args = [self.party.public_id, rule["kind"], rule["name"]]
        doors = [{"url": reverse("staff-set-limit", args=args), "words": _("Set another limit…")}]
        if row["decided"]:
            ending = reverse("staff-end-limit", args=args)
            doors.append({"url": ending, "words": _("Back to the usual limit…")})
        return doors


class LimitsWhy(PartyLimitsWhy):
    """The same of a person."""

    def find(self) -> None:
        """Load the person."""
        person = person_by_id(self.kwargs["person_id"])
        party = party_by_id(person.party_id) if person and person.party_id else None
        if person is None or party is None:
            raise Http404
        self.person, self.party = person, party


def _is_unset(rule: dict[str, Any], found: list[Limit]) -> bool:
    """Tell whether staff may set a limit that nobody has without them, and have not."""
    is_known = any(each.rule_id == rule["id"] for each in found)
    return rule["condition"] == LimitCondition.DECIDED and not is_known


def _unset(rule: dict[str, Any]) -> dict[str, Any]:
    """Show a limit that is not set."""
    return {
        "rule_id": rule["id"],
        "name": f"{rule['kind']} · {rule['name']}".replace("_", " "),
        "why": _("There is no such limit unless staff set one."),
        "source": rule["source"],
        "most": _written(rule["measure"], rule["value"], rule["currency"]),
        "is_now": True,
        "is_unset": True,
        "decided": None,
    }


def _written(measure: str, value: int, currency: str) -> str:
    return str(value) if measure == LimitMeasure.COUNT else amount(value, currency)


def _row(each: LimitFacts) -> dict[str, Any]:
    rule = each.rule
    return {
        "rule_id": rule.rule_id,
        "decided": rule.decided,
        "name": f"{rule.kind} · {rule.name}".replace("_", " "),
        "cap": _written(rule.measure, rule.cap, rule.currency),
        "used": _written(rule.measure, each.used, rule.currency),
        "left": _written(rule.measure, each.left, rule.currency),
        "most": _written(rule.measure, rule.most, rule.currency),
        "set_by": _SET_BY.get(rule.set_by, rule.set_by),
        "why": why(rule).detail,
        "source": rule.source,
        "is_now": rule.window_key is not None,
        "ends_at": rule.ends_at,
        "waiting": rule.waiting,
    }

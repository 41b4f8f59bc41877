"""Why may this person send only so much? Each limit as it holds now, and who decided it."""

from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.admin import Sheet, amount
from core.clock import business_now
from payments.enums import LimitMeasure, PaymentKind
from payments.queries import country_by_iso2
from payments.queries.limit_words import why
from payments.queries.limits import Holder, LimitFacts, limits_of, usage_of
from payments.services.ceilings import ceiling_of
from people.models import Person
from people.queries import PartyFacts, devices_of, party_by_id, person_by_id

_SET_BY = {
    "country": _("the country's rule"),
    "personal": _("the person"),
    "going_out": _("going-out mode"),
}


class LimitsWhy(Sheet):
    """What a person may send and receive now: the number, what is used, and why it is so."""

    permission = "payments.view_limitusage"
    title = _("Limits: why?")
    template = "admin/why.html"
    person: Person
    party: PartyFacts

    def find(self) -> None:
        """Load the person."""
        self.person, self.party = _person(self.kwargs["person_id"])

    def facts(self) -> dict[str, Any]:
        """Read every limit and what is used of it."""
        country = country_by_iso2(self.party.country)
        now = business_now()
        ceilings = [ceiling_of(device) for device in devices_of(self.person)[:10]]
        ceiling = max(ceilings, default=None)
        tier = self.party.tier or ""
        holder = Holder(self.party.id, tier, tier, ceiling)
        kinds = [kind.value for kind in PaymentKind]
        found = limits_of(holder, country, kinds, now) if country else []
        used = usage_of(holder.payer_id, found)
        return {
            "person": self.person,
            "party": self.party,
            "back": reverse("admin:people_person_change", args=[self.person.pk]),
            "ceiling": ceiling if ceiling and ceiling > now else None,
            "rows": [_row(each) for each in used],
        }


def _person(person_id: int) -> tuple[Person, PartyFacts]:
    person = person_by_id(person_id)
    party = party_by_id(person.party_id) if person and person.party_id else None
    if person is None or party is None:
        raise Http404
    return person, party


def _written(measure: str, value: int, currency: str) -> str:
    return str(value) if measure == LimitMeasure.COUNT else amount(value, currency)


def _row(each: LimitFacts) -> dict[str, Any]:
    rule = each.rule
    return {
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

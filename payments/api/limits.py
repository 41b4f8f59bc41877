"""Limits: what the caller may send and why, choosing less, and going-out mode."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import ApiView
from core.clock import business_now
from core.errors import NotFound
from payments.api.serializers_limits import (
    GoingOutIn,
    GoingOutOut,
    LimitIn,
    LimitsOut,
    going_out_out,
    limits_out,
)
from payments.enums import PaymentKind
from payments.queries import CountryFacts, country_by_iso2
from payments.queries.limits import Holder, limits_of, settings_of, usage_of
from payments.services import going_out, personal_limits
from payments.services.ceilings import ceiling_of
from people.api.callers import device_of, person_of
from people.api.serializers import read_approval
from people.models import Device, Person
from people.queries import party_by_id


class LimitsView(ApiView):
    """The caller's limits."""

    @extend_schema(operation_id="list_limits", responses={200: LimitsOut})
    def get(self, request: Request) -> Response:
        """Show every limit, who set it and why, what is used and left, and raises that wait."""
        return Response(_shown(person_of(request), device_of(request)))

    @extend_schema(operation_id="choose_limit", request=LimitIn, responses={200: LimitsOut})
    def put(self, request: Request) -> Response:
        """Choose a lower limit, at once, or a higher one, which holds 24 hours later.

        The value that holds already takes back a raise that waits; null asks for the country's
        own limit.
        """
        person = person_of(request)
        asked = self.read(request, LimitIn)
        if "night_begins" in asked:
            personal_limits.choose_night(person=person, begins=asked["night_begins"])
        else:
            personal_limits.choose_limit(person=person, chosen=personal_limits.Chosen(**asked))
        return Response(_shown(person, device_of(request)))


class GoingOutView(ApiView):
    """Going-out mode."""

    @extend_schema(operation_id="read_going_out", responses={200: GoingOutOut})
    def get(self, request: Request) -> Response:
        """Tell whether going-out mode is on."""
        return Response(_mode(person_of(request)))

    @extend_schema(operation_id="put_going_out", request=GoingOutIn, responses={200: GoingOutOut})
    def put(self, request: Request) -> Response:
        """Switch it on or make it tighter, at once; end it early with a proof."""
        person, device = person_of(request), device_of(request)
        asked = self.read(request, GoingOutIn)
        if asked["until"] is None:
            going_out.come_home(
                person=person,
                device=device,
                approval=read_approval(asked),
            )
        else:
            outing = going_out.Outing(
                asked.get("per_payment"), asked.get("per_day"), asked["until"]
            )
            going_out.go_out(person=person, outing=outing)
        return Response(_mode(person))


def _shown(person: Person, device: Device) -> dict[str, Any]:
    """Return all limits of a person, as seen from a device; none where no country is set up."""
    party_id, country = _place(person)
    moment, settings = business_now(), settings_of(party_id)
    if country is None:
        return limits_out([], settings, "", moment)
    party = party_by_id(party_id)
    tier = (party.tier if party else None) or ""
    holder = Holder(party_id, tier, tier, ceiling_of(device))
    limits = limits_of(holder, country, [kind.value for kind in PaymentKind], moment)
    return limits_out(usage_of(party_id, limits), settings, country.currency, moment)


def _mode(person: Person) -> dict[str, Any]:
    party_id, country = _place(person)
    currency = country.currency if country else ""
    return going_out_out(settings_of(party_id), currency, business_now())


def _place(person: Person) -> tuple[int, CountryFacts | None]:
    """Return the caller's party, and the country whose limits it has, if it is set up.

    Raises:
        NotFound: The caller has no party.
    """
    if person.party is None:
        raise NotFound
    return person.party.id, country_by_iso2(person.party.country)

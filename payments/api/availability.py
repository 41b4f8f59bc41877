"""Where Troco is open, for anybody to read."""

import re
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import ApiView, StrictSerializer, moment_out
from core.clock import business_now
from core.errors import InputInvalid, NotFound, Unauthenticated
from payments.queries.countries import (
    CapabilityAvailability,
    CountryAvailability,
    availabilities,
    availability,
    count_waiting,
)
from payments.services.waitlist import (
    ask_for_code,
    join_by_code,
    join_waitlist,
    leave_waitlist,
)
from people.phones import parse_phone

_ISO2 = re.compile(r"[A-Za-z]{2}")


class ReasonOut(serializers.Serializer[Any]):
    """One reason against, as a code and in words."""

    code = serializers.CharField()
    detail = serializers.CharField()


class CapabilityOut(serializers.Serializer[Any]):
    """Whether one kind of business may begin now."""

    capability = serializers.CharField()
    state = serializers.ChoiceField(choices=["open", "closed"])
    stage = serializers.CharField()
    since = serializers.DateTimeField(allow_null=True)
    reasons = ReasonOut(many=True)
    missing = serializers.ListField(child=serializers.CharField())


class AvailabilityOut(serializers.Serializer[Any]):
    """What a country is open for."""

    country = serializers.CharField()
    name = serializers.CharField()
    currency = serializers.CharField()
    waiting = serializers.IntegerField(help_text="How many asked to be told when it opens.")
    capabilities = CapabilityOut(many=True)


class AvailabilitiesOut(serializers.Serializer[Any]):
    """Every country that is open or planned."""

    data = AvailabilityOut(many=True)  # type: ignore[assignment]  # A field of that name.


class WaitlistOut(serializers.Serializer[Any]):
    """What comes next; it never tells whether the number was on the list before."""

    country = serializers.CharField()
    state = serializers.ChoiceField(
        choices=["listed", "code_sent"],
        help_text="code_sent: ask again with the code that was sent to the number.",
    )


class WaitlistIn(StrictSerializer):
    """Whom to tell: the caller, or a number with the code that was sent to it."""

    phone = serializers.CharField(max_length=40, required=False)
    code = serializers.CharField(max_length=12, required=False)


class AvailabilitiesView(ApiView):
    """Where payments are open."""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(operation_id="list_availability", responses={200: AvailabilitiesOut})
    def get(self, request: Request) -> Response:  # noqa: ARG002 - The framework's.
        """Answer for every country, by code, as for one; there is no second page."""
        waiting = count_waiting()
        found = availabilities(business_now())
        return Response({"data": [_written(each, waiting) for each in found]})


class AvailabilityView(ApiView):
    """What a country is open for, and why or why not."""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(operation_id="read_availability", responses={200: AvailabilityOut})
    def get(self, request: Request, country: str) -> Response:  # noqa: ARG002 - The framework's.
        """Answer for each kind of business whether it is open, since when, and what is missing."""
        return Response(_written(_found(country), count_waiting()))


class WaitlistView(ApiView):
    """Asking to be told when a country opens."""

    permission_classes = ()

    @extend_schema(operation_id="join_waitlist", request=WaitlistIn, responses={202: WaitlistOut})
    def post(self, request: Request, country: str) -> Response:
        """Put the caller's own number on the list, or another once its code is given.

        A number that is not the signed-in caller's is sent the ordinary code first.
        """
        given, place = self.read(request, WaitlistIn), _code(country)
        phone, code = given.get("phone"), given.get("code")
        own = str(getattr(request.user, "phone", None) or "")
        state = "listed"
        if phone is None or parse_phone(phone) == own:
            join_waitlist(country=place, phone=parse_phone(_own_phone(request)))
        elif code is not None:
            join_by_code(country=place, phone=phone, code=code)
        else:
            ask_for_code(country=place, phone=phone)
            state = "code_sent"
        return Response({"country": place, "state": state}, status=202)

    @extend_schema(operation_id="leave_waitlist", responses={204: None})
    def delete(self, request: Request, country: str) -> Response:
        """Take the caller's own number off the list, whoever put it there."""
        if request.user is None:
            raise Unauthenticated(_("Sign in with the number that is to leave the list."))
        leave_waitlist(country=_code(country), phone=_own_phone(request))
        return Response(status=204)


def _own_phone(request: Request) -> str:
    """Return the signed-in caller's number."""
    phone = getattr(request.user, "phone", None)
    if phone:
        return str(phone)
    if request.user is None:
        raise Unauthenticated(_("Give a phone number, or sign in."))
    told = str(_("Give a phone number."))
    raise InputInvalid(field_errors={"phone": [{"code": "required", "detail": told}]})


def _code(country: str) -> str:
    if not _ISO2.fullmatch(country):
        raise NotFound
    return country.upper()


def _found(country: str) -> CountryAvailability:
    found = availability(_code(country), business_now())
    if found is None:
        raise NotFound(_("Nothing is planned in this country."))
    return found


def _written(found: CountryAvailability, waiting: dict[str, int]) -> dict[str, Any]:
    return {
        "country": found.country.iso2,
        "name": found.country.name,
        "currency": found.country.currency,
        "waiting": waiting.get(found.country.iso2, 0),
        "capabilities": [_capability(each) for each in found.capabilities],
    }


def _capability(each: CapabilityAvailability) -> dict[str, Any]:
    verdict = each.verdict
    return {
        "capability": each.capability,
        "state": "open" if verdict.is_open else "closed",
        "stage": each.state,
        "since": moment_out(each.since_at),
        "reasons": [{"code": reason.code, "detail": reason.words} for reason in verdict.reasons],
        "missing": list(verdict.missing),
    }

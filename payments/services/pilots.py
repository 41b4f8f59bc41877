"""Places in a country whose regulator allows only so many people for now.

India let a chat app's payments grow by such steps: a million, then ten, and so on. The count is
exact, because the operator answers for it: a person takes a place in the commit that enrols them,
and whoever wants the last one together with another waits and is refused.
"""

from django.db import connection
from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import TrocoError
from core.transactions import joins
from payments.enums import Capability
from payments.queries.countries import gather_facts
from payments.queries.rule import evaluate, places_of
from payments.services.availability import spoken
from people.queries import party_by_id, person_by_id


class PilotFull(TrocoError):
    """As many people take part in the country as its regulator allows."""

    code = "pilot_full"
    http_status = 409
    words = _("All places of the pilot in this country are taken. Join the waitlist.")


class EnrolmentStopped(TrocoError):
    """Nobody may begin to use payments in the country at the moment."""

    code = "enrolment_stopped"
    http_status = 409
    words = _("Nobody can sign up for payments in this country now. The reasons say why.")


@joins
def take_place(*, person_id: int) -> None:
    """Count a person who enrols now among those of their country, or refuse it.

    Args:
        person_id: Who has everything by now that payments need.

    Raises:
        PilotFull: Every place that the regulator allows is taken.
        EnrolmentStopped: The country is not open for it; ``reasons`` say why.

    Transaction: joins (locks the country's row until it ends).
    """
    person = person_by_id(person_id)
    party = party_by_id(person.party_id) if person and person.party_id else None
    if party is None:
        return
    moment = business_now()
    enrolment = [Capability.ENROLMENT]
    found = gather_facts(country=party.country, moment=moment, capabilities=enrolment)
    if not found:
        return
    facts = found[0].facts
    in_the_way = evaluate(facts).of("evidence", "hold", "state")
    if in_the_way:
        raise EnrolmentStopped(reasons=spoken(in_the_way))
    most = places_of(facts)
    with connection.cursor() as cursor:
        cursor.execute("SELECT countries_enrol_v1(%s, %s)", [party.country, most])
        if not cursor.fetchone()[0]:
            raise PilotFull(places=most, waitlist=f"/v1/availability/{party.country}/waitlist")

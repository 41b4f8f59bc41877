"""Who wants to hear when a country opens, and telling them once it has."""

from django.utils.translation import gettext as _now

from core.clock import business_now
from core.errors import NotFound
from core.events import Later
from core.transactions import owns, refuse_owner
from payments.models import Country, WaitlistEntry
from people.services.invitations import invite

TOLD_AT_ONCE = 50
"""So many are told before others get their turn at the worker."""

GO_ON_AFTER_SECONDS = 1


@owns
def join_waitlist(*, country: str, phone: str) -> int:
    """Put a phone number on the list of a country; being on it already changes nothing.

    Args:
        country: Two-letter code.
        phone: E.164.

    Returns:
        How many wait there now.

    Raises:
        NotFound: Nothing is planned in that country.

    Transaction: owns.
    """
    found = Country.objects.filter(iso2=country).first()
    if found is None:
        raise NotFound
    WaitlistEntry.objects.get_or_create(
        country=found, phone=phone, defaults={"created_at": business_now()}
    )
    return WaitlistEntry.objects.filter(country=found, told_at__isnull=True).count()


@owns
def leave_waitlist(*, country: str, phone: str) -> None:
    """Take a phone number off the list of a country; not being on it changes nothing.

    Args:
        country: Two-letter code.
        phone: E.164, of whoever asks.

    Transaction: owns.
    """
    WaitlistEntry.objects.filter(country__iso2=country, phone=phone).delete()


def tell_waiting(*, country: str) -> int:
    """Tell those on a country's list that it has opened, each once, oldest first.

    Changes: one invitation for each, and that it was told.

    Args:
        country: Two-letter code.

    Returns:
        How many were told now.

    Raises:
        Later: More are waiting: to be called again.
        SenderUnavailable: The gateway takes no messages: likewise.

    Transaction: owns (several for each; none while the gateway is called).
    """
    refuse_owner("payments.services.waitlist.tell_waiting")
    waiting = WaitlistEntry.objects.filter(country__iso2=country, told_at__isnull=True)
    entries = list(waiting.select_related("country").order_by("id")[: TOLD_AT_ONCE + 1])
    for entry in entries[:TOLD_AT_ONCE]:
        name = entry.country.name
        text = _now(
            "Troco is open in %(country)s: you can pay and be paid in the chat. Sign in with this"
            " number to begin. You asked us to tell you; we will not write again."
        )
        invite(phone=entry.phone, reference=f"waitlist-{entry.pk}", text=text % {"country": name})
        _note_told(entry_id=entry.pk)
    if len(entries) > TOLD_AT_ONCE:
        raise Later(GO_ON_AFTER_SECONDS)
    return len(entries)


@owns
def _note_told(*, entry_id: int) -> None:
    WaitlistEntry.objects.filter(pk=entry_id).update(told_at=business_now())

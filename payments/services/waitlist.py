"""Who wants to hear when a country opens, and telling them once it has.

Only proven numbers are on a list: their own person is signed in, or knows the code that was sent to
them. So nobody lists somebody else, and nothing that is answered tells whether a number was there.
"""

from django.utils.translation import gettext as _now

from core.clock import business_now
from core.errors import NotFound
from core.events import Later
from core.transactions import owns, refuse_owner
from payments.models import Country, WaitlistEntry
from people.services.invitations import invite
from people.services.signing import prove_number, request_code

TOLD_AT_ONCE = 50
"""So many are told before others get their turn at the worker."""

GO_ON_AFTER_SECONDS = 1


def ask_for_code(*, country: str, phone: str) -> None:
    """Send the ordinary code to a number that wants to be told; nothing is listed yet.

    Changes: the number's ``SignInCode``. The same for a number that is on the list.

    Args:
        country: Two-letter code.
        phone: With country code.

    Raises:
        NotFound: Nothing is planned in that country.
        PhoneInvalid, TooManyRequests, SenderUnavailable: As for a code to sign in.

    Transaction: owns (the code is committed before it is sent).
    """
    if not Country.objects.filter(iso2=country).exists():
        raise NotFound
    request_code(phone=phone)


def join_by_code(*, country: str, phone: str, code: str) -> None:
    """Put the number on a country's list to which a code was sent.

    Changes: what ``join_waitlist`` changes; the code is used up.

    Raises:
        NotFound: Nothing is planned in that country.
        PhoneInvalid, SignInRejected: As their names say.

    Transaction: owns (several, one after another).
    """
    if not Country.objects.filter(iso2=country).exists():
        raise NotFound
    join_waitlist(country=country, phone=prove_number(phone=phone, code=code))


@owns
def join_waitlist(*, country: str, phone: str) -> None:
    """Put a proven phone number on the list of a country; being on it already changes nothing.

    Args:
        country: Two-letter code.
        phone: E.164, of whoever asks.

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

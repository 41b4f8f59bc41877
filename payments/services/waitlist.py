"""Who wants to hear when a country opens."""

from core.clock import business_now
from core.errors import NotFound
from core.transactions import owns
from payments.models import Country, WaitlistEntry


@owns
def join_waitlist(*, country: str, phone: str) -> None:
    """Put a phone number on the list of a country; being on it already changes nothing.

    Args:
        country: Two-letter code.
        phone: E.164.

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

"""People who work in the portal: they sign in with login, password and second factor."""

from core.clock import business_now
from core.errors import StateConflict
from core.ids import new_id
from core.transactions import owns
from people.enums import PartyKind
from people.models import Party, Person
from people.names import LONGEST_DISPLAY_NAME, clean_text
from people.phones import country_of, parse_phone
from people.services.factors import give_totp


@owns
def create_portal_person(
    *, login: str, phone: str, display_name: str, password: str, totp_secret: str
) -> Person:
    """Make a person who can sign in to the portal; which shop is theirs is said elsewhere.

    They are a consumer as well, with their phone: what they pay privately has nothing to do
    with the shop.

    Changes: a ``Party``, a ``Person``, a TOTP device.

    Args:
        login: 1 to 64 characters, not a phone number.
        phone: With country code.
        display_name: What colleagues and buyers see.
        password: Stored as Argon2id.
        totp_secret: Base 32.

    Raises:
        PhoneInvalid, TextInvalid, InputInvalid: As their names say.
        StateConflict: The login or the phone is taken.

    Transaction: owns.
    """
    number = parse_phone(phone)
    taken = Person.objects.filter(login=login) | Person.objects.filter(phone=number)
    if login.startswith("+") or taken.exists():
        raise StateConflict
    now = business_now()
    party = Party.objects.create(
        public_id=new_id("pty"),
        kind=PartyKind.PERSON,
        display_name=clean_text(display_name, field="display_name", longest=LONGEST_DISPLAY_NAME),
        country=country_of(number),
        created_at=now,
    )
    person = Person(party=party, login=login, phone=number, created_at=now)
    person.set_password(password)
    person.save(force_insert=True)
    give_totp(person=person, totp_secret=totp_secret)
    return person

"""Enrolment: legal identity and accepted terms."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import StateConflict, TrocoError
from core.events import publish
from core.transactions import owns
from people.enums import PartyKind, Terms, Tier
from people.models import Identity, Party, Person, TermsAcceptance
from people.names import clean_legal_name
from people.queries import has_pin
from people.tax_ids import read_tax_id

ADULT_YEARS = 18
_OLDEST_YEARS = 130


class TaxIdTaken(TrocoError):
    """Another party of the country has this tax id; the words do not say so."""

    code = "tax_id_taken"
    http_status = 422
    words = _("This tax id cannot be used here. If it is yours, ask for help.")


class TermsMissing(TrocoError):
    """Not all terms were accepted."""

    code = "terms_missing"
    http_status = 422
    words = _("Accept the terms of payments and of privacy to go on.")


class TooYoung(TrocoError):
    """The person is under 18."""

    code = "too_young"
    http_status = 422
    words = _("Payments are for people of 18 years and older.")


class BirthDateInvalid(TrocoError):
    """Nobody alive was born on that day."""

    code = "birth_date_invalid"
    http_status = 422
    words = _("This birth date is not right. Check the year.")


@dataclass(frozen=True, slots=True)
class _Claim:
    """A checked identity, ready to be written."""

    legal_name: str
    tax_id: str
    birth_date: date
    country: str


def put_identity(
    *, person: Person, legal_name: str, tax_id: str, birth_date: date, terms: Iterable[str]
) -> Identity:
    """Take a person's legal identity and their consent to the terms.

    Changes: ``Identity`` and ``TermsAcceptance`` rows. The same identity again changes
    nothing. Publishes ``identity.verified`` once, and ``person.enrolled`` where a PIN is set.

    Args:
        person: With their party.
        legal_name: As on the person's document, 2 to 140 characters.
        tax_id: Of the party's country, with or without punctuation.
        birth_date: 18 years ago or earlier.
        terms: Codes of the accepted terms; ``payments`` and ``privacy`` must be among them.

    Raises:
        TermsMissing, TaxIdInvalid, TaxIdTaken, TooYoung, BirthDateInvalid: As named.
        CountryUnsupported: Identities of the party's country cannot be checked.
        TextInvalid, InputInvalid: The name is none.
        StateConflict: The person has another identity already; staff change it, not a call.

    Transaction: owns.
    """
    if person.party is None:
        raise StateConflict
    if not set(terms) >= set(Terms.values):
        raise TermsMissing
    now = business_now()
    _check_age(birth_date, now.date())
    claim = _Claim(
        legal_name=clean_legal_name(legal_name),
        tax_id=read_tax_id(tax_id, country=person.party.country, kind=PartyKind.PERSON),
        birth_date=birth_date,
        country=person.party.country,
    )
    try:
        return _write_identity(person, person.party, claim, now)
    except IntegrityError as error:
        raise TaxIdTaken from error


@owns
def _write_identity(person: Person, party: Party, claim: _Claim, now: datetime) -> Identity:
    Party.objects.select_for_update(no_key=True).get(id=party.id)
    known = Identity.objects.filter(party=party).first()
    if known is not None:
        _refuse_other(known, claim)
        return known
    identity = Identity.objects.create(
        party=party,
        legal_name=claim.legal_name,
        tax_id=claim.tax_id,
        birth_date=claim.birth_date,
        country=claim.country,
        tier=Tier.BASIC,
        verified_at=now,
    )
    TermsAcceptance.objects.bulk_create(
        [TermsAcceptance(person=person, terms=code, accepted_at=now) for code in Terms.values],
        ignore_conflicts=True,
    )
    publish("identity.verified", person_id=person.id)
    if has_pin(person):
        publish("person.enrolled", person_id=person.id)
    return identity


def _refuse_other(known: Identity, claim: _Claim) -> None:
    """Let the same identity pass, as when an answer was lost and the call came again."""
    same = (known.legal_name, known.tax_id, known.birth_date) == (
        claim.legal_name,
        claim.tax_id,
        claim.birth_date,
    )
    if not same:
        raise StateConflict(_("Your identity is set. Ask for help if it must change."))


def _check_age(birth_date: date, today: date) -> None:
    """Count whole years; who is born on 29 February comes of age on 1 March."""
    before_birthday = (today.month, today.day) < (birth_date.month, birth_date.day)
    years = today.year - birth_date.year - int(before_birthday)
    if birth_date > today or years > _OLDEST_YEARS:
        raise BirthDateInvalid
    if years < ADULT_YEARS:
        raise TooYoung

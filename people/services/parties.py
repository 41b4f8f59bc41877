"""Parties that are no persons."""

from django.db import IntegrityError

from core.clock import business_now
from core.ids import new_id
from core.transactions import joins
from people.enums import PartyKind, Tier
from people.models import Identity, Party
from people.names import LONGEST_DISPLAY_NAME, clean_legal_name, clean_text
from people.services.identity import TaxIdTaken
from people.tax_ids import read_tax_id


@joins
def open_business(*, display_name: str, country: str, legal_name: str, tax_id: str) -> Party:
    """Make the party of a business, with its legal identity.

    Changes: a ``Party`` and its ``Identity``.

    Args:
        display_name: What buyers see, 1 to 80 characters.
        country: ISO code; it says which tax id is asked for (CNPJ in Brazil).
        legal_name: As registered.
        tax_id: With or without punctuation.

    Raises:
        TaxIdInvalid, CountryUnsupported: The tax id cannot be taken.
        TaxIdTaken: Another business has it. The caller's transaction is lost then.
        TextInvalid, InputInvalid: A name is none.

    Transaction: joins.
    """
    now = business_now()
    party = Party.objects.create(
        public_id=new_id("pty"),
        kind=PartyKind.BUSINESS,
        display_name=clean_text(display_name, field="display_name", longest=LONGEST_DISPLAY_NAME),
        country=country,
        created_at=now,
    )
    try:
        Identity.objects.create(
            party=party,
            legal_name=clean_legal_name(legal_name),
            tax_id=read_tax_id(tax_id, country=country, kind=PartyKind.BUSINESS),
            birth_date=None,
            country=country,
            tier=Tier.BASIC,
            verified_at=now,
        )
    except IntegrityError as error:
        raise TaxIdTaken from error
    return party

"""Parties that are no persons."""

from datetime import datetime

from django.db import IntegrityError

from core.clock import business_now
from core.ids import new_id
from core.prepared import ask
from core.transactions import joins
from people.enums import PartyKind, Tier
from people.models import Identity, Party
from people.names import LONGEST_DISPLAY_NAME, clean_legal_name, clean_text
from people.services.identity import TaxIdTaken
from people.tax_ids import read_tax_id

_CLOSE = "SELECT people_close_party_v1(%s::bigint, %s::timestamptz)"


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


@joins
def close_business(*, party_id: int, moment: datetime) -> None:
    """Let a business be paid nothing more.

    Payments to it that are being accepted are waited for: once this returns, each is there to be
    read, and none is accepted until the caller's transaction ends. So who must know that nothing
    is under way asks after this.

    Changes: the party.

    Args:
        party_id: Whose.
        moment: The business moment.

    Transaction: joins (a lock by the party's name, which payments to it share; whoever closes
    takes it after all other locks but those of the audit trail).
    """
    ask(_CLOSE, [party_id, moment])


@joins
def reopen_business(*, party_id: int) -> None:
    """Let a business that has closed be paid again.

    Changes: the party.

    Transaction: joins (as ``close_business``).
    """
    ask(_CLOSE, [party_id, None])

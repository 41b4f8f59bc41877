"""The rules a payment must meet, asked by the quote and again by the payment itself.

A quote asks without locks and shows the refusal; the payment asks with them, inside its own
transaction, because between the two a country may close, a source may be removed or somebody
may block somebody.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from core.errors import NotFound, TrocoError
from core.money import Money
from core.transactions import joins
from payments.enums import PaymentKind, SourceKind
from payments.models import FundingSource
from payments.queries.countries import CountryFacts, gather_facts
from payments.queries.funding import payout_account_of, receiving_source
from payments.services.availability import CapabilityClosed, refuse_if_closed, require_open
from people.queries import PartyFacts, blocked_between, is_enrolled

if TYPE_CHECKING:
    from people.models import Person

BUSINESS = "business"


class PayeeNotEnrolled(TrocoError):
    """The payee cannot receive money yet."""

    code = "payee_not_enrolled"
    http_status = 422
    words = _("They cannot receive money on Troco yet. Ask them to finish signing up for payments.")


class PayerNotEnrolled(TrocoError):
    """The payer has not finished signing up for payments."""

    code = "payer_not_enrolled"
    http_status = 422
    words = _("Finish signing up for payments first: your identity, a PIN and a funding source.")


class FundingSourceRefused(TrocoError):
    """The funding source cannot be used for this."""

    code = "funding_source_refused"
    http_status = 422
    words = _("This funding source cannot be used here. Choose another, or verify it first.")


class PaymentToSelf(TrocoError):
    """Payer and payee are the same party."""

    code = "payment_to_self"
    http_status = 422
    words = _("A payment goes to somebody else. Choose another payee.")


@dataclass(frozen=True, slots=True)
class Deal:
    """What is about to be paid.

    Attributes:
        payer: Who pays.
        payee: Who is paid.
        kind: What it is for.
        amount: What leaves the payer.
        country: The payee's country, whose rules apply.
        source: Where the payer's money comes from; None when it has none.
    """

    payer: PartyFacts
    payee: PartyFacts
    kind: PaymentKind
    amount: Money
    country: CountryFacts
    source: FundingSource | None


def party_id_of(person: "Person") -> int:
    """Return the party that a person acts for.

    Raises:
        NotFound: Staff without a party neither pay nor are paid.
    """
    if person.party_id is None:
        raise NotFound
    return person.party_id


def kind_between(payee: PartyFacts) -> PaymentKind:
    """Return what a payment to a payee is: a purchase from a business, else between persons."""
    return PaymentKind.PURCHASE if payee.kind == BUSINESS else PaymentKind.PERSON_TO_PERSON


def ask_open(deal: Deal, moment: datetime) -> None:
    """Refuse what would be refused as closed, without locking anything.

    Raises:
        CountryClosed: The payee's country, or the payer's, is closed.
        CapabilityClosed: This kind of payment is closed, or would cross a border.
    """
    for country in _countries(deal):
        refuse_if_closed(
            gather_facts(country=country, moment=moment, capabilities=[deal.kind.value])
        )
    _refuse_border(deal)


@joins
def hold_open(*, deal: Deal, moment: datetime) -> None:
    """Refuse what is closed, and keep it open until the caller commits.

    Raises:
        CountryClosed: The payee's country, or the payer's, is closed.
        CapabilityClosed: This kind of payment is closed, or would cross a border.

    Transaction: joins (a shared lock on the capability, by code of the country).
    """
    for country in _countries(deal):
        require_open(country=country, capability=deal.kind.value, moment=moment)
    _refuse_border(deal)


def check_parties(deal: Deal) -> None:
    """Refuse parties that cannot pay or be paid.

    Raises:
        NotFound: One of the two blocks the other: the payee looks unknown.
        PayerNotEnrolled: The payer's identity, terms or PIN is missing.
        PayeeNotEnrolled: The payee's is, or it has no account to receive on.
    """
    if blocked_between(deal.payer.id, deal.payee.id):
        raise NotFound
    if not is_enrolled(deal.payer.id):
        raise PayerNotEnrolled
    if not can_receive(deal):
        raise PayeeNotEnrolled


def can_receive(deal: Deal) -> bool:
    """Tell whether the payee can be paid.

    A shop needs a verified payout account, because its sales are settled there. A person needs
    to be enrolled and, where no balance may be held for them, a bank account to receive on.
    """
    if deal.kind == PaymentKind.PURCHASE:
        return payout_account_of(deal.payee.id) is not None
    if not is_enrolled(deal.payee.id):
        return False
    return deal.country.holds_funds or receiving_source(deal.payee.id) is not None


def check_source(deal: Deal) -> FundingSource:
    """Return the payer's source if it can be used for this payment.

    Raises:
        FundingSourceRefused: There is none, it is not verified or was removed; it is a credit
            card and this is no purchase; or it is a balance and the country holds none.
    """
    source = deal.source
    if source is None or source.verified_at is None or source.removed_at is not None:
        raise FundingSourceRefused
    if source.kind == SourceKind.CREDIT_CARD and deal.kind != PaymentKind.PURCHASE:
        raise FundingSourceRefused(_("A credit card pays purchases only."))
    if source.kind == SourceKind.BALANCE and not deal.country.holds_funds:
        raise FundingSourceRefused
    return source


def _countries(deal: Deal) -> list[str]:
    """Return the countries that must be open, the payee's first, each once."""
    return list(dict.fromkeys([deal.payee.country, deal.payer.country]))


def _refuse_border(deal: Deal) -> None:
    if deal.payer.country != deal.payee.country:
        raise CapabilityClosed(_("Payments from one country to another are not open yet."))

"""The rules a payment must meet, asked by the quote and again by the payment itself.

Every rule is a function of the deal and of the situation, both read before: nothing here asks the
database. A quote reads the situation without locks and shows the refusal; the payment reads it
again after its locks, in its own transaction, because between the two a country may close, a
source may be removed or somebody may block somebody. ``docs/payment.md`` says how a rule is added.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from core.errors import NotFound, TrocoError
from core.money import Money
from payments.enums import HoldLevel, PaymentKind, SourceKind
from payments.models import FundingSource, Leg
from payments.queries.countries import CapabilityFacts, CountryFacts
from payments.queries.situation import Situation
from payments.services.availability import CapabilityClosed, refuse_if_closed
from people.queries import PartyFacts

if TYPE_CHECKING:
    from people.models import Person

BUSINESS = "business"
ARRIVES_WITHIN = timedelta(seconds=10)
"""What instant rails promise after the approval (Pix: at most 10 s; Banco Central do Brasil)."""


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


class OnHold(TrocoError):
    """An order of an authority covers the payer's account, or a bank that the money needs."""

    code = "on_hold"
    http_status = 409
    words = _("An order stops this payment. Ask support, and name this code.")


class PayeeUnavailable(TrocoError):
    """The payee has closed, or an order covers it; of an order the payer is not told."""

    code = "payee_unavailable"
    http_status = 409
    words = _("They cannot be paid on Troco at the moment. No money was moved.")


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
        is_claim: The payer was told that the payee has to enrol first and the money waits.
        along: For a return: the debit of the payment that it gives back, to whose account the
            money goes.
    """

    payer: PartyFacts
    payee: PartyFacts
    kind: PaymentKind
    amount: Money
    country: CountryFacts
    source: FundingSource | None
    is_claim: bool = False
    along: Leg | None = None


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


def check_open(deal: Deal, situation: Situation) -> None:
    """Refuse what is closed. A return goes on unless a hold stops everything.

    Raises:
        CountryClosed: The payee's country, or the payer's, is closed or not known.
        CapabilityClosed: This kind of payment is closed, or would cross a border.
    """
    known = {each.country.iso2: each for each in situation.open}
    for country in dict.fromkeys([deal.payee.country, deal.payer.country]):
        found = [known[country]] if country in known else []
        if deal.along is None:
            refuse_if_closed(found)
        else:
            _refuse_if_stopped(found)
    if deal.payer.country != deal.payee.country:
        raise CapabilityClosed(_("Payments from one country to another are not open yet."))
    _refuse_if_held(deal, situation)


def check_parties(deal: Deal, situation: Situation) -> None:
    """Refuse parties that cannot pay or be paid.

    Raises:
        NotFound: One of the two blocks the other: the payee looks unknown. Money that goes back
            is not stopped by it.
        PayeeUnavailable: The payee is a business that has closed. What it was to be paid before
            goes on; so does money that goes back.
        PayerNotEnrolled: The payer's identity, terms or PIN is missing.
        PayeeNotEnrolled: The payee's is, or it has no account to receive on, and the payer was
            not told so.
    """
    if situation.pair.is_blocked and deal.along is None:
        raise NotFound
    if situation.pair.is_payee_closed and deal.along is None:
        raise PayeeUnavailable(_("This shop has closed and takes no money. Nothing was moved."))
    if not situation.pair.is_payer_enrolled:
        raise PayerNotEnrolled
    if deal.along is None and not deal.is_claim and not can_receive(deal, situation):
        raise PayeeNotEnrolled


def can_receive(deal: Deal, situation: Situation) -> bool:
    """Tell whether the payee can be paid.

    A shop needs a verified payout account, because its sales are settled there. A person needs
    to be enrolled and, where no balance may be held for them, a bank account to receive on.
    """
    if deal.kind == PaymentKind.PURCHASE:
        return situation.is_paid_out
    if not situation.pair.is_payee_enrolled:
        return False
    return deal.country.holds_funds or situation.receiving is not None


def must_enrol(deal: Deal, situation: Situation) -> bool:
    """Tell whether the payee is a person who has to enrol before the money can arrive."""
    if deal.along is not None:
        return False
    return deal.kind == PaymentKind.PERSON_TO_PERSON and not can_receive(deal, situation)


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


def _refuse_if_held(deal: Deal, situation: Situation) -> None:
    """Refuse what a hold over a party or a bank stops; whose it is only that party is told.

    Raises:
        OnHold: The hold is over the payer, or over the bank of one of the two.
        PayeeUnavailable: It is over the payee, and the payer learns no more than that.
    """
    source, receiving = deal.source, situation.receiving
    banks = {each.bank for each in (source, receiving) if each is not None}
    for hold in situation.holds:
        if deal.along is not None and hold.level != HoldLevel.STOP_ALL:
            continue
        if hold.party_id == deal.payee.id:
            raise PayeeUnavailable
        if hold.party_id == deal.payer.id:
            words = _("An order stops payments of this account (%(reference)s).")
            raise OnHold(words % {"reference": hold.legal_reference})
        if hold.bank in banks:
            raise OnHold(_("An order stops payments by one of the two banks."))


def _refuse_if_stopped(found: list[CapabilityFacts]) -> None:
    """Refuse what a hold stops altogether, what is under way included."""
    if any(hold.level == HoldLevel.STOP_ALL for each in found for hold in each.facts.holds):
        raise CapabilityClosed(_("A regulator's hold stops this. Try again when it is lifted."))

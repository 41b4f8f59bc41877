"""Quotes: what a payment would be, before anybody approves it. A quote never moves money."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import (
    AmountInvalid,
    CurrencyMismatch,
    NotFound,
    StateConflict,
    TooManyRequests,
    TrocoError,
)
from core.idempotency import record
from core.ids import new_id
from core.money import Money, share
from core.transactions import owns
from payments.enums import LimitSide
from payments.models import Demand, FundingSource, PaymentRequest, Quote
from payments.queries.countries import country_by_iso2
from payments.queries.funding import default_source, source_of
from payments.queries.limits import (
    Holder,
    LimitFacts,
    fee_basis_points,
    first_passed,
    limits_left,
)
from payments.queries.situation import Situation, read_situation
from payments.services.availability import CountryClosed
from payments.services.ceilings import ceiling_of
from payments.services.demands import check_payable, live_payment_exists
from payments.services.limits import limit_reached
from payments.services.returning import KIND as RETURN
from payments.services.returning import open_return, trace_of
from payments.services.rules import (
    ARRIVES_WITHIN,
    Deal,
    PaymentToSelf,
    check_open,
    check_parties,
    check_source,
    kind_between,
    must_enrol,
    party_id_of,
)
from payments.services.signed_text import MAX_SIGNED_MINOR, Shown, digest_of, write_signed_text
from payments.services.warnings import PayeeWarning, find_warnings
from people.queries import (
    PartyFacts,
    blocked_between,
    parties_by_ids,
    party_by_public_id,
    shown_phone_of,
)
from people.services.lookups import ration_answers, ration_lookups
from people.services.unclaimed import party_of_number

if TYPE_CHECKING:
    from people.models import Device, Person

GOOD_FOR = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Target:
    """Whom or what to pay: exactly one of the three.

    Attributes:
        party: Public id of a party.
        phone: E.164 number of a person.
        demand: Kind and reference of an order, a request, a link, or a payment to give back.
    """

    party: str | None = None
    phone: str | None = None
    demand: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A quote with what goes with it on the screen.

    Attributes:
        quote: The stored quote.
        payee: Who would be paid.
        limits: The payer's limits for this kind of payment, before it.
        refusal: Why a payment of this quote would be refused now; None when it would not.
        warnings: What the payer should look at before approving.
    """

    quote: Quote
    payee: PartyFacts
    limits: list[LimitFacts]
    refusal: TrocoError | None
    warnings: list[PayeeWarning]


def ask_quote(
    *,
    person: "Person",
    device: "Device",
    to: Target,
    amount: Money | None,
    funding_source_id: str | None,
    note: str,
) -> Offer:
    """Make a quote for a caller; finding somebody by number is rationed.

    Raises:
        TooManyRequests: The caller has looked up too many numbers, or asked too often what
            this payee can receive.
        All that ``make_quote`` raises.

    Transaction: owns (the ration and the quote, one after the other).
    """
    if to.phone is not None:
        ration_lookups(party_id=party_id_of(person), phones=[to.phone])
    return make_quote(
        person=person,
        device=device,
        to=to,
        amount=amount,
        funding_source_id=funding_source_id,
        note=note,
    )


@owns
def make_quote(
    *,
    person: "Person",
    device: "Device",
    to: Target,
    amount: Money | None,
    funding_source_id: str | None,
    note: str,
) -> Offer:
    """Say what a payment would be, and whether it would be refused.

    A person who has not enrolled can be paid by phone or party all the same: the text that is
    signed says that the money waits for them. A number that nobody has signed in with gets a
    party that waits for its owner.

    What a rule would refuse is told as the offer's ``refusal``, and the quote is kept: the
    payment asks the rules again. What cannot be a payment at all is an error.

    Changes: one ``Quote``; for a new number its ``Party``.

    Args:
        person: Who wants to pay; must belong to a party.
        device: The device that asks; a new one has a ceiling.
        to: Whom or what to pay.
        amount: How much; for a demand it may be left out, and must be the demand's if given.
        funding_source_id: Public id of one of the payer's sources; the default if None.
        note: Words to the payee, at most 140 characters.

    Raises:
        NotFound: The payee, the demand or the source is unknown, somebody else's, or one of
            the two blocks the other: all look alike.
        AmountInvalid: There is no amount, it is too large to be signed, or it differs from the
            demand's.
        CurrencyMismatch: It is not in the currency of the payee's country.
        PaymentToSelf: Payer and payee are the same.
        StateConflict: The demand is closed, or is being paid already.
        DemandExpired: The demand's time is over.
        TooManyRequests: The caller has asked often what this payee can receive.

    Transaction: owns.
    """
    moment = business_now()
    payer_id = party_id_of(person)
    payee, demand = _find_target(to, payer_id, moment)
    due = _amount_due(amount, demand)
    country = country_by_iso2(payee.country)
    if country is None:
        raise CountryClosed(reasons=[], missing=[])
    if due.currency != country.currency:
        raise CurrencyMismatch
    deal = Deal(
        payer=parties_by_ids([payer_id])[payer_id],
        payee=payee,
        kind=kind_between(payee),
        amount=due,
        country=country,
        source=_find_source(payer_id, funding_source_id),
    )
    if demand is not None and demand.kind == RETURN:
        deal = replace(deal, along=trace_of(demand.reference))
    situation = read_situation(payer_id, payee.id, deal.kind.value, moment)
    if demand is None and must_enrol(deal, situation):
        deal = replace(deal, is_claim=True)
    limits = _limits_shown(deal, device, moment)
    warnings = find_warnings(deal, moment)
    quote = _write_quote(deal, demand, note, moment)
    if warnings:
        quote.warnings = [each.code for each in warnings]
        quote.save(update_fields=["warnings"])
    refusal = _find_refusal(deal, situation, limits, moment)
    offer = Offer(quote, payee, limits, refusal, warnings)
    record(offer)
    return offer


def _limits_shown(deal: Deal, device: "Device", moment: datetime) -> list[LimitFacts]:
    """Return the payer's limits for this kind of payment; none counts a return."""
    if deal.along is not None:
        return []
    tier = deal.payer.tier or ""
    holder = Holder(deal.payer.id, tier, tier, ceiling_of(device))
    return limits_left(holder=holder, country=deal.country, kinds=[deal.kind.value], moment=moment)


def _find_target(to: Target, payer_id: int, moment: datetime) -> tuple[PartyFacts, Demand | None]:
    """Return who would be paid, and what for."""
    demand = _find_demand(to.demand, payer_id, moment) if to.demand else None
    if demand is not None:
        payee = parties_by_ids([demand.payee_id]).get(demand.payee_id)
    elif to.party is not None:
        payee = party_by_public_id(to.party)
    else:
        payee = party_of_number(phone=to.phone or "")
    if payee is None:
        raise NotFound
    if payee.id == payer_id:
        raise PaymentToSelf
    is_return = demand is not None and demand.kind == RETURN
    if blocked_between(payer_id, payee.id) and not is_return:
        raise NotFound
    return payee, demand


def _find_demand(wanted: tuple[str, str], payer_id: int, moment: datetime) -> Demand:
    """Return a demand that this payer may pay now."""
    kind, reference = wanted
    original = reference if kind == RETURN else _asked_back(reference)
    if original:
        open_return(payment_id=original, giver_id=payer_id, moment=moment)
        kind, reference = RETURN, original
    demand = Demand.objects.filter(kind=kind, reference=reference).first()
    if demand is None or demand.payer_id not in {None, payer_id}:
        raise NotFound
    check_payable(demand, moment)
    if live_payment_exists(demand.id):
        raise StateConflict(_("This is being paid already, or was paid."))
    return demand


def _asked_back(reference: str) -> str:
    """Return the payment that a request asks back; empty when it is no such request."""
    asked = PaymentRequest.objects.filter(public_id=reference)
    return asked.values_list("returns_ref", flat=True).first() or ""


def _amount_due(amount: Money | None, demand: Demand | None) -> Money:
    """Return what would be paid."""
    if demand is None:
        due = amount
    else:
        due = Money(demand.amount_minor, demand.currency)
        if amount is not None and amount != due:
            raise AmountInvalid(_("The amount is not what is asked for. Leave it out."))
    if due is None:
        raise AmountInvalid
    if not 1 <= due.amount_minor <= MAX_SIGNED_MINOR:
        raise AmountInvalid
    return due


def _find_source(payer_id: int, public_id: str | None) -> FundingSource | None:
    """Return the source asked for, or the default; None when the payer has none."""
    if public_id is None:
        return default_source(payer_id)
    found = source_of(payer_id, public_id)
    if found is None:
        raise NotFound
    return found


def _write_quote(deal: Deal, demand: Demand | None, note: str, moment: datetime) -> Quote:
    """Write what is shown, and its digest."""
    expires_at = moment + GOOD_FOR
    fee = share(deal.amount, fee_basis_points(deal.country.iso2, deal.kind.value))
    text = write_signed_text(
        Shown(
            payer=deal.payer,
            payee=deal.payee,
            amount=deal.amount,
            fee=fee,
            purpose=deal.kind.value,
            source=deal.source,
            expires_at=expires_at,
            note=note,
            reference=demand.reference if demand else "",
            invited=shown_phone_of(deal.payee.id) if deal.is_claim else "",
        )
    )
    return Quote.objects.create(
        public_id=new_id("quo"),
        payer_id=deal.payer.id,
        payee_id=deal.payee.id,
        kind=deal.kind.value,
        amount_minor=deal.amount.amount_minor,
        fee_minor=fee.amount_minor,
        currency=deal.amount.currency,
        demand=demand,
        source=deal.source,
        note=note,
        is_claim=deal.is_claim,
        signed_text=text,
        digest=digest_of(text),
        created_at=moment,
        expires_at=expires_at,
        arrives_by=expires_at + ARRIVES_WITHIN,
    )


def _find_refusal(
    deal: Deal, situation: Situation, limits: list[LimitFacts], moment: datetime
) -> TrocoError | None:
    """Return the first rule that would refuse the payment now, or None."""
    try:
        check_open(deal, situation)
        check_parties(deal, situation)
        check_source(deal)
        _ask_limits(deal, limits, moment)
    except TooManyRequests:
        raise
    except TrocoError as refusal:
        return refusal
    return None


def _ask_limits(deal: Deal, limits: list[LimitFacts], moment: datetime) -> None:
    """Refuse what would pass a limit of the payer or of the payee; counts nothing of either.

    What the payee's limits say is rationed: asked often enough, they tell what the payee received.
    """
    amount_minor = deal.amount.amount_minor
    if deal.along is not None:
        return
    passed = first_passed(limits, LimitSide.SENT, amount_minor)
    if passed is None and not deal.is_claim:
        payee = Holder(deal.payee.id, payee_tier=deal.payee.tier or "")
        theirs = limits_left(
            holder=payee, country=deal.country, kinds=[deal.kind.value], moment=moment
        )
        passed = first_passed(theirs, LimitSide.RECEIVED, amount_minor)
        ration_answers(
            party_id=deal.payer.id, about_id=deal.payee.id, is_refused=passed is not None
        )
    if passed is not None:
        raise limit_reached(passed)

"""Payments: from the person's approval to the promise that it will be carried out.

Everything here happens in one transaction, after the proof. Nothing here talks to a bank: that
is ``services.charging``, from the outbox.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import IdempotencyKeyReused, InputInvalid, NotFound, StateConflict, TrocoError
from core.idempotency import record
from core.ids import new_id
from core.money import Money
from core.transactions import owns
from payments import ledger
from payments.enums import (
    BOOKS,
    LedgerKind,
    LegKind,
    PaymentKind,
    PaymentState,
    SourceKind,
    TransferKind,
)
from payments.models import FundingSource, Leg, Payment, Quote
from payments.queries.countries import bank_by_slug, country_by_iso2
from payments.queries.funding import receiving_source
from payments.services.ceilings import ceiling_of
from payments.services.demands import require_payable
from payments.services.limits import Spending, release_limits, take_limits
from payments.services.moving import Why, move_payment, start_payment
from payments.services.quotes import ARRIVES_WITHIN
from payments.services.rules import (
    Deal,
    PayeeNotEnrolled,
    check_parties,
    check_source,
    hold_open,
    party_id_of,
)
from people.queries import parties_by_ids
from people.services.freezing import require_unfrozen
from people.services.proofs import Evidence, consume_proof, prove
from people.services.turns import take_turn

if TYPE_CHECKING:
    from people.models import Device, Person

DIGEST_BYTES = 32
LONGEST_KEY = 255


class QuoteUsed(TrocoError):
    """The quote has made its payment."""

    code = "quote_used"
    http_status = 409
    words = _("This was paid already. Ask for a new quote to pay again.")


class QuoteExpired(TrocoError):
    """The five minutes of the quote are over."""

    code = "quote_expired"
    http_status = 409
    words = _("The offer is too old. Look at a new one before you pay.")


@dataclass(frozen=True, slots=True)
class _Approved:
    """A quote that its payer has just approved."""

    person: "Person"
    device: "Device"
    quote: Quote
    proof_id: str
    key: str
    moment: datetime


def send_payment(
    *, person: "Person", device: "Device", quote_id: str, evidence: Evidence, key: str
) -> Payment:
    """Make the payment that a quote describes, on the person's proof.

    First the proof, in transactions of its own that commit even when it fails; then the
    payment, in one transaction. A quote that is unknown or somebody else's is proven against
    bytes that nobody can have signed, so it looks and takes as long as a wrong PIN.

    One person's payments take turns: all of them need the same counters of limits, and whoever
    waits for a row longer than a statement may take would be refused.

    Changes: what ``prove`` and ``authorize_payment`` change. With a key that has made a payment
    before nothing: that payment is returned.

    Args:
        person: Who pays.
        device: The device that the call came from.
        quote_id: Public id of the quote.
        evidence: PIN or passkey over the quote's digest.
        key: The idempotency key, unique for the payer for ever.

    Returns:
        The payment, ``authorized`` or, for a known key, wherever it is by now.

    Raises:
        Frozen: The person's payments are frozen; asked before the proof.
        ProofRejected: The evidence does not hold, or there is no such quote.
        IdempotencyKeyReused: The key made another payment.
        TooManyRequests: So many at once that the turn did not come.
        All that ``authorize_payment`` raises.

    Transaction: owns (several, one after another).
    """
    if not 1 <= len(key) <= LONGEST_KEY:
        raise InputInvalid
    known = _payment_by_key(person, key)
    if known is not None:
        return _answer_again(payment_id=known.id, quote_id=quote_id)
    require_unfrozen(person)
    digest = _digest_to_prove(person, quote_id)
    proof_id = prove(person=person, device=device, digest=digest, evidence=evidence)
    with take_turn(person.id):
        return authorize_payment(
            person=person, device=device, quote_id=quote_id, proof_id=proof_id, key=key
        )


@owns
def cancel_payment(*, person: "Person", payment_id: str) -> Payment:
    """Take a payment back before any bank was asked.

    Changes: the payment, its history; gives back limits and, for a balance, the money.
    Publishes: ``payment.cancelled``.

    Args:
        person: Who cancels; must be the payer.
        payment_id: Public id of the payment.

    Raises:
        NotFound: There is no such payment, or somebody else made it.
        StateConflict: It is too late: a bank is being asked, or it is over.

    Transaction: owns.
    """
    payment = (
        Payment.objects.select_for_update(no_key=True)
        .filter(public_id=payment_id, payer_id=party_id_of(person))
        .first()
    )
    if payment is None:
        raise NotFound
    if payment.state != PaymentState.AUTHORIZED:
        raise StateConflict(state=payment.state)
    moment = business_now()
    release_limits(taken=payment.limits_taken)
    if payment.legs.filter(kind=LegKind.DEBIT, rail=BOOKS).exists():
        _release_balance(payment, moment)
    actor = person.party.public_id if person.party else ""
    move_payment(payment=payment, to=PaymentState.CANCELLED, why=Why(moment, actor, "cancelled"))
    record(payment)
    return payment


@owns
def _answer_again(*, payment_id: int, quote_id: str) -> Payment:
    """Return the payment that a key has made, if it was for the same quote."""
    payment = Payment.objects.select_related("quote").get(id=payment_id)
    if payment.quote.public_id != quote_id:
        raise IdempotencyKeyReused
    record(payment)
    return payment


@owns
def authorize_payment(
    *, person: "Person", device: "Device", quote_id: str, proof_id: str, key: str
) -> Payment:
    """Turn a proven quote into a payment; the device is the one that proved.

    The locks, in order: the quote, its demand, the country's capability (shared), counters of
    limits by party and rule, ledger accounts by id; handlers then lock conversations, last.

    Changes: the quote (used), counters of limits, the proof (used), the payment, its legs and
    history; for a balance the books. Publishes: ``payment.authorized``.

    Raises:
        Frozen: The person's payments were frozen after the proof.
        QuoteUsed, QuoteExpired, DemandExpired, StateConflict: The quote or what it pays is over.
        CountryClosed, CapabilityClosed: Not open at this moment.
        NotFound, PayerNotEnrolled, PayeeNotEnrolled, FundingSourceRefused: A party or its
            source cannot do this any more.
        LimitReached: A limit would be passed.
        ProofRejected: The proof was used or is too old.
        InsufficientFunds: The balance is smaller than the amount.

    Transaction: owns.
    """
    moment = business_now()
    quote = _lock_quote(person, quote_id)
    approved = _Approved(person, device, quote, proof_id, key, moment)
    again = _payment_by_key(person, key)
    if again is not None:
        record(again)
        return again
    require_unfrozen(person)
    _check_quote(quote, moment)
    deal = _deal_of(quote)
    hold_open(deal=deal, moment=moment)
    check_parties(deal)
    source = check_source(deal)
    payment = _write_payment(approved, deal, source)
    _write_legs(payment, deal, source)
    if source.kind == SourceKind.BALANCE:
        ledger.reserve(
            fact=payment.public_id, party_id=deal.payer.id, amount=deal.amount, moment=moment
        )
    Quote.objects.filter(id=quote.id).update(used_at=moment)
    start_payment(payment=payment, why=Why(moment, deal.payer.public_id, "approved"))
    record(payment)
    return payment


def _payment_by_key(person: "Person", key: str) -> Payment | None:
    return Payment.objects.filter(payer_id=party_id_of(person), idempotency_key=key).first()


def _digest_to_prove(person: "Person", quote_id: str) -> bytes:
    """Return the digest of the payer's own quote, or bytes that nobody can have signed."""
    mine = Quote.objects.filter(public_id=quote_id, payer_id=party_id_of(person))
    digest = mine.values_list("digest", flat=True).first()
    return bytes(digest) if digest is not None else secrets.token_bytes(DIGEST_BYTES)


def _lock_quote(person: "Person", quote_id: str) -> Quote:
    return (
        Quote.objects.select_for_update(no_key=True, of=("self",))
        .select_related("source", "demand")
        .get(public_id=quote_id, payer_id=party_id_of(person))
    )


def _check_quote(quote: Quote, moment: datetime) -> None:
    """Refuse a quote that is over, and lock the demand it pays."""
    if quote.used_at is not None:
        raise QuoteUsed
    if quote.expires_at <= moment:
        raise QuoteExpired
    if quote.demand_id is not None:
        require_payable(demand_id=quote.demand_id, moment=moment)


def _deal_of(quote: Quote) -> Deal:
    """Return what a quote is about, with the parties as they are now."""
    parties = parties_by_ids([quote.payer_id, quote.payee_id])
    payee = parties[quote.payee_id]
    country = country_by_iso2(payee.country)
    if country is None:
        raise NotFound
    return Deal(
        payer=parties[quote.payer_id],
        payee=payee,
        kind=PaymentKind(quote.kind),
        amount=Money(quote.amount_minor, quote.currency),
        country=country,
        source=quote.source,
    )


def _write_payment(approved: _Approved, deal: Deal, source: FundingSource) -> Payment:
    """Use up limits and the proof, and write the payment."""
    quote, moment = approved.quote, approved.moment
    spending = Spending(
        payer_id=deal.payer.id,
        payee_id=deal.payee.id,
        kind=deal.kind.value,
        amount_minor=deal.amount.amount_minor,
        payer_tier=deal.payer.tier or "",
        payee_tier=deal.payee.tier or "",
        ceiling_until=ceiling_of(approved.device),
    )
    taken = take_limits(spending=spending, country=deal.country, moment=moment)
    public_id = new_id("pay")
    consume_proof(
        proof_id=approved.proof_id,
        person=approved.person,
        digest=bytes(quote.digest),
        used_by=public_id,
        moment=moment,
    )
    return Payment.objects.create(
        public_id=public_id,
        kind=quote.kind,
        country=deal.country.iso2,
        payer_id=quote.payer_id,
        payee_id=quote.payee_id,
        amount_minor=quote.amount_minor,
        fee_minor=quote.fee_minor,
        currency=quote.currency,
        quote=quote,
        demand_id=quote.demand_id,
        source=source,
        proof_id=approved.proof_id,
        idempotency_key=approved.key,
        state=PaymentState.AUTHORIZED.value,
        note=quote.note,
        conversation_ref=quote.demand.conversation_ref if quote.demand else None,
        limits_taken=taken,
        created_at=moment,
        arrives_by=moment + ARRIVES_WITHIN,
    )


def _write_legs(payment: Payment, deal: Deal, source: FundingSource) -> None:
    """Write what the payment needs of banks; where the credit goes is fixed with the approval."""
    legs = [_leg(payment, LegKind.DEBIT, source if source.kind != SourceKind.BALANCE else None)]
    if deal.kind == PaymentKind.PERSON_TO_PERSON:
        theirs = None if deal.country.holds_funds else receiving_source(deal.payee.id)
        if theirs is None and not deal.country.holds_funds:
            raise PayeeNotEnrolled
        legs.append(_leg(payment, LegKind.CREDIT, theirs))
    Leg.objects.bulk_create(legs)


def _leg(payment: Payment, kind: LegKind, source: FundingSource | None) -> Leg:
    """Return a leg at a source's bank, or inside the books where there is no bank."""
    bank = bank_by_slug(source.bank) if source else None
    return Leg(
        payment=payment,
        kind=kind.value,
        rail=bank.rail if bank else BOOKS,
        bank=source.bank if source else "",
        account_token=source.token if source else "",
        created_at=payment.created_at,
    )


def _release_balance(payment: Payment, moment: datetime) -> None:
    """Give a reserved amount back to the payer's balance."""
    line = ledger.Line(
        TransferKind.RELEASE,
        debit=ledger.Owned(LedgerKind.IN_FLIGHT, payment.payer_id),
        credit=ledger.Owned(LedgerKind.BALANCE, payment.payer_id),
        amount=Money(payment.amount_minor, payment.currency),
    )
    ledger.post_journal(payment.public_id, [line], moment)

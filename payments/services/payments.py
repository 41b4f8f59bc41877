"""Payments: from the person's approval to the promise that it will be carried out.

Everything here happens in one transaction, after the proof. Nothing here talks to a bank: that
is ``services.charging``, from the outbox.
"""

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import (
    IdempotencyKeyReused,
    InputInvalid,
    NotFound,
    StateConflict,
    TrocoError,
    bad_day,
)
from core.idempotency import record
from core.money import Money
from core.prepared import together
from core.transactions import owns
from payments.enums import (
    LimitSide,
    PaymentKind,
    PaymentState,
)
from payments.limits import ceiling_ends
from payments.models import Payment
from payments.queries.payments import remember_snapshot
from payments.services.beginning import Begun, begin
from payments.services.claims import take_back
from payments.services.demands import check_free
from payments.services.giving_up import give_back
from payments.services.limits import Counters, Spending, choose_counters
from payments.services.moving import Why, move_payment, tell_started
from payments.services.returning import KIND as RETURN
from payments.services.returning import hold_original
from payments.services.rules import (
    Deal,
    check_open,
    check_parties,
    check_source,
    must_enrol,
    party_id_of,
)
from payments.services.standing import Coerced, Standing, lock_standing
from payments.services.writing import Approval, write_payment
from people.services.freezing import Frozen
from people.services.proofs import Evidence, PasskeyEvidence, look, prove, refuse
from people.services.tries import Approver, Seen, accept_passkey
from people.services.turns import take_turn

if TYPE_CHECKING:
    from people.models import Device, Person

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


def send_payment(
    *, person: "Person", device: "Device", quote_id: str, evidence: Evidence, key: str
) -> Payment:
    """Make the payment that a quote describes, on the person's proof.

    First the proof: a PIN in transactions of its own that commit even when it fails, a passkey
    looked at without any. Then the payment, in one transaction, a passkey's proof with it. A quote
    that is unknown or somebody else's is proven against bytes that nobody can have signed, so it
    looks and takes as long as a wrong PIN.

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
    if isinstance(evidence, PasskeyEvidence):
        return _send_by_passkey(person, device, quote_id, evidence, key)
    begun = begin(person, quote_id, key)
    if begun.made is not None:
        return _answer_again(payment_id=begun.made, quote_id=quote_id)
    if begun.is_frozen:
        raise Frozen
    proof_id = prove(person=person, device=device, digest=begun.digest, evidence=evidence)
    with take_turn(person.id, is_last=True):
        return authorize_payment(
            person=person, device=device, quote_id=quote_id, proof_id=proof_id, key=key
        )


@owns
def cancel_payment(*, person: "Person", payment_id: str) -> Payment:
    """Take a payment back before any bank was asked, or while it waits for its payee to enrol.

    Changes: the payment, its history; gives back limits and, for a balance, the money. Money that
    was collected already goes back along the debit: then the payment ends ``returned``.
    Publishes: ``payment.cancelled`` or ``payment.turned_back``.

    Args:
        person: Who cancels; must be the payer.
        payment_id: Public id of the payment.

    Raises:
        NotFound: There is no such payment, or somebody else made it.
        StateConflict: It is too late: a bank is being asked, or it is over.
        CapabilityClosed: It waits for its payee, and a hold stops everything.

    Transaction: owns.
    """
    payment = (
        Payment.objects.select_for_update(no_key=True)
        .filter(public_id=payment_id, payer_id=party_id_of(person))
        .first()
    )
    if payment is None:
        raise NotFound
    moment = business_now()
    if payment.state == PaymentState.PENDING_CLAIM:
        take_back(payment=payment, moment=moment)
        record(payment)
        return payment
    if payment.state != PaymentState.AUTHORIZED:
        raise StateConflict(state=payment.state)
    give_back(payment=payment, moment=moment)
    actor = person.party.public_id if person.party else ""
    move_payment(payment=payment, to=PaymentState.CANCELLED, why=Why(moment, actor, "cancelled"))
    record(payment)
    return payment


def _send_by_passkey(
    person: "Person", device: "Device", quote_id: str, evidence: PasskeyEvidence, key: str
) -> Payment:
    """Send in one turn and one commit: the proof is written with the payment that uses it."""
    found: list[Begun] = []

    def take(*lock: int) -> bool:
        begun = begin(person, quote_id, key, evidence.credential_id, lock)
        found.append(begun)
        return begun.has_turn

    with take_turn(person.id, take, is_last=True) as turn:
        begun = found[-1]
        if begun.made is not None:
            return _answer_again(payment_id=begun.made, quote_id=quote_id)
        if begun.is_frozen:
            raise Frozen
        approver = Approver(person, device, begun.digest)
        seen = look(approver=approver, evidence=evidence, facts=begun.passkey)
        if seen is not None:
            return _pay_with(seen, quote_id, key)
        turn.is_last = False  # The slow hash of the refusal is nobody's turn.
    return refuse()


def _pay_with(seen: Seen, quote_id: str, key: str) -> Payment:
    """Pay by a passkey's right answer; where the payment is refused, the answer still counts."""
    approver = seen.approver
    try:
        return authorize_payment(
            person=approver.person,
            device=approver.device,
            quote_id=quote_id,
            proof_id=seen.proof_id,
            key=key,
            seen=seen,
        )
    except TrocoError:
        accept_passkey(seen=seen)
        raise


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
    *,
    person: "Person",
    device: "Device",
    quote_id: str,
    proof_id: str,
    key: str,
    seen: Seen | None = None,
) -> Payment:
    """Turn a proven quote into a payment; the device is the one that proved.

    With ``seen`` the proof is not written yet: it is written, used up, with the payment.

    The locks, in order: the quote, its demand, the payee's being open and the country's
    capability (both shared), for a return the payment that it gives back and what holds its
    money, counters of limits by party and rule, ledger accounts by id; handlers then lock
    conversations, last.

    Changes: the quote (used), counters of limits, the proof (used), the payment, its legs and
    history; for a balance the books. Publishes: ``payment.authorized``.

    Raises:
        Frozen: The person's payments were frozen after the proof.
        QuoteUsed, QuoteExpired, DemandExpired, StateConflict: The quote or what it pays is over.
        CountryClosed, CapabilityClosed: Not open at this moment.
        NotFound, PayerNotEnrolled, PayeeNotEnrolled, PayeeUnavailable, FundingSourceRefused: A
            party or its source cannot do this any more.
        LimitReached: A limit would be passed.
        ProofRejected: The proof was used or is too old.
        InsufficientFunds: The balance is smaller than the amount.
        NotReady: The payer pays under duress, and this would be too much.

    Transaction: owns.
    """
    moment = business_now()
    payer_id = party_id_of(person)
    standing = lock_standing(payer_id=payer_id, quote_id=quote_id, key=key, moment=moment)
    if isinstance(standing, int):
        again = Payment.objects.get(id=standing)
        record(again)
        return again
    deal = _judge(standing, moment)
    approval = Approval(person.id, proof_id, key, moment, seen)
    counters = _counters(deal, standing, device, moment)
    payment = write_payment(approval=approval, deal=deal, standing=standing, counters=counters)
    _check_duress(standing.coerced, deal)
    remember_snapshot(payment, [deal.payer, deal.payee])
    with together():
        tell_started(payment=payment)
        record(payment)
    return payment


def _judge(standing: Standing, moment: datetime) -> Deal:
    """Return the deal that a quote describes, if every rule lets it through now."""
    if standing.situation.pair.is_payer_frozen:
        raise Frozen
    _check_quote(standing, moment)
    deal = _deal_of(standing)
    if standing.demand is not None and standing.demand.kind == RETURN:
        original = standing.demand.reference
        deal = replace(deal, along=hold_original(payment_id=original, moment=moment))
    check_open(deal, standing.situation)
    check_parties(deal, standing.situation)
    check_source(deal)
    return deal


def _check_duress(coerced: Coerced | None, deal: Deal) -> None:
    """Let a little go out, all together; refuse more as on a bad day (ADR 8).

    It comes last, when everything is written and about to be taken back, so that a payment
    that would be refused anyway is refused as the quote has said.
    """
    if coerced is None:
        return
    if coerced.sent_minor + deal.amount.amount_minor > coerced.most_minor:
        raise bad_day()


def _check_quote(standing: Standing, moment: datetime) -> None:
    """Refuse a quote that is over, or that pays what cannot be paid any more."""
    if standing.quote.used_at is not None:
        raise QuoteUsed
    if standing.quote.expires_at <= moment:
        raise QuoteExpired
    if standing.demand is not None:
        check_free(standing.demand, moment, is_live=standing.is_live)


def _deal_of(standing: Standing) -> Deal:
    """Return what a quote is about, with the parties as they are now."""
    quote, pair = standing.quote, standing.situation.pair
    countries = {each.country.iso2: each.country for each in standing.situation.open}
    if pair.payee.country not in countries:
        raise NotFound
    return Deal(
        payer=pair.payer,
        payee=pair.payee,
        kind=PaymentKind(quote.kind),
        amount=Money(quote.amount_minor, quote.currency),
        country=countries[pair.payee.country],
        source=standing.source,
        is_claim=quote.is_claim,
    )


def _counters(deal: Deal, standing: Standing, device: "Device", moment: datetime) -> Counters:
    """Return what the payment counts against: nothing for a return, which is no new business."""
    spending = _spending(deal, standing, device)
    if deal.along is not None:
        return Counters((), spending)
    side = LimitSide.SENT if must_enrol(deal, standing.situation) else None
    return choose_counters(
        spending=spending, country=deal.country, moment=moment, side=side, rows=standing.limits
    )


def _spending(deal: Deal, standing: Standing, device: "Device") -> Spending:
    """Return what the payment uses of limits, and from what device."""
    return Spending(
        payer_id=deal.payer.id,
        payee_id=deal.payee.id,
        kind=deal.kind.value,
        amount_minor=deal.amount.amount_minor,
        payer_tier=deal.payer.tier or "",
        payee_tier=deal.payee.tier or "",
        ceiling_until=ceiling_ends(device.created_at, standing.situation.pair.payer_pin_reset_at),
    )

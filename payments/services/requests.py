"""Asking for money, one person or many; declining, cancelling, reminding.

A request moves nothing. It creates a ``Demand`` of the kind ``request`` that only the party
asked can take a quote of; from there on it is paid like anything else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import (
    AmountInvalid,
    CurrencyMismatch,
    InputInvalid,
    NotFound,
    StateConflict,
    TooManyRequests,
)
from core.events import publish
from core.idempotency import record
from core.ids import new_id
from core.money import Money
from core.transactions import joins, owns
from payments.enums import RequestMeans, RequestState
from payments.models import PaymentRequest, Split
from payments.queries.countries import country_by_iso2
from payments.queries.payments import payment_snapshot
from payments.services.availability import CountryClosed
from payments.services.demands import Asked, create_demand
from payments.services.moving import BANK, Why
from payments.services.request_moves import (
    KIND,
    RequestOf,
    begin_request,
    close_request,
    find_request,
    lock_request,
    pay_request,
)
from payments.services.rules import BUSINESS, PayerNotEnrolled, PaymentToSelf, party_id_of
from payments.services.signed_text import MAX_SIGNED_MINOR
from payments.services.splitting import Division, divide_bill
from people.queries import (
    PartyFacts,
    blocked_between,
    is_enrolled,
    parties_by_ids,
    party_by_phone,
    party_by_public_id,
)
from people.services.lookups import ration_lookups

if TYPE_CHECKING:
    from people.models import Person

MOST_DEBTORS = 50
GOOD_FOR = timedelta(days=7)
"""As long as Apple Cash leaves a request open."""
LONGEST = timedelta(days=60)
REMIND_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Debtor:
    """Who is asked: exactly one of the two.

    Attributes:
        party: Public id of a person's party.
        phone: E.164 number of a person.
    """

    party: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for.

    Attributes:
        amount: All of it, what the requester bears of a split included.
        note: Words to those who are asked, at most 140 characters.
        expires_at: Business moment after which it can no longer be paid; None for a week.
        conversation: Public id of the conversation to show it in; None for the direct one.
    """

    amount: Money
    note: str = ""
    expires_at: datetime | None = None
    conversation: str | None = None


@dataclass(frozen=True, slots=True)
class Requested:
    """What was created: the requests in order, and the split they make up, if any."""

    requests: list[PaymentRequest]
    split: Split | None


def ask_for_money(
    *, person: "Person", debtors: Sequence[Debtor], wish: Wish, division: Division | None = None
) -> Requested:
    """Make requests for a caller; finding somebody by number is rationed.

    Raises:
        TooManyRequests: The caller has looked up too many numbers.
        All that ``create_requests`` raises.

    Transaction: owns (the ration and the requests, one after the other).
    """
    phones = [each.phone for each in debtors if each.phone is not None]
    ration_lookups(party_id=party_id_of(person), phones=phones)
    return create_requests(person=person, debtors=debtors, wish=wish, division=division)


@owns
def create_requests(
    *, person: "Person", debtors: Sequence[Debtor], wish: Wish, division: Division | None = None
) -> Requested:
    """Ask one person, or divide a bill among many: a request for each of them.

    Changes: the requests, their history and demands; for a division one ``Split``. Publishes
    ``request.opened`` for each.

    Args:
        person: Who asks; must be enrolled, so that the money can arrive.
        debtors: Who is asked, 1 to 50 different persons.
        wish: How much, what for, until when.
        division: How it is divided; needed for more than one.

    Raises:
        NotFound: Somebody or the conversation is unknown, or one of two blocks the other.
        InputInvalid: Nobody, too many or a business is asked, somebody twice, the division does
            not fit, or the time is none.
        AmountInvalid: A part is nothing, or the amounts do not add up to the whole.
        CurrencyMismatch: It is not the currency of the requester's country.
        CountryClosed: The requester's country is unknown here.
        PaymentToSelf: The requester is among those who are asked.
        PayerNotEnrolled: The requester's identity, terms or PIN is missing.

    Transaction: owns.
    """
    moment = business_now()
    payee = _requester(person)
    _check_amount(wish.amount, payee)
    expires_at = _expiry(wish, moment)
    asked = _find_debtors(payee.id, debtors)
    parts, own = divide_bill(wish.amount, len(asked), division)
    split = _write_split(payee.id, wish, division, own, moment) if division else None
    made = [
        PaymentRequest(
            public_id=new_id("req"),
            split=split,
            payee_id=payee.id,
            payer_id=debtor.id,
            amount_minor=part.amount_minor,
            currency=part.currency,
            note=wish.note,
            conversation_ref=wish.conversation,
            state=RequestState.OPEN.value,
            created_at=moment,
            expires_at=expires_at,
        )
        for debtor, part in zip(asked, parts, strict=True)
    ]
    for request in made:
        request.save(force_insert=True)
        create_demand(kind=KIND, reference=request.public_id, asked=_asked(request))
    # Conversations are locked by ascending id, which the debtors' own order need not be.
    for request in sorted(made, key=lambda each: each.payer_id):
        begin_request(request=request, why=Why(moment, payee.public_id))
    requested = Requested(made, split)
    record(requested)
    return requested


@owns
def decline_request(*, person: "Person", request_id: str, reason: str = "") -> PaymentRequest:
    """Say no to a request. Publishes ``request.declined``.

    Args:
        person: Who was asked.
        request_id: Public id of the request.
        reason: Words to the requester, at most 140 characters.

    Raises:
        NotFound: There is no such request to this person.
        StateConflict: It is closed, its time is over, or a payment of it is under way.

    Transaction: owns.
    """
    whose = RequestOf(request_id, payer_id=party_id_of(person))
    return _close(person, whose, RequestState.DECLINED, reason=reason)


@owns
def cancel_request(*, person: "Person", request_id: str) -> PaymentRequest:
    """Take a request back. Publishes ``request.cancelled``.

    Raises:
        NotFound: This person has made no such request.
        StateConflict: It is closed, its time is over, or a payment of it is under way.

    Transaction: owns.
    """
    whose = RequestOf(request_id, payee_id=party_id_of(person))
    return _close(person, whose, RequestState.CANCELLED)


@owns
def settle_request(*, person: "Person", request_id: str) -> PaymentRequest:
    """Close a request as paid otherwise, in cash for instance; no money moves here.

    Publishes: ``request.paid``.

    Raises:
        NotFound: This person has made no such request.
        StateConflict: It is closed, its time is over, or a payment of it is under way.

    Transaction: owns.
    """
    whose = RequestOf(request_id, payee_id=party_id_of(person))
    return _close(person, whose, RequestState.PAID, means=RequestMeans.OTHERWISE)


@owns
def remind_debtor(*, person: "Person", request_id: str) -> PaymentRequest:
    """Remind whoever was asked, at most once in 24 hours of business time.

    Changes: the request's count of reminders. Publishes: ``request.reminded``, unless one of the
    two blocks the other: then the reminder is counted and nobody hears of it.

    Raises:
        NotFound: This person has made no such request.
        StateConflict: It is closed, or its time is over.
        TooManyRequests: The last reminder is not a day old.

    Transaction: owns.
    """
    moment = business_now()
    request = lock_request(whose=RequestOf(request_id, payee_id=party_id_of(person)))
    if request.state != RequestState.OPEN:
        raise StateConflict(state=request.state)
    _refuse_overdue(request, moment)
    if request.reminded_at is not None and request.reminded_at + REMIND_EVERY > moment:
        wait = request.reminded_at + REMIND_EVERY - moment
        words = _("You have reminded them today. Once a day is enough.")
        raise TooManyRequests(words, retry_after_seconds=int(wait.total_seconds()) + 1)
    request.reminders += 1
    request.reminded_at = moment
    request.save(update_fields=["reminders", "reminded_at"])
    if not blocked_between(request.payee_id, request.payer_id):
        publish("request.reminded", request_id=request.public_id)
    record(request)
    return request


@joins
def note_paid(*, payment_id: str) -> None:
    """Turn the request that a completed payment was for paid, in the same commit.

    Publishes: ``request.paid``.

    Args:
        payment_id: Public id of the completed payment, whatever it was for.

    Transaction: joins.
    """
    payment = payment_snapshot(payment_id)
    if payment.demand_kind == KIND and payment.demand_reference:
        why = Why(business_now(), BANK, payment_id)
        pay_request(reference=payment.demand_reference, payment_id=payment_id, why=why)


def _close(
    person: "Person",
    whose: RequestOf,
    to: RequestState,
    *,
    reason: str = "",
    means: RequestMeans | None = None,
) -> PaymentRequest:
    """Close a request for one of its sides, as long as its time is not over."""
    moment = business_now()
    found = find_request(whose)
    if found is None or _hidden_from(person, found):
        raise NotFound
    if found.state == RequestState.OPEN:
        _refuse_overdue(found, moment)
    actor = person.party.public_id if person.party else ""
    request = close_request(whose=whose, to=to, why=Why(moment, actor, reason), means=means)
    record(request)
    return request


def _hidden_from(person: "Person", request: PaymentRequest) -> bool:
    """Tell whether a block makes a request unknown to the person who was asked."""
    was_asked = request.payer_id == person.party_id
    return was_asked and blocked_between(request.payer_id, request.payee_id)


def _refuse_overdue(request: PaymentRequest, moment: datetime) -> None:
    """Refuse what comes after the time of a request, though the clock has not closed it yet."""
    if request.expires_at <= moment:
        raise StateConflict(state=RequestState.EXPIRED.value)


def _requester(person: "Person") -> PartyFacts:
    payee_id = party_id_of(person)
    if not is_enrolled(payee_id):
        raise PayerNotEnrolled
    return parties_by_ids([payee_id])[payee_id]


def _check_amount(amount: Money, payee: PartyFacts) -> None:
    country = country_by_iso2(payee.country)
    if country is None:
        raise CountryClosed(reasons=[], missing=[])
    if amount.currency != country.currency:
        raise CurrencyMismatch
    if not 1 <= amount.amount_minor <= MAX_SIGNED_MINOR:
        raise AmountInvalid


def _expiry(wish: Wish, moment: datetime) -> datetime:
    """Return until when the requests can be paid."""
    expires_at = wish.expires_at or moment + GOOD_FOR
    if not moment < expires_at <= moment + LONGEST:
        raise _refusal("expires_at", _("A request is open for a moment at least, 60 days at most."))
    return expires_at


def _find_debtors(payee_id: int, debtors: Sequence[Debtor]) -> list[PartyFacts]:
    """Return who is asked, in the order given; all that cannot be known look alike."""
    if not 1 <= len(debtors) <= MOST_DEBTORS:
        raise _refusal("from", _("Ask 1 to 50 persons."))
    found = [_find_debtor(payee_id, each) for each in debtors]
    if len({each.id for each in found}) != len(found):
        raise _refusal("from", _("Somebody stands there twice."))
    return found


def _find_debtor(payee_id: int, debtor: Debtor) -> PartyFacts:
    if debtor.party is not None:
        found = party_by_public_id(debtor.party)
    else:
        found = party_by_phone(debtor.phone or "")
    if found is None:
        raise NotFound
    if found.id == payee_id:
        raise PaymentToSelf(_("You cannot ask yourself for money."))
    if blocked_between(payee_id, found.id):
        raise NotFound
    if found.kind == BUSINESS:
        raise _refusal("from", _("Only persons can be asked."))
    return found


def _refusal(field: str, words: object) -> InputInvalid:
    return InputInvalid(field_errors={field: [{"code": "invalid", "detail": str(words)}]})


def _write_split(
    payee_id: int, wish: Wish, division: Division, own: Money, moment: datetime
) -> Split:
    return Split.objects.create(
        public_id=new_id("spl"),
        payee_id=payee_id,
        mode=division.mode.value,
        total_minor=wish.amount.amount_minor,
        own_minor=own.amount_minor,
        currency=wish.amount.currency,
        note=wish.note,
        created_at=moment,
    )


def _asked(request: PaymentRequest) -> Asked:
    return Asked(
        payee_id=request.payee_id,
        payer_id=request.payer_id,
        amount=Money(request.amount_minor, request.currency),
        expires_at=request.expires_at,
        conversation_ref=request.conversation_ref,
    )

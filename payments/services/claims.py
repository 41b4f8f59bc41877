"""Money for somebody who cannot receive it yet: it waits, is claimed, or goes back.

A payment to a number that has not enrolled is collected like any other and then waits as
``pending_claim``, in flight. Three things can happen to it, and the payment's row decides which
comes first: its payee enrols and it is delivered; the payer takes it back; the country's time is
over and it goes back by itself. Going back is a leg along the debit, as when a bank refuses.
"""

import contextlib
from datetime import datetime, timedelta

import structlog
from babel.dates import format_date
from babel.numbers import format_currency
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _now

from core.clock import business_now, wall_now
from core.errors import NotFound, StateConflict, TrocoError
from core.events import publish
from core.money import Money, exponent
from core.transactions import joins, owns, refuse_owner
from payments.enums import BOOKS, LegKind, LimitSide, PaymentKind, PaymentState
from payments.models import ClaimTry, FundingSource, Leg, Payment
from payments.queries.countries import CountryFacts, bank_by_slug, country_by_iso2
from payments.queries.funding import receiving_source
from payments.services import finishing
from payments.services.availability import CapabilityClosed, refuse_if_stopped
from payments.services.limits import Spending, take_limits
from payments.services.rules import PayeeNotEnrolled
from people.queries import is_enrolled, parties_by_ids, reachable_phone
from people.services.invitations import invite

NOT_CLAIMED = "not_claimed"
TAKEN_BACK = "taken_back"
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=12)

logger = structlog.get_logger(__name__)


def claim_waiting(*, party_id: int) -> int:
    """Deliver what waits for a party, as far as it can be delivered by now.

    What a limit of the payee refuses goes on waiting; the clock tries again.

    Returns:
        How many payments were claimed.

    Transaction: owns (one for each payment).
    """
    refuse_owner("payments.services.claims.claim_waiting")
    waiting = Payment.objects.filter(payee_id=party_id, state=PaymentState.PENDING_CLAIM)
    ids = list(waiting.order_by("id").values_list("public_id", flat=True))
    return sum(1 for payment_id in ids if _try_claim(payment_id))


def settle_claims(*, limit: int = 1000) -> int:
    """Claim what can be claimed and send back what was not claimed in time; by the clock.

    A payee who enrols claims by that alone. The clock is for what a limit refused, and for the
    case that the news was lost: it tries again after a minute, then ever more seldom, up to
    twice a day, so that those who wait for two days do not keep it busy.

    Args:
        limit: At most so many payments.

    Returns:
        How many were claimed or turned round.

    Transaction: none (one for each payment).
    """
    rows = Payment.objects.filter(state=PaymentState.PENDING_CLAIM).order_by("claim_until", "id")
    settled = 0
    for payment in list(rows.filter(claim_until__lte=business_now())[:limit]):
        with contextlib.suppress(StateConflict, CapabilityClosed):
            return_unclaimed(payment_id=payment.public_id)
            settled += 1
    due = Q(claim_try__isnull=True) | Q(claim_try__try_at__lte=wall_now())
    for payment in list(rows.filter(due, claim_until__gt=business_now())[:limit]):
        settled += _try_claim(payment.public_id)
    return settled


@owns
def claim_payment(*, payment_id: str) -> None:
    """Deliver a waiting payment to its payee, who can receive by now.

    The limits of the payee are counted now; those of the payer were with the approval.

    Changes: counters of the payee's limits, the payment, its credit leg. Publishes
    ``payment.claimed``, from which the bank is asked.

    Raises:
        NotFound: There is no such payment.
        StateConflict: It does not wait any more, or its time is over.
        CapabilityClosed: A hold stops everything.
        PayeeNotEnrolled: Its payee cannot receive yet.
        LimitReached: A limit of the payee would be passed.

    Transaction: owns.
    """
    moment = business_now()
    payment = _lock_waiting(payment_id)
    if payment.claim_until is None or payment.claim_until <= moment:
        raise StateConflict(state=payment.state)
    country = _country_of(payment)
    source = _account_of(payment, country)
    payee = parties_by_ids([payment.payee_id])[payment.payee_id]
    spending = Spending(
        payer_id=payment.payer_id,
        payee_id=payee.id,
        kind=payment.kind,
        amount_minor=payment.amount_minor,
        payee_tier=payee.tier or "",
    )
    taken = take_limits(spending=spending, country=country, moment=moment, side=LimitSide.RECEIVED)
    Payment.objects.filter(id=payment.id).update(limits_taken=[*payment.limits_taken, *taken])
    bank = bank_by_slug(source.bank) if source else None
    Leg.objects.create(
        payment=payment,
        kind=LegKind.CREDIT.value,
        rail=bank.rail if bank else BOOKS,
        bank=source.bank if source else "",
        account_token=source.token if source else "",
        created_at=moment,
    )
    publish("payment.claimed", payment_id=payment.public_id)


@owns
def return_unclaimed(*, payment_id: str) -> None:
    """Send a payment back whose time to be claimed is over.

    Changes: the payment, a leg along its debit. Publishes ``payment.turned_back``, from which
    the bank is asked.

    Raises:
        NotFound: There is no such payment.
        StateConflict: It does not wait any more, or its time is not over.
        CapabilityClosed: A hold stops everything.

    Transaction: owns.
    """
    moment = business_now()
    payment = _lock_waiting(payment_id)
    if payment.claim_until is None or payment.claim_until > moment:
        raise StateConflict(state=payment.state)
    _turn_back(payment, NOT_CLAIMED, moment)


@joins
def take_back(*, payment: Payment, moment: datetime) -> None:
    """Send a waiting payment back because its payer wants so.

    Changes: as ``return_unclaimed``.

    Args:
        payment: Locked by the caller.
        moment: The business moment.

    Raises:
        StateConflict: It does not wait any more.
        CapabilityClosed: A hold stops everything.

    Transaction: joins.
    """
    _refuse_moving(payment)
    _turn_back(payment, TAKEN_BACK, moment)


def invite_payee(*, payment_id: str) -> None:
    """Claim a payment that began to wait, or invite its payee if that is not possible yet.

    Between the approval and this moment the payee may have enrolled.

    Raises:
        SenderUnavailable: The message could not be handed over; to be called again.

    Transaction: owns (claiming and inviting each theirs; none while the gateway is called).
    """
    refuse_owner("payments.services.claims.invite_payee")
    payment = Payment.objects.filter(public_id=payment_id).first()
    if payment is None or payment.state != PaymentState.PENDING_CLAIM or _try_claim(payment_id):
        return
    phone = reachable_phone(payment.payee_id)
    if phone is not None:
        invite(phone=phone, reference=payment_id, text=_words(payment))


def _try_claim(payment_id: str) -> bool:
    """Claim a payment if that is possible now; else note when to try again."""
    try:
        claim_payment(payment_id=payment_id)
    except TrocoError as refusal:
        logger.info("payment_not_claimed", payment=payment_id, code=refusal.code)
        _put_off(payment_id=payment_id, code=refusal.code)
        return False
    return True


@owns
def _put_off(*, payment_id: str, code: str) -> None:
    """Let the clock try a payment again later, each time twice as late as before.

    Transaction: owns.
    """
    payment = Payment.objects.filter(public_id=payment_id).first()
    if payment is None:
        return
    row, _ = ClaimTry.objects.get_or_create(payment=payment, defaults={"try_at": wall_now()})
    pause = min(FIRST_PAUSE * 2 ** min(row.tries, 20), LONGEST_PAUSE)
    row.tries, row.try_at, row.refused_with = row.tries + 1, wall_now() + pause, code[:40]
    row.save(update_fields=["tries", "try_at", "refused_with"])


def _lock_waiting(payment_id: str) -> Payment:
    """Lock a payment that waits, and that nobody has claimed or turned round."""
    rows = Payment.objects.select_for_update(no_key=True)
    payment = rows.filter(public_id=payment_id).first()
    if payment is None:
        raise NotFound
    _refuse_moving(payment)
    return payment


def _refuse_moving(payment: Payment) -> None:
    """Refuse a payment that does not wait any more, or that a hold stops."""
    moving = payment.legs.exclude(kind=LegKind.DEBIT).exists()
    if payment.state != PaymentState.PENDING_CLAIM or moving:
        raise StateConflict(state=payment.state)
    parties = (payment.payer_id, payment.payee_id)
    refuse_if_stopped(country=payment.country, capability=payment.kind, parties=parties)


def _turn_back(payment: Payment, cause: str, moment: datetime) -> None:
    debit = payment.legs.get(kind=LegKind.DEBIT)
    Payment.objects.filter(id=payment.id).update(failure_code=cause)
    finishing.add_return_leg(payment=payment, debit=debit, moment=moment)
    publish("payment.turned_back", payment_id=payment.public_id)


def _country_of(payment: Payment) -> CountryFacts:
    country = country_by_iso2(payment.country)
    if country is None:
        raise NotFound
    return country


def _account_of(payment: Payment, country: CountryFacts) -> FundingSource | None:
    """Return where the payee receives; None for its balance.

    Raises:
        PayeeNotEnrolled: It cannot receive yet.
    """
    if payment.kind != PaymentKind.PERSON_TO_PERSON or not is_enrolled(payment.payee_id):
        raise PayeeNotEnrolled
    if country.holds_funds:
        return None
    source = receiving_source(payment.payee_id)
    if source is None:
        raise PayeeNotEnrolled
    return source


def _words(payment: Payment) -> str:
    """Return what the payee is invited with; a name is cut, so that the text fits."""
    payer = parties_by_ids([payment.payer_id])[payment.payer_id]
    money = Money(payment.amount_minor, payment.currency)
    locale = (get_language() or "en").replace("-", "_")
    places = exponent(money.currency)
    whole, rest = divmod(money.amount_minor, 10**places)
    major = f"{whole}.{rest:0{places}d}" if places else f"{whole}"
    text = _now(
        "%(name)s sent you %(amount)s with Troco. Sign in with this number by %(day)s to receive"
        " it; otherwise it goes back. Nobody will ask you to pay for it."
    )
    until = payment.claim_until or business_now()
    return text % {
        "name": payer.display_name[:40],
        "amount": format_currency(major, money.currency, locale=locale),
        "day": format_date(until, locale=locale),
    }

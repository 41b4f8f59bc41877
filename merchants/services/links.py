"""Payment links: made, switched off, opened to be paid, and paid.

A link is no demand itself: each payer gets a use of it, and the use is the demand that a quote
is taken of. So a link can be paid by many, each once, and how often is counted under the link's
lock: with three uses left and ten who scan it at once, three get one.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import (
    AmountInvalid,
    CurrencyMismatch,
    Forbidden,
    NotFound,
    StateConflict,
    TrocoError,
)
from core.idempotency import record as remember
from core.ids import new_id
from core.money import Money
from core.transactions import joins, owns
from merchants.enums import LinkState
from merchants.models import LinkUse, PaymentLink, Shop
from merchants.models.products import MAX_PRICE_MINOR
from merchants.services.programs import acting_key
from merchants.services.texts import clean_text, refusal
from payments.enums import DemandKind
from payments.queries.payments import busy_references, demand_is_busy
from payments.services.demands import Asked, create_demand
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person

GOOD_FOR: Final = timedelta(minutes=30)
"""How long somebody who opened a link has to pay it; meanwhile the use is theirs."""

TOLD_WITHIN: Final = timedelta(days=30)
"""How long after its end a use may still turn out paid: statements close what is unknown."""

AT_THE_COUNTER: Final = timedelta(minutes=15)
"""How long a link that is shown to somebody at the counter can be opened."""

MOST_LINKS: Final = 10_000
"""That can still be paid; those that are over are kept and do not count."""

MOST_USES: Final = 1_000_000
LONGEST_TITLE: Final = 80
LAST_YEAR: Final = 2999
"""A link ends in it or earlier: the last hours of all years are beyond them in the east."""

_LETTERS: Final = "23456789abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"
_CODE_LENGTH: Final = 10


class LinkClosed(TrocoError):
    """A payment link that can no longer be paid; ``reason`` says why."""

    code = "link_closed"
    http_status = 409
    words = _("This link can no longer be paid. Ask the shop for a new one.")


@dataclass(frozen=True, slots=True)
class LinkWish:
    """What a link shall be.

    Attributes:
        title: 1 to 80 characters, shown to whoever pays.
        amount: In the shop's currency; None: the payer says how much.
        most_uses: How often it can be paid, 1 to 1,000,000; None without end.
        expires_at: When it is over; None without end.
        is_counter_sale: Whether it is for one sale at the counter, and kept apart from the others.
    """

    title: str
    amount: Money | None = None
    most_uses: int | None = None
    expires_at: datetime | None = None
    is_counter_sale: bool = False


def once_at_the_counter(title: str, amount: Money | None, moment: datetime) -> LinkWish:
    """Return the wish for a link that is paid once, by whoever stands there."""
    ends_at = moment + AT_THE_COUNTER
    return LinkWish(title, amount, most_uses=1, expires_at=ends_at, is_counter_sale=True)


@owns
def make_link(*, shop_id: int, actor: "Person | None", wish: LinkWish) -> PaymentLink:
    """Make a payment link of a shop.

    Changes: one ``PaymentLink``, one entry of the audit trail.

    Args:
        shop_id: Primary key of the shop.
        actor: Who of the team makes it; None where a program does.
        wish: What it shall be.

    Raises:
        NotFound: No such shop.
        InputInvalid, TextInvalid: A value is out of bounds, or the shop has too many open links.
        AmountInvalid: The amount is not positive, or too high.
        CurrencyMismatch: It is not in the shop's currency.
        StateConflict: The shop has closed.

    Transaction: owns.
    """
    moment = business_now()
    shop = Shop.objects.select_for_update(no_key=True).filter(pk=shop_id).first()
    if shop is None:
        raise NotFound
    if shop.closed_at is not None:
        raise StateConflict(_("This shop has closed."))
    _check(shop, wish, moment)
    link = PaymentLink.objects.create(
        public_id=new_id("lnk"),
        code="".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH)),
        shop=shop,
        title=clean_text(wish.title, "title", LONGEST_TITLE, 1),
        amount_minor=None if wish.amount is None else wish.amount.amount_minor,
        currency=shop.currency,
        most_uses=wish.most_uses,
        expires_at=wish.expires_at,
        is_counter_sale=wish.is_counter_sale,
        created_at=moment,
        created_by=actor,
        created_key_id=acting_key(actor=actor),
    )
    made: dict[str, object] = {
        "title": link.title,
        "amount_minor": link.amount_minor,
        "most_uses": link.most_uses,
    }
    _record(actor, "link.made", link, {}, made)
    remember(link)
    return link


@owns
def disable_link(*, shop_id: int, link_id: str, actor: "Person | None") -> PaymentLink:
    """Switch a link off for ever: nobody can open it any more; what is under way goes on.

    Switching it off twice does no harm.

    Args:
        shop_id: Primary key of the shop.
        link_id: Public id of its link.
        actor: Who of the team does it; None where a program does.

    Raises:
        NotFound: The shop has no such link.

    Transaction: owns.
    """
    rows = PaymentLink.objects.select_for_update(no_key=True)
    link = rows.filter(shop_id=shop_id, public_id=link_id).first()
    if link is None:
        raise NotFound
    if link.disabled_at is None:
        link.disabled_at, link.disabled_by = business_now(), actor
        link.disabled_key_id = acting_key(actor=actor)
        link.save(update_fields=["disabled_at", "disabled_by", "disabled_key"])
        _record(actor, "link.disabled", link, {"disabled": False}, {"disabled": True})
    remember(link)
    return link


@owns
def disable_by_staff(*, staff: "Person", link_id: str, reason: str) -> PaymentLink:
    """Switch a link off from the operator's side.

    Raises:
        NotFound: There is no such link that is on.

    Transaction: owns.
    """
    rows = PaymentLink.objects.select_for_update(of=("self",), no_key=True)
    link = rows.filter(public_id=link_id, disabled_at__isnull=True).first()
    if link is None:
        raise NotFound
    link.disabled_at, link.disabled_by = business_now(), staff
    link.save(update_fields=["disabled_at", "disabled_by"])
    record(
        actor=staff,
        action="link.disabled",
        object_ref=link.public_id,
        before={"disabled": False},
        after={"disabled": True},
        reason=reason,
    )
    return link


@owns
def open_use(*, code: str, payer: "Person", amount: Money | None) -> LinkUse:
    """Open a link to pay it: the answer's id is what a quote is taken of.

    Somebody who opens it again with the same amount, before the time is over, gets the same use.

    Changes: one ``LinkUse`` and its demand, unless there is one already.

    Args:
        code: What the link's address ends in.
        payer: Who would like to pay.
        amount: How much, where the link leaves it open; elsewhere None or the link's own.

    Returns:
        The use, with its link.

    Raises:
        NotFound: There is no such link.
        LinkClosed: It is switched off, over, or paid as often as it may be.
        AmountInvalid: There is no amount, or it is not the link's.
        CurrencyMismatch: It is in another currency.
        Forbidden: The caller has no party and pays nothing.

    Transaction: owns.
    """
    moment = business_now()
    if payer.party_id is None:
        raise Forbidden
    rows = PaymentLink.objects.select_for_update(of=("self",), no_key=True)
    link = rows.select_related("shop").filter(code=code).first()
    if link is None:
        raise NotFound
    due = _due(link, amount)
    _check_open(link, moment)
    mine = link.uses.filter(payer_id=payer.party_id, amount_minor=due.amount_minor)
    use = mine.filter(paid_at__isnull=True, expires_at__gt=moment).order_by("-id").first()
    if use is None or demand_is_busy(DemandKind.LINK, use.public_id):
        _check_uses_left(link, moment)
        use = _write_use(link, payer.party_id, due, moment)
    use.link = link
    remember(use)
    return use


@joins
def mark_use_paid(*, use_id: str, payment_id: str) -> None:
    """Write down, in the commit that completes a payment, that it paid a use of a link.

    Changes: the ``LinkUse``; of a link that was paid as often as it may be, when that was.

    Args:
        use_id: Public id of the use.
        payment_id: Public id of the completed payment.

    Transaction: joins.
    """
    mine = LinkUse.objects.filter(public_id=use_id, paid_at__isnull=True)
    if mine.update(payment_ref=payment_id, paid_at=business_now()):
        _note_used_up(use_id)


@joins
def _note_used_up(use_id: str) -> None:
    """Note that a link is used up; payments of one link count one after another."""
    rows = PaymentLink.objects.select_for_update(of=("self",), no_key=True)
    mine = rows.filter(uses__public_id=use_id, most_uses__isnull=False, used_up_at__isnull=True)
    link = mine.first()
    if link is None or link.most_uses is None:
        return
    if link.uses.filter(paid_at__isnull=False).count() >= link.most_uses:
        link.used_up_at = business_now()
        link.save(update_fields=["used_up_at"])


def _check(shop: Shop, wish: LinkWish, moment: datetime) -> None:
    if wish.amount is not None:
        if wish.amount.currency != shop.currency:
            raise CurrencyMismatch
        if not 1 <= wish.amount.amount_minor <= MAX_PRICE_MINOR:
            raise AmountInvalid
    if wish.most_uses is not None and not 1 <= wish.most_uses <= MOST_USES:
        raise refusal("most_uses", _("A link is paid 1 to 1,000,000 times, or without end."))
    if wish.expires_at is not None and wish.expires_at <= moment:
        raise refusal("expires_at", _("A link ends later than now."))
    standing = PaymentLink.objects.filter(
        Q(expires_at__isnull=True) | Q(expires_at__gt=moment),
        shop=shop,
        disabled_at__isnull=True,
        used_up_at__isnull=True,
    )
    if standing[:MOST_LINKS].count() >= MOST_LINKS:
        raise refusal("title", _("A shop has at most 10,000 open links. Switch some off."))


def _check_open(link: PaymentLink, moment: datetime) -> None:
    """Refuse a link that is switched off or over."""
    if link.disabled_at is not None or link.shop.closed_at is not None:
        raise LinkClosed(reason=LinkState.DISABLED.value)
    if link.expires_at is not None and link.expires_at <= moment:
        raise LinkClosed(reason=LinkState.EXPIRED.value)


def _check_uses_left(link: PaymentLink, moment: datetime) -> None:
    """Refuse one more use of a locked link that is paid, or being paid, as often as it may be."""
    if link.most_uses is None:
        return
    taken = link.uses.filter(Q(paid_at__isnull=False) | Q(expires_at__gt=moment)).count()
    ended = link.uses.filter(paid_at__isnull=True, expires_at__range=(moment - TOLD_WITHIN, moment))
    references = list(ended.values_list("public_id", flat=True))
    taken += len(busy_references(DemandKind.LINK, references))
    if taken >= link.most_uses:
        raise LinkClosed(reason=LinkState.USED_UP.value)


def _due(link: PaymentLink, amount: Money | None) -> Money:
    if amount is not None and amount.currency != link.currency:
        raise CurrencyMismatch
    if link.amount_minor is None:
        if amount is None:
            raise AmountInvalid(_("This link leaves the amount to you. Say how much."))
        if not 1 <= amount.amount_minor <= MAX_PRICE_MINOR:
            raise AmountInvalid
        return amount
    fixed = Money(link.amount_minor, link.currency)
    if amount is not None and amount != fixed:
        raise AmountInvalid(_("The amount is not what is asked for. Leave it out."))
    return fixed


def _write_use(link: PaymentLink, payer_id: int, due: Money, moment: datetime) -> LinkUse:
    use = LinkUse.objects.create(
        public_id=new_id("lku"),
        link=link,
        payer_id=payer_id,
        amount_minor=due.amount_minor,
        opened_at=moment,
        expires_at=moment + GOOD_FOR,
    )
    create_demand(
        kind=DemandKind.LINK,
        reference=use.public_id,
        asked=Asked(
            payee_id=link.shop.party_id, payer_id=payer_id, amount=due, expires_at=use.expires_at
        ),
    )
    return use


def _record(
    actor: "Person | None",
    action: str,
    link: PaymentLink,
    before: dict[str, object],
    after: dict[str, object],
) -> None:
    record(
        actor=actor,
        action=action,
        object_ref=link.public_id,
        before=before,
        after=after,
        reason="",
    )

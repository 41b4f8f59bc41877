"""Giving money back from behind the counter, or by a program: what each role and each key may."""

from hashlib import sha256
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from core.clock import wall_now
from core.errors import Forbidden, TrocoError
from core.idempotency import record as remember
from core.transactions import joins, owns
from merchants.enums import Role
from merchants.models import ShopKey, TeamMember
from payments.enums import RefundOrigin
from payments.queries import payment_snapshot
from payments.services.refunds import Asker, RefundWish, ask_refund
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person


class RefundOverRole(TrocoError):
    """A member of the team would give back more of one payment than their role may."""

    code = "refund_over_role"
    http_status = 403
    words = _("Your role gives back less than this. Ask the owner of the shop.")


class RefundOverKey(TrocoError):
    """A program would give back more of one payment than its key may."""

    code = "refund_over_key"
    http_status = 403
    words = _("This key gives back less than this. An owner of the shop makes one that may.")


@owns
def refund_sale(*, person: "Person", shop_id: int, wish: RefundWish) -> str:
    """Refund a sale of a shop, by one of its team.

    The owner gives back any amount; managers and cashiers, of one payment and counting all its
    refunds, what the shop allows; other roles nothing.

    Changes: what ``payments.services.refunds.ask_refund`` changes. Publishes what it publishes.

    Args:
        person: Who gives it back; has shown a second factor just now.
        shop_id: Primary key of the shop.
        wish: What to give back.

    Returns:
        The refund's public id.

    Raises:
        Forbidden: The person does not belong to the shop.
        RefundOverRole: It would be more than their role may.
        All that ``ask_refund`` raises.

    Transaction: owns.
    """
    return refund_within(member=seller_of(shop_id=shop_id, person=person), wish=wish)


@joins
def refund_within(*, member: TeamMember, wish: RefundWish) -> str:
    """Refund a sale of a shop within what one of its team may; return the refund's public id.

    Changes: what ``payments.services.refunds.ask_refund`` changes. Publishes what it publishes.

    Args:
        member: Who gives it back, with the shop.
        wish: What to give back.

    Raises:
        RefundOverRole: It would be more than their role may.
        All that ``ask_refund`` raises.

    Transaction: joins.
    """
    by = Asker(RefundOrigin.SELLER, member.person, member.shop.party_id)
    refund = ask_refund(wish=wish, by=by)
    payment = payment_snapshot(wish.payment_id)
    given = payment.refunded + payment.refunding
    limit_minor = limit_of(member)
    if limit_minor is not None and given.amount_minor > limit_minor:
        raise RefundOverRole(limit_minor=limit_minor)
    return refund.public_id


@owns
def refund_by_key(*, key_id: int, wish: RefundWish) -> str:
    """Refund a sale of a shop, by a program of its own.

    A key gives back, of one payment and counting all its refunds, what its maker allowed it.

    Changes: what ``payments.services.refunds.ask_refund`` changes, the audit trail. Publishes what
    it publishes.

    Args:
        key_id: Primary key of the program's key, which opens refunds.
        wish: What to give back.

    Returns:
        The refund's public id.

    Raises:
        Forbidden: The key was ended meanwhile, or its time is over.
        RefundOverKey: It would be more than the key may.
        All that ``ask_refund`` raises.

    Transaction: owns.
    """
    key = ShopKey.objects.select_related("shop").filter(pk=key_id, revoked_at__isnull=True).first()
    if key is None or (key.ends_at is not None and key.ends_at <= wall_now()):
        raise Forbidden
    refund = ask_refund(wish=wish, by=Asker(RefundOrigin.SELLER, None, key.shop.party_id))
    payment = payment_snapshot(wish.payment_id)
    given = payment.refunded + payment.refunding
    if key.refund_minor is not None and given.amount_minor > key.refund_minor:
        raise RefundOverKey(limit_minor=key.refund_minor)
    record(
        actor=None,
        action="refund.asked",
        object_ref=refund.public_id,
        before={},
        after={
            "payment": payment.id,
            "amount_minor": refund.amount_minor,
            "currency": refund.currency,
            "reason": refund.reason,
        },
        reason=refund.note,
    )
    remember(refund.public_id)
    return refund.public_id


def wish_key(*, key: str) -> str:
    """Return what names a wish for ever that was sent under an idempotency key of any length.

    Transaction: none.
    """
    return sha256(key.encode()).hexdigest()


def seller_of(*, shop_id: int, person: "Person") -> TeamMember:
    """Return somebody of a shop's team, with the shop.

    Raises:
        Forbidden: The person does not belong to the shop.

    Transaction: none.
    """
    living = TeamMember.objects.filter(shop_id=shop_id, person=person, removed_at__isnull=True)
    member = living.select_related("shop", "person").first()
    if member is None:
        raise Forbidden
    return member


def limit_of(member: TeamMember) -> int | None:
    """Return what a member may give back of one payment; None for any amount.

    Transaction: none.
    """
    limits = {
        Role.OWNER.value: None,
        Role.MANAGER.value: member.shop.manager_refund_minor,
        Role.CASHIER.value: member.shop.cashier_refund_minor,
    }
    return limits.get(member.role, 0)

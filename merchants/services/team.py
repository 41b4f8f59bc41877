"""The people who run a shop. A shop always keeps an owner; every change is audited.

A new owner has the shop reviewed again (``merchants.services.reviews``).
"""

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import NotFound, StateConflict
from core.transactions import owns
from merchants.enums import TALKING_ROLES, ReviewCause, Role
from merchants.models import Shop, TeamMember
from merchants.services.paper_links import end_paper_links
from merchants.services.reviews import review_again
from merchants.services.statement_mails import MAILED_ROLES, end_mails_of
from merchants.services.texts import refusal
from messaging.services.listeners import doubt_listeners
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person

MOST_REFUND = 10**12


@owns
def add_member(*, shop_id: int, actor: "Person | None", person: "Person", role: Role) -> TeamMember:
    """Let a person act for a shop.

    Args:
        shop_id: Primary key of the shop.
        actor: Who adds them.
        person: Who is added.
        role: What they may do.

    Returns:
        The membership.

    Raises:
        NotFound: No such shop.
        StateConflict: The person is in the team already.

    Transaction: owns.
    """
    shop = _lock_shop(shop_id)
    if TeamMember.objects.filter(shop=shop, person=person, removed_at__isnull=True).exists():
        raise StateConflict(_("This person is in the team already."))
    member = TeamMember.objects.create(
        shop=shop, person=person, role=role, joined_at=business_now()
    )
    _record(actor, "team.added", member, {}, {"role": role})
    if role == Role.OWNER:
        review_again(shop=shop, cause=ReviewCause.OWNER, actor=actor)
    return member


@owns
def change_role(*, shop_id: int, actor: "Person | None", person_id: int, role: Role) -> TeamMember:
    """Give a member of a team another role.

    Args:
        shop_id: Primary key of the shop.
        actor: Who changes it.
        person_id: Primary key of the member's person.
        role: What they may do from now on.

    Returns:
        The membership.

    Raises:
        NotFound: No such shop or member.
        StateConflict: The shop would be left without an owner.

    Transaction: owns.
    """
    shop = _lock_shop(shop_id)
    member = _member(shop, person_id)
    old = member.role
    if role != Role.OWNER:
        _keep_an_owner(shop, member)
    member.role = role
    member.save(update_fields=["role"])
    if role not in MAILED_ROLES:
        end_mails_of(shop=shop, person_id=person_id, actor=actor)
    if role != Role.OWNER:
        end_paper_links(person_id=person_id, shop_id=shop.pk)
    _record(actor, "team.role_changed", member, {"role": old}, {"role": role})
    if Role.OWNER == role != old:
        review_again(shop=shop, cause=ReviewCause.OWNER, actor=actor)
    if role not in TALKING_ROLES:
        doubt_listeners(person_id=person_id, party_id=shop.party_id)
    return member


@owns
def remove_member(*, shop_id: int, actor: "Person | None", person_id: int) -> TeamMember:
    """End a person's right to act for a shop, from the next request and the next news on.

    Args:
        shop_id: Primary key of the shop.
        actor: Who removes them.
        person_id: Primary key of the member's person.

    Returns:
        The ended membership, which stays as history.

    Raises:
        NotFound: No such shop or member.
        StateConflict: The shop would be left without an owner.

    Transaction: owns.
    """
    shop = _lock_shop(shop_id)
    member = _member(shop, person_id)
    _keep_an_owner(shop, member)
    member.removed_at = business_now()
    member.save(update_fields=["removed_at"])
    end_paper_links(person_id=person_id, shop_id=shop.pk)
    end_mails_of(shop=shop, person_id=person_id, actor=actor)
    _record(actor, "team.removed", member, {"role": member.role}, {})
    doubt_listeners(person_id=person_id, party_id=shop.party_id)
    return member


@owns
def change_refund_limits(
    *, shop_id: int, actor: "Person | None", manager_minor: int, cashier_minor: int
) -> Shop:
    """Say what managers and cashiers may give back of one payment; recorded in the audit trail.

    Args:
        shop_id: Primary key of the shop.
        actor: Who changes it.
        manager_minor: In minor units of the shop's currency, 0 or more.
        cashier_minor: The same.

    Returns:
        The shop.

    Raises:
        NotFound: No such shop.
        InputInvalid: A limit is negative, or too large to be kept.

    Transaction: owns.
    """
    for name, value in (("manager", manager_minor), ("cashier", cashier_minor)):
        if not 0 <= value <= MOST_REFUND:
            raise refusal(name, _("A limit is 0 or more."))
    shop = _lock_shop(shop_id)
    before = {"manager": shop.manager_refund_minor, "cashier": shop.cashier_refund_minor}
    after = {"manager": manager_minor, "cashier": cashier_minor}
    if before != after:
        shop.manager_refund_minor, shop.cashier_refund_minor = manager_minor, cashier_minor
        shop.save(update_fields=["manager_refund_minor", "cashier_refund_minor"])
        record(
            actor=actor,
            action="team.refund_limits_changed",
            object_ref=shop.public_id,
            before=before,
            after=after,
            reason="",
        )
    return shop


def note_looked(*, shop_id: int, person_id: int, moment: datetime) -> None:
    """Note that somebody of a team looked at what happened.

    Args:
        shop_id: Primary key of the shop.
        person_id: Who looked.
        moment: Business time.

    Transaction: none (one statement).
    """
    mine = TeamMember.objects.filter(shop_id=shop_id, person_id=person_id, removed_at__isnull=True)
    mine.update(looked_at=moment)


def _lock_shop(shop_id: int) -> Shop:
    """Lock the shop, so that two changes of its team cannot both take the last owner away."""
    shop = Shop.objects.select_for_update(no_key=True).filter(pk=shop_id).first()
    if shop is None:
        raise NotFound
    return shop


def _member(shop: Shop, person_id: int) -> TeamMember:
    member = TeamMember.objects.filter(
        shop=shop, person_id=person_id, removed_at__isnull=True
    ).first()
    if member is None:
        raise NotFound
    return member


def _keep_an_owner(shop: Shop, leaving: TeamMember) -> None:
    """Refuse to take the last owner away."""
    others = TeamMember.objects.filter(shop=shop, role=Role.OWNER, removed_at__isnull=True)
    if leaving.role == Role.OWNER and not others.exclude(pk=leaving.pk).exists():
        raise StateConflict(_("A shop keeps at least one owner. Name another one first."))


def _record(
    actor: "Person | None",
    action: str,
    member: TeamMember,
    before: dict[str, object],
    after: dict[str, object],
) -> None:
    """Write the change into the audit trail, under the shop."""
    person = member.person.login
    record(
        actor=actor,
        action=action,
        object_ref=member.shop.public_id,
        before={"person": person, **before},
        after={"person": person, **after},
        reason="",
    )

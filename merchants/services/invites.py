"""Asking somebody into a shop's team by their number, and their answer."""

import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import Forbidden, NotFound, StateConflict
from core.ids import new_id
from core.transactions import owns
from merchants.enums import ReviewCause, Role
from merchants.models import Shop, TeamInvite, TeamMember
from merchants.services.reviews import review_again
from merchants.tokens import link_digest, link_token
from people.phones import parse_phone
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person

LASTS: Final = timedelta(days=7)
MOST_OPEN: Final = 50


@dataclass(frozen=True, slots=True)
class MadeInvite:
    """An invitation with the token of its link, which is not kept."""

    invite: TeamInvite
    token: str


@owns
def invite_member(*, shop_id: int, actor: "Person | None", phone: str, role: Role) -> MadeInvite:
    """Ask a number into a shop's team; an invitation that it had is withdrawn.

    Changes: one ``TeamInvite``; recorded in the audit trail. The message that carries the link is
    the caller's (``people.services.invitations.invite``).

    Args:
        shop_id: Primary key of the shop.
        actor: Who of the team asks.
        phone: With country code.
        role: What they will be.

    Returns:
        The invitation and its token.

    Raises:
        NotFound: No such shop.
        PhoneInvalid: It is no number.
        StateConflict: They are in the team already, or fifty invitations are open.

    Transaction: owns.
    """
    number = parse_phone(phone)
    shop = Shop.objects.select_for_update(no_key=True).filter(pk=shop_id).first()
    if shop is None:
        raise NotFound
    living = TeamMember.objects.filter(shop=shop, removed_at__isnull=True)
    if living.filter(person__phone=number).exists():
        raise StateConflict(_("This person is in the team already."))
    now = business_now()
    opened = TeamInvite.objects.filter(
        shop=shop, accepted_at__isnull=True, withdrawn_at__isnull=True
    )
    opened.filter(phone=number).update(withdrawn_at=now)
    if opened.filter(expires_at__gt=now).count() >= MOST_OPEN:
        raise StateConflict(_("Fifty invitations are open. Withdraw one first."))
    token = link_token()
    made = TeamInvite.objects.create(
        public_id=new_id("inv"),
        shop=shop,
        phone=number,
        role=role,
        token_hash=link_digest(token),
        made_by=actor,
        made_at=now,
        expires_at=now + LASTS,
    )
    _record(actor, "team.invited", made)
    return MadeInvite(made, token)


@owns
def withdraw_invite(*, shop_id: int, actor: "Person | None", invite_id: str) -> None:
    """Take an invitation back: its link opens nothing any more.

    Raises:
        NotFound: The shop has no such open invitation.

    Transaction: owns.
    """
    rows = TeamInvite.objects.select_for_update(of=("self",)).select_related("shop")
    found = rows.filter(
        shop_id=shop_id, public_id=invite_id, accepted_at__isnull=True, withdrawn_at__isnull=True
    ).first()
    if found is None:
        raise NotFound
    found.withdrawn_at = business_now()
    found.save(update_fields=["withdrawn_at"])
    _record(actor, "team.invite_withdrawn", found)


@owns
def accept_invite(*, token: str, person: "Person") -> TeamMember:
    """Let somebody into the team that asked their number.

    Changes: the ``TeamInvite``, one ``TeamMember``; recorded in the audit trail.

    Args:
        token: Of the link.
        person: Who follows it; their number is the one that was asked.

    Raises:
        NotFound: The link is none, was used, was withdrawn, or is too old.
        Forbidden: It was for another number.
        StateConflict: They are in the team already.

    Transaction: owns.
    """
    rows = TeamInvite.objects.select_for_update(of=("self",)).select_related("shop")
    now = business_now()
    found = rows.filter(
        token_hash=link_digest(token),
        accepted_at__isnull=True,
        withdrawn_at__isnull=True,
        expires_at__gt=now,
    ).first()
    if found is None:
        raise NotFound
    if not hmac.compare_digest(found.phone, person.phone or ""):
        raise Forbidden
    living = TeamMember.objects.filter(shop=found.shop, person=person, removed_at__isnull=True)
    if living.exists():
        raise StateConflict(_("You are in the team already."))
    member = TeamMember.objects.create(
        shop=found.shop, person=person, role=found.role, joined_at=now
    )
    found.accepted_at, found.accepted_by = now, person
    found.save(update_fields=["accepted_at", "accepted_by"])
    _record(person, "team.joined", found)
    if found.role == Role.OWNER:
        review_again(shop=found.shop, cause=ReviewCause.OWNER, actor=person)
    return member


def _record(actor: "Person | None", action: str, invite: TeamInvite) -> None:
    """Write it into the audit trail, under the shop; of the number only its end."""
    record(
        actor=actor,
        action=action,
        object_ref=invite.shop.public_id,
        before={},
        after={"phone": f"…{invite.phone[-4:]}", "role": invite.role},
        reason="",
    )

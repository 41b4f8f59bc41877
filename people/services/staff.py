"""Staff of the operator: they sign in to the admin with password and second factor."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import InputInvalid, NotFound, StateConflict
from core.transactions import joins, owns
from people.models import ApprovalRequest, Person
from people.services.approvals import Change, ask_approval
from people.services.audit import record
from people.services.factors import give_totp

GROUPS_ACTION = "staff.groups"
GROUPS_WAIT = timedelta(days=3)


@owns
def create_staff(
    *,
    login: str,
    password: str,
    totp_secret: str,
    is_superuser: bool = False,
    groups: Sequence[str] = (),
    actor: Person | None = None,
) -> Person:
    """Make a member of the staff, without a party: staff neither chat nor pay.

    Changes: a ``Person``, a TOTP device, missing groups, an audit entry.

    Args:
        login: 1 to 64 characters, not a phone number.
        password: Chosen elsewhere; stored as Argon2id.
        totp_secret: Base 32.
        is_superuser: Whether every permission is theirs.
        groups: Names of groups; permissions of a group are set elsewhere.
        actor: Who made them; None for a command.

    Raises:
        StateConflict: The login is taken or looks like a phone number.

    Transaction: owns.
    """
    if login.startswith("+") or Person.objects.filter(login=login).exists():
        raise StateConflict
    person = Person(
        login=login, is_staff=True, is_superuser=is_superuser, created_at=business_now()
    )
    person.set_password(password)
    person.save(force_insert=True)
    person.groups.set([Group.objects.get_or_create(name=name)[0] for name in groups])
    give_totp(person=person, totp_secret=totp_secret)
    record(
        actor=actor,
        action="staff.created",
        object_ref=login,
        before={},
        after={"is_superuser": is_superuser, "groups": list(groups)},
    )
    return person


@owns
def ask_groups(*, maker: Person, login: str, groups: Sequence[str], reason: str) -> ApprovalRequest:
    """Ask a colleague to approve what a member of staff may do from now on.

    Changes: an ``ApprovalRequest``, an audit entry.

    Args:
        maker: Who asks.
        login: Whose rights; also one's own, as somebody else decides.
        groups: All the groups they will be in; none takes every right away.
        reason: Why.

    Raises:
        NotFound: There is no such member of staff.
        InputInvalid: There is no such group.
        StateConflict: They are in just these groups, or a change of theirs waits already.

    Transaction: owns.
    """
    wanted = sorted(set(groups))
    if Group.objects.filter(name__in=wanted).count() != len(wanted):
        raise InputInvalid(_("There is no such group."))
    payload = {"login": login, "groups": wanted}
    before = groups_now(payload)
    if before["groups"] == wanted:
        raise StateConflict(_("They are in just these groups."))
    change = Change(GROUPS_ACTION, login, payload, before, {**before, "groups": wanted})
    return ask_approval(maker=maker, change=change, reason=reason, expires_in=GROUPS_WAIT)


def groups_now(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the groups that a member of staff is in; their row is locked.

    Raises:
        NotFound: There is no such member of staff.

    Transaction: none (asked within the one that asks or approves).
    """
    person = _staff(payload["login"])
    groups = person.groups.order_by("name").values_list("name", flat=True)
    return {"groups": list(groups), "is_active": person.is_active}


@joins
def change_groups(*, payload: Mapping[str, Any], maker: Person, checker: Person) -> None:
    """Put a member of staff into the groups that two colleagues agreed on.

    Changes: their groups, an audit entry. It counts from their next request on.

    Args:
        payload: ``login`` and ``groups``.
        maker: Who asked.
        checker: Who approved.

    Raises:
        NotFound: There is no such member of staff.

    Transaction: joins.
    """
    person, before = _staff(payload["login"]), groups_now(payload)
    person.groups.set(Group.objects.filter(name__in=payload["groups"]))
    record(
        actor=checker,
        action="staff.groups_changed",
        object_ref=person.login,
        before=before,
        after={**before, "groups": payload["groups"], "asked_by": maker.login},
    )


def _staff(login: str) -> Person:
    """Return a member of staff, locked."""
    rows = Person.objects.select_for_update().filter(login=login, is_staff=True)
    person = rows.first()
    if person is None:
        raise NotFound
    return person

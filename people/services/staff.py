"""Staff of the operator: they sign in to the admin with password and second factor."""

from collections.abc import Sequence

from django.contrib.auth.models import Group

from core.clock import business_now
from core.errors import StateConflict
from core.transactions import owns
from people.models import Person
from people.services.audit import record
from people.services.factors import give_totp


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

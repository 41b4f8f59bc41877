"""Accounts for the portal: a number that was shown, a password, and an authenticator."""

from dataclasses import dataclass

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import StateConflict, TrocoError
from core.events import publish
from core.ids import new_id
from core.transactions import owns
from people.enums import PartyKind
from people.models import Party, Person
from people.names import LONGEST_DISPLAY_NAME, clean_text
from people.phones import country_of
from people.services.audit import record
from people.services.factors import (
    CodeRefused,
    begin_totp,
    verify_recovery_code,
    verify_totp,
)
from people.services.unclaimed import take_over
from people.services.web_sessions import end_other_sessions


class PasswordRejected(TrocoError):
    """The password is not the one that is kept."""

    code = "password_rejected"
    http_status = 403
    words = _("That is not your password.")


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What somebody signs in with from now on.

    Attributes:
        phone: E.164; shown to be theirs within this sitting.
        display_name: What colleagues and customers see; not used where they are here already.
        password: In the clear; kept as Argon2id.
        totp_secret: Of their authenticator, base 32.
        token: What it shows now.
        locale: Their language.
    """

    phone: str
    display_name: str
    password: str
    totp_secret: str
    token: str
    locale: str


def open_account(*, account: NewAccount) -> Person:
    """Let somebody sign in to the portal, who may have been a consumer before.

    Changes: at most a ``Party`` and a ``Person``; their password and an authenticator. Recorded in
    the audit trail.

    Args:
        account: What they chose.

    Returns:
        The person.

    Raises:
        StateConflict: The number has an account already: its owner signs in.
        CodeRefused: The authenticator shows something else.
        PhoneInvalid, TextInvalid, InputInvalid: As their names say.

    Transaction: owns.
    """
    try:
        return _open(account=account)
    except IntegrityError as error:
        raise StateConflict from error


def has_account(*, phone: str) -> bool:
    """Tell whether a number's owner signs in to the portal already.

    Transaction: none (one query).
    """
    person = Person.objects.filter(phone=phone).first()
    return person is not None and person.has_usable_password()


@owns
def change_password(*, person: Person, old: str, new: str) -> Person:
    """Give a person another password; Django's sessions of the old one are over by it.

    Changes: the password; recorded in the audit trail. Publishes ``password.changed``.

    Args:
        person: Who asks; has shown a second factor just now.
        old: Their password.
        new: Another one, checked for length and against known ones.

    Returns:
        The person as they are now.

    Raises:
        PasswordRejected: The old one is not right.

    Transaction: owns.
    """
    row = Person.objects.select_for_update(of=("self",)).get(pk=person.pk)
    if not row.check_password(old):
        raise PasswordRejected
    row.set_password(new)
    row.save(update_fields=["password"])
    record(
        actor=row,
        action="account.password_changed",
        object_ref=row.login,
        before={},
        after={},
        reason="",
    )
    publish("password.changed", person_id=row.pk)
    return row


def reset_password(*, phone: str, token: str, recovery_code: str, new: str) -> Person:
    """Give somebody another password who has forgotten theirs and has all else.

    Whoever is of the staff is nobody here: theirs is changed by staff.

    Changes: the authenticator's step and the recovery code are used up, or their failures counted;
    the password; all sessions are over. Recorded in the audit trail. Publishes
    ``password.reset``, so that whoever did not ask for it hears of it.

    Args:
        phone: E.164; shown to be theirs within this sitting.
        token: What their authenticator shows.
        recovery_code: One that was not used.
        new: The password, checked for length and against known ones.

    Returns:
        The person as they are now.

    Raises:
        CodeRefused: Either code does not fit, or the number has no account.

    Transaction: owns (three: each code's try is counted and committed first).
    """
    rows = Person.objects.filter(phone=phone, is_active=True, is_staff=False)
    person = rows.first()
    if person is None or not person.has_usable_password():
        raise CodeRefused
    if verify_totp(person=person, token=token) is None:
        raise CodeRefused
    if verify_recovery_code(person=person, code=recovery_code) is None:
        raise CodeRefused
    changed = _reset(person_id=person.pk, new=new)
    end_other_sessions(person=changed, session_key="")
    return changed


@owns
def _reset(*, person_id: int, new: str) -> Person:
    row = Person.objects.select_for_update(of=("self",)).get(pk=person_id)
    row.set_password(new)
    row.save(update_fields=["password"])
    record(
        actor=row,
        action="account.password_reset",
        object_ref=row.login,
        before={},
        after={},
        reason="",
    )
    publish("password.reset", person_id=row.pk)
    return row


@owns
def _open(*, account: NewAccount) -> Person:
    name = clean_text(account.display_name, field="name", longest=LONGEST_DISPLAY_NAME)
    rows = Person.objects.select_for_update(of=("self",)).select_related("party")
    person = rows.filter(phone=account.phone).first()
    if person is None:
        person = _new_person(account, name)
    if person.has_usable_password() or not person.is_active:
        raise StateConflict(_("This number has an account already. Sign in with it."))
    person.set_password(account.password)
    person.locale = account.locale
    person.save()
    begin_totp(person=person, totp_secret=account.totp_secret, token=account.token)
    record(
        actor=person,
        action="account.opened",
        object_ref=person.party.public_id if person.party else person.login,
        before={},
        after={},
        reason="",
    )
    return person


def _new_person(account: NewAccount, name: str) -> Person:
    now = business_now()
    waiting = take_over(phone=account.phone, display_name=name)
    party = waiting or Party.objects.create(
        public_id=new_id("pty"),
        kind=PartyKind.PERSON,
        display_name=name,
        country=country_of(account.phone),
        created_at=now,
    )
    person = Person(party=party, login=account.phone, phone=account.phone, created_at=now)
    person.set_unusable_password()
    return person

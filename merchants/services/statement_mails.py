"""Monthly statements by mail: who gets them, where to, and that they asked for it.

A mail says which shop and which month, and leads to the file, which is opened signed in. It holds
no amount and no file: mail lies readable on machines that are not ours, is passed on, and cannot
be taken back when somebody leaves the team.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from core.clock import wall_now
from core.errors import Forbidden, NotFound, StateConflict
from core.ids import new_id
from core.transactions import joins, owns, refuse_owner
from merchants.codes.mailboxes import mailbox_of
from merchants.enums import Role
from merchants.models import Shop, StatementMail, TeamMember
from merchants.models.mails import FORMATS
from merchants.queries.mail_words import confirmation_mail
from merchants.services.mail_door import MailFailed, send_mail
from merchants.services.texts import refusal
from merchants.tokens import link_digest, link_token
from people.services.audit import record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from people.models import Person

MAILED_ROLES: Final = (Role.OWNER, Role.MANAGER, Role.ACCOUNTANT)
LASTS: Final = timedelta(hours=24)
MOST_A_DAY: Final = 10
MOST_TO_ONE: Final = ((timedelta(days=1), 3), (timedelta(days=30), 10))
"""So many links go to one mailbox, of all shops, that nobody there has followed."""

_LONGEST_TOKEN: Final = 64
_ONE_AT_A_TIME: Final = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


@dataclass(frozen=True, slots=True)
class MailWish:
    """Who gets the statement of each month where, and as which files."""

    person_id: int
    address: str
    formats: "Sequence[str]"


def choose_statement_mail(*, shop_id: int, actor: "Person", wish: MailWish) -> StatementMail:
    """Let a member get the statement of each month by mail, once they have confirmed the address.

    Changes: a ``StatementMail`` in the place of the one before, an audit entry; a mail with a link
    goes to the address. An address that the member has confirmed before needs no other. Where the
    mail cannot be sent, the one before stays.

    Args:
        shop_id: Primary key of the shop.
        actor: The member themselves, or an owner.
        wish: What for.

    Raises:
        NotFound: There is no such shop or member.
        Forbidden: The actor is neither, or the member does not read statements.
        InputInvalid: The address or the files are none.
        StateConflict: The shop, or the actor, asked for ten within a day; the mailbox was sent
            three links within a day, or ten within thirty, that nobody followed; or no mail can
            be sent.

    Transaction: owns (the mail goes after it).
    """
    refuse_owner("merchants.services.statement_mails.choose_statement_mail")
    if not settings.CAN_MAIL:
        raise StateConflict(_("Mail is not set up here."))
    address, formats = _checked(wish)
    token = link_token()
    made, before = _choose(
        shop_id=shop_id, actor=actor, wish=MailWish(wish.person_id, address, formats), token=token
    )
    if made.confirmed_at is None:
        base = f"{settings.TROCO_PUBLIC_URL}/portal/of/{made.shop.public_id}"
        url = f"{base}/statements/mail?confirm={token}"
        letter = confirmation_mail(made.shop.name, url, made.person.locale)
        try:
            send_mail(to=address, letter=letter, ref=made.public_id)
        except MailFailed as error:
            _take_back(made=made, before=before, actor=actor)
            raise StateConflict(_("The mail could not be sent. Try it again later.")) from error
    return made


@owns
def confirm_statement_mail(*, person: "Person", token: str) -> StatementMail:
    """Say that one gets mail at the address that a link was sent to.

    Raises:
        NotFound: The link is none of this person's, was used, or is a day old.

    Transaction: owns.
    """
    found = unconfirmed(person, token).select_for_update(of=("self",)).first()
    if found is None:
        raise NotFound
    found.confirmed_at, found.token_hash = wall_now(), None
    found.save(update_fields=["confirmed_at", "token_hash"])
    _record(person, "statement_mail.confirmed", found)
    return found


@owns
def end_statement_mail(*, shop_id: int, actor: "Person", mail_id: str) -> None:
    """Send somebody no more; they end it themselves, or an owner does.

    Raises:
        NotFound: The shop has no such mail, or it is another's and the actor no owner.

    Transaction: owns.
    """
    rows = StatementMail.objects.select_for_update(of=("self",)).select_related("shop", "person")
    found = rows.filter(shop_id=shop_id, public_id=mail_id, ended_at__isnull=True).first()
    if found is None or (found.person_id != actor.pk and not _is_owner(shop_id, actor)):
        raise NotFound
    _end(found, actor)


@owns
def end_mail_by_staff(*, staff: "Person", mail_id: str, reason: str) -> StatementMail:
    """Send no more to an address, from the operator's side: it bounces, or is a stranger's.

    Changes: the ``StatementMail``, an audit entry. The member can ask for mails again.

    Raises:
        NotFound: There is no such mail that has not ended.

    Transaction: owns.
    """
    rows = StatementMail.objects.select_for_update(of=("self",)).select_related("shop", "person")
    found = rows.filter(public_id=mail_id, ended_at__isnull=True).first()
    if found is None:
        raise NotFound
    _end(found, staff, reason)
    return found


@joins
def end_mails_of(*, shop: Shop, person_id: int, actor: "Person | None") -> None:
    """Send somebody no more who left the team, or has a role that reads no statements.

    Transaction: joins.
    """
    living = StatementMail.objects.filter(shop=shop, person_id=person_id, ended_at__isnull=True)
    for each in living.select_related("shop", "person"):
        _end(each, actor)


def unconfirmed(person: "Person", token: str) -> QuerySet[StatementMail]:
    """Return the mail that a link confirms, if it is this person's and fresh.

    Transaction: none.
    """
    if not token.isascii() or len(token) > _LONGEST_TOKEN:
        return StatementMail.objects.none()
    return StatementMail.objects.select_related("shop", "person").filter(
        person=person,
        token_hash=link_digest(token),
        ended_at__isnull=True,
        asked_at__gt=wall_now() - LASTS,
    )


@owns
def _choose(
    *, shop_id: int, actor: "Person", wish: MailWish, token: str
) -> tuple[StatementMail, StatementMail | None]:
    """Keep the wish in the place of the one before; return both."""
    shop = Shop.objects.select_for_update(no_key=True).filter(pk=shop_id).first()
    living = TeamMember.objects.filter(shop_id=shop_id, removed_at__isnull=True)
    member = living.filter(person_id=wish.person_id).select_related("person").first()
    if shop is None or member is None:
        raise NotFound
    is_allowed = wish.person_id == actor.pk or _is_owner(shop_id, actor)
    if not is_allowed or member.role not in MAILED_ROLES:
        raise Forbidden
    now, mailbox = wall_now(), mailbox_of(wish.address)
    _refuse_beyond_a_day(shop=shop, actor=actor)
    theirs = StatementMail.objects.filter(shop=shop, person_id=wish.person_id)
    before = theirs.filter(ended_at__isnull=True).first()
    is_known = before is not None and before.address == wish.address
    confirmed_at = before.confirmed_at if before is not None and is_known else None
    # Whoever has confirmed an address is no stranger there, whatever others ask of it.
    if confirmed_at is None and not _has_confirmed(wish):
        _spare(mailbox=mailbox)
    theirs.filter(ended_at__isnull=True).update(ended_at=now)
    made = StatementMail.objects.create(
        public_id=new_id("stm"),
        shop=shop,
        person=member.person,
        chosen_by=actor,
        address=wish.address,
        mailbox=mailbox,
        formats=list(wish.formats),
        token_hash=None if confirmed_at else link_digest(token),
        asked_at=now,
        confirmed_at=confirmed_at,
    )
    _record(actor, "statement_mail.chosen", made)
    return made, before


@joins
def _refuse_beyond_a_day(*, shop: Shop, actor: "Person") -> None:
    """Bound what a shop asks for, and whoever asks over all their shops, one after another."""
    _one_at_a_time(f"actor {actor.pk}")
    lately = StatementMail.objects.filter(asked_at__gt=wall_now() - timedelta(days=1))
    if (
        max(lately.filter(each).count() for each in (Q(shop=shop), Q(chosen_by=actor)))
        >= MOST_A_DAY
    ):
        raise StateConflict(_("Ten addresses were given within a day. Try it again tomorrow."))


@joins
def _spare(*, mailbox: str) -> None:
    """Send no stranger one link after the other, however many shops and people ask for it."""
    _one_at_a_time(f"mailbox {mailbox}")
    now = wall_now()
    unanswered = StatementMail.objects.filter(mailbox=mailbox, confirmed_at__isnull=True)
    for span, most in MOST_TO_ONE:
        if unanswered.filter(asked_at__gt=now - span).count() >= most:
            raise StateConflict(
                _("Links were sent to this address lately. Follow one, or try it again later.")
            )


def _has_confirmed(wish: MailWish) -> bool:
    """Tell whether the address was this person's before, spelt so, at whatever shop."""
    theirs = StatementMail.objects.filter(person_id=wish.person_id, address=wish.address)
    return theirs.filter(confirmed_at__isnull=False).exists()


def _one_at_a_time(about: str) -> None:
    """Let whoever counts the same in another transaction wait until this one has ended."""
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME, [f"merchants.statement_mails {about}"])


@owns
def _take_back(*, made: StatementMail, before: StatementMail | None, actor: "Person") -> None:
    """End what nobody was told of, and let what was before go on, unless it was ended meanwhile."""
    Shop.objects.select_for_update(no_key=True).get(pk=made.shop_id)
    # Nobody was sent a link, so it counts for no mailbox.
    StatementMail.objects.filter(pk=made.pk).update(mailbox="")
    living = StatementMail.objects.filter(pk=made.pk, ended_at__isnull=True)
    if not living.exists():
        return
    _end(made, actor)
    if before is not None and before.confirmed_at is not None:
        StatementMail.objects.filter(pk=before.pk).update(ended_at=None)


def _checked(wish: MailWish) -> tuple[str, list[str]]:
    """Return address and files as they are kept."""
    address, formats = wish.address.strip(), sorted(set(wish.formats))
    try:
        validate_email(address)
    except ValidationError as error:
        raise refusal("address", _("This is no mail address.")) from error
    if not formats or not set(formats) <= set(FORMATS):
        raise refusal("formats", _("Choose at least one kind of file."))
    return address, formats


def _is_owner(shop_id: int, person: "Person") -> bool:
    owners = TeamMember.objects.filter(shop_id=shop_id, role=Role.OWNER, removed_at__isnull=True)
    return owners.filter(person=person).exists()


def _end(mail: StatementMail, actor: "Person | None", reason: str = "") -> None:
    mail.ended_at, mail.token_hash = wall_now(), None
    mail.save(update_fields=["ended_at", "token_hash"])
    _record(actor, "statement_mail.ended", mail, reason)


def _record(actor: "Person | None", action: str, mail: StatementMail, reason: str = "") -> None:
    """Write it into the audit trail, under the shop; of the address only what tells it apart."""
    record(
        actor=actor,
        action=action,
        object_ref=mail.shop.public_id,
        before={},
        after={"person": mail.person.login, "mail": mail.masked_address, "files": mail.formats},
        reason=reason,
    )

"""Sending the statements of a month by mail: owed in the commit that asks for the file, sent once.

What is owed is a row for each person and month, so a clock that ticks twice owes it once. A mail
is noted as begun before the server gets it: where the server refuses, it is tried again; where our
process dies, nobody knows, and nothing is sent a second time.
"""

from datetime import date, timedelta
from time import monotonic
from typing import Final

import structlog
from django.conf import settings
from django.db.models import QuerySet

from core.clock import wall_now
from core.transactions import joins, owns, refuse_owner
from merchants.codes.letters import Letter
from merchants.enums import JobKind, JobState
from merchants.models import Shop, ShopJob, StatementMail, StatementMailing, TeamMember
from merchants.models.mails import MOST_TRIES
from merchants.queries.mail_words import statement_mail
from merchants.services.mail_door import MailFailed, send_mail
from merchants.services.statement_mails import MAILED_ROLES

AT_ONCE: Final = 100
SENDS_FOR_SECONDS: Final = 60.0
"""Well within what the task has: a mail that is cut off in the middle is not sent again."""

PAUSE: Final = timedelta(minutes=5)
"""Doubled with each try that failed."""

WAITS: Final = timedelta(minutes=1)
GIVEN_UP_AFTER: Final = timedelta(days=3)

logger = structlog.get_logger(__name__)


@joins
def owe_statement_mails(*, shop: Shop, first: date, last: date) -> frozenset[str]:
    """Owe the mail of a month to whoever gets it; return the kinds of file that they want.

    Changes: a ``StatementMailing`` for each, once.

    Transaction: joins.
    """
    mails = list(_wanted(shop))
    now = wall_now()
    rows = [
        StatementMailing(
            mail=mail,
            shop=shop,
            person_id=mail.person_id,
            first_day=first,
            last_day=last,
            owed_at=now,
            due_at=now,
        )
        for mail in mails
    ]
    StatementMailing.objects.bulk_create(rows, ignore_conflicts=True)
    return frozenset(file for mail in mails for file in mail.formats)


def send_due_mailings() -> int:
    """Send what is owed and whose files are made; return how many were sent.

    Transaction: none (each is one of its own before the server is called, and one after).
    """
    refuse_owner("merchants.services.statement_mailings.send_due_mailings")
    if not settings.CAN_MAIL:
        return 0
    due = StatementMailing.objects.filter(
        begun_at__isnull=True, given_up_at__isnull=True, due_at__lte=wall_now()
    )
    keys = list(due.order_by("due_at", "id").values_list("pk", flat=True)[:AT_ONCE])
    until, sent = monotonic() + SENDS_FOR_SECONDS, 0
    for key in keys:
        if monotonic() > until:
            break
        sent += _send(key)
    return sent


def _send(key: int) -> bool:
    """Send one, and note how it went; tell whether it was sent."""
    begun = _begin(key=key)
    if begun is None:
        return False
    mailing, letter = begun
    try:
        send_mail(
            to=mailing.mail.address,
            letter=letter,
            ref=f"{mailing.mail.public_id}.{mailing.first_day:%Y%m}",
        )
    except MailFailed as error:
        logger.info("statement_mail_failed", mail=mailing.mail.public_id, why=str(error)[:200])
        _note_failed(key=key)
        return False
    _note_sent(key=key)
    return True


@owns
def _begin(*, key: int) -> tuple[StatementMailing, Letter] | None:
    """Note that one is being sent, unless it is another's, not wanted any more, or not made yet."""
    rows = StatementMailing.objects.select_for_update(skip_locked=True, of=("self",))
    mailing = (
        rows.select_related("mail", "shop", "person")
        .filter(pk=key, begun_at__isnull=True, given_up_at__isnull=True)
        .first()
    )
    if mailing is None:
        return None
    now = wall_now()
    # They may have chosen another address or other files since.
    mail = _wanted(mailing.shop).filter(person_id=mailing.person_id).first()
    if mail is None or now - mailing.owed_at > GIVEN_UP_AFTER:
        mailing.given_up_at = now
        mailing.save(update_fields=["given_up_at"])
        return None
    mailing.mail = mail
    jobs = {file: _made(mailing, file) for file in mail.formats}
    if not all(jobs.values()):
        mailing.due_at = now + WAITS
        mailing.save(update_fields=["due_at"])
        return None
    mailing.begun_at, mailing.tries = now, mailing.tries + 1
    mailing.save(update_fields=["mail", "begun_at", "tries"])
    return mailing, statement_mail(mailing, jobs)


@owns
def _note_sent(*, key: int) -> None:
    StatementMailing.objects.filter(pk=key).update(sent_at=wall_now())


@owns
def _note_failed(*, key: int) -> None:
    """Let it be tried again, later each time; in the end it is given up."""
    mailing = StatementMailing.objects.select_for_update().get(pk=key)
    now = wall_now()
    mailing.begun_at = None
    mailing.due_at = now + PAUSE * 2 ** (mailing.tries - 1)
    if mailing.tries >= MOST_TRIES:
        mailing.given_up_at = now
    mailing.save(update_fields=["begun_at", "due_at", "given_up_at"])


def _wanted(shop: Shop) -> QuerySet[StatementMail]:
    """Return the mails of a shop whose people still may read statements."""
    team = TeamMember.objects.filter(
        shop=shop, removed_at__isnull=True, role__in=MAILED_ROLES, person__is_active=True
    )
    return StatementMail.objects.filter(
        shop=shop,
        ended_at__isnull=True,
        confirmed_at__isnull=False,
        person__in=team.values("person"),
    ).order_by("id")


def _made(mailing: StatementMailing, file: str) -> str:
    """Return the id of the work that made a month's file; empty while it is not made."""
    rows = ShopJob.objects.filter(
        shop_id=mailing.shop_id,
        kind=JobKind.STATEMENT,
        state=JobState.DONE,
        wish__first_day=mailing.first_day.isoformat(),
        wish__last_day=mailing.last_day.isoformat(),
        wish__file=file,
    )
    return rows.order_by("-id").values_list("public_id", flat=True).first() or ""

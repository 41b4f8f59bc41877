"""Sending the statements of a month by mail: owed in the commit that asks for the file.

What is owed is a row for each person and month, so a clock that ticks twice owes it once. Before
the server gets a mail its try is counted and nobody else takes it up for a quarter of an hour.
Whatever ends in between, a server that refuses or cuts the line, our own process, a machine, is
tried again, eight times altogether. So a mail may come twice, with the same ``Message-ID``; it
holds a link and no amount, and none at all would be worse.
"""

from datetime import date, datetime, timedelta
from time import monotonic
from typing import Final

import structlog
from django.conf import settings
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce

from core.clock import business_now, wall_now
from core.errors import StateConflict
from core.transactions import joins, owns, refuse_owner
from merchants.codes.letters import Letter
from merchants.enums import JobKind, JobState
from merchants.models import Shop, ShopJob, StatementMail, StatementMailing, TeamMember
from merchants.models.mails import MOST_TRIES
from merchants.queries.mail_words import statement_mail
from merchants.queries.statements import span_of
from merchants.services.mail_door import MailFailed, send_mail
from merchants.services.month_files import ask_month_file
from merchants.services.statement_mails import MAILED_ROLES

AT_ONCE: Final = 100
SENDS_FOR_SECONDS: Final = 60.0
"""Well within what the task has: a mail that is cut off in the middle waits, and may come twice."""

HELD_FOR: Final = timedelta(minutes=15)
"""Longer than any task may run: whoever began a mail so long ago has sent it, or is dead."""

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


def send_due_mailings(*, seconds: float = SENDS_FOR_SECONDS) -> int:
    """Send what is owed and whose files are made; return how many were sent.

    Args:
        seconds: Begin none after this long.

    Transaction: none (each is one of its own before the server is called, and one after).
    """
    refuse_owner("merchants.services.statement_mailings.send_due_mailings")
    if not settings.CAN_MAIL:
        return 0
    due = StatementMailing.objects.filter(
        sent_at__isnull=True, given_up_at__isnull=True, due_at__lte=wall_now()
    )
    keys = list(due.order_by("due_at", "id").values_list("pk", flat=True)[:AT_ONCE])
    until, sent = monotonic() + seconds, 0
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
        _note_failed(key=key, tries=mailing.tries)
        return False
    _note_sent(key=key)
    return True


@owns
def _begin(*, key: int) -> tuple[StatementMailing, Letter] | None:
    """Hold one for sending, unless it is another's, not wanted any more, or not made yet."""
    now = wall_now()
    rows = StatementMailing.objects.select_for_update(skip_locked=True, of=("self",))
    # Asked again under the lock: another may have begun it, or sent it, since it was listed.
    mailing = (
        rows.select_related("mail", "shop", "person")
        .filter(pk=key, sent_at__isnull=True, given_up_at__isnull=True, due_at__lte=now)
        .first()
    )
    if mailing is None:
        return None
    # They may have chosen another address or other files since.
    mail = _living(mailing.shop).filter(person_id=mailing.person_id).first()
    is_over = now - mailing.owed_at > GIVEN_UP_AFTER or mailing.tries >= MOST_TRIES
    if mail is None or is_over:
        mailing.given_up_at = now
        mailing.save(update_fields=["given_up_at"])
        return None
    jobs = {file: _made(mailing, file) for file in mail.formats}
    if mail.confirmed_at is None or not all(jobs.values()):
        _ask_for(mailing, [file for file, job in jobs.items() if not job])
        mailing.due_at = now + WAITS
        mailing.save(update_fields=["due_at"])
        return None
    mailing.mail, mailing.tries = mail, mailing.tries + 1
    mailing.begun_at, mailing.due_at = now, now + HELD_FOR
    mailing.save(update_fields=["mail", "tries", "begun_at", "due_at"])
    return mailing, statement_mail(mailing, jobs)


@owns
def _note_sent(*, key: int) -> None:
    """Note what is so, also where it took so long that another has begun it or given it up."""
    now = wall_now()
    StatementMailing.objects.filter(pk=key, sent_at__isnull=True).update(
        sent_at=now, begun_at=Coalesce(F("begun_at"), Value(now)), given_up_at=None
    )


@owns
def _note_failed(*, key: int, tries: int) -> None:
    """Let it be tried again, later each time; in the end it is given up.

    Nothing is noted of a try that took so long that it is not the latest.
    """
    mailing = (
        StatementMailing.objects.select_for_update()
        .filter(pk=key, tries=tries, sent_at__isnull=True, given_up_at__isnull=True)
        .first()
    )
    if mailing is None:
        return
    now = wall_now()
    mailing.begun_at = None
    mailing.due_at = now + PAUSE * 2 ** (mailing.tries - 1)
    if mailing.tries >= MOST_TRIES:
        mailing.given_up_at = now
    mailing.save(update_fields=["begun_at", "due_at", "given_up_at"])


@joins
def _ask_for(mailing: StatementMailing, files: list[str]) -> None:
    """Have files made that were chosen after the month's were asked for, each once."""
    month = (mailing.first_day, mailing.last_day)
    for file in files:
        if _jobs(mailing, file):
            continue
        try:
            ask_month_file(shop=mailing.shop, month=month, file=file, moment=business_now())
        except StateConflict:
            # A shop with five jobs under way is asked again at the next look.
            return


def _wanted(shop: Shop) -> QuerySet[StatementMail]:
    """Return the mails of a shop that were confirmed, of people who still may read statements."""
    return _living(shop).filter(confirmed_at__isnull=False)


def _living(shop: Shop) -> QuerySet[StatementMail]:
    """Return the same with those that are to be confirmed yet."""
    team = TeamMember.objects.filter(
        shop=shop, removed_at__isnull=True, role__in=MAILED_ROLES, person__is_active=True
    )
    mails = StatementMail.objects.filter(
        shop=shop, ended_at__isnull=True, person__in=team.values("person")
    )
    return mails.order_by("id")


def _jobs(mailing: StatementMailing, file: str) -> list[tuple[str, str]]:
    """Return the id and the state of each work on a month's file, the newest first.

    One that was asked for while the month ran holds only a part of it, and is left out.
    """
    days = {
        "first_day": mailing.first_day.isoformat(),
        "last_day": mailing.last_day.isoformat(),
    }
    rows = ShopJob.objects.filter(
        shop_id=mailing.shop_id,
        kind=JobKind.STATEMENT,
        **{f"wish__{name}": day for name, day in days.items()},
        wish__file=file,
    )
    found = rows.order_by("-id").values_list("public_id", "state", "wish__until")
    _begun, over = span_of(days, mailing.shop.timezone)
    return [
        (public_id, state)
        for public_id, state, until in found
        if until and datetime.fromisoformat(until) >= over
    ]


def _made(mailing: StatementMailing, file: str) -> str:
    """Return the id of the work that made a month's file; empty while it is not made."""
    return next((job for job, state in _jobs(mailing, file) if state == JobState.DONE), "")

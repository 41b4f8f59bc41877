"""Browsers that are signed in to the portal: noted, listed, ended from elsewhere."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.contrib.sessions.models import Session

from core.clock import wall_now
from core.errors import NotFound
from core.events import publish
from core.ids import new_id
from core.transactions import joins, owns
from people.models import Person, WebSession

LONGEST_AGENT: Final = 200
FORGOTTEN_AFTER: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Browser:
    """What is known of a browser: Django's key of its session, its name for itself, its address."""

    session_key: str
    agent: str
    address: str | None


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """A browser that is signed in, as its person sees it."""

    public_id: str
    agent: str
    address: str
    factor: str
    made_at: datetime
    seen_at: datetime
    is_this: bool


@owns
def note_session(*, person: Person, browser: Browser, factor: str) -> None:
    """Note that somebody signed in with a browser, and forget those not seen for a month.

    Changes: one ``WebSession``; the person's old ones are deleted.

    Args:
        person: Who.
        browser: Where.
        factor: ``totp``, ``recovery`` or ``passkey``.

    Transaction: owns.
    """
    now = wall_now()
    WebSession.objects.filter(person=person, seen_at__lt=now - FORGOTTEN_AFTER).delete()
    WebSession.objects.create(
        public_id=new_id("wse"),
        person=person,
        session_key=browser.session_key,
        agent=browser.agent[:LONGEST_AGENT],
        address=browser.address or None,
        factor=factor,
        made_at=now,
        seen_at=now,
    )


@owns
def carry_session(*, person: Person, old_key: str, new_key: str) -> None:
    """Follow a browser whose session got another key, and sign all others out.

    Changes: the ``WebSession`` rows; the others end as by ``end_session``.

    Args:
        person: Whose.
        old_key: Django's key before.
        new_key: And now.

    Transaction: owns.
    """
    WebSession.objects.filter(person=person, session_key=old_key).update(session_key=new_key)
    others = WebSession.objects.filter(person=person, ended_at__isnull=True)
    _end(list(others.exclude(session_key=new_key)))


def note_seen(*, session_key: str) -> None:
    """Note that a browser was used just now.

    Transaction: none (one statement).
    """
    WebSession.objects.filter(session_key=session_key).update(seen_at=wall_now())


def sessions_of(*, person: Person, session_key: str) -> list[SessionFacts]:
    """Return where a person is signed in, newest first.

    Args:
        person: Who asks.
        session_key: Of the browser that asks.

    Transaction: none (two queries).
    """
    rows = list(WebSession.objects.filter(person=person, ended_at__isnull=True).order_by("-id"))
    alive = Session.objects.filter(
        session_key__in=[row.session_key for row in rows], expire_date__gt=wall_now()
    )
    keys = set(alive.values_list("session_key", flat=True))
    return [
        SessionFacts(
            public_id=row.public_id,
            agent=row.agent,
            address=row.address or "",
            factor=row.factor,
            made_at=row.made_at,
            seen_at=row.seen_at,
            is_this=row.session_key == session_key,
        )
        for row in rows
        if row.session_key in keys
    ]


@owns
def end_session(*, person: Person, public_id: str) -> None:
    """Sign a person's browser out: its next request is nobody's, and its stream ends.

    Changes: the ``WebSession``; Django's session is deleted. Publishes ``person.access_ended``.

    Raises:
        NotFound: The person has no such session.

    Transaction: owns.
    """
    rows = WebSession.objects.filter(person=person, ended_at__isnull=True)
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    _end([found])


@owns
def end_other_sessions(*, person: Person, session_key: str) -> int:
    """Sign a person out everywhere but in one browser; return in how many.

    Changes: as ``end_session``.

    Transaction: owns.
    """
    rows = WebSession.objects.filter(person=person, ended_at__isnull=True)
    others = list(rows.exclude(session_key=session_key))
    _end(others)
    if not others:
        # Whoever signs out everywhere ends also what stands open without a session.
        publish("person.access_ended", person_id=person.pk)
    return len(others)


@owns
def end_session_here(*, person: Person, session_key: str) -> None:
    """Sign a person out of the browser that asks, and end what it listens to.

    Changes: the ``WebSession``; Django's session is deleted. Publishes ``person.access_ended``.

    Transaction: owns.
    """
    rows = WebSession.objects.filter(person=person, ended_at__isnull=True)
    _end(list(rows.filter(session_key=session_key)))


@joins
def _end(rows: list[WebSession]) -> None:
    """End some sessions of one person."""
    if not rows:
        return
    Session.objects.filter(session_key__in=[row.session_key for row in rows]).delete()
    ended = WebSession.objects.filter(pk__in=[row.pk for row in rows])
    ended.update(ended_at=wall_now())
    publish("person.access_ended", person_id=rows[0].person_id)


def web_session_lives(*, person_id: int, session_key: str) -> int | None:
    """Return the key of a person's browser session that nobody has ended, or None.

    Transaction: none (one query).
    """
    rows = WebSession.objects.filter(
        person_id=person_id, session_key=session_key, ended_at__isnull=True
    )
    return rows.values_list("pk", flat=True).first()

"""Pushes: which browsers take them, and sending one.

A push service belongs to the maker of a browser and sees when somebody is told, so what is told
is encrypted for the browser alone and says, unless its person unlocked it, neither names nor
amounts. Each push is a duty of its own: one service that is slow holds up no other.
"""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.clock import wall_now
from core.errors import NotFound, TrocoError
from core.events import Later
from core.http import CallFailed, tell
from core.ids import new_id
from core.transactions import owns, refuse_owner
from merchants.codes.news import FOR_ROLES, kept_choices, read_choices
from merchants.codes.web_push import (
    PushKeyBroken,
    authorization,
    check_browser_key,
    encrypt,
    push_topic,
)
from merchants.enums import NewsKind, Role
from merchants.models import PushSubscription, TeamMember
from merchants.queries.push_words import push_tag, push_text
from merchants.services.texts import refusal
from people.services.web_sessions import web_session_lives

if TYPE_CHECKING:
    from merchants.codes.news import NewsChoices
    from people.models import Person

SEND_SECONDS: Final = 10.0
KEPT_ANSWER: Final = 512
MOST_BROWSERS: Final = 10
LONGEST_ENDPOINT: Final = 1000
GIVEN_UP_AFTER: Final = timedelta(hours=1)
"""News that is older is no news: the portal shows it when it is opened."""

PAUSES: Final = (5.0, 30.0, 120.0, 600.0)
_TOKEN_LIVES: Final = timedelta(hours=12)
_TTL_SECONDS: Final = 12 * 3600
_GONE: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_BUSY: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT})

logger = structlog.get_logger(__name__)


class PushUnavailable(TrocoError):
    """This instance has no key to send pushes with."""

    code = "push_unavailable"
    http_status = 409
    words = _("Pushes are not set up here.")


@owns
def choose_news(*, shop_id: int, person_id: int, choices: "NewsChoices") -> None:
    """Keep what somebody of a team wants to be told of, and how.

    Changes: their membership.

    Args:
        shop_id: Primary key of the shop.
        person_id: Who.
        choices: All of it.

    Raises:
        NotFound: They are not of the team.

    Transaction: owns.
    """
    mine = TeamMember.objects.filter(shop_id=shop_id, person_id=person_id, removed_at__isnull=True)
    if not mine.update(news=kept_choices(choices)):
        raise NotFound


@owns
def subscribe_push(
    *, shop_id: int, person: "Person", session_key: str, endpoint: str, keys: tuple[str, str]
) -> PushSubscription:
    """Let a browser be told of a shop's news while it is closed; again is the same.

    Changes: one ``PushSubscription``. An endpoint is whose browser asked last, at all shops.

    Args:
        shop_id: Primary key of the shop.
        person: Whose browser.
        session_key: Django's key of its session.
        endpoint: Where its push service takes messages for it.
        keys: Its public key, and the secret that it shares with us; base64url.

    Raises:
        PushUnavailable: This instance has no key.
        InputInvalid: The endpoint is no https address of the open internet, or a key is none.
        NotFound: The session is none of the person's.

    Transaction: owns.
    """
    if not settings.TROCO_PUSH_KEY:
        raise PushUnavailable
    check_endpoint(endpoint)
    try:
        check_browser_key(*keys)
    except PushKeyBroken as error:
        raise refusal("keys", _("This browser's key cannot be read.")) from error
    session = web_session_lives(person_id=person.pk, session_key=session_key)
    if session is None:
        raise NotFound
    facts = {
        "person": person,
        "session_id": session,
        "p256dh": keys[0],
        "auth": keys[1],
        "failures": 0,
    }
    # Whoever used this browser before is told nothing in it any more, of no shop.
    PushSubscription.objects.filter(endpoint=endpoint).exclude(person=person).delete()
    made, _is_new = PushSubscription.objects.update_or_create(
        endpoint=endpoint,
        shop_id=shop_id,
        defaults=facts,
        create_defaults={**facts, "public_id": new_id("psh"), "created_at": wall_now()},
    )
    mine = PushSubscription.objects.filter(person=person, shop_id=shop_id).order_by("-id")
    PushSubscription.objects.filter(pk__in=[row.pk for row in mine[MOST_BROWSERS:]]).delete()
    return made


@owns
def end_push(*, shop_id: int, person_id: int, subscription_id: str) -> None:
    """Tell a browser no more.

    Raises:
        NotFound: The person has no such browser at this shop.

    Transaction: owns.
    """
    mine = PushSubscription.objects.filter(shop_id=shop_id, person_id=person_id)
    if not mine.filter(public_id=subscription_id).delete()[0]:
        raise NotFound


@owns
def end_pushes_here(*, session_key: str, subscription_id: str) -> None:
    """Tell a browser no more that is being signed out.

    Args:
        session_key: Django's key of its session.
        subscription_id: What the browser itself remembers: it may have been subscribed in a
            session that ran out since. Empty for nothing.

    Transaction: owns.
    """
    here = Q(session__session_key=session_key) | Q(public_id=subscription_id)
    endpoints = list(PushSubscription.objects.filter(here).values_list("endpoint", flat=True))
    PushSubscription.objects.filter(endpoint__in=endpoints).delete()


def check_endpoint(endpoint: str) -> None:
    """Refuse an address that no push service has; ``core.http`` checks where it leads.

    Raises:
        InputInvalid: It is not https, or names a user or a port.

    Transaction: none.
    """
    try:
        parts = urlsplit(endpoint)
        is_plain = parts.username is None and parts.port in {None, 443}
    except ValueError:
        parts, is_plain = urlsplit(""), False
    is_ours = f"{parts.scheme}://{parts.netloc}" in settings.TROCO_HTTP_ALLOWED_ORIGINS
    is_fine = (parts.scheme == "https" and is_plain and bool(parts.hostname)) or is_ours
    is_text = endpoint.isascii() and endpoint.isprintable() and len(endpoint) <= LONGEST_ENDPOINT
    if not is_fine or not is_text:
        raise refusal("endpoint", _("This browser's push service has no https address."))


def send_push(*, subscription_id: str, kind: str, ref: str, at: int) -> None:
    """Tell one browser one piece of news; a subscription that has ended is forgotten.

    Args:
        subscription_id: ``psh_…``.
        kind: A ``NewsKind``.
        ref: Public id of what it is about.
        at: When it happened, in Unix time.

    Raises:
        Later: The push service is busy or away, and the news still is news.

    Transaction: owns (what is noted after the call).
    """
    refuse_owner("merchants.services.pushes.send_push")
    found = _wanted(subscription_id, NewsKind(kind))
    if found is None:
        return
    row, member = found
    try:
        text = push_text(
            shop_id=row.shop_id,
            kind=NewsKind(kind),
            ref=ref,
            tells_all=read_choices(member.news).tells_all,
            language=row.person.locale,
        )
    except (NotFound, ObjectDoesNotExist):
        # What it is about has gone meanwhile, and so has the news.
        return
    http_status = _send(row, text, push_topic(push_tag(row.shop, NewsKind(kind), ref)))
    if http_status in _GONE:
        _forget(subscription_id=subscription_id)
    elif 200 <= http_status < 300:  # noqa: PLR2004 - Success.
        _note(subscription_id=subscription_id, is_good=True)
    else:
        _note(subscription_id=subscription_id, is_good=False)
        _again(row, http_status, at)


def _wanted(subscription_id: str, kind: NewsKind) -> tuple[PushSubscription, TeamMember] | None:
    """Return a subscription whose person may and wants to hear of a kind; end one that is over."""
    rows = PushSubscription.objects.select_related("shop", "person", "session")
    row = rows.filter(public_id=subscription_id, person__is_active=True).first()
    if row is None or not settings.TROCO_PUSH_KEY:
        return None
    living = TeamMember.objects.filter(shop=row.shop, person=row.person, removed_at__isnull=True)
    member = living.first()
    if member is None or row.session.ended_at is not None:
        _forget(subscription_id=subscription_id)
        return None
    is_allowed = Role(member.role) in FOR_ROLES[kind]
    return (row, member) if is_allowed and kind in read_choices(member.news).push else None


def _send(row: PushSubscription, text: bytes, topic: str) -> int:
    """Call the push service; 0 where it did not answer, or may not be called."""
    until = int((wall_now() + _TOKEN_LIVES).timestamp())
    headers = {
        "content-type": "application/octet-stream",
        "content-encoding": "aes128gcm",
        "ttl": str(_TTL_SECONDS),
        "urgency": "high",
        "topic": topic,
        "authorization": authorization(
            row.endpoint, settings.TROCO_PUSH_KEY, settings.TROCO_PUSH_CONTACT, until
        ),
    }
    try:
        answer = tell(
            row.endpoint,
            encrypt(text, row.p256dh, row.auth),
            headers=headers,
            timeout_seconds=SEND_SECONDS,
            kept_bytes=KEPT_ANSWER,
        )
    except CallFailed as error:
        logger.info("push_failed", subscription=row.public_id, why=error.kind)
        return 0
    return answer.http_status


def _again(row: PushSubscription, http_status: int, at: int) -> None:
    """Try again later what may go well later, as long as it is news.

    Raises:
        Later: It is worth it.
    """
    is_passing = http_status == 0 or http_status in _BUSY or http_status >= 500  # noqa: PLR2004
    is_news = wall_now() - datetime.fromtimestamp(at, UTC) < GIVEN_UP_AFTER
    if is_passing and is_news:
        raise Later(PAUSES[min(row.failures, len(PAUSES) - 1)])
    logger.info("push_given_up", subscription=row.public_id, http_status=http_status)


@owns
def _forget(*, subscription_id: str) -> None:
    """Forget a subscription that has ended.

    Transaction: owns.
    """
    PushSubscription.objects.filter(public_id=subscription_id).delete()


@owns
def _note(*, subscription_id: str, is_good: bool) -> None:
    """Note how a try went.

    Transaction: owns.
    """
    row = PushSubscription.objects.select_for_update().filter(public_id=subscription_id).first()
    if row is None:
        return
    row.failures = 0 if is_good else row.failures + 1
    row.pushed_at = wall_now() if is_good else row.pushed_at
    row.save(update_fields=["failures", "pushed_at"])

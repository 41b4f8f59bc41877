"""Who is at the other end of a stream: a device by its token, or a browser by its session.

The stream is answered outside Django's request cycle, so it has a door of its own. It lets in
exactly whom the rest of the API and the portal let in: a device that is not removed, a person
who is active, a session with a verified second factor. A business is listened to by members
of its team; who they are is known to a room above, which registers how to ask.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest
from django_otp.middleware import OTPMiddleware

from core.errors import Forbidden, NotFound, Unauthenticated
from people.access import Caller, bearer_identity
from people.queries import party_by_id, party_by_public_id
from people.tokens import token_digest

_SCHEME: Final = "bearer"
_SAME_ORIGIN: Final = frozenset({"same-origin", "none", ""})

PartyChecker = Callable[[int, int], bool]


@dataclass(frozen=True, slots=True)
class Listener:
    """Who listens, and to which party's news: their own, or a business's."""

    person_id: int
    party_id: int
    party_public_id: str
    device_public_id: str | None
    is_own: bool = True


@dataclass(frozen=True, slots=True)
class Knock:
    """What a request for the stream brought along.

    Attributes:
        headers: Lower-case names.
        party: The business that is asked for, or None for the person's own party.
    """

    headers: Mapping[str, str]
    party: str | None


@dataclass(frozen=True, slots=True)
class _Known:
    """The person; the last two are known where a device's token told them in its one query."""

    person_id: int
    party_id: int | None
    party_public_id: str | None
    device_public_id: str | None


_checkers: list[PartyChecker] = []


def register_party_checker(checker: PartyChecker) -> None:
    """Let a room above say who may listen to a business.

    Args:
        checker: Takes the person's key and the party's key, returns whether the person acts
            for the party now. Called when the process starts; doing it twice changes nothing.
    """
    if checker not in _checkers:
        _checkers.append(checker)


def listener_for(knock: Knock) -> Listener:
    """Return who may listen, or refuse.

    Raises:
        Unauthenticated: No valid token, and no session with a verified second factor that
            comes from a page of our own.
        Forbidden: The person has no party to listen to.
        NotFound: The business does not exist, or the person is not of its team.
    """
    known = _known(knock.headers)
    if knock.party is not None:
        return _of_business(known, knock.party)
    if known.party_id is None:
        raise Forbidden
    public_id = known.party_public_id or _public_id_of(known.party_id)
    return Listener(known.person_id, known.party_id, public_id, known.device_public_id)


def token_of(knock: Knock) -> bytes | None:
    """Return the digest of a device's token where a knock asks for its own news by it, else None.

    Whoever can ask the database without Django reads ``BEARER_SQL`` with it.
    """
    scheme, _, token = knock.headers.get("authorization", "").partition(" ")
    is_plain = scheme.lower() == _SCHEME and knock.party is None
    return token_digest(token.strip()) if is_plain else None


def listener_of(caller: Caller) -> Listener:
    """Return who listens with a device's token: a person, to their own news."""
    return Listener(
        caller.person_id, caller.party_id, caller.party_public_id, caller.device_public_id
    )


def _public_id_of(party_id: int) -> str:
    party = party_by_id(party_id)
    if party is None:
        raise Forbidden
    return party.public_id


def _of_business(known: _Known, public_id: str) -> Listener:
    party = party_by_public_id(public_id)
    if party is None or not _may_listen(known, party.id):
        raise NotFound
    is_own = known.party_id == party.id
    return Listener(known.person_id, party.id, party.public_id, known.device_public_id, is_own)


def _may_listen(known: _Known, party_id: int) -> bool:
    return known.party_id == party_id or any(
        checker(known.person_id, party_id) for checker in _checkers
    )


def _known(headers: Mapping[str, str]) -> _Known:
    """Find the person; a token that does not work is refused even beside a good cookie."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == _SCHEME:
        caller = bearer_identity(token.strip())
        if caller is None:
            raise Unauthenticated
        return _Known(
            caller.person_id, caller.party_id, caller.party_public_id, caller.device_public_id
        )
    if headers.get("sec-fetch-site", "") not in _SAME_ORIGIN:
        raise Unauthenticated
    return _of_session(headers)


def _of_session(headers: Mapping[str, str]) -> _Known:
    """Return the person of a portal session that has passed its second factor."""
    key = _session_key(headers.get("cookie", ""))
    if key is None:
        raise Unauthenticated
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    request.user = get_user(request)
    verified: Any = OTPMiddleware(lambda checked: checked)(request)
    person = verified.user
    if not (person.is_authenticated and person.is_active and person.is_verified()):
        raise Unauthenticated
    return _Known(person.pk, person.party_id, None, None)


def _session_key(header: str) -> str | None:
    try:
        found = SimpleCookie(header).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return None
    return found.value if found is not None else None

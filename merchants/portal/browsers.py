"""Opening a session in a browser, and knowing the browser again."""

import json
import secrets
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django_otp import login as login_with_device
from django_otp.plugins.otp_totp.models import TOTPDevice

from core.api import address_of
from core.clock import wall_now
from people.models import Person
from people.services.web_sessions import Browser, note_seen, note_session

PUSHED: Final = "troco-push"
"""Cookie that names a subscription of this browser, which outlives the session it was made in."""

PUSHED_SECONDS: Final = 400 * 24 * 3600
SEEN: Final = "seen"
"""Session key of when this browser's last use was noted."""

NOTED_EVERY_SECONDS: Final = 300
_CHALLENGE: Final = "passkey_challenge"
_CHALLENGE_BYTES: Final = 32
_CHALLENGE_SECONDS: Final = 300
_BACKEND: Final = "django.contrib.auth.backends.ModelBackend"


def open_session(request: HttpRequest, person: Person, factor: str, device: Any = None) -> None:
    """Sign somebody in who has shown both factors, under a fresh key of the session.

    Args:
        request: Of the browser.
        person: Who.
        factor: ``totp``, ``recovery`` or ``passkey``.
        device: The second factor, in the sense of django-otp; None for their authenticator.
    """
    login(request, person, backend=_BACKEND)
    if device is None:
        device = TOTPDevice.objects.filter(user=person, confirmed=True).order_by("-id").get()
    login_with_device(request, device)
    request.session[SEEN] = int(wall_now().timestamp())
    if request.session.session_key is None:
        request.session.save()
    note_session(person=person, browser=browser_of(request), factor=factor)


def browser_of(request: HttpRequest) -> Browser:
    """Return what is known of the browser that asks."""
    address = address_of(request)
    return Browser(
        session_key=request.session.session_key or "",
        agent=request.headers.get("User-Agent", ""),
        address=str(address) if address else None,
    )


def remember_push(answer: HttpResponse, subscription_id: str) -> None:
    """Let a browser remember that it takes pushes, so that signing it out ends them."""
    answer.set_cookie(
        PUSHED,
        subscription_id,
        max_age=PUSHED_SECONDS,
        path=reverse("portal:overview"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def remembered_push(request: HttpRequest) -> str:
    """Return the subscription that a browser remembers; empty for none."""
    told = request.COOKIES.get(PUSHED, "")
    return told if told.isprintable() else ""


def new_challenge(request: HttpRequest) -> bytes:
    """Return a fresh challenge for a passkey, kept in the session for one answer."""
    challenge = secrets.token_bytes(_CHALLENGE_BYTES)
    request.session[_CHALLENGE] = [challenge.hex(), int(wall_now().timestamp())]
    return challenge


def take_challenge(request: HttpRequest) -> bytes:
    """Return the session's challenge and forget it; chance where there is none or it is old."""
    kept = request.session.pop(_CHALLENGE, None)
    if not kept or wall_now().timestamp() - kept[1] > _CHALLENGE_SECONDS:
        return secrets.token_bytes(_CHALLENGE_BYTES)
    return bytes.fromhex(kept[0])


def read_json(text: str) -> Any:
    """Return what a script of ours put into a field; None for what is no JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def note_use(request: HttpRequest) -> None:
    """Note that a browser was used; at most once in five minutes."""
    now = int(wall_now().timestamp())
    if now - request.session.get(SEEN, 0) >= NOTED_EVERY_SECONDS:
        request.session[SEEN] = now
        note_seen(session_key=request.session.session_key or "")

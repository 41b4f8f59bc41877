"""A shop's own number: opened, set up, and told where its programs listen."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import phonenumbers
from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import NotFound, StateConflict
from core.http import CallFailed, call
from core.transactions import joins, owns
from merchants.enums import (
    CallbackLevel,
    Dialect,
    EndpointStanding,
    EndpointState,
    EndpointStop,
)
from merchants.keys import new_app_secret, seal, unseal
from merchants.models import Line, LineCallback, LineContact, Shop, WebhookEndpoint
from merchants.services.endpoints import check_url, end_endpoint, write_endpoint
from merchants.services.texts import clean_text, refusal
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person

CALLBACK_SECONDS: Final = 10.0
_APP, _ACCOUNT, _PHONE, _TEMPLATE, _CONTACT = 1, 2, 3, 4, 6
_TAIL: Final = 10**14
_OWN_DIGITS: Final = 10**9
_LEVELS: Final = (CallbackLevel.PHONE, CallbackLevel.ACCOUNT, CallbackLevel.APP)
_PROFILE: Final[Mapping[str, int]] = {
    "about": 139,
    "address": 256,
    "description": 512,
    "email": 128,
    "vertical": 30,
}
_MOST_WEBSITES, _LONGEST_WEBSITE = 2, 256


class CallbackRefused(StateConflict):
    """The address did not give back what it was asked to, so it is not the program's."""

    code = "callback_refused"
    words = _("The address did not answer the verification with its challenge.")


@dataclass(frozen=True, slots=True)
class OpenedLine:
    """A new line; its secret can be shown again only by changing it."""

    line: Line
    app_secret: str


@owns
def open_line(*, shop_id: int, actor: "Person | None") -> OpenedLine:
    """Give a shop a number of its own, and the ids that programs are set up with.

    Changes: one ``Line``; recorded in the audit trail.

    Args:
        shop_id: Primary key of the shop.
        actor: Who of the team wants it.

    Raises:
        NotFound: No such shop.
        StateConflict: It has one.

    Transaction: owns.
    """
    shop = Shop.objects.select_for_update(no_key=True).filter(pk=shop_id).first()
    if shop is None:
        raise NotFound
    if Line.objects.filter(shop=shop).exists():
        raise StateConflict(_("The shop has a number already."))
    secret = new_app_secret()
    line = Line.objects.create(
        shop=shop,
        app_number=new_number(_APP),
        account_number=new_number(_ACCOUNT),
        phone_number=new_number(_PHONE),
        address=_free_address(shop.country),
        app_secret=seal(secret),
        app_secret_hash=hash_of(secret),
        profile={"about": shop.about[:139], "vertical": "RETAIL"},
        made_at=business_now(),
    )
    record(
        actor=actor,
        action="line.opened",
        object_ref=shop.public_id,
        before={},
        after={"address": line.address, "phone": line.phone_number},
        reason="",
    )
    return OpenedLine(line, secret)


@owns
def change_profile(*, shop_id: int, wish: Mapping[str, Any]) -> Line:
    """Change what people read of a shop's number; what is not named stays.

    Args:
        shop_id: Primary key of the shop.
        wish: ``about``, ``address``, ``description``, ``email``, ``vertical``, ``websites``.

    Raises:
        NotFound: The shop has no line.
        InputInvalid, TextInvalid: A text is too long, or there are too many websites.

    Transaction: owns.
    """
    line = lock_line(shop_id=shop_id)
    changed = {
        name: clean_text(str(wish[name]), name, longest)
        for name, longest in _PROFILE.items()
        if wish.get(name) is not None
    }
    line.profile = {**line.profile, **changed, **_websites(wish.get("websites"))}
    line.save(update_fields=["profile"])
    return line


def _websites(given: object) -> dict[str, list[str]]:
    if given is None:
        return {}
    if not isinstance(given, list) or len(given) > _MOST_WEBSITES:
        raise refusal("websites", _("There may be two websites."))
    return {"websites": [clean_text(str(each), "websites", _LONGEST_WEBSITE) for each in given]}


@owns
def change_commerce(
    *, shop_id: int, is_cart_enabled: bool | None, is_catalog_visible: bool | None
) -> Line:
    """Say whether buyers see the catalogue and a cart; None leaves what is there.

    Raises:
        NotFound: The shop has no line.

    Transaction: owns.
    """
    line = lock_line(shop_id=shop_id)
    if is_cart_enabled is not None:
        line.is_cart_enabled = is_cart_enabled
    if is_catalog_visible is not None:
        line.is_catalog_visible = is_catalog_visible
    line.save(update_fields=["is_cart_enabled", "is_catalog_visible"])
    return line


@owns
def choose_summaries(*, shop_id: int, has_summaries: bool) -> Line:
    """Say whether programs are told of orders once more, in plain words.

    Raises:
        NotFound: The shop has no line.

    Transaction: owns.
    """
    line = lock_line(shop_id=shop_id)
    line.has_summaries = has_summaries
    line.save(update_fields=["has_summaries"])
    return line


@owns
def change_registration(*, shop_id: int, is_registered: bool) -> Line:
    """Let programs send in a shop's name, or not.

    Raises:
        NotFound: The shop has no line.

    Transaction: owns.
    """
    line = lock_line(shop_id=shop_id)
    line.is_registered = is_registered
    line.save(update_fields=["is_registered"])
    return line


def verify_callback(*, url: str, verify_token: str) -> None:
    """Ask an address to give back a challenge, as whoever set it up promised that it would.

    Args:
        url: The address.
        verify_token: What it knows us by.

    Raises:
        InputInvalid: It is no address that news may be sent to.
        CallbackRefused: It did not answer, or with something else.

    Transaction: none (it calls a stranger).
    """
    check_url(url, "callback_url")
    challenge = secrets.token_hex(8)
    asked = urlencode(
        {"hub.mode": "subscribe", "hub.verify_token": verify_token, "hub.challenge": challenge}
    )
    joint = "&" if "?" in url else "?"
    try:
        reply = call("GET", f"{url}{joint}{asked}", timeout_seconds=CALLBACK_SECONDS)
    except CallFailed as failed:
        raise CallbackRefused from failed
    told = reply.content[:200].decode("utf-8", "replace").strip().strip('"')
    if reply.http_status != 200 or not hmac.compare_digest(told, challenge):  # noqa: PLR2004
        raise CallbackRefused


@owns
def set_callback(
    *, shop_id: int, level: CallbackLevel, url: str | None, fields: Sequence[str] = ()
) -> None:
    """Say where a program listens; None takes the address of a level away.

    Changes: the ``LineCallback``, and the one ``WebhookEndpoint`` of the Cloud dialect.

    Args:
        shop_id: Primary key of the shop.
        level: Whose address it is.
        url: A verified address.
        fields: What it wants to hear.

    Raises:
        NotFound: The shop has no line.

    Transaction: owns.
    """
    line = lock_line(shop_id=shop_id)
    if url is None:
        LineCallback.objects.filter(line=line, level=level).delete()
    else:
        LineCallback.objects.update_or_create(
            line=line, level=level, defaults={"url": url, "fields": list(fields)}
        )
    _listen(line)


@owns
def subscribe(*, shop_id: int, is_subscribed: bool) -> None:
    """Let the news of a shop's number go out, or keep it.

    Raises:
        NotFound: The shop has no line.

    Transaction: owns.
    """
    line = lock_line(shop_id=shop_id)
    line.is_subscribed = is_subscribed
    line.save(update_fields=["is_subscribed"])
    _listen(line)


def contact_of(*, shop_id: int, party_id: int) -> LineContact:
    """Return under which number a shop knows a party, making one at the first time.

    Transaction: none (one statement, or two).
    """
    found = LineContact.objects.filter(shop_id=shop_id, party_id=party_id).first()
    if found is not None:
        return found
    row = LineContact(shop_id=shop_id, party_id=party_id, number=new_number(_CONTACT))
    LineContact.objects.bulk_create([row], ignore_conflicts=True)
    return LineContact.objects.get(shop_id=shop_id, party_id=party_id)


def new_number(first: int) -> int:
    """Return fifteen digits that nothing else has: what they stand for, then chance.

    Transaction: none.
    """
    return first * _TAIL + secrets.randbelow(_TAIL)


def new_template_number() -> int:
    """Return the number of a template.

    Transaction: none.
    """
    return new_number(_TEMPLATE)


def hash_of(secret: str) -> bytes:
    """Return the 32 bytes under which an app's secret lets a program in.

    Transaction: none.
    """
    return hashlib.sha256(secret.encode()).digest()


def secret_of(line: Line) -> str:
    """Return an app's secret in the clear.

    Transaction: none.
    """
    return unseal(line.app_secret)


@joins
def lock_line(*, shop_id: int) -> Line:
    """Lock and return a shop's line, with its shop.

    Raises:
        NotFound: The shop has no line.

    Transaction: joins.
    """
    rows = Line.objects.select_for_update(of=("self",)).select_related("shop")
    line = rows.filter(shop_id=shop_id).first()
    if line is None:
        raise NotFound
    return line


def _listen(line: Line) -> None:
    """Bring the endpoint in line with the addresses: the narrowest level's, or none."""
    known = dict(LineCallback.objects.filter(line=line).values_list("level", "url"))
    url = next((known[level] for level in _LEVELS if level in known), None)
    rows = WebhookEndpoint.objects.select_for_update(no_key=True)
    living = rows.filter(shop_id=line.shop_id, dialect=Dialect.CLOUD)
    endpoint = living.exclude(state=EndpointState.REMOVED).first()
    if url is None or not line.is_subscribed:
        if endpoint is not None:
            end_endpoint(endpoint=endpoint)
        return
    if endpoint is None:
        made = write_endpoint(
            shop_id=line.shop_id, dialect=Dialect.CLOUD, url=url, secret=line.app_secret
        )
        WebhookEndpoint.objects.filter(pk=made.pk).update(**signing_of(line))
        return
    if endpoint.url != url:
        endpoint.standing = EndpointStanding.UNTRIED
    endpoint.url, endpoint.state, endpoint.stop = url, EndpointState.ENABLED, EndpointStop.NONE
    endpoint.stopped_at, endpoint.exhausted = None, 0
    endpoint.save(update_fields=["url", "state", "stop", "stopped_at", "exhausted", "standing"])


def signing_of(line: Line) -> dict[str, Any]:
    """Return what the endpoint of the Cloud dialect signs with.

    Transaction: none.
    """
    return {
        "secret": line.app_secret,
        "old_secret": line.old_app_secret,
        "old_secret_until": line.old_app_secret_until,
    }


def _free_address(country: str) -> str:
    """Return digits that no telephone has and no other shop."""
    code = phonenumbers.country_code_for_region(country) or 999
    for _try in range(10):
        address = f"{code}0{secrets.randbelow(_OWN_DIGITS):09d}"
        if not Line.objects.filter(address=address).exists():
            return address
    raise IntegrityError("There is no free number left.")

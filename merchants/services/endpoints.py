"""Endpoints of shops: where they want to hear news, and with what secret it is signed."""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.clock import business_now, wall_now
from core.errors import NotFound, StateConflict
from core.http import is_public
from core.ids import new_id
from core.transactions import joins, owns
from merchants.enums import DeliveryState, Dialect, EndpointStanding, EndpointState, EndpointStop
from merchants.keys import new_signing_secret, seal
from merchants.models import Shop, WebhookDelivery, WebhookEndpoint
from merchants.services.dialects import signing_secrets
from merchants.services.texts import clean_text, refusal
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person

MOST_ENDPOINTS = 20
MOST_KINDS = 50
MOST_URL = 2000
MOST_OLD_SECRETS = 5
OVERLAP = timedelta(hours=24)
LONGEST_OVERLAP_HOURS = 7 * 24
_KIND = re.compile(r"[a-z_]{1,30}\.[a-z_]{1,30}")
_PRINTABLE = re.compile(r"[\x21-\x7e]+")
# Ports that speak mail, shells, files and databases; nobody's webhook listens there.
_LOWEST_FREE_PORT = 1024
_KNOWN_PORTS = frozenset({80, 443})


@dataclass(frozen=True, slots=True)
class Wish:
    """What an endpoint is to be; None leaves what is there.

    ``kinds`` empty is every kind of news.
    """

    url: str | None = None
    description: str | None = None
    kinds: Sequence[str] | None = None
    is_enabled: bool | None = None


@dataclass(frozen=True, slots=True)
class SecretShown:
    """An endpoint with its secret, which is shown this once."""

    endpoint: WebhookEndpoint
    secret: str


@owns
def make_endpoint(*, shop_id: int, actor: "Person | None", wish: Wish) -> SecretShown:
    """Let an address of a shop hear its news, signed as Standard Webhooks are.

    Changes: one ``WebhookEndpoint``; recorded in the audit trail.

    Args:
        shop_id: Primary key of the shop.
        actor: Who of the team wants it; None for a program with the shop's key.
        wish: The address is needed; the rest may stay.

    Returns:
        The endpoint with its secret.

    Raises:
        NotFound: No such shop.
        InputInvalid, TextInvalid: The address or another field is not right.
        StateConflict: The shop has twenty endpoints.

    Transaction: owns.
    """
    secret = new_signing_secret()
    facts = _checked(wish)
    if "url" not in facts:
        raise refusal("url", _("An address is needed."))
    endpoint = write_endpoint(
        shop_id=shop_id, dialect=Dialect.STANDARD, url=str(facts["url"]), secret=seal(secret)
    )
    _set(endpoint, facts)
    _tell_audit(endpoint, actor, "webhook.made", {}, {"url": endpoint.url})
    return SecretShown(endpoint, secret)


@joins
def write_endpoint(*, shop_id: int, dialect: Dialect, url: str, secret: str) -> WebhookEndpoint:
    """Write the row of an endpoint whose address was checked.

    Args:
        shop_id: Primary key of the shop.
        dialect: In whose words it is told.
        url: The address.
        secret: Sealed.

    Raises:
        NotFound: No such shop.
        StateConflict: The shop has twenty endpoints.

    Transaction: joins.
    """
    shop = Shop.objects.select_for_update(no_key=True).filter(pk=shop_id).first()
    if shop is None:
        raise NotFound
    living = WebhookEndpoint.objects.filter(shop=shop).exclude(state=EndpointState.REMOVED)
    if living.count() >= MOST_ENDPOINTS:
        raise StateConflict(_("The shop has twenty endpoints. Remove one first."))
    return WebhookEndpoint.objects.create(
        public_id=new_id("whk"),
        shop=shop,
        dialect=dialect,
        url=url,
        secret=secret,
        made_at=business_now(),
    )


@owns
def change_endpoint(
    *, shop_id: int, actor: "Person | None", endpoint_id: str, wish: Wish
) -> WebhookEndpoint:
    """Change where or what an endpoint hears, or whether it hears at all.

    What waits for an endpoint that is stopped is parked, and can be asked for again.

    Args:
        shop_id: Primary key of the shop.
        actor: Who of the team, or None for a program.
        endpoint_id: Public id of the endpoint.
        wish: What changes.

    Raises:
        NotFound: The shop has no such endpoint.
        InputInvalid, TextInvalid: A field is not right.

    Transaction: owns.
    """
    facts = _checked(wish)
    endpoint = lock_endpoint(shop_id=shop_id, endpoint_id=endpoint_id)
    before = {"url": endpoint.url, "state": endpoint.state}
    _set(endpoint, facts)
    if wish.is_enabled is False and endpoint.state == EndpointState.ENABLED:
        stop_endpoint(endpoint=endpoint, stop=EndpointStop.SHOP)
    if wish.is_enabled and endpoint.state == EndpointState.DISABLED:
        endpoint.state, endpoint.stop = EndpointState.ENABLED, EndpointStop.NONE
        endpoint.stopped_at, endpoint.exhausted = None, 0
        endpoint.save(update_fields=["state", "stop", "stopped_at", "exhausted"])
    after = {"url": endpoint.url, "state": endpoint.state}
    _tell_audit(endpoint, actor, "webhook.changed", before, after)
    return endpoint


@owns
def remove_endpoint(*, shop_id: int, actor: "Person | None", endpoint_id: str) -> None:
    """Remove an endpoint; its log stays for staff.

    Raises:
        NotFound: The shop has no such endpoint.

    Transaction: owns.
    """
    endpoint = lock_endpoint(shop_id=shop_id, endpoint_id=endpoint_id)
    end_endpoint(endpoint=endpoint)
    _tell_audit(endpoint, actor, "webhook.removed", {"url": endpoint.url}, {})


@joins
def end_endpoint(*, endpoint: WebhookEndpoint) -> None:
    """Let a locked endpoint be one no more.

    Transaction: joins.
    """
    stop_endpoint(endpoint=endpoint, stop=EndpointStop.SHOP)
    endpoint.state = EndpointState.REMOVED
    endpoint.save(update_fields=["state"])


@owns
def stop_by_staff(*, actor: "Person", endpoint_id: str, reason: str) -> WebhookEndpoint:
    """Stop an endpoint from the operator's side.

    Raises:
        NotFound: No such endpoint that is enabled.

    Transaction: owns.
    """
    rows = WebhookEndpoint.objects.select_for_update(no_key=True)
    endpoint = rows.filter(public_id=endpoint_id, state=EndpointState.ENABLED).first()
    if endpoint is None:
        raise NotFound
    stop_endpoint(endpoint=endpoint, stop=EndpointStop.STAFF)
    record(
        actor=actor,
        action="webhook.stopped",
        object_ref=endpoint.shop.public_id,
        before={"endpoint": endpoint.public_id, "url": endpoint.url},
        after={},
        reason=reason,
    )
    return endpoint


@owns
def rotate_secret(
    *, shop_id: int, actor: "Person | None", endpoint_id: str, overlap: timedelta = OVERLAP
) -> SecretShown:
    """Give an endpoint a new secret; the old one signs beside it for a while.

    Where it is changed again within that while, as when the answer with the new one was lost, the
    ones before go on signing too: which of them the shop's program knows cannot be told.

    Args:
        shop_id: Primary key of the shop.
        actor: Who of the team, or None for a program.
        endpoint_id: Public id of the endpoint.
        overlap: For how long the old ones sign: none, which ends them all at once, to a week.

    Raises:
        NotFound: The shop has no such endpoint of Standard Webhooks.

    Transaction: owns.
    """
    endpoint = lock_endpoint(shop_id=shop_id, endpoint_id=endpoint_id)
    secret, now = new_signing_secret(), wall_now()
    endpoint.old_secret = " ".join(signing_secrets(endpoint, now)[:MOST_OLD_SECRETS])
    endpoint.secret = seal(secret)
    endpoint.old_secret_until = now + overlap
    endpoint.save(update_fields=["secret", "old_secret", "old_secret_until"])
    _tell_audit(endpoint, actor, "webhook.secret_rotated", {}, {"endpoint": endpoint.public_id})
    return SecretShown(endpoint, secret)


@joins
def lock_endpoint(*, shop_id: int, endpoint_id: str, is_any: bool = False) -> WebhookEndpoint:
    """Lock and return an endpoint that a shop made itself.

    Args:
        shop_id: Primary key of the shop.
        endpoint_id: Public id of the endpoint.
        is_any: Also the one of the Cloud dialect, which programs set up.

    Raises:
        NotFound: The shop has no such endpoint.

    Transaction: joins.
    """
    rows = WebhookEndpoint.objects.select_for_update(no_key=True, of=("self",))
    mine = rows.filter(shop_id=shop_id, public_id=endpoint_id)
    if not is_any:
        mine = mine.filter(dialect=Dialect.STANDARD)
    endpoint = mine.exclude(state=EndpointState.REMOVED).select_related("shop").first()
    if endpoint is None:
        raise NotFound
    return endpoint


@joins
def stop_endpoint(*, endpoint: WebhookEndpoint, stop: EndpointStop) -> None:
    """Stop a locked endpoint, and park what waits for it.

    Args:
        endpoint: The locked endpoint.
        stop: Why.

    Transaction: joins.
    """
    now = wall_now()
    endpoint.state, endpoint.stop, endpoint.stopped_at = EndpointState.DISABLED, stop, now
    endpoint.standing = EndpointStanding.UNTRIED
    endpoint.save(update_fields=["state", "stop", "stopped_at", "standing"])
    on_the_way = WebhookDelivery.objects.filter(
        endpoint=endpoint, state__in=[DeliveryState.WAITING, DeliveryState.ASIDE]
    )
    on_the_way.update(state=DeliveryState.PARKED, ended_at=now)


def check_url(url: str, field: str = "url") -> str:
    """Return an address that news may be sent to, as far as can be told without asking for it.

    What its name leads to is checked each time it is called (``core.http``).

    Raises:
        InputInvalid: It is no public https address (http in a sandbox), has a name and password
            in it, or a port that is somebody else's.

    Transaction: none.
    """
    wrong = refusal(field, _("Give a public https address without a name or password in it."))
    if len(url) > MOST_URL or not _PRINTABLE.fullmatch(url) or "\\" in url:
        raise wrong
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise wrong from error
    origin = f"{parts.scheme}://{parts.netloc}"
    if origin in settings.TROCO_HTTP_ALLOWED_ORIGINS:
        return url
    is_fine = (
        parts.scheme in ({"https", "http"} if settings.TROCO_MODE == "sandbox" else {"https"})
        and bool(parts.hostname)
        and "@" not in parts.netloc
        and (port is None or port in _KNOWN_PORTS or port >= _LOWEST_FREE_PORT)
        and not _is_inside(parts.hostname or "")
    )
    if not is_fine:
        raise wrong
    return url


def _is_inside(host: str) -> bool:
    """Tell whether a host is an address, or a name, that cannot be anybody's public one."""
    try:
        return not is_public(str(ipaddress.ip_address(host)))
    except ValueError:
        name = host.rstrip(".")
        return "." not in name or name.endswith((".localhost", ".local", ".internal"))


def _checked(wish: Wish) -> dict[str, object]:
    """Return the fields that a wish sets, checked."""
    facts: dict[str, object] = {}
    if wish.url is not None:
        facts["url"] = check_url(wish.url)
    if wish.description is not None:
        facts["description"] = clean_text(wish.description, "description", 200)
    if wish.kinds is not None:
        kinds = sorted(set(wish.kinds))
        if len(kinds) > MOST_KINDS or not all(_KIND.fullmatch(kind) for kind in kinds):
            raise refusal("events", _("A kind of news looks like order.paid; give up to 50."))
        facts["kinds"] = kinds
    return facts


def _set(endpoint: WebhookEndpoint, facts: dict[str, object]) -> None:
    if endpoint.url != facts.get("url", endpoint.url):
        facts["standing"] = EndpointStanding.UNTRIED
    for name, value in facts.items():
        setattr(endpoint, name, value)
    if facts:
        endpoint.save(update_fields=list(facts))


def _tell_audit(
    endpoint: WebhookEndpoint,
    actor: "Person | None",
    action: str,
    before: Mapping[str, object],
    after: Mapping[str, object],
) -> None:
    record(
        actor=actor,
        action=action,
        object_ref=endpoint.shop.public_id,
        before={"endpoint": endpoint.public_id, **before},
        after=dict(after),
        reason="",
    )

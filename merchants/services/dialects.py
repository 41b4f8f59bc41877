"""In whose words an endpoint is told: the bytes that are sent, and the headers beside them.

Standard Webhooks are spoken here. The other dialect is translated by the room that speaks it,
``merchants.cloud``, which stands above services and registers itself by ``config/dialects.py``.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.api import moment_out
from merchants.enums import Dialect
from merchants.keys import sign_cloud, sign_standard, unseal
from merchants.models import WebhookDelivery, WebhookEndpoint

AGENT = "Troco-Webhooks/1"
# The message that shows an order which a buyer placed, and the order in plain words.
ORDERED: Final = "message.ordered"
SUMMARY: Final = "message.summary"


@dataclass(frozen=True, slots=True)
class Speech:
    """How a dialect tells news.

    Attributes:
        body_of: Makes the bytes of a delivery, whose event and endpoint are loaded.
        kinds: What it has words for; None for everything
        without: but these.
    """

    body_of: Callable[[WebhookDelivery], bytes]
    kinds: frozenset[str] | None = None
    without: frozenset[str] = frozenset()


_spoken: dict[str, Speech] = {}


def register_dialect(dialect: Dialect, speech: Speech) -> None:
    """Make a dialect spoken; called when the process starts."""
    _spoken[dialect] = speech


def has_words(dialect: str, kind: str) -> bool:
    """Tell whether a dialect has words for a kind of news."""
    speech = _spoken.get(dialect)
    if speech is None or kind in speech.without:
        return False
    return speech.kinds is None or kind in speech.kinds


def body_of(delivery: WebhookDelivery) -> bytes:
    """Return the bytes of a delivery, made anew; who keeps them is the caller.

    Raises:
        KeyError: The dialect is not spoken in this process.
    """
    return _spoken[delivery.endpoint.dialect].body_of(delivery)


def headers_of(delivery: WebhookDelivery, body: bytes, now: datetime) -> Mapping[str, str]:
    """Return the headers of one try, signed.

    While a secret is being changed, Standard Webhooks carry the signatures of all that count.

    Args:
        delivery: With its event and endpoint.
        body: The exact bytes.
        now: The wall clock's moment of this try.
    """
    endpoint = delivery.endpoint
    plain = {"content-type": "application/json", "user-agent": AGENT}
    if endpoint.dialect == Dialect.CLOUD:
        # One signature has room here: the one that programs know, while they are told another.
        signing = signing_secrets(endpoint, now)[-1]
        return {**plain, "x-hub-signature-256": sign_cloud(unseal(signing), body)}
    timestamp = int(now.timestamp())
    message_id = delivery.event.public_id
    signatures = [
        sign_standard(unseal(each), message_id=message_id, timestamp=timestamp, body=body)
        for each in signing_secrets(endpoint, now)
    ]
    return {
        **plain,
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


def signing_secrets(endpoint: WebhookEndpoint, now: datetime) -> list[str]:
    """Return the sealed secrets that sign an endpoint's news at a moment, the newest first."""
    until = endpoint.old_secret_until
    older = endpoint.old_secret.split() if until is not None and now < until else []
    return [endpoint.secret, *older]


def _standard_body(delivery: WebhookDelivery) -> bytes:
    """Tell what happened, as Standard Webhooks propose it: type, timestamp, data."""
    event = delivery.event
    told = {
        "id": event.public_id,
        "type": event.kind,
        "timestamp": moment_out(event.at),
        "data": event.facts,
    }
    return json.dumps(told, separators=(",", ":")).encode()


# Whoever hears of an order by its own news needs neither its message nor its summary.
register_dialect(Dialect.STANDARD, Speech(_standard_body, without=frozenset({ORDERED, SUMMARY})))

"""How a code or an invitation reaches a number: one sender, chosen by ``TROCO_CODE_SENDER``.

- ``sandbox``: nothing is sent; it can be read at the sandbox's door.
- ``console``: it is written to the log, for a developer without a gateway.
- ``gateway``: one HTTP call to the operator's message gateway.

A code claims an address and is no factor (ruling 9): money needs the device's key and a proof.
"""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from types import MappingProxyType

import structlog
from django.conf import settings
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from core import http
from core.errors import TrocoError

GATEWAY_TIMEOUT_SECONDS = 8.0

Sender = Callable[[str, str], None]
logger = structlog.get_logger(__name__)


class SenderUnavailable(TrocoError):
    """The gateway did not take the message."""

    code = "sender_unavailable"
    http_status = 503
    words = _("We cannot send codes just now. Try again in a few minutes.")


def send_code(phone: str, code: str) -> None:
    """Send a code to a number by the configured sender.

    Raises:
        SenderUnavailable: The gateway could not be reached or refused.
        OwnershipError: A database transaction is open.

    Transaction: none.
    """
    text = _now("%(code)s is your Troco code. Nobody from Troco will ask you for it.")
    send_text(phone, text % {"code": code})


def send_text(phone: str, text: str) -> None:
    """Send a short message to a number by the configured sender.

    Raises:
        SenderUnavailable: The gateway could not be reached or refused.
        OwnershipError: A database transaction is open.

    Transaction: none.
    """
    SENDERS[settings.TROCO_CODE_SENDER](phone, text)


def _keep_readable(phone: str, text: str) -> None:
    """Send nothing: the sandbox keeps codes and invitations where its doors can read them."""
    del phone, text


def _write_to_log(phone: str, text: str) -> None:
    """Write the message to the log of this process."""
    logger.warning("message_for_number", phone=phone, text=text)


def _post_to_gateway(phone: str, text: str) -> None:
    """Hand the message to the gateway: ``{"to", "text"}`` with a bearer token."""
    try:
        answer = http.call(
            "POST",
            settings.TROCO_CODE_GATEWAY_URL,
            json={"to": phone, "text": text},
            headers={"Authorization": f"Bearer {settings.TROCO_CODE_GATEWAY_TOKEN}"},
            timeout_seconds=GATEWAY_TIMEOUT_SECONDS,
        )
    except http.CallFailed as error:
        logger.warning("code_gateway_failed", kind=error.kind)
        raise SenderUnavailable from error
    if not HTTPStatus.OK <= answer.http_status < HTTPStatus.MULTIPLE_CHOICES:
        logger.warning("code_gateway_refused", http_status=answer.http_status)
        raise SenderUnavailable


SENDERS: Mapping[str, Sender] = MappingProxyType(
    {"sandbox": _keep_readable, "console": _write_to_log, "gateway": _post_to_gateway}
)

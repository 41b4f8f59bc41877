"""The bank simulator's HTTP, as far as it is not a rail: opening banks and accounts, its clock.

Only the sandbox has such doors; a real bank has other people who open accounts.
"""

import io
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Any, BinaryIO
from urllib.parse import quote

from django.conf import settings

from core.http import CallFailed, Response, call, download
from payments.rails import RailUnavailable


@dataclass(frozen=True, slots=True)
class OpenedAccount:
    """What the simulated bank's own page hands to its customer."""

    token: str
    verification_code: str
    last4: str


FILE_SECONDS = 50.0
"""A file of a hundred thousand payments takes so long at most to be sent and taken in. Shorter than
a batch waits for a sender that died."""

LONG_FILE_BYTES = 32 * 1024 * 1024


def ask(
    method: str, path: str, *, json: object = None, content: bytes | BinaryIO | None = None
) -> Response:
    """Send one authorised request to the simulator.

    Args:
        method: The HTTP method.
        path: From the root, its parts already quoted.
        json: A value to send as JSON; or
        content: an XML file to send as it is, piece by piece when it is a file.

    Raises:
        CallFailed: No answer came; it says whether the request was heard.
    """
    headers, timeout_seconds = _authorised(), settings.TROCO_BANK_TIMEOUT_SECONDS
    if content is not None:
        headers["content-type"] = "application/xml"
    if content is not None and not isinstance(content, bytes):
        timeout_seconds = max(timeout_seconds, FILE_SECONDS * _share(content))
    return call(
        method,
        f"{settings.TROCO_SIMULATOR_URL}{path}",
        json=json,
        content=content,
        headers=headers,
        timeout_seconds=timeout_seconds,
    )


def _share(file: BinaryIO) -> float:
    """Return how long a file is, as a share of the longest that the time is meant for."""
    return min(file.seek(0, io.SEEK_END) / LONG_FILE_BYTES, 1.0)


def fetch(path: str, into: BinaryIO, *, timeout_seconds: float | None = None) -> Response:
    """Get what may be long, such as a statement, into a file.

    Args:
        path: From the root, its parts already quoted.
        into: Where it is written.
        timeout_seconds: For all of it; None for as long as a statement may take.

    Raises:
        CallFailed: No complete answer came.
    """
    return download(
        f"{settings.TROCO_SIMULATOR_URL}{path}",
        into,
        most_bytes=settings.TROCO_STATEMENT_MAX_BYTES,
        headers=_authorised(),
        timeout_seconds=timeout_seconds or settings.TROCO_STATEMENT_TIMEOUT_SECONDS,
    )


def _authorised() -> dict[str, str]:
    return {"authorization": f"Bearer {settings.TROCO_SIMULATOR_SECRET}"}


def put_bank(*, bank: str, name: str, currency: str, timezone: str, national_id: str) -> None:
    """Open a simulated bank, or leave it as it is.

    Raises:
        RailUnavailable: The simulator did not answer, or has this bank otherwise.
    """
    wanted = {"name": name, "currency": currency, "timezone": timezone, "ispb": national_id}
    _done(_tried("PUT", f"/banks/{quote(bank)}", wanted))


def open_account(
    *, bank: str, kind: str, balance_minor: int, holder_tax_id: str, holder_name: str
) -> OpenedAccount:
    """Open a simulated customer's account with money in it.

    Raises:
        RailUnavailable: The simulator did not answer or refused.
    """
    wanted = {
        "kind": kind,
        "balance_minor": balance_minor,
        "holder_tax_id": holder_tax_id,
        "holder_name": holder_name,
    }
    answer = _done(_tried("POST", f"/banks/{quote(bank)}/accounts", wanted))
    return OpenedAccount(answer["token"], answer["verification_code"], answer["last4"])


def renew_code(*, bank: str, token: str) -> str:
    """Have the simulated bank show its customer a fresh verification code.

    Raises:
        RailUnavailable: The simulator did not answer or refused.
    """
    path = f"/banks/{quote(bank)}/accounts/{quote(token, safe='')}/code"
    return str(_done(_tried("POST", path, {}))["verification_code"])


def run_cutoff(*, bank: str) -> date:
    """Close the simulated bank's day: it executes the accepted files and writes its statement.

    Calling it again closes the next day.

    Returns:
        The day that was closed.

    Raises:
        RailUnavailable: The simulator did not answer or refused.
    """
    answer = _done(_tried("POST", f"/banks/{quote(bank)}/cutoff", {}))
    return date.fromisoformat(str(answer["date"]))


def last_closed(*, bank: str) -> date | None:
    """Return the last day that the simulated bank closed, if it closed any.

    Raises:
        RailUnavailable: The simulator did not answer or refused.
    """
    found = _done(_tried("GET", f"/banks/{quote(bank)}", None)).get("last_closed")
    return date.fromisoformat(found) if isinstance(found, str) else None


def set_clock(*, offset_seconds: int) -> None:
    """Give the simulated banks the sandbox's business time.

    Raises:
        RailUnavailable: The simulator did not answer or refused.
    """
    _done(_tried("POST", "/clock", {"offset_seconds": offset_seconds}))


def set_fault(*, bank: str, fault: dict[str, object]) -> dict[str, Any]:
    """Make a simulated bank misbehave from now on.

    Raises:
        RailUnavailable: The simulator did not answer or refused.
    """
    return _done(_tried("POST", f"/banks/{quote(bank)}/faults", fault))


def clear_faults(*, bank: str) -> None:
    """Let a simulated bank behave again.

    Raises:
        RailUnavailable: The simulator did not answer or refused.
    """
    _done(_tried("DELETE", f"/banks/{quote(bank)}/faults", None))


def _tried(method: str, path: str, json: object) -> Response:
    try:
        return ask(method, path, json=json)
    except CallFailed as failure:
        raise RailUnavailable(str(failure)) from failure


def _done(response: Response) -> dict[str, Any]:
    """Return the body of a success, or say what the simulator said."""
    try:
        body = response.json() if response.content else {}
    except ValueError as error:
        raise RailUnavailable("the answer is no JSON") from error
    is_done = HTTPStatus.OK <= response.http_status < HTTPStatus.MULTIPLE_CHOICES
    if not is_done or not isinstance(body, dict):
        detail = body.get("detail", body.get("code", "")) if isinstance(body, dict) else ""
        raise RailUnavailable(f"{response.http_status} {detail}".strip())
    return body

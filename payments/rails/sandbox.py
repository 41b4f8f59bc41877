"""The sandbox rail: the bank simulator over HTTP, treated as a stranger.

How an HTTP answer becomes an outcome is decided in two small functions, because that is where
money is lost: only the bank's own word about this instruction makes it executed or rejected.
The other rails that speak HTTP stand on the same class and the same functions.
"""

import tempfile
from collections.abc import Callable, Mapping
from datetime import date, datetime
from http import HTTPStatus
from typing import Any, BinaryIO
from urllib.parse import quote

from core.http import CallFailed, Response
from payments.rails import (
    BatchAnswer,
    Content,
    Instruction,
    LookUpPolicy,
    Names,
    NotificationFile,
    Offer,
    Original,
    Outcome,
    RailUnavailable,
    StatementFile,
    StatementMissing,
    StatementNotReady,
    StatementUnreadable,
    VerificationRefused,
    VerifiedAccount,
)
from payments.rails.camt053 import read_statement
from payments.rails.camt054 import read_notification
from payments.rails.pain002 import ReportUnreadable, read_report
from payments.rails.returns import SendBack
from payments.rails.simulator import FILE_SECONDS, ask, fetch

# The bank understood who we are and what we asked, and did not take it in. Any other status
# of the family (a gateway's 408, a 409 about an id) leaves room for doubt.
NOT_TAKEN_IN = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.METHOD_NOT_ALLOWED,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)


class SandboxRail:
    """Speaks to ``bank_simulator``; see ``docs/simulator.md`` for its side."""

    look_up_policy = LookUpPolicy()
    offers: frozenset[Offer] = frozenset({"debit", "credit", "give_back", "batch", "send_back"})

    def names(
        self,
        wanted: str,
        *,
        moment: datetime,  # noqa: ARG002 - The contract's.
        member_id: Callable[[], str],  # noqa: ARG002
        gives_back: Original | None = None,  # noqa: ARG002 - An ordinary credit gives back.
    ) -> Names:
        """Use our own name for everything."""
        return Names(instruction_id=wanted, end_to_end_id=wanted)

    def debit(self, instruction: Instruction) -> Outcome:
        """Take money from a customer."""
        return self._move("debits", instruction)

    def credit(self, instruction: Instruction) -> Outcome:
        """Pay money to a customer."""
        return self._move("credits", instruction)

    def look_up(self, instruction_id: str, bank: str) -> Outcome:
        """Ask what became of an instruction."""
        path = f"/banks/{quote(bank)}/instructions/{quote(instruction_id)}"
        return look_up_once(path, instruction_id, "instruction_id")

    def send_back(self, wanted: SendBack) -> Outcome:
        """Have money sent back that somebody paid in."""
        path = f"/banks/{quote(wanted.bank)}/received/{quote(wanted.bank_reference, safe='')}"
        asked = {"return_id": wanted.return_id, "amount_minor": wanted.amount_minor}
        outcome = send_once(f"{path}/returns", asked, "return_id")
        if outcome.kind == "not_sent" and outcome.reason == "not_found":
            return Outcome("rejected", reason="not_found")  # It knows of no such money.
        return outcome

    def look_up_sent_back(self, return_id: str, bank: str) -> Outcome:
        """Ask what became of such a return."""
        path = f"/banks/{quote(bank)}/returns/{quote(return_id)}"
        return look_up_once(path, return_id, "return_id")

    def statement(self, bank: str, day: date) -> StatementFile:
        """Fetch and read the statement of a closed day."""
        kept = tempfile.TemporaryFile()  # noqa: SIM115 - What is read of it keeps it open.
        try:
            response = fetch(f"/banks/{quote(bank)}/statements/{day.isoformat()}", kept)
        except CallFailed as failure:
            raise RailUnavailable(failure.kind) from failure
        if response.http_status == HTTPStatus.NOT_FOUND:
            code = str(body_of(response).get("code", "not_found"))
            raise StatementMissing(code) if code == "not_found" else StatementNotReady(code)
        if response.http_status != HTTPStatus.OK:
            raise RailUnavailable(f"http_{response.http_status}")
        found = read_statement(kept)
        if found.head.date != day:
            raise StatementUnreadable(f"it is of {found.head.date}, not of {day}")
        return found

    def notifications(self, bank: str, after: int) -> list[int]:
        """Ask which notifications there are; the simulator makes one of what is new."""
        try:
            response = ask("GET", f"/banks/{quote(bank)}/notifications?after={after}")
        except CallFailed as failure:
            raise RailUnavailable(failure.kind) from failure
        if response.http_status == HTTPStatus.NOT_FOUND:
            return []  # This bank tells nothing the same day.
        listed = body_of(response).get("notifications")
        if response.http_status != HTTPStatus.OK or not isinstance(listed, list):
            raise RailUnavailable(f"http_{response.http_status}")
        numbers = [each.get("number") for each in listed if isinstance(each, dict)]
        return sorted(number for number in numbers if isinstance(number, int) and number > after)

    def notification(self, bank: str, number: int) -> NotificationFile:
        """Fetch and read one notification."""
        kept = tempfile.TemporaryFile()  # noqa: SIM115 - What is read of it keeps it open.
        try:
            response = fetch(f"/banks/{quote(bank)}/notifications/{number}", kept)
        except CallFailed as failure:
            raise RailUnavailable(failure.kind) from failure
        if response.http_status != HTTPStatus.OK:
            raise RailUnavailable(f"http_{response.http_status}")
        return read_notification(kept)

    def submit_batch(self, bank: str, content: Content) -> BatchAnswer:
        """Hand over a payment file."""
        try:
            response = ask("POST", f"/banks/{quote(bank)}/batches", content=content)
        except CallFailed as failure:
            return BatchAnswer("unknown" if failure.sent else "not_sent", reason=failure.kind)
        code = str(body_of(response).get("code", f"http_{response.http_status}"))
        if response.http_status in {HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.ACCEPTED}:
            # A page of somebody else's may say 200 too.
            is_said = body_of(response).get("state") == "received"
            return BatchAnswer("received") if is_said else BatchAnswer("unknown", reason=code)
        if response.http_status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}:
            return BatchAnswer("rejected", reason=code)
        is_safe = response.http_status in NOT_TAKEN_IN
        return BatchAnswer("not_sent" if is_safe else "unknown", reason=code)

    def look_up_batch(self, bank: str, message_id: str) -> BatchAnswer:
        """Ask what became of a file; the report may be as long as the file, and is kept in one."""
        kept = tempfile.TemporaryFile()  # noqa: SIM115 - A long report is read on while noted.
        path = f"/banks/{quote(bank)}/batches/{quote(message_id)}/pain002"
        try:
            response = fetch(path, kept, timeout_seconds=FILE_SECONDS)
        except CallFailed as failure:
            return BatchAnswer("unknown", reason=failure.kind)
        if response.http_status == HTTPStatus.OK:
            kept.seek(0)
            return _report_of(kept, message_id)
        code = str(body_of(response).get("code", f"http_{response.http_status}"))
        is_denied = response.http_status == HTTPStatus.NOT_FOUND and code == "not_found"
        return BatchAnswer("not_found" if is_denied else "unknown", reason=code)

    def verify_account(
        self, bank: str, token: str, code: str, holder_tax_id: str
    ) -> VerifiedAccount:
        """Let the bank confirm the holder of a token."""
        path = f"/banks/{quote(bank)}/accounts/{quote(token, safe='')}/verify"
        try:
            response = ask("POST", path, json={"code": code, "holder_tax_id": holder_tax_id})
        except CallFailed as failure:
            raise RailUnavailable(failure.kind) from failure
        body = body_of(response)
        if response.http_status == HTTPStatus.OK and body.get("verified") is True:
            return VerifiedAccount(
                kind=str(body.get("kind", "")),
                last4=str(body.get("last4", "")),
                holder_name=str(body.get("holder_name", "")),
            )
        if HTTPStatus.BAD_REQUEST <= response.http_status < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise VerificationRefused(str(body.get("code", response.http_status)))
        raise RailUnavailable(f"http_{response.http_status}")

    def is_healthy(self, bank: str) -> tuple[bool, str]:
        """Tell whether the bank serves."""
        try:
            response = ask("GET", f"/banks/{quote(bank)}/health")
        except CallFailed as failure:
            return False, failure.kind
        healthy = response.http_status == HTTPStatus.OK and body_of(response).get("healthy", True)
        return bool(healthy), "" if healthy else f"http_{response.http_status}"

    def _move(self, door: str, instruction: Instruction) -> Outcome:
        """Send an instruction once and say what is known of it."""
        asked = {
            "instruction_id": instruction.instruction_id,
            "account": instruction.account_token,
            "amount_minor": instruction.amount_minor,
            "currency": instruction.currency,
            "end_to_end_id": instruction.end_to_end_id,
            "remittance": instruction.remittance,
        }
        return send_once(f"/banks/{quote(instruction.bank)}/{door}", asked, "instruction_id")


def send_once(path: str, asked: Mapping[str, Any], name: str) -> Outcome:
    """Send what moves money, once, and say what is known of it.

    Args:
        path: The bank's door, its parts quoted.
        asked: What is said, with its amount.
        name: Which part of it names it; the answer has to be about that one.
    """
    try:
        response = ask("POST", path, json=asked)
    except CallFailed as failure:
        return Outcome("unknown" if failure.sent else "not_sent", reason=failure.kind)
    if response.http_status in NOT_TAKEN_IN:
        code = body_of(response).get("code", f"http_{response.http_status}")
        return Outcome("not_sent", reason=str(code)[:35])
    body = body_of(response)
    if HTTPStatus.OK <= response.http_status < HTTPStatus.MULTIPLE_CHOICES:
        if body.get(name) != asked[name]:
            return Outcome("unknown", reason="answers_for_another")
        if body.get("amount_minor") != asked["amount_minor"]:
            return Outcome("unknown", reason="answers_another_amount")
    return decided(response, body)


def look_up_once(path: str, named: str, name: str) -> Outcome:
    """Ask what became of a movement; moves nothing.

    Args:
        path: The bank's door, its parts quoted.
        named: The movement's name.
        name: Which part of the answer has to be that name.
    """
    try:
        response = ask("GET", path)
    except CallFailed as failure:
        return Outcome("unknown", reason=failure.kind)
    body = body_of(response)
    if response.http_status == HTTPStatus.NOT_FOUND and body.get("code") == "not_found":
        return Outcome("not_found", reason="not_found")
    if body.get(name) != named:
        return Outcome("unknown", reason=f"http_{response.http_status}")
    if response.http_status == HTTPStatus.OK and body.get("outcome") == "pending":
        return Outcome("pending", reason="pending")
    return decided(response, body)


def _report_of(content: BinaryIO, message_id: str) -> BatchAnswer:
    """Return what a report says of a file; one about another file says nothing of it."""
    try:
        about, answer = read_report(content)
    except ReportUnreadable as error:
        return BatchAnswer("unknown", reason=str(error)[:140])
    if about != message_id:
        return BatchAnswer("unknown", reason="answers_for_another")
    return answer


def decided(response: Response, body: Mapping[str, Any]) -> Outcome:
    """Return executed or rejected where the bank says so, and unknown for all else."""
    is_success = HTTPStatus.OK <= response.http_status < HTTPStatus.MULTIPLE_CHOICES
    outcome = body.get("outcome") if is_success else None
    if outcome == "rejected":
        return Outcome("rejected", reason=str(body.get("reason", ""))[:35])
    moment = _moment(body.get("executed_at"))
    if outcome == "executed" and moment is not None:
        reference = str(body.get("bank_reference", ""))[:64]
        return Outcome("executed", bank_reference=reference, executed_at=moment)
    code = body.get("code", f"http_{response.http_status}")
    return Outcome("unknown", reason=str(code)[:35])


def body_of(response: Response) -> Mapping[str, Any]:
    """Return the JSON object of an answer, or an empty one for anything else."""
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None

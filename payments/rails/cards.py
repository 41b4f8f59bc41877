"""The cards rail: a processor's tokens; an amount is held, then captured, or let go.

A debit is two calls. The authorisation holds the amount at the card's issuer and moves nothing;
the capture takes it. Both carry the attempt's name, so a repeat of either is the same one. What
is held and will not be captured is voided at once, as far as the processor can be reached: the
buyer gets the amount back today instead of when the hold expires.

When an authorisation has no answer, nothing was taken, and after the void nothing can be: a
look-up that finds the hold voided, expired or declined, and nothing captured, is a definite
refusal. While a hold stands there may be a capture on its way: that is ``pending``.

Money goes back to a card only as a refund of what was captured. A chargeback is the issuer's
doing: nobody here asks for it. What was taken back of a debit, and what came back of that, the
processor says when it is asked about its authorisation (``services.chargebacks``).

No card number is ever here: only tokens of the bank's or processor's own page.

Sources: ISO 8583 response codes; ISO 20022 status reasons, into which those are put where they
say the same.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from types import MappingProxyType
from urllib.parse import quote

from core.http import CallFailed
from payments.rails import (
    LONGEST_ID,
    NOT_OFFERED,
    BatchAnswer,
    Content,
    Instruction,
    Names,
    Offer,
    Original,
    Outcome,
    RailUnavailable,
)
from payments.rails.chargebacks import ShopsAnswer, ToldChargeback
from payments.rails.sandbox import (
    NOT_TAKEN_IN,
    SandboxRail,
    body_of,
    look_up_once,
    send_once,
)
from payments.rails.simulator import ask

_REFUND = "cr-"
_SAME_AS: Mapping[str, str] = MappingProxyType(
    {"14": "AC01", "46": "AC04", "61": "AM02", "65": "AM02", "51": "AM04"}
)
_OVER = frozenset({"declined", "voided", "expired"})
# Understood, and not wanted: the same words again would be answered in the same way.
_NO_SUCH_ANSWER = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)


class CardsRail(SandboxRail):
    """Speaks to a processor of cards."""

    offers: frozenset[Offer] = frozenset({"debit", "give_back"})

    def names(
        self,
        wanted: str,
        *,
        moment: datetime,  # noqa: ARG002 - The contract's.
        member_id: Callable[[], str],  # noqa: ARG002
        gives_back: Original | None = None,
    ) -> Names:
        """Name a refund so that a look-up knows it for one; both sides carry the hold's name."""
        if gives_back is not None:
            return Names(f"{_REFUND}{wanted}", gives_back.instruction_id)
        return Names(wanted, wanted)

    def debit(self, instruction: Instruction) -> Outcome:
        """Hold the amount and capture it."""
        held = self.authorise(instruction)
        if held.kind == "unknown":
            self.void(instruction)
        if held.kind != "executed":
            return held
        taken = self.capture(instruction)
        if taken.kind in {"rejected", "not_sent"}:
            self.void(instruction)
        return taken

    def authorise(self, instruction: Instruction) -> Outcome:
        """Hold an amount on a card; ``executed`` means that it is held, and nothing more."""
        asked = {
            "authorisation_id": instruction.instruction_id,
            "account": instruction.account_token,
            "amount_minor": instruction.amount_minor,
            "currency": instruction.currency,
            "statement_text": instruction.remittance,
        }
        try:
            response = ask("POST", f"/banks/{quote(instruction.bank)}/authorisations", json=asked)
        except CallFailed as failure:
            return Outcome("unknown" if failure.sent else "not_sent", reason=failure.kind)
        body = body_of(response)
        if response.http_status in NOT_TAKEN_IN:
            code = body.get("code", f"http_{response.http_status}")
            return Outcome("not_sent", reason=str(code)[:35])
        said = (body.get("authorisation_id"), body.get("amount_minor"))
        if response.http_status != HTTPStatus.OK or said != (
            instruction.instruction_id,
            instruction.amount_minor,
        ):
            return Outcome("unknown", reason=f"http_{response.http_status}")
        return _held(body)

    def capture(self, instruction: Instruction) -> Outcome:
        """Take the whole of what is held."""
        asked = {
            "capture_id": instruction.instruction_id,
            "amount_minor": instruction.amount_minor,
        }
        path = _authorisation(instruction.bank, instruction.instruction_id)
        return _in_iso_words(send_once(f"{path}/captures", asked, "capture_id"))

    def void(self, instruction: Instruction) -> bool:
        """Let go what is held; tell whether it is let go. Nothing depends on it but comfort."""
        path = _authorisation(instruction.bank, instruction.instruction_id)
        try:
            response = ask("POST", f"{path}/void", json={})
        except CallFailed:
            return False
        return body_of(response).get("state") == "voided"

    def credit(self, instruction: Instruction) -> Outcome:
        """Refund what was captured; a card cannot be paid otherwise."""
        original = instruction.gives_back
        if original is None:
            return Outcome("rejected", reason=NOT_OFFERED)
        asked = {
            "refund_id": instruction.instruction_id,
            "amount_minor": instruction.amount_minor,
        }
        path = _authorisation(instruction.bank, original.instruction_id)
        return _in_iso_words(send_once(f"{path}/refunds", asked, "refund_id"))

    def look_up(self, instruction_id: str, bank: str) -> Outcome:
        """Ask what became of a refund; or of a capture and, without one, of its hold."""
        if instruction_id.startswith(_REFUND):
            path = f"/banks/{quote(bank)}/refunds/{quote(instruction_id)}"
            return _in_iso_words(look_up_once(path, instruction_id, "refund_id"))
        path = f"/banks/{quote(bank)}/captures/{quote(instruction_id)}"
        taken = _in_iso_words(look_up_once(path, instruction_id, "capture_id"))
        if taken.kind != "not_found":
            return taken
        return self._look_up_hold(instruction_id, bank)

    def chargebacks(self, instruction_id: str, bank: str) -> Sequence[ToldChargeback]:
        """Ask what the issuer took back of a captured authorisation, and what came back."""
        try:
            response = ask("GET", f"{_authorisation(bank, instruction_id)}/chargebacks")
        except CallFailed as failure:
            raise RailUnavailable(failure.kind) from failure
        listed = body_of(response).get("chargebacks")
        if response.http_status != HTTPStatus.OK or not isinstance(listed, list):
            raise RailUnavailable(f"http_{response.http_status}")
        return [_told(each) for each in listed]

    def answer_chargeback(self, answer: ShopsAnswer, bank: str) -> Outcome:
        """Hand the shop's answer over, on one line as the processor wants it."""
        asked = {
            "answer_id": answer.answer_id,
            "text": " ".join(answer.text.split()),
            "evidence": " · ".join(" ".join(each.split()) for each in answer.evidence),
        }
        path = f"/banks/{quote(bank)}/chargebacks/{quote(answer.chargeback_id)}/answers"
        try:
            response = ask("POST", path, json=asked)
        except CallFailed as failure:
            return Outcome("unknown" if failure.sent else "not_sent", reason=failure.kind)
        body = body_of(response)
        if response.http_status in _NO_SUCH_ANSWER:
            code = body.get("code", f"http_{response.http_status}")
            return Outcome("rejected", reason=str(code)[:35])
        is_ours = body.get("answer_id") == answer.answer_id
        if response.http_status == HTTPStatus.OK and is_ours:
            if body.get("outcome") == "received":
                return Outcome("executed")
            if body.get("outcome") == "rejected":
                return Outcome("rejected", reason=str(body.get("reason", ""))[:35])
        return Outcome("unknown", reason=f"http_{response.http_status}")

    def submit_batch(self, bank: str, content: Content) -> BatchAnswer:  # noqa: ARG002
        """Take no files."""
        return BatchAnswer("rejected", reason=NOT_OFFERED)

    def look_up_batch(self, bank: str, message_id: str) -> BatchAnswer:  # noqa: ARG002
        """Know no files."""
        return BatchAnswer("not_found", reason=NOT_OFFERED)

    def _look_up_hold(self, instruction_id: str, bank: str) -> Outcome:
        """Say what follows from the hold when nothing was captured as far as the bank says."""
        try:
            response = ask("GET", _authorisation(bank, instruction_id))
        except CallFailed as failure:
            return Outcome("unknown", reason=failure.kind)
        body = body_of(response)
        if response.http_status == HTTPStatus.NOT_FOUND and body.get("code") == "not_found":
            return Outcome("not_found", reason="not_found")
        is_about_it = body.get("authorisation_id") == instruction_id
        if response.http_status != HTTPStatus.OK or not is_about_it:
            return Outcome("unknown", reason=f"http_{response.http_status}")
        if body.get("state") in _OVER and body.get("captured_minor") == 0:
            return _in_iso_words(
                Outcome("rejected", reason=str(body.get("reason") or body["state"])[:35])
            )
        return Outcome("pending", reason="held")


def _told(said: object) -> ToldChargeback:
    """Read one chargeback; what is not understood is no answer.

    Raises:
        RailUnavailable: It says no id, amount or currency.
    """
    facts = said if isinstance(said, dict) else {}
    name, amount, currency = (
        facts.get(each) for each in ("chargeback_id", "amount_minor", "currency")
    )
    is_whole = isinstance(amount, int) and not isinstance(amount, bool) and amount > 0
    if not isinstance(name, str) or not name or not is_whole or not isinstance(currency, str):
        raise RailUnavailable("garbage")
    return ToldChargeback(
        chargeback_id=name[:LONGEST_ID],
        amount_minor=int(str(amount)),
        currency=currency,
        reason=str(facts.get("reason", ""))[:8],
        reversal_id=str(facts.get("reversal_id") or "")[:LONGEST_ID],
    )


def _held(body: Mapping[str, object]) -> Outcome:
    """Return what an authorisation came to; a hold that is over holds nothing."""
    if body.get("outcome") == "declined":
        return _in_iso_words(Outcome("rejected", reason=str(body.get("reason", ""))[:35]))
    if body.get("outcome") != "approved":
        return Outcome("unknown", reason=str(body.get("outcome", ""))[:35])
    if body.get("state") in _OVER:
        return Outcome("rejected", reason=str(body.get("state")))
    return Outcome("executed")


def _in_iso_words(outcome: Outcome) -> Outcome:
    """Return a refusal with the reason that payments know, where the card's says the same."""
    if outcome.kind != "rejected":
        return outcome
    return Outcome("rejected", reason=_SAME_AS.get(outcome.reason, outcome.reason))


def _authorisation(bank: str, authorisation_id: str) -> str:
    return f"/banks/{quote(bank)}/authorisations/{quote(authorisation_id)}"

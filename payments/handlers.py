"""What payments do when they hear news: load ids, call one service."""

from payments.services import (
    callbacks,
    chargeback_answers,
    charging,
    claims,
    holds,
    pilots,
    receipts,
    reconciliation,
    refunding,
    requests,
    returning,
    waitlist,
    ways_back,
)
from people.queries import person_by_id


def charge(*, payment_id: str) -> None:
    """Carry an authorized payment out (AFTERWARDS ``payment.authorized``)."""
    charging.charge_payment(payment_id=payment_id)


def ask_bank(*, bank: str, about: str) -> None:
    """Ask a bank about what it called about (AFTERWARDS ``callback.received``)."""
    callbacks.ask_about(bank=bank, about=about)


def note_request_paid(*, payment_id: str) -> None:
    """TOGETHER on ``payment.completed``: the request it paid is paid in the same commit."""
    requests.note_paid(payment_id=payment_id)


def carry_refund(*, refund_id: str, payment_id: str) -> None:  # noqa: ARG001
    """Carry an approved refund to the payer's bank (AFTERWARDS ``refund.approved``)."""
    refunding.carry_refund(refund_id=refund_id)


def hasten_waiting(*, hold_id: str) -> None:
    """AFTERWARDS ``hold.lifted``: what waited because of it looks again at once."""
    holds.hasten_waiting(hold_id=hold_id)


def invite_payee(*, payment_id: str) -> None:
    """AFTERWARDS ``payment.pending_claim``: its payee is invited, or claims it already."""
    claims.invite_payee(payment_id=payment_id)


def take_place(*, person_id: int) -> None:
    """TOGETHER on ``person.enrolled``: one more takes part in the country, if there is room."""
    pilots.take_place(person_id=person_id)


def tell_waiting(*, country: str, capability: str) -> None:  # noqa: ARG001 - Any opening counts.
    """AFTERWARDS ``capability.opened``: those on the country's list hear of it."""
    waitlist.tell_waiting(country=country)


def claim_for_person(*, person_id: int) -> None:
    """AFTERWARDS identity or PIN: whoever has enrolled now gets what waits."""
    person = person_by_id(person_id)
    if person is not None and person.party_id is not None:
        claims.claim_waiting(party_id=person.party_id)


def claim_for_party(*, party_id: int) -> None:
    """AFTERWARDS ``source.verified``: there is an account for what waits."""
    claims.claim_waiting(party_id=party_id)


def issue_receipt(*, payment_id: str) -> None:
    """TOGETHER on ``payment.completed``: its receipt is signed in the same commit."""
    receipts.issue_receipt(payment_id=payment_id)


def note_given_back(*, payment_id: str) -> None:
    """TOGETHER on ``payment.completed``: the payment that it gives back is returned."""
    returning.note_given_back(payment_id=payment_id)


def follow_line(*, line_id: int) -> None:
    """AFTERWARDS ``line.decided``: what the line shows is closed, and its day proven anew."""
    reconciliation.follow_line(line_id=line_id)


def send_back(*, return_id: str) -> None:
    """AFTERWARDS ``line.going_back``: the bank is told to send money back to who paid it in."""
    ways_back.carry_way_back(return_id=return_id)


def send_answer(*, dispute_id: str, payment_id: str) -> None:  # noqa: ARG001
    """AFTERWARDS ``dispute.under_review``: the shop's answer to a chargeback is handed over."""
    chargeback_answers.send_answer(dispute_id=dispute_id)

"""What payments do when they hear news: load ids, call one service."""

from payments.services import charging, claims, receipts, refunding, requests, returning
from people.queries import person_by_id


def charge(*, payment_id: str) -> None:
    """Carry an authorized payment out (AFTERWARDS ``payment.authorized``)."""
    charging.charge_payment(payment_id=payment_id)


def note_request_paid(*, payment_id: str) -> None:
    """TOGETHER on ``payment.completed``: the request it paid is paid in the same commit."""
    requests.note_paid(payment_id=payment_id)


def carry_refund(*, refund_id: str, payment_id: str) -> None:  # noqa: ARG001
    """Carry an approved refund to the payer's bank (AFTERWARDS ``refund.approved``)."""
    refunding.carry_refund(refund_id=refund_id)


def invite_payee(*, payment_id: str) -> None:
    """AFTERWARDS ``payment.pending_claim``: its payee is invited, or claims it already."""
    claims.invite_payee(payment_id=payment_id)


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

"""Disputes in short words."""

from datetime import datetime, timedelta
from typing import Any

from core.clock import business_now
from payments.models import DisputeMove
from payments.services.disputes import answer_dispute
from people.models import Party, Person
from tests.payments.cast import Someone, new_key
from tests.payments.settlement_cast import cutoff, next_day

NOT_RECEIVED = {"kind": "commercial", "reason": "not_received", "text": "Nothing came."}
NOT_ME = {"kind": "fraud", "reason": "not_me", "text": "I did not pay this."}


def dispute(ana: Someone, payment: str, **more: Any) -> Any:
    answer = ana.post(f"/v1/payments/{payment}/dispute", NOT_RECEIVED | more, key=new_key())
    assert answer.status_code == 201, answer.json()
    return answer.json()


def steps(dispute_id: str) -> list[str]:
    rows = DisputeMove.objects.filter(dispute__public_id=dispute_id).order_by("position")
    return list(rows.values_list("to_state", flat=True))


def later(**span: int) -> datetime:
    return business_now() + timedelta(**span)


def answer(
    padaria: Party, ze: Person, opened: Any, *, submit: bool = True, text: str = "Sent."
) -> None:
    answer_dispute(
        person=ze,
        party_id=padaria.id,
        dispute_id=opened["id"],
        text=text,
        evidence=["Tracking BR123"],
        submit=submit,
    )


def settle() -> None:
    """Pay the shop out, and let the next day come: it is owed nothing then."""
    cutoff()
    next_day()

"""Inviting a number by the same way as sign-in codes go, once for each reason."""

from core.clock import business_now, wall_now
from core.transactions import owns, refuse_owner
from people.models import Invitation
from people.senders import send_text


def invite(*, phone: str, reference: str, text: str) -> bool:
    """Send an invitation unless it was sent before.

    Written first, then sent, then noted as sent: a process that dies in between sends it again
    rather than never.

    Changes: one ``Invitation``.

    Args:
        phone: E.164.
        reference: What it is about; one invitation for each.
        text: The message, at most 400 characters.

    Returns:
        Whether it was sent now.

    Raises:
        SenderUnavailable: The gateway did not take it; to be called again.

    Transaction: owns (two; none while the gateway is called).
    """
    refuse_owner("people.services.invitations.invite")
    if not _write(phone=phone, reference=reference, text=text):
        return False
    send_text(phone, text)
    _note_sent(reference=reference)
    return True


@owns
def _write(*, phone: str, reference: str, text: str) -> bool:
    """Write an invitation once; tell whether it still has to be sent."""
    fresh = Invitation(reference=reference, phone=phone, text=text, created_at=business_now())
    Invitation.objects.bulk_create([fresh], ignore_conflicts=True)
    return Invitation.objects.filter(reference=reference, sent_at__isnull=True).exists()


@owns
def _note_sent(*, reference: str) -> None:
    Invitation.objects.filter(reference=reference).update(sent_at=wall_now())

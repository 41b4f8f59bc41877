"""Recovering a PIN with the help of a bank: the bank confirms, ``people`` waits."""

from typing import TYPE_CHECKING

from payments.services.funding import confirm_holder
from people.services.recovery import start_recovery

if TYPE_CHECKING:
    from people.models import Device, Person, PinRecovery


def recover_by_bank(
    *, person: "Person", device: "Device", source_id: str, code: str
) -> "PinRecovery":
    """Begin to recover a PIN on the word of the person's bank.

    Changes: what ``start_recovery`` changes.

    Args:
        person: Who forgot their PIN.
        device: The device that will set the new one.
        source_id: Public id of one of the person's verified sources.
        code: The code that the bank has just shown its customer.

    Raises:
        NotFound: There is no such source, or it is somebody else's.
        FundingSourceRefused: It was never verified, or the bank does not confirm.
        BankUnavailable: The bank did not answer.
        StateConflict: There is no PIN, or a recovery is under way.

    Transaction: owns (after the bank has answered; none while it is asked).
    """
    source = confirm_holder(person=person, source_id=source_id, code=code)
    return start_recovery(person=person, device=device, source_ref=source.public_id)

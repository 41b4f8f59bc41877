"""What a statement says of an attempt, told to whoever made the attempt."""

from datetime import datetime

from core.transactions import refuse_owner
from payments.models import Leg
from payments.services.charging import Closing, settle_by_statement
from payments.services.refunding import settle_refund_by_statement


def close_attempt(*, instruction_id: str, executed: bool, moment: datetime) -> Closing:
    """Close a payment's or a refund's attempt by what the bank's statement says.

    Args:
        instruction_id: The attempt's.
        executed: Whether the statement has a line for it.
        moment: Business moment of the statement's import.

    Raises:
        NotFound: Nothing of ours has that instruction.
        Later: The bank is needed for what follows and cannot be reached.

    Transaction: owns (several; refuses to run inside another).
    """
    refuse_owner("payments.services.statement_closing.close_attempt")
    legs = Leg.objects.filter(attempt__instruction_id=instruction_id, refund__isnull=False)
    close = settle_refund_by_statement if legs.exists() else settle_by_statement
    return close(instruction_id=instruction_id, executed=executed, moment=moment)

"""What stands on a bank statement beside money that we moved: one place says it, for everybody.

The rails carry it to the banks (``rails.Instruction.remittance``), and who asks is shown the same.
"""

_REFUND = "Troco refund {payment}"
_PAYMENT = "Troco {payment}"


def bank_words(payment_id: str, *, is_refund: bool = False) -> str:
    """Return what a customer reads on their bank's statement; at most 60 characters of ASCII.

    A bank may shorten it, or set words of its own beside it.

    Args:
        payment_id: ``pay_…``; of a refund the payment that it gives back.
        is_refund: Whether the money goes back.
    """
    return (_REFUND if is_refund else _PAYMENT).format(payment=payment_id)

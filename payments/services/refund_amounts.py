"""How much of a payment is left, and which part of its fee goes back with a part of it."""

from core.money import Money, portion
from payments.models import Payment


def fee_given_back(payment: Payment, amount: Money) -> Money:
    """Return the part of a payment's fee that goes back with a refund.

    Counted over all refunds that stand, so that their shares add up: what would go back for all
    of them together, less what went back before. Giving back all gives back the whole fee.

    Args:
        payment: Locked, with its counts of refunds.
        amount: What is to be given back now, at most the rest.

    Transaction: none.
    """
    fee = Money(payment.fee_minor, payment.currency)
    before = payment.refunding_minor + payment.refunded_minor
    owed = portion(fee, before + amount.amount_minor, payment.amount_minor)
    share = owed.amount_minor - payment.fee_refunded_minor
    # A refund that failed leaves the others' rounded shares; neither side may gain by it.
    return Money(min(max(share, 0), amount.amount_minor), payment.currency)


def rest_of(payment: Payment) -> Money:
    """Return what is left of a payment: neither given back nor on its way.

    Transaction: none.
    """
    gone = payment.refunding_minor + payment.refunded_minor
    return Money(payment.amount_minor - gone, payment.currency)


def net_of(payment: Payment, amount: Money) -> Money:
    """Return the payee's part of what is given back: less the fee that goes back with it.

    Transaction: none.
    """
    return amount - fee_given_back(payment, amount)

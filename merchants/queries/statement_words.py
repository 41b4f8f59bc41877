"""Every word of a statement: what changes what a shop is owed, and what stands around it."""

from django.utils.translation import gettext_lazy as _

# Lines of the books.
KINDS = {
    "collect": _("Taken from the customer's bank"),
    "deliver": _("Owed to the shop"),
    "fee": _("Fee"),
    "reserve": _("Reserved"),
    "release": _("Released"),
    "return": _("Given back"),
    "settle_claim": _("Claimed for the payout"),
    "settle": _("Paid out"),
    "settle_return": _("Payout came back"),
}

# More of them, in a statement's words: seen from what the shop is owed.
STATEMENT_KINDS = {
    "deliver": _("Sale"),
    "settle_claim": _("Paid out"),
    "settle_return": _("Payout came back"),
    "settle_back": _("Payout came back"),
    "refund_claim": _("Refund, less the fee given back"),
    "refund_back": _("Refund that the bank refused"),
    "hold": _("Held for a dispute"),
    "hold_release": _("No longer held"),
    "chargeback": _("Taken back by the card's issuer"),
    "won_back": _("A chargeback that came back"),
}

PART_WORDS = {
    "sales": _("Sales"),
    "fees": _("Fees"),
    "refunds": _("Refunds"),
    "disputes": _("Disputes"),
    "adjustments": _("Adjustments"),
    "payouts": _("Paid out"),
}
OTHER_WORDS = {
    "opening": _("Owed at the beginning"),
    "closing": _("Owed at the end"),
    "title": _("Statement"),
    "period": _("Period"),
    "day": _("Day"),
    "owed": _("Owed"),
}


def statement_words() -> dict[str, str]:
    """Return every word of a statement in the language that is spoken now."""
    told = {**KINDS, **STATEMENT_KINDS, **PART_WORDS, **OTHER_WORDS}
    return {name: str(words) for name, words in told.items()}

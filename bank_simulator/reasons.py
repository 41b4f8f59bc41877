"""The codes with which a bank refuses: ISO 20022's for payments, ISO 8583's for cards."""

UNKNOWN_ACCOUNT = "AC01"
CLOSED_ACCOUNT = "AC04"
FORBIDDEN = "AG01"
OVER_LIMIT = "AM02"
WRONG_CURRENCY = "AM03"
INSUFFICIENT_FUNDS = "AM04"
RETURNED_TOO_LATE = "DT01"
RETURNED_TOO_MUCH = "AM09"

DO_NOT_HONOUR = "05"
CARD_INVALID = "12"
NO_SUCH_CARD = "14"
CARD_CLOSED = "46"
CARD_INSUFFICIENT_FUNDS = "51"
CARD_EXPIRED = "54"
CARD_NOT_PERMITTED = "57"
CARD_OVER_LIMIT = "61"
# How the same obstacle is called for a card.
CARD_CODES = {
    UNKNOWN_ACCOUNT: NO_SUCH_CARD,
    CLOSED_ACCOUNT: CARD_CLOSED,
    FORBIDDEN: CARD_NOT_PERMITTED,
    OVER_LIMIT: CARD_OVER_LIMIT,
    WRONG_CURRENCY: CARD_INVALID,
    INSUFFICIENT_FUNDS: CARD_INSUFFICIENT_FUNDS,
}
CARD_WORDS = {
    "05": "Do not honour.",
    "12": "Not a valid operation on this card.",
    "14": "No such card.",
    "41": "The card was reported lost.",
    "43": "The card was reported stolen.",
    "46": "The account is closed.",
    "51": "Not enough money.",
    "54": "The card or the authorisation has expired.",
    "57": "Not permitted on this card.",
    "59": "Suspected fraud.",
    "61": "Over the card's limit.",
    "65": "Used too often.",
    "91": "The issuer cannot be reached.",
    "96": "The issuer's system failed.",
}

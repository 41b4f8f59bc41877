"""ISO 20022 external reason codes, the vocabulary of a bank that refuses a payment."""

UNKNOWN_ACCOUNT = "AC01"
CLOSED_ACCOUNT = "AC04"
FORBIDDEN = "AG01"
OVER_LIMIT = "AM02"
WRONG_CURRENCY = "AM03"
INSUFFICIENT_FUNDS = "AM04"

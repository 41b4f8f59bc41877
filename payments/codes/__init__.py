"""Codes that ask for money: what a QR picture, a copied line or a link says, read and written.

A code is somebody else's text. So reading one answers with what it says, whole and checked, or
refuses it with a reason; it never guesses, mends or fills in. A single changed character in a
code that carries a checksum is a refusal, not another payee.

- ``emv``: the fields, lengths and checksum that most countries' codes are made of;
- ``pix_keys`` and ``br_code``: Brazil's, which are also written here;
- ``foreign``: those of other countries and plain links, which are only read;
- ``pictures``: a code as something a camera reads.
"""

from enum import StrEnum


class Reason(StrEnum):
    """Why a text is not taken for a code."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    UNKNOWN_KIND = "unknown_kind"
    BROKEN_FIELDS = "broken_fields"
    WRONG_CHECKSUM = "wrong_checksum"
    MISSING_FIELD = "missing_field"
    INVALID_FIELD = "invalid_field"
    INVALID_PAYEE = "invalid_payee"
    INVALID_AMOUNT = "invalid_amount"
    UNKNOWN_CURRENCY = "unknown_currency"
    CARD_NUMBER = "card_number"
    UNSAFE_LINK = "unsafe_link"


class CodeRefused(ValueError):
    """A text is no code that can be trusted.

    Attributes:
        reason: Which kind of thing is wrong; stable, for programs.
        detail: What exactly, in a few words, for the log and the developer.
    """

    def __init__(self, reason: Reason, detail: str = "") -> None:
        """Keep what is wrong."""
        self.reason = reason
        self.detail = detail
        super().__init__(f"{reason.value}: {detail}" if detail else reason.value)

"""The codes of receipts: short enough to type, too long to guess.

Twenty letters of Crockford's base 32 hold 100 bits of chance: nobody finds a receipt by trying.
The alphabet has no I, L, O and U; what a person typed with them, in small letters or with dashes
is read as it was meant.

Source: https://www.crockford.com/base32.html.
"""

import re
import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 20
_GROUP = 5
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})
_CODE = re.compile(f"[{ALPHABET}]{{{LENGTH}}}")


def new_code() -> str:
    """Return a fresh code: 100 bits of chance."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def read_code(text: str) -> str | None:
    """Return a typed code in its one form, or None when it is none."""
    plain = text.upper().translate(_READ_AS)
    return plain if _CODE.fullmatch(plain) else None


def shown_code(code: str) -> str:
    """Return a code in groups of five, as people read it."""
    return "-".join(code[start : start + _GROUP] for start in range(0, LENGTH, _GROUP))

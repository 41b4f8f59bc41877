"""Money: whole minor units and an ISO 4217 code, nothing else.

There is no float and no Decimal anywhere near money. A sum of cents is an ``int``; mixing
currencies is an error at once; the only rounding is ``portion``, half to even, and what it
rounds away stays with the other side of the split, so that parts always add up to the whole.
``divide`` rounds nothing: it hands out every minor unit.

The number of decimals of a currency comes from ISO 4217 as carried by Babel's CLDR data;
the exceptions kept here are the codes that CLDR does not know.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from babel.core import get_global

from core.errors import AmountInvalid, CurrencyMismatch

MAX_MINOR = 2**63 - 1  # A bigint of Postgres.
_BASIS = 10_000  # Basis points in the whole.
_OWN_EXPONENTS = {"XTS": 2}  # ISO 4217's code for testing: Sandboxland's currency.


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in one currency.

    Attributes:
        amount_minor: Minor units (cents), an integer that fits a bigint; may be negative,
            because differences are money too. What a person pays is checked elsewhere.
        currency: ISO 4217 alphabetic code, three capital letters.

    Raises:
        AmountInvalid: The amount is no integer, or does not fit a bigint.
    """

    amount_minor: int
    currency: str

    def __post_init__(self) -> None:
        """Refuse what is not a whole number of minor units."""
        amount: object = self.amount_minor
        if isinstance(amount, bool) or not isinstance(amount, int):
            raise AmountInvalid
        if not -MAX_MINOR <= amount <= MAX_MINOR:
            raise AmountInvalid

    def __add__(self, other: "Money") -> "Money":
        """Add two amounts of one currency."""
        return Money(self.amount_minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        """Subtract an amount of the same currency."""
        return Money(self.amount_minor - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        """Turn the sign round."""
        return Money(-self.amount_minor, self.currency)

    def __mul__(self, times: int) -> "Money":
        """Take the amount a whole number of times, as for a quantity of items."""
        return Money(self.amount_minor * times, self.currency)

    def __lt__(self, other: "Money") -> bool:
        """Compare within one currency."""
        return self.amount_minor < self._same(other)

    def __le__(self, other: "Money") -> bool:
        """Compare within one currency."""
        return self.amount_minor <= self._same(other)

    def __bool__(self) -> bool:
        """Tell whether there is any money at all."""
        return self.amount_minor != 0

    def _same(self, other: "Money") -> int:
        """Return the other's minor units, or refuse another currency."""
        if other.currency != self.currency:
            raise CurrencyMismatch
        return other.amount_minor


@cache
def exponent(currency: str) -> int:
    """Return how many decimals a currency has: 2 for BRL, 0 for JPY, 3 for KWD.

    Source: ISO 4217, as published in Unicode CLDR's supplemental currency data.
    """
    own = _OWN_EXPONENTS.get(currency)
    if own is not None:
        return own
    fractions = get_global("currency_fractions")
    found = fractions.get(currency, fractions["DEFAULT"])
    return int(found[0])


def share(amount: Money, basis_points: int) -> Money:
    """Return a share of an amount, rounded half to even to a whole minor unit.

    Half to even keeps a long run of fees from drifting to one side.

    Args:
        amount: What is shared; 0 or more.
        basis_points: Hundredths of a percent, 0 to 10,000; 399 is 3.99 %.

    Raises:
        ValueError: The share is below 0 or above the whole, or the amount is negative.
    """
    return portion(amount, basis_points, _BASIS)


def portion(amount: Money, part: int, whole: int) -> Money:
    """Return ``part / whole`` of an amount, rounded half to even to a whole minor unit.

    All of the whole is all of the amount, and no part of it is nothing, whatever the rounding.

    Args:
        amount: What is divided; 0 or more.
        part: 0 up to the whole.
        whole: 1 or more.

    Raises:
        ValueError: The part is below 0 or above the whole, or the amount is negative.
    """
    if not 0 <= part <= whole or amount.amount_minor < 0:
        raise ValueError("A share lies between nothing and the whole of a positive amount.")
    found, rest = divmod(amount.amount_minor * part, whole)
    twice = rest * 2
    if twice > whole or (twice == whole and found % 2 == 1):
        found += 1
    return Money(found, amount.currency)


def divide(amount: Money, shares: Sequence[int]) -> list[Money]:
    """Divide an amount among several by their shares; the parts add up to it exactly.

    Each part is first rounded down. The minor units that are left over, always fewer than there
    are parts, go one each to the first parts whose share is not 0: three who divide 10.00 pay
    3.34, 3.33 and 3.33. The order decides, so the same bill is always divided the same way.

    Args:
        amount: What is divided; 0 or more.
        shares: The weight of each part, 0 or more; equal weights divide equally, weights that
            add up to 100 are percents.

    Raises:
        ValueError: The amount or a share is negative, or all shares are 0.
    """
    whole = sum(shares)
    if amount.amount_minor < 0 or whole <= 0 or min(shares) < 0:
        raise ValueError("A positive amount is divided by shares that are not negative.")
    parts = [amount.amount_minor * each // whole for each in shares]
    left = amount.amount_minor - sum(parts)
    for place, each in enumerate(shares):
        if each and left:
            parts[place] += 1
            left -= 1
    return [Money(part, amount.currency) for part in parts]

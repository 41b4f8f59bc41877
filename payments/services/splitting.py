"""Dividing a bill: what each one who is asked has to pay, to the last minor unit."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from core.errors import AmountInvalid, CurrencyMismatch, InputInvalid
from core.money import Money, divide
from payments.enums import SplitMode

LARGEST_SHARE = 1_000_000


@dataclass(frozen=True, slots=True)
class Division:
    """How a bill is divided among those who are asked.

    Attributes:
        mode: ``equal``, ``amounts`` or ``shares``.
        amounts: For ``amounts``: the part of each who is asked, in order.
        shares: For ``shares``: the weight of each who is asked, in order; percents are weights
            that add up to 100.
        own: The requester's own weight, 0 for none. It comes last in the order.
    """

    mode: SplitMode
    amounts: Sequence[Money] = ()
    shares: Sequence[int] = ()
    own: int = 0


def divide_bill(total: Money, count: int, division: Division | None) -> tuple[list[Money], Money]:
    """Return the part of each who is asked, in order, and what the requester bears.

    All of it adds up to the total. What does not divide evenly is borne by the first ones, a
    minor unit each (``core.money.divide``).

    Args:
        total: The whole bill.
        count: How many are asked.
        division: How; None when one is asked for all of it.

    Raises:
        InputInvalid: Many are asked without a division, or the numbers do not fit its mode.
        AmountInvalid: A part would be nothing, or the amounts do not add up to the total.
        CurrencyMismatch: An amount is in another currency than the total.
    """
    if division is None:
        if count != 1:
            raise _unfit("mode", _("Say how it is divided among them."))
        return [total], Money(0, total.currency)
    parts = _parts(total, count, division)
    if any(part.amount_minor < 1 for part in parts[:count]):
        raise AmountInvalid(_("It is too little to be divided among so many."))
    return parts[:count], parts[count]


def _parts(total: Money, count: int, division: Division) -> list[Money]:
    """Return the parts of all, the requester's last."""
    _check_numbers(count, division)
    if division.mode == SplitMode.AMOUNTS:
        if any(each.currency != total.currency for each in division.amounts):
            raise CurrencyMismatch
        if sum(each.amount_minor for each in division.amounts) != total.amount_minor:
            raise AmountInvalid(_("The amounts do not add up to the whole."))
        return [*division.amounts, Money(0, total.currency)]
    weights = [1] * count if division.mode == SplitMode.EQUAL else list(division.shares)
    return divide(total, [*weights, division.own])


def _check_numbers(count: int, division: Division) -> None:
    """Refuse numbers that belong to another mode, are missing or are out of bounds."""
    wanted = {"amounts": 0, "shares": 0, division.mode.value: count}
    for name in ("amounts", "shares"):
        if len(getattr(division, name)) != wanted[name]:
            raise _unfit(name, _("There is one for each who is asked, and only in its mode."))
    if any(not 1 <= each <= LARGEST_SHARE for each in division.shares):
        raise _unfit("shares", _("A share is 1 to 1,000,000."))
    largest = {SplitMode.EQUAL: 1, SplitMode.AMOUNTS: 0, SplitMode.SHARES: LARGEST_SHARE}
    if not 0 <= division.own <= largest[division.mode]:
        raise _unfit("own", _("Your own part is 0 or 1 in equal parts, else a share."))


def _unfit(field: str, words: object) -> InputInvalid:
    return InputInvalid(
        field_errors={f"split.{field}": [{"code": "invalid", "detail": str(words)}]}
    )

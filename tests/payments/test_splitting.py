"""Dividing a bill: nothing is lost, nothing is invented, and who bears the cent is known."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import AmountInvalid, CurrencyMismatch, InputInvalid
from core.money import Money, divide
from payments.enums import SplitMode
from payments.services.splitting import Division, divide_bill

TEN = Money(10_00, "BRL")


def reais(*amounts: int) -> list[Money]:
    return [Money(each, "BRL") for each in amounts]


@given(
    st.integers(min_value=0, max_value=2**62),
    st.lists(st.integers(min_value=0, max_value=10**6), min_size=1, max_size=60).filter(any),
)
def test_parts_add_up_and_none_is_a_cent_off(amount: int, shares: list[int]) -> None:
    parts = divide(Money(amount, "BRL"), shares)
    assert sum(part.amount_minor for part in parts) == amount
    for part, each in zip(parts, shares, strict=True):
        exact = Fraction(amount * each, sum(shares))
        assert exact - 1 < part.amount_minor < exact + 1 or part.amount_minor == exact
        assert each or part.amount_minor == 0
    assert divide(Money(amount, "BRL"), shares) == parts


def test_the_first_ones_bear_what_is_left() -> None:
    assert divide(TEN, [1, 1, 1]) == reais(3_34, 3_33, 3_33)
    assert divide(Money(11, "BRL"), [0, 1, 1, 1]) == reais(0, 4, 4, 3)


@pytest.mark.parametrize("shares", [[], [0], [0, 0], [-1, 2], [2, -1]])
def test_shares_that_are_none_divide_nothing(shares: list[int]) -> None:
    with pytest.raises(ValueError, match="divided"):
        divide(TEN, shares)


@pytest.mark.parametrize(
    ("division", "parts", "own"),
    [
        (Division(SplitMode.EQUAL), (5_00, 5_00), 0),
        (Division(SplitMode.EQUAL, own=1), (3_34, 3_33), 3_33),
        (Division(SplitMode.AMOUNTS, amounts=reais(9_99, 1)), (9_99, 1), 0),
        (Division(SplitMode.SHARES, shares=(60, 40)), (6_00, 4_00), 0),
        (Division(SplitMode.SHARES, shares=(1, 2), own=3), (1_67, 3_33), 5_00),
    ],
)
def test_the_three_modes(division: Division, parts: tuple[int, ...], own: int) -> None:
    assert divide_bill(TEN, 2, division) == (reais(*parts), Money(own, "BRL"))


def test_one_is_asked_for_all_of_it() -> None:
    assert divide_bill(TEN, 1, None) == ([TEN], Money(0, "BRL"))


@pytest.mark.parametrize(
    ("division", "refusal"),
    [
        (None, InputInvalid),
        (Division(SplitMode.EQUAL, own=2), InputInvalid),
        (Division(SplitMode.EQUAL, shares=(1, 1)), InputInvalid),
        (Division(SplitMode.SHARES, shares=(1,)), InputInvalid),
        (Division(SplitMode.SHARES, shares=(0, 1)), InputInvalid),
        (Division(SplitMode.SHARES, shares=(1, 10**6 + 1)), InputInvalid),
        (Division(SplitMode.AMOUNTS, amounts=reais(10_00)), InputInvalid),
        (Division(SplitMode.AMOUNTS, amounts=reais(5_00, 5_00), own=1), InputInvalid),
        (Division(SplitMode.AMOUNTS, amounts=reais(5_00, 5_01)), AmountInvalid),
        (Division(SplitMode.AMOUNTS, amounts=[*reais(5_00), Money(5_00, "USD")]), CurrencyMismatch),
        (Division(SplitMode.SHARES, shares=(10**6, 1)), AmountInvalid),
    ],
)
def test_a_division_that_does_not_fit(division: Division | None, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        divide_bill(TEN, 2, division)

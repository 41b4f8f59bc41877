import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import AmountInvalid, CurrencyMismatch
from core.money import MAX_MINOR, Money, exponent, share


def test_amounts_add_and_subtract_within_a_currency() -> None:
    assert Money(1250, "BRL") + Money(50, "BRL") == Money(1300, "BRL")
    assert Money(1250, "BRL") - Money(1300, "BRL") == Money(-50, "BRL")
    assert Money(1250, "BRL") * 3 == Money(3750, "BRL")
    assert -Money(5, "BRL") == Money(-5, "BRL")


def test_currencies_never_mix() -> None:
    with pytest.raises(CurrencyMismatch):
        Money(1, "BRL") + Money(1, "XTS")
    with pytest.raises(CurrencyMismatch):
        _ = Money(1, "BRL") < Money(1, "XTS")


@pytest.mark.parametrize("amount", [1.0, "1", True, None, MAX_MINOR + 1, -MAX_MINOR - 1])
def test_what_is_no_whole_number_of_minor_units_is_refused(amount: object) -> None:
    with pytest.raises(AmountInvalid):
        Money(amount, "BRL")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("currency", "decimals"),
    [("BRL", 2), ("INR", 2), ("BDT", 2), ("XTS", 2), ("JPY", 0), ("CLP", 0), ("KWD", 3)],
)
def test_decimals_are_those_of_iso_4217(currency: str, decimals: int) -> None:
    assert exponent(currency) == decimals


@pytest.mark.parametrize(
    ("amount", "basis_points", "fee"),
    [(4000, 399, 160), (50, 100, 0), (150, 100, 2), (250, 100, 2), (10_000, 0, 0), (7, 10_000, 7)],
)
def test_a_share_rounds_half_to_even(amount: int, basis_points: int, fee: int) -> None:
    assert share(Money(amount, "BRL"), basis_points) == Money(fee, "BRL")


@given(st.integers(0, 10**15), st.integers(0, 10_000))
def test_a_share_is_never_more_than_half_a_unit_off(amount: int, basis_points: int) -> None:
    found = share(Money(amount, "BRL"), basis_points).amount_minor
    assert abs(found * 10_000 - amount * basis_points) <= 5_000
    assert 0 <= found <= amount


@pytest.mark.parametrize(("amount", "basis_points"), [(-1, 10), (10, -1), (10, 10_001)])
def test_a_share_beyond_the_whole_is_a_mistake(amount: int, basis_points: int) -> None:
    with pytest.raises(ValueError, match="share"):
        share(Money(amount, "BRL"), basis_points)

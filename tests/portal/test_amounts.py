"""Reading a price: exactly what was written, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import Money, exponent
from merchants.codes.amounts import read_amount


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("12,50", 1250),
        ("12.50", 1250),
        ("12.5", 1250),
        ("12", 1200),
        (" 12 ", 1200),
        ("0,01", 1),
        ("012", 1200),
        ("1.234,50", 123_450),
        ("1,234.50", 123_450),
        ("1 234,50", 123_450),
        ("1\u202f234,50", 123_450),
        ("1.234", 123_400),
        ("1,234", 123_400),
        ("1.234.567,89", 123_456_789),
        ("1,23,456.50", 12_345_650),
        ("12,34,567", 123_456_700),
        ("99,99,99,999.99", 99_999_999_999),
        ("999999999,99", 99_999_999_999),
    ],
)
def test_what_people_write_is_read_exactly(text: str, amount: int) -> None:
    assert read_amount(text, "BRL") == Money(amount, "BRL")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "0,00",
        "-1",
        "+1",
        "12,",
        ",50",
        "0,123",
        "1234.567",
        "1.23,50",
        "1.2.3,50",
        "1,234,50",
        "1.234.50",
        "1.234,567",
        "1 2",
        "12,,5",
        "1e3",
        "R$ 12",
        "١٢",
        "²",
        "1_000",
        "12,50\0",
        "1.234.567.890",
        "1,23,45",
        "1,23,456,50",
        "1.23.456,50",
        "123,45,678",
        "9,99,99,99,999",
        "9" * 20,
        "NaN",
    ],
)
def test_what_is_not_plainly_an_amount_is_refused(text: str) -> None:
    assert read_amount(text, "BRL") is None


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("1200", "JPY", 1200),
        ("1,200", "JPY", 1200),
        ("12.5", "JPY", None),
        ("1,234", "KWD", 1234),
        ("1.234,567", "KWD", 1_234_567),
        ("1,2345", "KWD", None),
    ],
)
def test_each_currency_has_its_own_decimals(text: str, currency: str, amount: int | None) -> None:
    expected = None if amount is None else Money(amount, currency)
    assert read_amount(text, currency) == expected


def _written(amount: int, group: str, point: str, decimals: int) -> str:
    digits = str(amount).rjust(decimals + 1, "0")
    whole, part = (digits[:-decimals], digits[-decimals:]) if decimals else (digits, "")
    whole = f"{int(whole):,}".replace(",", group)
    return f"{whole}{point}{part}" if part else whole


@given(
    amount=st.integers(1, 99_999_999_999),
    signs=st.sampled_from([(".", ","), (",", "."), (" ", ","), ("", ","), ("", ".")]),
    currency=st.sampled_from(["BRL", "INR", "JPY", "KWD"]),
)
def test_every_amount_comes_back_as_it_was_written(
    amount: int, signs: tuple[str, str], currency: str
) -> None:
    decimals = exponent(currency)
    amount = min(amount, 999_999_999 * 10**decimals)
    text = _written(amount, *signs, decimals)
    assert read_amount(text, currency) == Money(amount, currency)


@given(text=st.text(alphabet="0123456789., -+\u00a0e", max_size=20))
def test_whatever_is_read_has_the_digits_that_were_written(text: str) -> None:
    found = read_amount(text, "BRL")
    if found is not None:
        written = "".join(filter(str.isdigit, text)).lstrip("0")
        assert found.amount_minor > 0
        assert str(found.amount_minor).startswith(written.rstrip("0"))


@given(text=st.text(max_size=25))
def test_no_text_breaks_the_reader(text: str) -> None:
    found = read_amount(text, "BRL")
    assert found is None or found.amount_minor > 0

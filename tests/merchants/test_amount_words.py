"""Amounts in words, in the three languages: units and parts, rounds, genders, strangers."""

import pytest

from core.money import Money
from merchants.codes.amount_words import amount_words


@pytest.mark.parametrize(
    ("minor", "words"),
    [
        (0, "zero reais"),
        (1, "um centavo"),
        (100, "um real"),
        (101, "um real e um centavo"),
        (10_000, "cem reais"),
        (10_100, "cento e um reais"),
        (110_000, "mil e cem reais"),
        (123_456, "mil duzentos e trinta e quatro reais e cinquenta e seis centavos"),
        (100_000_000, "um milhão de reais"),
        (100_000_050, "um milhão de reais e cinquenta centavos"),
        (200_100_000, "dois milhões e mil reais"),
        (150_000_000, "um milhão e quinhentos mil reais"),
        (123_400_089, "um milhão duzentos e trinta e quatro mil reais e oitenta e nove centavos"),
        (100_000_000_000, "um bilhão de reais"),
    ],
)  # fmt: skip
def test_in_portuguese(minor: int, words: str) -> None:
    assert amount_words(Money(minor, "BRL"), "pt-br") == words


@pytest.mark.parametrize(
    ("minor", "currency", "words"),
    [
        (1, "USD", "one cent"),
        (100, "USD", "one dollar"),
        (123_456, "BRL", "one thousand two hundred thirty-four reais and fifty-six centavos"),
        (100_000_000, "BRL", "one million reais"),
        (201, "BDT", "two taka and one poisha"),
        (1_234, "JPY", "one thousand two hundred thirty-four Japanese yen"),
        (1_250, "KWD", "one Kuwaiti dinar and 250/1000"),
    ],
)
def test_in_english(minor: int, currency: str, words: str) -> None:
    assert amount_words(Money(minor, currency), "en") == words


@pytest.mark.parametrize(
    ("minor", "currency", "words"),
    [
        (1, "BDT", "এক পয়সা"),
        (123_456, "BRL", "এক হাজার দুইশত চৌত্রিশ রিয়েল ছাপ্পান্ন সেন্টাভো"),
        (100_000_000, "BDT", "দশ লাখ টাকা"),
        (1_234_567_800, "BDT", "এক কোটি তেইশ লাখ পঁয়তাল্লিশ হাজার ছয়শত আটাত্তর টাকা"),
    ],
)
def test_in_bengali(minor: int, currency: str, words: str) -> None:
    assert amount_words(Money(minor, currency), "bn") == words


def test_portuguese_knows_feminine_currencies_and_strangers() -> None:
    assert amount_words(Money(2_200_202, "INR"), "pt-br") == (
        "vinte e duas mil e duas rupias e dois paisas"
    )
    assert amount_words(Money(20_000_000_000, "INR"), "pt-br") == "duzentos milhões de rupias"
    assert amount_words(Money(20_200, "INR"), "pt-br") == "duzentas e duas rupias"
    assert amount_words(Money(2, "JPY"), "pt-br") == "dois ienes japoneses"
    assert amount_words(Money(2_000, "XYZ"), "xx").endswith("XYZ")

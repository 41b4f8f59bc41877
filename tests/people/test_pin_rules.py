"""The blocklist: large enough to matter, small enough not to annoy."""

import random

import pytest

from people.pin_rules import is_well_formed, pin_is_easy


def test_at_least_a_tenth_of_all_pins_is_refused_and_no_more_than_an_eighth() -> None:
    refused = sum(pin_is_easy(f"{number:06d}") for number in range(1_000_000))
    assert refused == 108_714
    assert 100_000 <= refused <= 120_000


def test_ten_thousand_random_pins_are_mostly_accepted() -> None:
    dice = random.Random(20261123)
    accepted = sum(not pin_is_easy(f"{dice.randrange(1_000_000):06d}") for _ in range(10_000))
    assert accepted >= 8_800


@pytest.mark.parametrize(
    "pin",
    [
        "123456", "654321", "000000", "999999", "246802", "121212", "112233", "123123", "123321",
        "170590", "051790", "900517", "199005", "051990", "290200", "147258", "159357", "789456",
        "147369", "555556", "111507", "507111", "789123", "321654", "101010", "696969",
    ],
)  # fmt: skip
def test_what_people_choose_is_refused(pin: str) -> None:
    assert pin_is_easy(pin)


@pytest.mark.parametrize("pin", ["739164", "620837", "384951", "926048", "407283"])
def test_what_nobody_would_guess_is_taken(pin: str) -> None:
    assert not pin_is_easy(pin)


def test_six_digits_of_the_persons_own_numbers_are_refused() -> None:
    own = ("+55 11 98765-4321", "529.982.247-25")
    for pin in ("876543", "119876", "982247", "742289"):
        assert pin_is_easy(pin, own)
    assert not pin_is_easy("739164", own)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12345",
        "1234567",
        "12345a",
        "\uff11\uff12\uff13\uff14\uff15\uff16",
        "12 456",
        "-12345",
        "1e5000",
    ],
)
def test_only_six_ascii_digits_are_a_pin(text: str) -> None:
    assert not is_well_formed(text)

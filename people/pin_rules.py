"""Which PINs are too easy: a blocklist by rule.

People choose PINs badly, and mostly in the same ways: of all guesses an attacker has, dates
come first. A list of about a tenth of the space is where refusing helps most and annoys least
(Markert et al., "This PIN Can Be Easily Guessed", IEEE S&P 2020). The rules below refuse about
108,000 of the 1,000,000 PINs; a test counts them.
"""

import itertools
from collections.abc import Callable, Iterable

PIN_LENGTH = 6

_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_YEARS = range(1900, 2100)
_MONTHS = range(1, 13)
_FEW_DIGITS = 2
_LONG_REPEAT = 4
_KEYPAD = {
    digit: (row, column)
    for row, line in enumerate(("123", "456", "789", " 0 "))
    for column, digit in enumerate(line)
    if digit != " "
}


def is_well_formed(pin: str) -> bool:
    """Tell whether a text is six ASCII digits."""
    return len(pin) == PIN_LENGTH and pin.isascii() and pin.isdigit()


def pin_is_easy(pin: str, own_numbers: Iterable[str] = ()) -> bool:
    """Tell whether somebody who knows people, or this person, would soon guess the PIN.

    Args:
        pin: Six digits.
        own_numbers: Numbers that belong to the person, such as phone, tax id and birth date;
            anything but digits in them is skipped. Six digits of one, forwards or backwards,
            make a PIN easy.
    """
    return any(rule(pin) for rule in _RULES) or any(_is_within(pin, own) for own in own_numbers)


def _is_within(pin: str, number: str) -> bool:
    digits = "".join(character for character in number if character.isdigit())
    return pin in digits or pin in digits[::-1]


def _is_day(month: int, day: int) -> bool:
    return month in _MONTHS and 1 <= day <= _DAYS[month - 1]


def _is_date(pin: str) -> bool:
    """DDMMYY, MMDDYY and YYMMDD."""
    first, second, third = int(pin[:2]), int(pin[2:4]), int(pin[4:])
    return _is_day(second, first) or _is_day(first, second) or _is_day(second, third)


def _is_year_and_month(pin: str) -> bool:
    """YYYYMM and MMYYYY."""
    year_first = int(pin[:4]) in _YEARS and int(pin[4:]) in _MONTHS
    return year_first or (int(pin[2:]) in _YEARS and int(pin[:2]) in _MONTHS)


def _is_run(pin: str) -> bool:
    """Equal steps around the ten digits: 123456, 987654, 246802, 777777."""
    steps = {(int(after) - int(before)) % 10 for before, after in itertools.pairwise(pin)}
    return len(steps) == 1


def _has_few_digits(pin: str) -> bool:
    """Only one or two different digits: 121212, 111112."""
    return len(set(pin)) <= _FEW_DIGITS


def _repeats_or_mirrors(pin: str) -> bool:
    """Palindromes, 123123, 121212 and 112233."""
    pairs = (pin[:2], pin[2:4], pin[4:])
    return (
        pin == pin[::-1]
        or pin[:3] == pin[3:]
        or len(set(pairs)) == 1
        or all(pair[0] == pair[1] for pair in pairs)
    )


def _has_equal_half(pin: str) -> bool:
    """Three equal digits at the start or at the end: 111507, 042000."""
    return len(set(pin[:3])) == 1 or len(set(pin[3:])) == 1


def _has_long_repeat(pin: str) -> bool:
    """The same digit four times in a row: 155556."""
    starts = range(PIN_LENGTH - _LONG_REPEAT + 1)
    return any(len(set(pin[start : start + _LONG_REPEAT])) == 1 for start in starts)


def _has_two_small_runs(pin: str) -> bool:
    """Two runs of three: 123987, 456789, 321654."""
    return _is_small_run(pin[:3]) and _is_small_run(pin[3:])


def _is_small_run(three: str) -> bool:
    steps = {int(after) - int(before) for before, after in itertools.pairwise(three)}
    return steps in ({1}, {-1})


def _is_keypad_line(pin: str) -> bool:
    """Straight lines over the keypad, one after the other: 147258, 147369, 159357, 789456."""
    return _is_keypad_three(pin[:3]) and _is_keypad_three(pin[3:])


def _is_keypad_three(three: str) -> bool:
    first, second, third = (_KEYPAD[digit] for digit in three)
    step = (second[0] - first[0], second[1] - first[1])
    again = (third[0] - second[0], third[1] - second[1])
    return step == again and step != (0, 0)


_RULES: tuple[Callable[[str], bool], ...] = (
    _is_date,
    _is_year_and_month,
    _is_run,
    _has_few_digits,
    _repeats_or_mirrors,
    _has_equal_half,
    _has_long_repeat,
    _has_two_small_runs,
    _is_keypad_line,
)

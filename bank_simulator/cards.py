"""Card numbers have no business here: recognise and refuse them.

The simulator hands out tokens, as a bank's hosted field would. A caller that sends something
which reads as a card number has a leak upstream, and learns it from a refusal.
"""

import re

from bank_simulator.errors import Refusal

RUN_OF_DIGITS = re.compile(r"(?<!\d)\d(?:[ .-]?\d){12,18}(?!\d)")
CNPJ_LENGTH = 14
CNPJ_WEIGHTS = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)


def refuse_card_numbers(payload: object) -> None:
    """Look through every text of a body, names included.

    Raises:
        Refusal: `card_number_refused` when one reads as a card number. A Brazilian company
            number that is valid as such is let through: one in ten also passes a card's check.
    """
    for text in _texts(payload):
        for run in RUN_OF_DIGITS.findall(text):
            digits = re.sub(r"\D", "", run)
            if _passes_luhn(digits) and not _is_cnpj(digits):
                raise Refusal(
                    422, "card_number_refused", "A field reads as a card number; send a token."
                )


def _texts(payload: object) -> list[str]:
    if isinstance(payload, str):
        return [payload]
    if isinstance(payload, dict):
        return [text for pair in payload.items() for part in pair for text in _texts(part)]
    if isinstance(payload, list):
        return [text for part in payload for text in _texts(part)]
    if type(payload) is int:
        return [str(payload)]
    return []


def _passes_luhn(digits: str) -> bool:
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return digits[0] in "23456" and sum(n - 9 * (n > 9) for n in doubled) % 10 == 0  # noqa: PLR2004


def _is_cnpj(digits: str) -> bool:
    if len(digits) != CNPJ_LENGTH:
        return False
    return all(int(digits[length]) == _cnpj_check(digits[:length]) for length in (12, 13))


def _cnpj_check(digits: str) -> int:
    weights = CNPJ_WEIGHTS[-len(digits) :]
    rest = sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11
    return 0 if rest < 2 else 11 - rest  # noqa: PLR2004

"""An amount in words, as a cheque has it: what is about to be given away is read twice.

English, Portuguese and Bengali, each with its own grammar. Of the currencies that Troco's
countries have, the parts have names too; of others only the number, as 250/1000.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from babel import Locale
from babel.numbers import get_currency_name

from core.money import Money, exponent

_TEN, _TWENTY, _HUNDRED, _THOUSAND, _MILLION = 10, 20, 100, 1_000, 1_000_000
_LAKH, _CRORE = 100_000, 10_000_000

_EN_ONES: Final = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
)
_EN_TENS: Final = (
    *("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"),
)
_PT_ONES: Final = (
    *("zero", "um", "dois", "três", "quatro", "cinco", "seis", "sete", "oito", "nove", "dez"),
    *("onze", "doze", "treze", "quatorze", "quinze", "dezesseis", "dezessete", "dezoito"),
    "dezenove",
)
_PT_TENS: Final = (
    *("", "", "vinte", "trinta", "quarenta", "cinquenta", "sessenta", "setenta", "oitenta"),
    "noventa",
)
_PT_HUNDREDS: Final = (
    *("", "cento", "duzentos", "trezentos", "quatrocentos", "quinhentos", "seiscentos"),
    *("setecentos", "oitocentos", "novecentos"),
)
# Each number below a hundred has a word of its own.
_BN_ONES: Final = (
    *("শূন্য", "এক", "দুই", "তিন", "চার", "পাঁচ", "ছয়", "সাত"),
    *("আট", "নয়", "দশ", "এগারো", "বারো", "তেরো", "চৌদ্দ", "পনেরো"),
    *("ষোল", "সতেরো", "আঠারো", "উনিশ", "বিশ", "একুশ", "বাইশ", "তেইশ"),
    *("চব্বিশ", "পঁচিশ", "ছাব্বিশ", "সাতাশ", "আটাশ", "ঊনত্রিশ", "ত্রিশ", "একত্রিশ"),
    *("বত্রিশ", "তেত্রিশ", "চৌত্রিশ", "পঁয়ত্রিশ", "ছত্রিশ", "সাঁইত্রিশ", "আটত্রিশ", "ঊনচল্লিশ"),
    *("চল্লিশ", "একচল্লিশ", "বিয়াল্লিশ", "তেতাল্লিশ", "চুয়াল্লিশ", "পঁয়তাল্লিশ", "ছেচল্লিশ", "সাতচল্লিশ"),
    *("আটচল্লিশ", "ঊনপঞ্চাশ", "পঞ্চাশ", "একান্ন", "বায়ান্ন", "তিপ্পান্ন", "চুয়ান্ন", "পঞ্চান্ন"),
    *("ছাপ্পান্ন", "সাতান্ন", "আটান্ন", "ঊনষাট", "ষাট", "একষট্টি", "বাষট্টি", "তেষট্টি"),
    *("চৌষট্টি", "পঁয়ষট্টি", "ছেষট্টি", "সাতষট্টি", "আটষট্টি", "ঊনসত্তর", "সত্তর", "একাত্তর"),
    *("বাহাত্তর", "তিয়াত্তর", "চুয়াত্তর", "পঁচাত্তর", "ছিয়াত্তর", "সাতাত্তর", "আটাত্তর", "ঊনআশি"),
    *("আশি", "একাশি", "বিরাশি", "তিরাশি", "চুরাশি", "পঁচাশি", "ছিয়াশি", "সাতাশি"),
    *("আটাশি", "ঊননব্বই", "নব্বই", "একানব্বই", "বিরানব্বই", "তিরানব্বই", "চুরানব্বই", "পঁচানব্বই"),
    *("ছিয়ানব্বই", "সাতানব্বই", "আটানব্বই", "নিরানব্বই"),
)


@dataclass(frozen=True, slots=True)
class Unit:
    """A currency's unit, or a part of it: one, several, and whether it is feminine."""

    one: str
    many: str
    is_feminine: bool = False


_Named = Mapping[str, tuple[Unit, Unit]]
_MASCULINE = Unit("", "")
_PAISA = Unit("poisha", "poisha")
_EN: Final[_Named] = {
    "BRL": (Unit("real", "reais"), Unit("centavo", "centavos")),
    "BDT": (Unit("taka", "taka"), _PAISA),
    "INR": (Unit("rupee", "rupees"), Unit("paisa", "paise")),
    "USD": (Unit("dollar", "dollars"), Unit("cent", "cents")),
    "XTS": (Unit("test unit", "test units"), Unit("hundredth", "hundredths")),
}
_PT: Final[_Named] = {
    "BRL": (Unit("real", "reais"), Unit("centavo", "centavos")),
    "BDT": (Unit("taca", "tacas", is_feminine=True), _PAISA),
    "INR": (Unit("rupia", "rupias", is_feminine=True), Unit("paisa", "paisas")),
    "USD": (Unit("dólar", "dólares"), Unit("centavo", "centavos")),
    "XTS": (
        Unit("unidade de teste", "unidades de teste", is_feminine=True),
        Unit("centésimo", "centésimos"),
    ),
}
_BN: Final[_Named] = {
    "BRL": (Unit("রিয়েল", "রিয়েল"), Unit("সেন্টাভো", "সেন্টাভো")),
    "BDT": (Unit("টাকা", "টাকা"), Unit("পয়সা", "পয়সা")),
    "INR": (Unit("রুপি", "রুপি"), Unit("পয়সা", "পয়সা")),
    "USD": (Unit("ডলার", "ডলার"), Unit("সেন্ট", "সেন্ট")),
    "XTS": (Unit("পরীক্ষার একক", "পরীক্ষার একক"), Unit("শতাংশ", "শতাংশ")),
}


@dataclass(frozen=True, slots=True)
class _Language:
    number: Callable[[int, Unit], str]
    units: _Named
    joined: str


def amount_words(amount: Money, language: str) -> str:
    """Return an amount in words: ``mil duzentos e trinta e quatro reais e um centavo``.

    Args:
        amount: Not negative.
        language: Such as ``pt-br``; of what is not spoken here, English.
    """
    code = language.split("-", maxsplit=1)[0].lower()
    spoken = _LANGUAGES.get(code, _LANGUAGES["en"])
    decimals = exponent(amount.currency)
    whole, part = divmod(amount.amount_minor, 10**decimals)
    names = spoken.units.get(amount.currency)
    if names is None:
        return _of_stranger(amount.currency, code, (whole, part), decimals)
    told = [
        _counted(number, unit, spoken) for number, unit in zip((whole, part), names, strict=True)
    ]
    said = [words for number, words in zip((whole, part), told, strict=True) if number]
    return spoken.joined.join(said or told[:1])


def _of_stranger(currency: str, code: str, amount: tuple[int, int], decimals: int) -> str:
    """Say an amount of a currency whose parts have no name here."""
    spoken = _LANGUAGES.get(code, _LANGUAGES["en"])
    whole, part = amount
    locale = Locale.parse({"pt": "pt_BR", "bn": "bn"}.get(code, "en"))
    name = get_currency_name(currency, count=whole, locale=locale)
    if code == "pt":
        name = name[:1].lower() + name[1:]
    unit = Unit(name, name)
    rest = f"{spoken.joined}{part}/{10**decimals}" if part else ""
    return _counted(whole, unit, spoken) + rest


def _counted(number: int, unit: Unit, spoken: _Language) -> str:
    words = spoken.number(number, unit)
    name = unit.one if number == 1 else unit.many
    is_round = number >= _MILLION and number % _MILLION == 0
    of = "de " if spoken.number is _portuguese and is_round else ""
    return f"{words} {of}{name}"


def _english(number: int, _unit: Unit) -> str:
    if number < _TWENTY:
        return _EN_ONES[number]
    if number < _HUNDRED:
        tens, one = divmod(number, _TEN)
        return _EN_TENS[tens] + (f"-{_EN_ONES[one]}" if one else "")
    for size, name in (
        (_MILLION * _THOUSAND, "billion"),
        (_MILLION, "million"),
        (_THOUSAND, "thousand"),
        (_HUNDRED, "hundred"),
    ):
        if number >= size:
            many, rest = divmod(number, size)
            words = f"{_english(many, _unit)} {name}"
            return f"{words} {_english(rest, _unit)}" if rest else words
    raise AssertionError(number)


def _portuguese(number: int, unit: Unit) -> str:
    if number < _THOUSAND:
        return _portuguese_below(number, unit)
    for size, one, many in (
        (_MILLION * _THOUSAND, "um bilhão", "bilhões"),
        (_MILLION, "um milhão", "milhões"),
        (_THOUSAND, "mil", "mil"),
    ):
        if number >= size:
            count, rest = divmod(number, size)
            # A million is masculine whatever it is a million of; a thousand is not a noun.
            counted = _portuguese(count, unit if size == _THOUSAND else _MASCULINE)
            words = one if count == 1 else f"{counted} {many}"
            if not rest:
                return words
            return f"{words} {'e ' if _is_short(rest) else ''}{_portuguese(rest, unit)}"
    raise AssertionError(number)


def _is_short(rest: int) -> bool:
    """Tell whether what follows is one group, below a hundred or of round hundreds."""
    while rest % _THOUSAND == 0:
        rest //= _THOUSAND
    return rest < _HUNDRED or (rest < _THOUSAND and rest % _HUNDRED == 0)


def _portuguese_below(number: int, unit: Unit) -> str:
    """Say a number below a thousand."""
    if unit.is_feminine and number in {1, 2}:
        return ("uma", "duas")[number - 1]
    if number < _TWENTY:
        return _PT_ONES[number]
    if number == _HUNDRED:
        return "cem"
    size = _HUNDRED if number >= _HUNDRED else _TEN
    count, rest = divmod(number, size)
    words = (_PT_HUNDREDS if size == _HUNDRED else _PT_TENS)[count]
    if unit.is_feminine and words.endswith("os"):
        words = words.removesuffix("os") + "as"
    return f"{words} e {_portuguese_below(rest, unit)}" if rest else words


def _bengali(number: int, _unit: Unit) -> str:
    if number < _HUNDRED:
        return _BN_ONES[number]
    for size, name in ((_CRORE, " কোটি"), (_LAKH, " লাখ"), (_THOUSAND, " হাজার"), (_HUNDRED, "শত")):
        if number >= size:
            many, rest = divmod(number, size)
            words = f"{_bengali(many, _unit)}{name}"
            return f"{words} {_bengali(rest, _unit)}" if rest else words
    raise AssertionError(number)


_LANGUAGES: Final = {
    "en": _Language(_english, _EN, " and "),
    "pt": _Language(_portuguese, _PT, " e "),
    "bn": _Language(_bengali, _BN, " "),
}

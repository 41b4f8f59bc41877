"""Names and other short texts that people give: what may stand in them, and how they are masked."""

import unicodedata

from django.utils.translation import gettext_lazy as _

from core.errors import InputInvalid, TextInvalid

LONGEST_DISPLAY_NAME = 80
LONGEST_LEGAL_NAME = 140
LONGEST_PASSKEY_NAME = 64
_SHORTEST_LEGAL_NAME = 2
# Small letters of Cyrillic, Greek and Armenian, and digits, that look like a Latin one, after
# case folding. Source: Unicode Technical Standard #39, confusables.txt, single letters only.
_LOOKS_LIKE = str.maketrans(
    {
        **dict(zip("авеһіјкмнорԛсѕтуѵԝхԁ", "abehijkmhopqcstyvwxd", strict=True)),
        **dict(zip("αβεηικνορτυχω", "abehiknoptyxw", strict=True)),
        **dict(zip("\u0570\u0578\u057d\u0581", "hnug", strict=True)),
        **dict(zip("015", "ols", strict=True)),
        "\u0131": "i",
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
    }
)


def clean_text(text: str, *, field: str, longest: int) -> str:
    """Return a text in Unicode's composed form, with single spaces and none at its ends.

    Args:
        text: What a person typed.
        field: The name of the field, for the problem.
        longest: How many characters it may have.

    Raises:
        TextInvalid: It holds a control character, half of a surrogate pair or a mark that
            turns the direction of writing.
        InputInvalid: It is empty or too long.
    """
    plain = unicodedata.normalize("NFC", text)
    if any(_is_forbidden(character) for character in plain):
        raise TextInvalid
    plain = " ".join(plain.split())
    if not 1 <= len(plain) <= longest:
        told = _("1 to %(longest)d characters.") % {"longest": longest}
        raise InputInvalid(field_errors={field: [{"code": "length", "detail": told}]})
    return plain


def clean_legal_name(text: str) -> str:
    """Return a legal name as it is stored.

    Raises:
        TextInvalid: It holds a character that no name has.
        InputInvalid: It is too short or too long, or holds no letter.
    """
    name = clean_text(text, field="legal_name", longest=LONGEST_LEGAL_NAME)
    if len(name) < _SHORTEST_LEGAL_NAME or not any(letter.isalpha() for letter in name):
        raise InputInvalid(
            field_errors={"legal_name": [{"code": "invalid", "detail": str(_("A name."))}]}
        )
    return name


def mask_legal_name(name: str) -> str:
    """Return what a payer is shown of a person's legal name: ``Ana B*** S***``.

    The first name and the initials are enough to notice a wrong recipient, and too little to
    learn who owns a number.
    """
    first, *others = name.split()
    if not others:
        return f"{first[0]}***"
    return " ".join([first, *(f"{word[0]}***" for word in others)])


def fold_name(name: str) -> str:
    """Return what a name looks like: two names with one fold are easily taken for each other.

    Compatibility forms, case, accents, spaces, punctuation and invisible letters are dropped,
    and letters of other scripts that look like a Latin one become it. What it does not cover is
    said in ADR 9: look-alikes inside one script other than those below, and pairs of letters.
    """
    plain = unicodedata.normalize("NFKD", name).casefold().translate(_LOOKS_LIKE)
    return "".join(letter for letter in plain if letter.isalnum() or _is_vowel_sign(letter))


def _is_vowel_sign(letter: str) -> bool:
    """Tell marks that spell, as Bengali's vowels do, from accents that only decorate."""
    return unicodedata.category(letter).startswith("M") and not "\u0300" <= letter <= "\u036f"


def _is_forbidden(character: str) -> bool:
    """Tell control characters, surrogates, private use and direction marks."""
    category = unicodedata.category(character)
    return category in {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"} or (
        category == "Cf" and character not in "\u200c\u200d"
    )

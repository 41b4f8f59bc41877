"""A shop's own colour, where it can be seen: how much it differs from what stands beside it.

WCAG 2.2, relative luminance and contrast ratio; 3 to 1 is what 1.4.11 asks of what is no text.
"""

import re
from typing import Final

LEAST: Final = 3.0
PAGES: Final = ("#ffffff", "#151e1b")
"""What a page stands on, in light and in dark; ``static/css/tokens.css`` has them as ``--card``."""

WHITE: Final = "#ffffff"
BLACK: Final = "#000000"
_COLOUR: Final = re.compile(r"#[0-9a-f]{6}")
_LINEAR_BELOW: Final = 0.04045


def is_colour(text: str) -> bool:
    """Tell whether a text is a colour such as ``#0a7d5c``."""
    return _COLOUR.fullmatch(text) is not None


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def is_seen_everywhere(colour: str) -> bool:
    """Tell whether a colour stands out from a light page and from a dark one."""
    return all(contrast(colour, page) >= LEAST for page in PAGES)


def ink_on(colour: str) -> str:
    """Return black or white, whichever is read better on a colour: always at least 4.5 to 1."""
    return max((WHITE, BLACK), key=lambda ink: contrast(colour, ink))


def _luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= _LINEAR_BELOW else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue

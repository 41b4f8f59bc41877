"""A code as a picture that a camera reads: dark on white in either theme, with its quiet margin."""

import segno

_QUIET = 4  # Modules of white around it; ISO/IEC 18004 asks for four.


def draw_code(text: str) -> str:
    """Return a code as an image in the page itself, for an ``img`` element."""
    made = segno.make(text, error="m", micro=False)
    return str(made.svg_data_uri(border=_QUIET, dark="#000", light="#fff", omitsize=True))

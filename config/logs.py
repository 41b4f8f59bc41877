"""How the log is written: plain lines, and errors without what the variables held.

A renderer that finds a package for pretty errors shows the variables of each frame, and so PINs,
tokens and names; such a package is installed wherever the product is developed.
"""

import structlog


def install() -> None:
    """Keep structlog's defaults, but for the values in errors."""
    *steps, _pretty = structlog.get_config()["processors"]
    plain = structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    )
    structlog.configure(processors=[*steps, plain])

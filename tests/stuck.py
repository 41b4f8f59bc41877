"""What ends a test that hangs, and tells where it stood: otherwise the whole run waits for ever.

A worker that ends so is replaced, its test counts as failed, and the others go on.
"""

import faulthandler
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

# The longest test of the ordinary run takes half of it, on two busy cores.
TEST_SECONDS = 1200
LONG_TEST_SECONDS = 3 * 3600
# Servers that a run started end by then, or never.
END_SECONDS = 300


@cache
def _words() -> int:
    """Return the standard error of the run, asked for first while nothing catches it."""
    return os.dup(2)


def tell_on_signal() -> None:
    """Write where each thread stands when the process gets SIGUSR1, as ``script/test`` sends."""
    faulthandler.register(signal.SIGUSR1, file=_words(), all_threads=True)


@contextmanager
def bounded(seconds: float) -> Iterator[None]:
    """Let the process end with all its threads' places told, when the block takes longer."""
    faulthandler.dump_traceback_later(seconds, file=_words(), exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


def bound_the_end() -> None:
    """Let the process end when it does not end by itself."""
    faulthandler.dump_traceback_later(END_SECONDS, file=_words(), exit=True)

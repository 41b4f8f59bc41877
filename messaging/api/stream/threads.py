"""Runs Django's synchronous reads for the stream, on a few threads of their own."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import close_old_connections, connections

P = ParamSpec("P")
R = TypeVar("R")


class Threads:
    """A few threads, each with a database connection that is checked before use.

    Args:
        count: How many; also how many database connections the stream holds.
    """

    def __init__(self, count: int = 4) -> None:
        """Start none yet."""
        self._count = count
        self._pool = ThreadPoolExecutor(max_workers=count, thread_name_prefix="stream")

    async def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a function there and return what it returns or raise what it raises."""

        def checked() -> R:
            close_old_connections()
            try:
                return work(*args, **kwargs)
            finally:
                close_old_connections()

        return await asyncio.get_running_loop().run_in_executor(self._pool, checked)

    def stop(self) -> None:
        """Let running work end, then close each thread's database connection."""
        gate = threading.Barrier(self._count)
        for _ in range(self._count):
            self._pool.submit(_close, gate)
        self._pool.shutdown(wait=True)


def _close(gate: threading.Barrier) -> None:
    """Close this thread's connections, once every thread is here to close its own."""
    gate.wait(timeout=30)
    connections.close_all()

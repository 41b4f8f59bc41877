"""Asking who may listen: thousands at once after a restart, and each again within a minute."""

from typing import Final

from messaging.access import Knock, Listener, listener_for, listener_of, token_of
from messaging.api.stream.threads import Threads
from messaging.api.wires import Wires
from people.access import BEARER_SQL, read_caller

_WIRES: Final = 1


class Admission:
    """Lets in whom ``listener_for`` lets in; a device that is known costs one short question.

    Args:
        threads: Where everybody else is asked about.
    """

    def __init__(self, threads: Threads) -> None:
        """Ask nothing yet."""
        self._threads = threads
        self._wires = Wires(_WIRES)

    async def listener(self, knock: Knock) -> Listener:
        """Return who may listen, or refuse.

        Raises:
            TrocoError: Nobody may.
            psycopg.Error, django.db.Error: The database is away.
        """
        token = token_of(knock)
        rows = [] if token is None else await self._wires.ask(BEARER_SQL, [token])
        if rows:
            return listener_of(read_caller(rows[0]))
        return await self._threads.run(listener_for, knock)

    async def close(self) -> None:
        """Give the connection back."""
        await self._wires.close()

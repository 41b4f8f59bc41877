"""Work under a lease: who holds it is renewed while it works, and fenced once it was lost.

A process that dies leaves a lease that runs out, and another takes the work over under a new
token. A process that merely slept, for a minute or an hour, does not know that it happened. So
every transaction that it opens begins by locking the row of its lease under its own token: where
another token stands, nothing is written any more, and while the row is locked nobody can take the
work over. Between two transactions, while a bank is asked, a thread renews the lease; it sleeps
when the process does.
"""

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog
from django.db import Error, connection

from core.clock import wall_now
from core.models import Duty, Tick
from core.transactions import fenced_by, owns_block

if TYPE_CHECKING:
    from django.db.models import QuerySet

# What died is taken over after this long, and a bank that is slow for longer is not: see _Keeper.
LEASE = timedelta(seconds=15)
RENEW_SECONDS = 5.0

logger = structlog.get_logger(__name__)


class LeaseLost(RuntimeError):
    """Another process took the work over; this one must not write any more."""


@dataclass(eq=False, slots=True)
class Held:
    """A row with ``lease_token`` and ``leased_until`` that this process works under.

    Attributes:
        model: The row's table.
        row_id: The row.
        token: What was written when it was taken.
        longest_seconds: From then on it is not renewed: whatever still works is stuck.
    """

    model: type[Duty] | type[Tick]
    row_id: int
    token: uuid.UUID
    longest_seconds: float
    begun: float = field(default_factory=time.monotonic)
    renewed: float = field(default_factory=time.monotonic)

    def check(self) -> None:
        """Lock the row for the transaction that has just begun.

        Raises:
            LeaseLost: The lease is somebody else's.
        """
        ours = self._ours().select_for_update().values_list("pk", flat=True)
        if not list(ours):
            message = f"The lease on {self.model.__name__} {self.row_id} was taken over."
            raise LeaseLost(message)

    def keep(self) -> None:
        """Renew in the transaction that ends now, if it took long: nobody else could."""
        if time.monotonic() - self.renewed > RENEW_SECONDS:
            self._ours().update(leased_until=lease_end())
            self.renewed = time.monotonic()

    def renew(self) -> None:
        """Renew between two transactions; a row that is locked is in no danger."""
        with owns_block("core.leases.renew"):
            if list(self._ours().select_for_update(skip_locked=True).values_list("pk")):
                self._ours().update(leased_until=lease_end())
                self.renewed = time.monotonic()

    @property
    def is_stuck(self) -> bool:
        """Tell whether it works for longer than any work may."""
        return time.monotonic() - self.begun > self.longest_seconds

    def _ours(self) -> "QuerySet[Any]":
        return self.model.objects.filter(pk=self.row_id, lease_token=self.token)


def lease_end(now: datetime | None = None) -> datetime:
    """Return until when a lease that is taken or renewed now holds."""
    return (now or wall_now()) + LEASE


@contextmanager
def working_under(held: Held) -> Iterator[None]:
    """Fence every transaction of the lines inside by a lease, and renew it meanwhile."""
    _keeper.add(held)
    try:
        with fenced_by(held):
            yield
    finally:
        _keeper.remove(held)


class _Keeper:
    """Renews this process's leases every few seconds, from a thread of its own.

    Work that is over sooner costs an entry in a set.
    """

    def __init__(self) -> None:
        self._held: set[Held] = set()
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None

    def add(self, held: Held) -> None:
        """Begin to renew a lease; a thread that did not survive a fork is started again."""
        with self._wake:
            self._held.add(held)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="leases", daemon=True)
                self._thread.start()
            self._wake.notify()

    def remove(self, held: Held) -> None:
        """Renew it no more."""
        with self._wake:
            self._held.discard(held)

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._held:
                    self._wake.wait()
            time.sleep(RENEW_SECONDS)
            with self._wake:
                old = time.monotonic() - RENEW_SECONDS
                due = [each for each in self._held if each.renewed <= old and not each.is_stuck]
            if due:
                self._renew(due)

    def _renew(self, due: list[Held]) -> None:
        """Renew on a connection for this once: work that takes so long is rare."""
        try:
            for held in due:
                held.renew()
        except Error as error:
            logger.warning("lease_not_renewed", error=str(error))
        finally:
            connection.close()


_keeper = _Keeper()

"""Carries news to shops' endpoints: many at once, none in another's way.

One thread, the caller's, speaks to the database; the places, threads too, only wait for strangers.
Each sort of endpoints has places of its own, by what its latest answer was like: the quick, the
slow, those that fail, and those that nobody has asked yet. So whoever does not answer takes a
newcomer's or a quick one's place once at most, for as long as a try may last, and delays none of
them from then on.
"""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from django.conf import settings
from django.db import InterfaceError, OperationalError

from core.http import CallFailed, Response, tell
from merchants.enums import AttemptOutcome, EndpointStanding
from merchants.services.deliveries import (
    KEPT_ANSWER,
    RENEWED_EVERY_SECONDS,
    Ended,
    Job,
    claim_job,
    note_ended,
    renew_leases,
)

PLACES: Final[Mapping[EndpointStanding, int]] = {
    EndpointStanding.QUICK: 24,
    EndpointStanding.UNTRIED: 24,
    EndpointStanding.SLOW: 8,
    EndpointStanding.FAILING: 8,
}
# So many pieces of news one after another; then whoever else waits has a turn.
AT_ONCE: Final = 50
# So long what has ended waits for a database that is away; then it is sent again.
KEPT_SECONDS: Final = 120.0


class Courier:
    """Delivers what is due.

    Args:
        wake: Called, from any thread, when a try has ended.
        places: How many tries at once, of each sort of endpoints.
    """

    def __init__(
        self,
        wake: Callable[[], None] = lambda: None,
        *,
        places: Mapping[EndpointStanding, int] = PLACES,
    ) -> None:
        """Begin with all places free."""
        self._wake = wake
        self._rooms = dict(places)
        self._pool = ThreadPoolExecutor(sum(places.values()), thread_name_prefix="courier")
        self._under_way: dict[Future[Ended], tuple[Job, EndpointStanding, int]] = {}
        self._renewed = time.monotonic()

    def turn(self) -> int:
        """Write down what has ended and begin what is due; return how many tries began.

        Call it every second or two, also when nothing happens: it keeps the endpoints that are
        being served from being taken for a dead process's.

        Transaction: none (each of its steps owns its own).
        """
        begun = 0
        self._renew()
        for future in [each for each in self._under_way if each.done()]:
            _job, standing, served = self._under_way[future]
            following = self._note(future, goes_on=served < AT_ONCE)
            if following is not None:
                self._begin(following, standing, served + 1)
                begun += 1
        for standing in self._rooms:
            while self._free(standing):
                found = claim_job(standing=standing)
                if found is None:
                    break
                self._begin(found, standing, 1)
                begun += 1
        return begun

    def run_until_idle(self, seconds: float = 60.0) -> None:
        """Deliver until nothing is due and nothing is under way, or the time is over.

        Transaction: none.
        """
        until = time.monotonic() + seconds
        while (self.turn() or self._under_way) and time.monotonic() < until:
            time.sleep(0.002)

    def close(self, seconds: float) -> None:
        """Begin nothing more, and write down what ends in time.

        Transaction: none.
        """
        self._rooms = {}
        until = time.monotonic() + seconds
        while self._under_way and time.monotonic() < until:
            self._renew()
            for future in [each for each in self._under_way if each.done()]:
                self._note(future, goes_on=False)
            time.sleep(0.02)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _note(self, future: Future[Ended], *, goes_on: bool) -> Job | None:
        """Write down how a try ended; while the database is away that is kept for later."""
        job = self._under_way[future][0]
        is_kept = False
        try:
            return note_ended(job=job, ended=future.result(), goes_on=goes_on)
        except (OperationalError, InterfaceError):
            is_kept = time.monotonic() - job.begun < KEPT_SECONDS
            raise
        finally:
            if not is_kept:
                del self._under_way[future]

    def _renew(self) -> None:
        if self._under_way and time.monotonic() - self._renewed > RENEWED_EVERY_SECONDS:
            renew_leases(tokens=[job.token for job, _standing, _served in self._under_way.values()])
            self._renewed = time.monotonic()

    def _free(self, standing: EndpointStanding) -> bool:
        taken = sum(1 for _job, each, _served in self._under_way.values() if each == standing)
        return taken < self._rooms[standing]

    def _begin(self, job: Job, standing: EndpointStanding, served: int) -> None:
        future = self._pool.submit(carry, job)
        self._under_way[future] = (job, standing, served)
        future.add_done_callback(lambda _done: self._wake())


def carry(job: Job) -> Ended:
    """Make one try: one POST, no redirect followed, one deadline.

    Transaction: none.
    """
    begun = time.monotonic()

    def took() -> int:
        return int((time.monotonic() - begun) * 1000)

    if job.is_stale:
        return Ended(AttemptOutcome.BROKEN, 0, answer="It was not sent in time.")
    try:
        reply = tell(
            job.url,
            job.body,
            headers=job.headers,
            timeout_seconds=settings.TROCO_WEBHOOK_TIMEOUT_SECONDS,
            kept_bytes=KEPT_ANSWER,
        )
    except CallFailed as failure:
        return Ended(AttemptOutcome(failure.kind), took(), answer=str(failure)[:KEPT_ANSWER])
    except Exception as error:  # noqa: BLE001 - A stranger's answer must not stop the others.
        return Ended(AttemptOutcome.BROKEN, took(), answer=type(error).__name__)
    return Ended(AttemptOutcome.ANSWERED, took(), reply.http_status, _words(reply))


def _words(reply: Response) -> str:
    return reply.content.decode("utf-8", "replace").replace("\x00", "\ufffd")

"""News: what happened, who must hear of it at once, and who afterwards.

``publish`` is called inside the publisher's transaction. Two kinds of handler hear it, both
listed on one page, ``config/subscriptions.py``:

- TOGETHER handlers run now, in the same transaction: a payment and its chat bubble commit as
  one. They join, and where they refuse, the whole transaction is refused.
- AFTERWARDS handlers run later, at least once, from the ``Duty`` rows that are written here
  in the same transaction. So a duty exists exactly when its cause was committed; a process
  that dies loses nothing, because nothing was only in its memory.

After the commit a hint is given, at most one in 50 ms for each process and kind, on a
connection of its own: a hint makes waiting short, and a lost hint costs one sweep. It is
never sent inside the money's transaction, because Postgres takes a lock for the whole
cluster from NOTIFY to commit (ruling 12).
"""

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import structlog
from django.db import connection, transaction

from core.clock import wall_now
from core.prepared import tell
from core.transactions import joins

Handler = Callable[..., None]
Sender = Callable[[], None]

COALESCE_SECONDS = 0.05

# One ``Duty`` for each handler.
_OWE = """
INSERT INTO core_duty (event, handler, payload, created_at, due_at, attempts, last_error)
SELECT owed.event, handler.name, owed.payload, owed.at, owed.at, 0, ''
  FROM (SELECT %s::text AS event, %s::jsonb AS payload, %s::timestamptz AS at) AS owed,
       unnest(%s::text[]) WITH ORDINALITY AS handler(name, place)
 ORDER BY handler.place
"""

_IS_OWED = """
SELECT EXISTS (SELECT FROM core_duty
                WHERE done_at IS NULL AND parked_at IS NULL AND created_at > %s
                  AND payload = %s::jsonb)
"""

logger = structlog.get_logger(__name__)

_together: dict[str, tuple[Handler, ...]] = {}
_afterwards: dict[str, tuple[Handler, ...]] = {}
_handlers: dict[str, Handler] = {}


class UnknownEvent(LookupError):
    """An event was published that the page of subscriptions does not list."""


class Later(Exception):
    """Raised by an AFTERWARDS handler to be called again, without counting as a failure.

    Args:
        seconds: How long to wait, in wall-clock seconds.
    """

    def __init__(self, seconds: float) -> None:
        """Keep the pause."""
        self.seconds = seconds
        super().__init__(f"again in {seconds} s")


def subscribe(
    together: Mapping[str, Sequence[Handler]], afterwards: Mapping[str, Sequence[Handler]]
) -> None:
    """Install the page of subscriptions; called once when the process starts.

    Args:
        together: For each event the handlers of the publisher's transaction, in order.
        afterwards: For each event the handlers that run from the outbox.
    """
    _together.clear()
    _afterwards.clear()
    _handlers.clear()
    for name in {*together, *afterwards}:
        _together[name] = tuple(together.get(name, ()))
        _afterwards[name] = tuple(afterwards.get(name, ()))
        _handlers.update({dotted(handler): handler for handler in _afterwards[name]})


def dotted(handler: Handler) -> str:
    """Return the name under which a handler's duties are written."""
    return f"{handler.__module__}.{handler.__qualname__}"


def handler_named(name: str) -> Handler:
    """Return the AFTERWARDS handler with a dotted name.

    Raises:
        LookupError: No subscription has that name (an old duty of a removed handler).
    """
    return _handlers[name]


@joins
def publish(event: str, **ids: str | int) -> None:
    """Tell that something happened.

    Changes: one ``Duty`` row for each AFTERWARDS handler, and whatever the TOGETHER
    handlers write.

    Args:
        event: ``noun.past``, such as ``payment.completed``.
        **ids: Ids only, never objects or amounts: a handler reads the truth itself.

    Raises:
        UnknownEvent: The event is not on the page of subscriptions.
        TrocoError: Whatever a TOGETHER handler refuses with.

    Transaction: joins.
    """
    if event not in _together:
        raise UnknownEvent(event)
    for handler in _together[event]:
        handler(**ids)
    if _afterwards[event]:
        handlers = [dotted(handler) for handler in _afterwards[event]]
        tell(_OWE, [event, json.dumps(ids), wall_now(), handlers])
        hint("duties")


def is_owed(ids: Mapping[str, str | int], *, since: datetime) -> bool:
    """Tell whether some handler is still to be called with these ids.

    Args:
        ids: As they were published.
        since: Only what was published after this wall-clock moment.

    Transaction: none (one statement).
    """
    with connection.cursor() as cursor:
        cursor.execute(_IS_OWED, [since, json.dumps(dict(ids))])
        return bool(cursor.fetchone()[0])


def hint(kind: str) -> None:
    """Ask for a hint of a kind once the surrounding transaction has committed.

    Args:
        kind: ``duties``, or the name of a channel such as ``troco_feed``.
    """
    transaction.on_commit(lambda: _hinter.ask(kind))


def hint_now(kind: str) -> None:
    """Ask for a hint of what is committed already, by somebody who committed it without Django.

    Args:
        kind: As for ``hint``.
    """
    _hinter.ask(kind)


def send_hints_by(senders: Mapping[str, Sender]) -> None:
    """Install what sends each kind of hint; without it hints are dropped.

    Args:
        senders: For each kind a function that sends it now and may fail.
    """
    _hinter.senders = dict(senders)


class _Hinter:
    """Sends hints, each kind from a thread of its own: the first at once, the next 50 ms later.

    A broker that does not answer must not hold up the news of the chat.
    """

    def __init__(self) -> None:
        self.senders: dict[str, Sender] = {}
        self._asked: set[str] = set()
        self._wake = threading.Condition()
        self._threads: dict[str, threading.Thread] = {}

    def ask(self, kind: str) -> None:
        """Note that a hint is wanted, and see that a thread lives that will send it."""
        if kind not in self.senders:
            return
        with self._wake:
            self._asked.add(kind)
            thread = self._threads.get(kind)
            if thread is None or not thread.is_alive():
                thread = threading.Thread(
                    target=self._run, args=(kind,), name=f"hints {kind}", daemon=True
                )
                self._threads[kind] = thread
                thread.start()
            self._wake.notify_all()

    def _run(self, kind: str) -> None:
        """Send what was asked for, again and again, for as long as the process lives."""
        while True:
            with self._wake:
                while kind not in self._asked:
                    self._wake.wait()
                self._asked.discard(kind)
            self._send(kind)
            time.sleep(COALESCE_SECONDS)

    def _send(self, kind: str) -> None:
        """Send one hint; a failure is logged and costs one sweep."""
        try:
            self.senders[kind]()
        except Exception as error:  # noqa: BLE001 - Any failure of a hint is harmless.
            logger.warning("hint_lost", kind=kind, error=str(error))


_hinter = _Hinter()

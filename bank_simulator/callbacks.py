"""Telling the operator what happened, signed as Standard Webhooks asks.

A callback is a courtesy: it is tried a few times and then given up, and it is not kept over a
restart. Whoever relies on the truth looks the instruction up or reads the statement. Faults make
callbacks come late, twice, in the wrong order, again from long ago, or from somebody else.
"""

import base64
import binascii
import hashlib
import heapq
import hmac
import itertools
import json
import logging
import queue
import time
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

import httpx

from bank_simulator import clock, faults
from bank_simulator.faults import Fired

PAUSES_SECONDS = (0.5, 2.0, 5.0)
TIMEOUT_SECONDS = 5.0
SUCCESS = range(200, 300)
STALE_SECONDS = 3600
FORGER = "not the bank's secret"
# What a forger would say instead.
LIES = {"executed": "rejected", "rejected": "executed", "approved": "declined"}

logger = logging.getLogger("bank_simulator")


@dataclass(frozen=True)
class Callback:
    """One message: its id stays the same over all tries; `fired` is what is done to it."""

    message_id: str
    payload: dict[str, Any]
    fired: Fired | None = None


@dataclass(frozen=True)
class _Letter:
    """What goes over the wire, the same on every try but for a fresh time and signature."""

    message_id: str
    body: bytes
    secret: str
    is_out_of_order: bool = False
    # A signed time of the past; None signs each try anew.
    timestamp: int | None = None


@dataclass(order=True)
class _Due:
    """A letter and when it goes, in wall seconds."""

    at: float
    number: int
    letter: _Letter = field(compare=False)


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the `webhook-signature` header for `body`."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.new(_key(secret), signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def _key(secret: str) -> bytes:
    """Return the key: the base64 after `whsec_`, or the secret's own bytes."""
    if secret.startswith("whsec_"):
        try:
            return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except binascii.Error:
            pass
    return secret.encode()


class CallbackSender:
    """A thread that posts callbacks one after the other, each when it is due."""

    def __init__(self, url: str | None, secret: str) -> None:
        """Start the thread, if there is a URL to post to."""
        self._url, self._secret = url, secret
        self._queue: queue.SimpleQueue[_Due] = queue.SimpleQueue()
        self._numbers = itertools.count()
        if url:
            Thread(target=self._serve, name="callbacks", daemon=True).start()

    def send(self, callback: Callback) -> None:
        """Queue a callback as its fault leaves it; without a URL it is dropped."""
        if self._url:
            for seconds, letter in self._letters(callback):
                at = clock.wall_seconds() + seconds
                self._queue.put(_Due(at, next(self._numbers), letter))

    def _letters(self, callback: Callback) -> list[tuple[float, _Letter]]:
        """Return what is sent, and after how many seconds."""
        fired = callback.fired
        true = _Letter(callback.message_id, _body(callback.payload), self._secret)
        if fired is None:
            return [(0, true)]
        now, delay = int(clock.wall_seconds()), fired.delay_seconds
        lie = {**callback.payload}
        lie["outcome"] = LIES.get(str(lie.get("outcome")), "executed")
        lie["type"] = f"{str(lie['type']).partition('.')[0]}.{lie['outcome']}"
        forged = _Letter(f"{callback.message_id}_x", _body(lie), FORGER)
        stamped = _Letter(true.message_id, true.body, true.secret, timestamp=now)
        stale = _Letter(true.message_id, true.body, true.secret, timestamp=now - STALE_SECONDS)
        sent: dict[str, list[tuple[float, _Letter]]] = {
            faults.CALLBACK_LOST: [],
            faults.CALLBACK_LATE: [(delay, true)],
            faults.CALLBACK_DUPLICATE: [(0, true)] * fired.times,
            faults.CALLBACK_OUT_OF_ORDER: [(delay, _overtaken(true))],
            faults.CALLBACK_REPLAYED: [(0, stamped), (delay, stamped)],
            faults.CALLBACK_STALE: [(0, stale)],
            faults.CALLBACK_BAD_SIGNATURE: [(0, _Letter(true.message_id, true.body, FORGER))],
            faults.CALLBACK_FORGED: [(0, forged)],
        }
        return sent[fired.fault]

    def _serve(self) -> None:
        """Deliver what is due; what was held back goes as soon as another has overtaken it."""
        waiting: list[_Due] = []
        with httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=False) as client:
            while True:
                self._take(waiting)
                if waiting and waiting[0].at <= clock.wall_seconds():
                    letter = heapq.heappop(waiting).letter
                    self._deliver(client, letter)
                    if not letter.is_out_of_order:
                        _release(waiting)

    def _take(self, waiting: list[_Due]) -> None:
        """Add what was queued; wait until something comes or is due."""
        patience = max(waiting[0].at - clock.wall_seconds(), 0) if waiting else None
        try:
            heapq.heappush(waiting, self._queue.get(timeout=patience))
            while True:
                heapq.heappush(waiting, self._queue.get_nowait())
        except queue.Empty:
            return

    def _deliver(self, client: httpx.Client, letter: _Letter) -> None:
        # A forger, and whoever replays, does not try again.
        is_genuine = letter.secret == self._secret and letter.timestamp is None
        for pause in (*PAUSES_SECONDS, 0.0) if is_genuine else (0.0,):
            if self._post(client, letter):
                return
            time.sleep(pause)
        logger.warning("callback %s was given up", letter.message_id)

    def _post(self, client: httpx.Client, letter: _Letter) -> bool:
        timestamp = letter.timestamp or int(clock.wall_seconds())
        headers = {
            "content-type": "application/json",
            "webhook-id": letter.message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(letter.secret, letter.message_id, timestamp, letter.body),
        }
        try:
            answer = client.post(str(self._url), content=letter.body, headers=headers)
        except httpx.HTTPError:
            return False
        return answer.status_code in SUCCESS


def _body(payload: dict[str, Any]) -> bytes:
    return json.dumps(payload, separators=(",", ":")).encode()


def _overtaken(letter: _Letter) -> _Letter:
    return _Letter(letter.message_id, letter.body, letter.secret, is_out_of_order=True)


def _release(waiting: list[_Due]) -> None:
    """Let go what waited to be overtaken."""
    for due in waiting:
        if due.letter.is_out_of_order:
            due.at = 0
    heapq.heapify(waiting)

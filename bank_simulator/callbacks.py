"""Telling the operator about late executions, signed as Standard Webhooks asks.

A callback is a courtesy: it is tried a few times and then given up, and it is not kept over a
restart. Whoever relies on the truth looks the instruction up or reads the statement.
"""

import base64
import binascii
import hashlib
import hmac
import json
import logging
import queue
import threading
import time
from dataclasses import dataclass

import httpx

from bank_simulator import clock

PAUSES_SECONDS = (0.5, 2.0, 5.0)
TIMEOUT_SECONDS = 5.0
SUCCESS = range(200, 300)

logger = logging.getLogger("bank_simulator")


@dataclass(frozen=True)
class Callback:
    """One message: its id stays the same over all tries."""

    message_id: str
    payload: dict[str, object]


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
    """A thread that posts callbacks one after the other."""

    def __init__(self, url: str | None, secret: str) -> None:
        """Start the thread, if there is a URL to post to."""
        self._url, self._secret = url, secret
        self._queue: queue.SimpleQueue[Callback] = queue.SimpleQueue()
        if url:
            threading.Thread(target=self._serve, name="callbacks", daemon=True).start()

    def send(self, callback: Callback) -> None:
        """Queue a callback; without a URL it is dropped."""
        if self._url:
            self._queue.put(callback)

    def _serve(self) -> None:
        with httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=False) as client:
            while True:
                self._deliver(client, self._queue.get())

    def _deliver(self, client: httpx.Client, callback: Callback) -> None:
        body = json.dumps(callback.payload, separators=(",", ":")).encode()
        for pause in (*PAUSES_SECONDS, 0.0):
            if self._post(client, callback.message_id, body):
                return
            time.sleep(pause)
        logger.warning("callback %s was given up", callback.message_id)

    def _post(self, client: httpx.Client, message_id: str, body: bytes) -> bool:
        timestamp = int(clock.wall_seconds())
        headers = {
            "content-type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(self._secret, message_id, timestamp, body),
        }
        try:
            answer = client.post(str(self._url), content=body, headers=headers)
        except httpx.HTTPError:
            return False
        return answer.status_code in SUCCESS

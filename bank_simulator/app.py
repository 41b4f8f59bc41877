"""The ASGI application: who may call, which endpoint answers, and how a refusal looks."""

import asyncio
import hmac
import logging
import sqlite3
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

from bank_simulator import doors_banks, doors_files, doors_instant, doors_world
from bank_simulator.callbacks import CallbackSender
from bank_simulator.errors import Refusal, not_found
from bank_simulator.later import Later
from bank_simulator.store import Store
from bank_simulator.web import Answer, NoAnswer, Receive, Request, Send, answer_json

ROUTES = (*doors_world.ROUTES, *doors_banks.ROUTES, *doors_instant.ROUTES, *doors_files.ROUTES)
OPEN_PATHS = frozenset({"/health"})

logger = logging.getLogger("bank_simulator")


@dataclass(frozen=True)
class World:
    """What an endpoint works with."""

    store: Store
    later: Later


class Application:
    """The raw ASGI callable."""

    def __init__(self, store: Store, secret: str, callbacks: CallbackSender) -> None:
        """Serve `store` to whoever knows `secret`."""
        self._world = World(store, Later(store, callbacks))
        self._secret = secret.encode()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one connection's request, or the server's start and stop."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["type"] != "http":
            return
        ending = await self._ending(Request.from_scope(scope, receive))
        if isinstance(ending, Answer):
            await _send_answer(send, ending)
        else:
            await _hang_up(scope, receive, ending)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self._world.later.resume()
                await send({"type": "lifespan.startup.complete"})
            else:
                self._world.later.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _ending(self, request: Request) -> Answer | NoAnswer:
        """Answer, turning every refusal and failure into `{code, detail}`."""
        try:
            return await self._route(request)
        except Refusal as refusal:
            words = {"code": refusal.code, "detail": refusal.detail}
            return answer_json(words, refusal.http_status)
        except (sqlite3.Error, OSError):
            logger.exception("the store failed")
            words = {"code": "store_unavailable", "detail": "The bank's book cannot be written."}
            return answer_json(words, 503)
        except Exception:
            logger.exception("a call failed")
            words = {"code": "internal", "detail": "The simulator has a bug; see its log."}
            return answer_json(words, 500)

    async def _route(self, request: Request) -> Answer | NoAnswer:
        if request.path not in OPEN_PATHS and not self._knows_secret(request):
            raise Refusal(401, "unauthenticated", "Send the bank's secret as a Bearer token.")
        is_path_known = False
        for route in ROUTES:
            place = route.match(request.path)
            if place is not None and route.method == request.method:
                request.place = place
                return await route.handler(self._world, request)
            is_path_known = is_path_known or place is not None
        if is_path_known:
            raise Refusal(405, "method_not_allowed", "This path has other methods.")
        raise not_found("That path")

    def _knows_secret(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        is_right = hmac.compare_digest(token.strip().encode(), self._secret)
        return scheme.lower() == "bearer" and is_right


async def _send_answer(send: Send, answer: Answer) -> None:
    headers = [
        (b"content-type", answer.content_type.encode()),
        (b"content-length", str(len(answer.body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


async def _hang_up(scope: MutableMapping[str, Any], receive: Receive, ending: NoAnswer) -> None:
    """Close the connection without an answer, once held long enough."""
    await asyncio.sleep(ending.hold_seconds)
    scope["state"]["transport"].abort()
    while (await receive())["type"] != "http.disconnect":
        pass

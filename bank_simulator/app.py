"""The ASGI application: who may call, which endpoint answers, and how a refusal looks."""

import asyncio
import hmac
import logging
import sqlite3
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from bank_simulator import (
    doors_banks,
    doors_callbacks,
    doors_cards,
    doors_files,
    doors_instant,
    doors_world,
)
from bank_simulator.callbacks import CallbackSender
from bank_simulator.errors import Refusal, not_found
from bank_simulator.later import Later
from bank_simulator.store import Store
from bank_simulator.web import Ending, NoAnswer, Receive, Request, Send, answer_json
from bank_simulator.wire import hang_up, send_ending

ROUTES = (
    *doors_world.ROUTES,
    *doors_banks.ROUTES,
    *doors_instant.ROUTES,
    *doors_cards.ROUTES,
    *doors_files.ROUTES,
    *doors_callbacks.ROUTES,
)
OPEN_PATHS = frozenset({"/health"})

logger = logging.getLogger("bank_simulator")


@dataclass(frozen=True)
class World:
    """What an endpoint works with."""

    store: Store
    later: Later
    # Held while a payment file is taken in.
    one_file: asyncio.Lock


class Beside(Protocol):
    """Something that runs as long as the application does."""

    async def start(self, world: World) -> None:
        """Begin."""

    async def stop(self) -> None:
        """End, and come back when it is over."""


class Application:
    """The raw ASGI callable."""

    def __init__(
        self,
        store: Store,
        secret: str,
        callbacks: CallbackSender,
        beside: Sequence[Beside] = (),
    ) -> None:
        """Serve `store` to whoever knows `secret`, with what runs beside as long as it runs."""
        self._world = World(store, Later(store, callbacks), asyncio.Lock())
        self._secret = secret.encode()
        self._beside = beside

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one connection's request, or the server's start and stop."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["type"] != "http":
            return
        ending = await self._ending(Request.from_scope(scope, receive))
        if isinstance(ending, NoAnswer):
            await hang_up(scope, receive, ending.hold_seconds)
        elif await send_ending(send, ending):
            await hang_up(scope, receive, 0)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self._world.later.resume()
                for each in self._beside:
                    await each.start(self._world)
                await send({"type": "lifespan.startup.complete"})
            else:
                self._world.later.stop()
                for each in self._beside:
                    await each.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _ending(self, request: Request) -> Ending:
        """Answer, turning every refusal and failure into `{code, detail}`."""
        try:
            return await self._route(request)
        except Refusal as refusal:
            words = {"code": refusal.code, "detail": refusal.detail}
            answer = answer_json(words, refusal.http_status)
            return replace(answer, retry_after=refusal.retry_after)
        except (sqlite3.Error, OSError):
            logger.exception("the store failed")
            words = {"code": "store_unavailable", "detail": "The bank's book cannot be written."}
            return answer_json(words, 503)
        except Exception:
            logger.exception("a call failed")
            words = {"code": "internal", "detail": "The simulator has a bug; see its log."}
            return answer_json(words, 500)

    async def _route(self, request: Request) -> Ending:
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

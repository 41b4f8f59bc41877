"""Answers what is asked most, without Django's request cycle.

A hot door answers where everything is as usual and hands everything else to the ordinary door,
which has not been asked yet and says what is wrong. So there is one place for refusals, and what
is answered here is, to the byte, what the ordinary door would have answered.
"""

import asyncio
import json
import re
from collections.abc import Callable
from http import HTTPStatus
from io import BytesIO
from typing import Any, Final

import psycopg
import structlog

from core.api import StrictJsonParser
from core.errors import TrocoError
from messaging.api.hot.answers import Answer, give, rendered
from messaging.api.hot.asked import App, Asked, Incoming, Receive, Scope, Send
from messaging.api.hot.commits import GroupCommit
from messaging.api.hot.reading import UPDATES_PATH, Readers
from messaging.api.saying import MessageIn, content_of
from messaging.api.wires import Wires
from messaging.contents import check_from_client
from messaging.queries import MessageFacts, message_for_reader
from messaging.services.quick import Saying, Stored, is_plain, new_message_id, seen_values
from people.access import NOTE_SEEN_SQL

_MESSAGES: Final = re.compile(r"/v1/conversations/([0-9A-Za-z_-]{1,40})/messages")
_CLIENT_ID: Final = re.compile(r"[\x21-\x7e]{1,64}")
_METHODS: Final = frozenset({"GET", "POST"})
_TEXT: Final = frozenset({"client_id", "type", "text"})
_MESSAGES_TAKE: Final = "GET, POST, HEAD, OPTIONS"
_READERS: Final = 2
_WAITERS: Final = 4

logger = structlog.get_logger(__name__)


class HotDoor:
    """Stores messages of the plain kinds, and tells what was said and what is new.

    Args:
        ordinary: Answers everything else.
        told: Called when news may be read that was not there before.
    """

    def __init__(self, ordinary: App, told: Callable[[], None]) -> None:
        """Begin to work only with ``start``."""
        self._ordinary = ordinary
        self._writing = Wires(1)
        self._reading = Wires(_READERS)
        self._readers = Readers(self._reading)
        self._waiting = Wires(_WAITERS)
        self._commits = GroupCommit(self._writing, self._waiting, told)
        self._noting: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begin to store."""
        self._commits.start()

    async def stop(self) -> None:
        """Store what is under way and give everything back."""
        await self._commits.stop()
        await asyncio.gather(*self._noting)
        await self._writing.close()
        await self._waiting.close()
        await self._reading.close()

    @staticmethod
    def takes(scope: Scope) -> bool:
        """Say whether a request is one that is answered here where it is as usual."""
        path: str = scope["path"]
        if not path.startswith("/v1/") or scope["method"] not in _METHODS:
            return False
        return path.endswith("/messages") or (path == UPDATES_PATH and scope["method"] == "GET")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, here or by the ordinary door."""
        incoming = Incoming(scope, receive)
        found: Answer | None = None
        try:
            asked = await incoming.asked()
            found = None if asked is None else await self._answer(asked)
        except (TrocoError, psycopg.Error, OSError, TimeoutError) as error:
            logger.info("hot_door_passes", reason=type(error).__name__)
        if found is None:
            await self._ordinary(scope, incoming.receive, send)
        else:
            await give(send, found)

    async def _answer(self, asked: Asked) -> Answer | None:
        if asked.path == UPDATES_PATH:
            return await self._readers.updates(asked)
        named = _MESSAGES.fullmatch(asked.path)
        if named is None:
            return None
        if asked.method == "GET":
            return await self._readers.history(asked, named[1], _MESSAGES_TAKE)
        return await self._store(asked, named[1])

    async def _store(self, asked: Asked, talk: str) -> Answer | None:
        saying = None if asked.query or not asked.is_json else _saying_of(asked, talk)
        stored = None if saying is None else await self._commits.store(saying)
        if saying is None or stored is None or stored.seq is None:
            return None
        if stored.is_unseen:
            self._note_seen(asked.token)
        body = rendered(_shape(saying, stored))
        return Answer(HTTPStatus.CREATED, body, _MESSAGES_TAKE, asked.language)

    def _note_seen(self, token: bytes) -> None:
        """Remember that a device was here, after its answer."""
        task = asyncio.create_task(self._note(token))
        self._noting.add(task)
        task.add_done_callback(self._noting.discard)

    async def _note(self, token: bytes) -> None:
        try:
            await self._reading.ask(NOTE_SEEN_SQL, seen_values(token))
        except (psycopg.Error, OSError) as error:
            logger.info("device_not_noted", error=str(error))


def _saying_of(asked: Asked, talk: str) -> Saying | None:
    """Return what a device says, or None where the ordinary door has to look at it.

    Raises:
        TrocoError: The ordinary door will refuse it.
    """
    body = StrictJsonParser().parse(BytesIO(asked.body))
    if not isinstance(body, dict):
        return None
    kind, content = _content_of(body)
    client_id, reply_to = body.get("client_id"), body.get("reply_to")
    if not isinstance(client_id, str) or not _CLIENT_ID.fullmatch(client_id):
        return None
    if reply_to is not None and not isinstance(reply_to, str):
        return None
    if content is None or not is_plain(kind, content):
        return None
    return Saying(
        token=asked.token,
        talk=talk,
        client_id=client_id,
        kind=kind,
        content=content,
        content_text=json.dumps(content, ensure_ascii=False),
        reply_to=reply_to,
        public_id=new_message_id(),
    )


def _content_of(body: dict[str, Any]) -> tuple[str, dict[str, Any] | None]:
    """Return the kind and checked content of a body; a text's form is seen without a serializer.

    Raises:
        TrocoError: The content is not right.
    """
    if set(body) - {"reply_to"} == _TEXT and body["type"] == "text":
        return "text", check_from_client("text", {"text": body["text"]})
    checked = MessageIn(data=body)
    if not checked.is_valid():
        return "", None
    said = dict(checked.validated_data)
    return said["type"], check_from_client(said["type"], content_of(said))


def _shape(saying: Saying, stored: Stored) -> dict[str, Any]:
    """Return a message as its sender gets it."""
    facts = MessageFacts(
        public_id=saying.public_id,
        conversation=saying.talk,
        conversation_id=0,
        seq=stored.seq or 0,
        sender=stored.sender,
        sender_id=0,
        author_id=None,
        client_id=saying.client_id,
        kind=saying.kind,
        content=saying.content,
        reply_to=saying.reply_to,
        created_at=stored.said_at,
        edited_at=None,
        state="sent",
    )
    return message_for_reader(facts, facts.sender_id)

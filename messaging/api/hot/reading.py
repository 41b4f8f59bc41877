"""Reading without Django's request cycle: who asks by one statement, what they see by another."""

import re
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl

import psycopg

from core.api import page_out
from messaging.api.hot.answers import Answer, rendered
from messaging.api.hot.asked import Asked
from messaging.api.hot.shelf import Kept, Shelf
from messaging.api.wires import Wires
from messaging.queries import (
    START,
    FeedCursor,
    feed_item_shape,
    message_for_reader,
    read_cursor,
    write_cursor,
)
from messaging.queries.feed import HORIZON_SQL, MAX_PAGE, PARTY_SQL, page_of, tail_values
from messaging.queries.quick import Found, Page, read_page
from messaging.queries.talk import MAX_HISTORY
from people.access import BEARER_SQL, Caller, read_caller

UPDATES_PATH: Final = "/v1/updates"
NOW: Final = "now"
_TAKES: Final = "GET, HEAD, OPTIONS"
_LIMIT: Final = re.compile(r"[1-9][0-9]{0,2}")
_SEQ: Final = re.compile(r"0|[1-9][0-9]{0,17}")
_NEWS: Final = 100
_MESSAGES: Final = 50


class Readers:
    """Answers those who ask for news and for what was said.

    Args:
        wires: Where it is read.
    """

    def __init__(self, wires: Wires) -> None:
        """Ask nothing yet."""
        self._wires = wires
        self._shelf = Shelf()

    async def updates(self, asked: Asked) -> Answer | None:
        """Return what concerns the caller after a cursor, or None where anything is unusual.

        Raises:
            InputInvalid: The cursor is not one of this feed: the ordinary door says so.
            psycopg.Error: The database is away.
        """
        query = _query_of(asked.query, {"after"}, MAX_PAGE)
        if query is not None and query.get("after") == "":
            return None
        caller = None if query is None else await self._caller(asked.token)
        if query is None or caller is None:
            return None
        if query.get("after") == NOW:
            rows = await self._wires.ask(HORIZON_SQL, [])
            following = FeedCursor(int(rows[0][0]), 0)
            body: dict[str, Any] = {**page_out([], write_cursor(following)), "complete": True}
        else:
            body = await self._page(caller, query)
        return Answer(HTTPStatus.OK, rendered(body), _TAKES, asked.language)

    async def history(self, asked: Asked, talk: str, takes: str) -> Answer | None:
        """Return messages of a conversation, or None where anything is unusual.

        Args:
            asked: The request.
            talk: The conversation's public id.
            takes: The methods that the path takes.

        Raises:
            psycopg.Error: The database is away.
        """
        query = _query_of(asked.query, {"before_seq", "after_seq"}, MAX_HISTORY)
        if query is None or not all(
            _SEQ.fullmatch(query.get(n, "0")) for n in set(query) - {"limit"}
        ):
            return None
        page = Page(
            talk,
            _number(query, "before_seq"),
            _number(query, "after_seq"),
            int(query.get("limit", _MESSAGES)),
        )
        kept = self._shelf.get(asked.token, page)
        try:
            rows = await self._wires.ask(page.sql, page.values(asked.token, kept.stamp))
        except psycopg.Error:
            self._shelf.clear()
            raise
        found = read_page(page, rows, kept.stamp)
        if found is None:
            return None
        body = kept.body if found.is_known else _page_body(found)
        if not found.is_known:
            self._shelf.put(asked.token, page, Kept(found.stamp, body))
        return Answer(HTTPStatus.OK, body, takes, asked.language)

    async def _page(self, caller: Caller, query: dict[str, str]) -> dict[str, Any]:
        start = read_cursor(query["after"]) if "after" in query else START
        limit = int(query.get("limit", _NEWS))
        values = {**tail_values(start, limit), "party_id": caller.party_id}
        page = page_of(await self._wires.ask(PARTY_SQL, values), start, limit)
        items = [feed_item_shape(item) for item in page.items]
        return {**page_out(items, write_cursor(page.next)), "complete": page.is_complete}

    async def _caller(self, token: bytes) -> Caller | None:
        rows = await self._wires.ask(BEARER_SQL, [token])
        return read_caller(rows[0]) if rows else None


def _query_of(text: str, names: set[str], most: int) -> dict[str, str] | None:
    """Return the parameters of a request, or None where one of them is unusual.

    Args:
        text: The query string.
        names: What may be named beside ``limit``.
        most: The largest limit.
    """
    pairs = parse_qsl(text, keep_blank_values=True)
    found = dict(pairs)
    if len(found) != len(pairs) or not set(found) <= {*names, "limit"}:
        return None
    limit = found.get("limit", "1")
    if not _LIMIT.fullmatch(limit) or int(limit) > most:
        return None
    return found


def _page_body(found: Found) -> bytes:
    shown = [message_for_reader(each, found.party_id) for each in found.messages]
    return rendered(page_out(shown, None if found.next is None else str(found.next)))


def _number(query: dict[str, str], name: str) -> int | None:
    return int(query[name]) if name in query else None

"""Telling others that somebody is typing: said once, kept nowhere."""

import json
import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Final

from messaging.queries.presence import is_presence_shared, near_to
from people.queries import parties_by_ids

CHANNEL: Final = "troco_whisper"
# As often as it is told; a client says it again while somebody goes on typing.
PAUSE_SECONDS: Final = 2.0
_MOST: Final = 10_000

Whisperer = Callable[[str], None]

_whisperers: list[Whisperer] = []
_lock = Lock()
_told: OrderedDict[tuple[int, str, bool], float] = OrderedDict()


def whisper_by(whisperer: Whisperer) -> None:
    """Install what passes a whisper on to every front; without it nobody hears anything."""
    _whisperers[:] = [whisperer]


def tell_typing(*, party_id: int, conversation_id: str, is_typing: bool) -> bool:
    """Tell the others who listen that somebody types, or has stopped.

    Nothing is stored and nothing is resent. It is not told in large groups, across a block, or
    by and to those who hide their presence, and the same at most once in two seconds.

    Args:
        party_id: Who types.
        conversation_id: The conversation's public id.
        is_typing: Whether they do, or stopped.

    Returns:
        Whether it was passed on.

    Raises:
        NotFound: No such conversation for this party.

    Transaction: none (it reads, and whispers on a connection of its own).
    """
    others = near_to(party_id, conversation_id)
    if not others or not is_presence_shared(party_id):
        return False
    if not _take_turn((party_id, conversation_id, is_typing), time.monotonic()):
        return False
    party = parties_by_ids({party_id})[party_id]
    data = {
        "conversation": conversation_id,
        "party": party.public_id,
        "name": party.display_name,
        "typing": is_typing,
    }
    said = json.dumps({"to": others, "kind": "typing", "data": data}, ensure_ascii=False)
    for whisperer in _whisperers:
        whisperer(said)
    return bool(_whisperers)


def _take_turn(key: tuple[int, str, bool], now: float) -> bool:
    """Return whether enough time has passed since this process told the same."""
    with _lock:
        last = _told.pop(key, None)
        is_due = last is None or now - last >= PAUSE_SECONDS
        _told[key] = now if is_due or last is None else last
        while len(_told) > _MOST:
            _told.popitem(last=False)
    return is_due

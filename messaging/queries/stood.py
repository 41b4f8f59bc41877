"""Messages as they stood when their reader left: what was edited later is not told any more."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from messaging.models import MessageVersion
from messaging.queries.facts import MessageFacts

_Change = tuple[datetime, dict[str, object]]
"""When words were replaced, and by then what they were."""


def as_they_stood(left_at: datetime | None, rows: Sequence[MessageFacts]) -> list[MessageFacts]:
    """Return messages with the words that they had when a reader left their conversation.

    What was deleted for everybody stays deleted. It asks nothing where nothing was edited since,
    else one question.

    Args:
        left_at: When the reader left; None where they have not.
        rows: Messages of the conversation.
    """
    late = {row.public_id for row in rows if _is_late(left_at, row)}
    if left_at is None or not late:
        return list(rows)
    kept: dict[str, list[_Change]] = {}
    versions = MessageVersion.objects.filter(message__public_id__in=late).order_by("id")
    for public_id, at, content in versions.values_list("message__public_id", "at", "content"):
        kept.setdefault(public_id, []).append((at, content))
    return [
        _at(row, kept.get(row.public_id, ()), left_at) if row.public_id in late else row
        for row in rows
    ]


def _is_late(left_at: datetime | None, row: MessageFacts) -> bool:
    changed = row.edited_at if row.deleted_at is None else None
    return left_at is not None and changed is not None and changed > left_at


def _at(row: MessageFacts, changes: Sequence[_Change], left_at: datetime) -> MessageFacts:
    """Return what a message said at a moment: what the first change after it replaced."""
    before = [at for at, _content in changes if at <= left_at]
    content = changes[len(before)][1] if len(changes) > len(before) else row.content
    return replace(row, content=content, edited_at=before[-1] if before else None)

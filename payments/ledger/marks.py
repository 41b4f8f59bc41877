"""Marks: what an account had come to by a moment that is over."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection


def mark_accounts(accounts: Sequence[int], until: datetime) -> list[int]:
    """Mark those of some accounts that many lines were written on since their newest mark.

    Args:
        accounts: Their ids.
        until: A moment of which no line can come anymore: the lines before it are added up.

    Returns:
        The ids of those that were marked.

    Transaction: none (one statement; may run inside a transaction).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_mark_v2(%s::bigint[], %s)", [list(accounts), until])
        return [account for (account,) in cursor.fetchall()]

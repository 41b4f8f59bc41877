"""What the bank truly did, for tests: every execution, every balance, what cards hold.

The books of whoever uses the simulator are right exactly when they agree with this.
"""

import sqlite3

from bank_simulator import accounts

MOST_PER_PAGE = 5000


def executions(
    connection: sqlite3.Connection, *, after: int, limit: int, slug: str | None
) -> dict[str, object]:
    """Return executions with ids above `after`; the last page also has all balances."""
    rows = connection.execute(
        "SELECT id, bank, kind, token AS account, amount_minor, currency, instruction_id,"
        " message_id, end_to_end_id, bank_reference, executed_at, booking_date FROM movements"
        " WHERE id > ? AND (? IS NULL OR bank = ?) ORDER BY id LIMIT ?",
        (after, slug, slug, limit + 1),
    ).fetchall()
    page = [dict(row) for row in rows[:limit]]
    if len(rows) > limit:
        return {"executions": page, "next": page[-1]["id"]}
    return {
        "executions": page,
        "next": None,
        "balances": _balances(connection, slug),
        "held": _held(connection, slug),
    }


def _balances(connection: sqlite3.Connection, slug: str | None) -> dict[str, dict[str, int]]:
    balances: dict[str, dict[str, int]] = {}
    query = "SELECT bank, token, balance_minor FROM accounts WHERE ? IS NULL OR bank = ?"
    for bank, token, balance in connection.execute(query, (slug, slug)):
        balances.setdefault(bank, {})[token] = balance
    return balances


def _held(connection: sqlite3.Connection, slug: str | None) -> dict[str, dict[str, int]]:
    """Return what authorisations hold now, by bank and token; where nothing is held, nothing."""
    held: dict[str, dict[str, int]] = {}
    query = (
        "SELECT DISTINCT bank, token FROM authorisations"
        " WHERE state = 'authorised' AND (? IS NULL OR bank = ?)"
    )
    for bank, token in connection.execute(query, (slug, slug)).fetchall():
        amount = accounts.held_minor(connection, bank, token)
        if amount:
            held.setdefault(bank, {})[token] = amount
    return held

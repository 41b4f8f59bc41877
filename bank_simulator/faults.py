"""The switches that make a bank misbehave, each repeatable by its seed.

A fault is drawn for every call it could strike. The n-th draw of a fault is the n-th number of
its seed's sequence, and it fires when that number is below its probability; `count` bounds how
often it fires. Faults are tried in the order they were set, and the first that fires wins. The
draws are stored with the books, so a restart goes on in the middle of the sequence.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from bank_simulator import chance
from bank_simulator.errors import not_found

# Nothing is processed.
LOST = "lost"
UNAVAILABLE = "unavailable"
SERVER_ERROR = "server_error"
REFUSES_REPEAT = "refuses_repeat"
TOO_MANY_REQUESTS = "too_many_requests"
# Processed, and the answer does not come, or comes spoiled.
LATE = "late"
EXECUTED_BUT_TIMEOUT = "executed_but_timeout"
EXECUTED_BUT_SERVER_ERROR = "executed_but_server_error"
GARBAGE = "garbage"
WRONG_AMOUNT = "wrong_amount"
UNKNOWN_ID = "unknown_id"
SLOW_DRIP = "slow_drip"
CUT_SHORT = "cut_short"
# What is decided, and when.
EXECUTES_AFTER_TIMEOUT = "executes_after_timeout"
NOT_FOUND_THEN_FOUND = "not_found_then_found"
REJECT = "reject"
CARD_DECLINE = "card_decline"
BATCH_PARTIAL_REJECT = "batch_partial_reject"
BATCH_ACCEPT_THEN_REJECT = "batch_accept_then_reject"
BATCH_LOST_ANSWER = "batch_lost_answer"
MISSING_LINE = "statement_missing_line"
DOUBLED_LINE = "statement_doubled_line"
CHANGED_AMOUNT = "statement_changed_amount"
FEE_LADEN_LINE = "statement_fee_laden_line"
UNKNOWN_LINE = "statement_unknown_line"
REPEATED_END_TO_END_ID = "statement_repeated_end_to_end_id"
REPEATED_BANK_REFERENCE = "statement_repeated_bank_reference"
BATCH_BOOKED = "statement_batch_booked"
BATCH_BOOKED_BARE = "statement_batch_booked_bare"
OVERLAPPING = "statement_overlapping"
REISSUED = "statement_reissued"
STATEMENT_CUT_SHORT = "statement_cut_short"
FILE_HALF_WRITTEN = "file_half_written"
FILE_RESENT = "file_resent"
CALLBACK_LOST = "callback_lost"
CALLBACK_LATE = "callback_late"
CALLBACK_DUPLICATE = "callback_duplicate"
CALLBACK_OUT_OF_ORDER = "callback_out_of_order"
CALLBACK_REPLAYED = "callback_replayed"
CALLBACK_STALE = "callback_stale"
CALLBACK_BAD_SIGNATURE = "callback_bad_signature"
CALLBACK_FORGED = "callback_forged"
# Switches, not chances: they last until they are deleted.
DOWN = "down"
MAINTENANCE = "maintenance"
CLOSED_AT_NIGHT = "closed_at_night"

STOPPING_FAULTS = (LOST, UNAVAILABLE, SERVER_ERROR, REFUSES_REPEAT, TOO_MANY_REQUESTS)
SILENT_FAULTS = (LOST, EXECUTED_BUT_TIMEOUT, EXECUTES_AFTER_TIMEOUT, NOT_FOUND_THEN_FOUND)
SPOILING_FAULTS = (
    LATE,
    EXECUTED_BUT_TIMEOUT,
    EXECUTED_BUT_SERVER_ERROR,
    GARBAGE,
    WRONG_AMOUNT,
    UNKNOWN_ID,
    SLOW_DRIP,
    CUT_SHORT,
)
# What may strike a call whose outcome is known already: what was decided stays decided.
REPEAT_FAULTS = (LOST, UNAVAILABLE, SERVER_ERROR, REFUSES_REPEAT, *SPOILING_FAULTS)
_FIRST_FAULTS = (LOST, UNAVAILABLE, SERVER_ERROR, *SPOILING_FAULTS, NOT_FOUND_THEN_FOUND)
INSTANT_FAULTS = (*_FIRST_FAULTS, EXECUTES_AFTER_TIMEOUT, REJECT)
CARD_FAULTS = (*_FIRST_FAULTS, EXECUTES_AFTER_TIMEOUT, CARD_DECLINE)
FOLLOW_UP_FAULTS = _FIRST_FAULTS
REPEATED = (REPEATED_END_TO_END_ID, REPEATED_BANK_REFERENCE)
BOOKED_TOGETHER = (BATCH_BOOKED, BATCH_BOOKED_BARE)
STATEMENT_FAULTS = (
    MISSING_LINE,
    DOUBLED_LINE,
    CHANGED_AMOUNT,
    FEE_LADEN_LINE,
    UNKNOWN_LINE,
    *REPEATED,
    *BOOKED_TOGETHER,
    OVERLAPPING,
    REISSUED,
    STATEMENT_CUT_SHORT,
)
FOLDER_FAULTS = (FILE_HALF_WRITTEN, FILE_RESENT)
CALLBACK_FAULTS = (
    CALLBACK_LOST,
    CALLBACK_LATE,
    CALLBACK_DUPLICATE,
    CALLBACK_OUT_OF_ORDER,
    CALLBACK_REPLAYED,
    CALLBACK_STALE,
    CALLBACK_BAD_SIGNATURE,
    CALLBACK_FORGED,
)
# What strikes a file that is sent, or a question, when the fault names that direction.
FILE_FAULTS = _FIRST_FAULTS[:-1]
KNOWN = frozenset(
    {
        *INSTANT_FAULTS,
        *CARD_FAULTS,
        *REPEAT_FAULTS,
        *STATEMENT_FAULTS,
        *FOLDER_FAULTS,
        *CALLBACK_FAULTS,
        TOO_MANY_REQUESTS,
        BATCH_PARTIAL_REJECT,
        BATCH_ACCEPT_THEN_REJECT,
        BATCH_LOST_ANSWER,
        DOWN,
        MAINTENANCE,
        CLOSED_AT_NIGHT,
    }
)
MONEY_DIRECTIONS = frozenset(
    {"debit", "credit", "authorisation", "capture", "void", "refund", "return"}
)
BATCH, LOOK_UP, STATEMENT, ANSWER = "batch", "look_up", "statement", "answer"
DIRECTIONS = MONEY_DIRECTIONS | {BATCH, LOOK_UP, STATEMENT, ANSWER}
DEFAULT_DELAYS = {
    LATE: 2.0,
    EXECUTES_AFTER_TIMEOUT: 3.0,
    SLOW_DRIP: 1.0,
    FILE_HALF_WRITTEN: 2.0,
    TOO_MANY_REQUESTS: 1.0,
    MAINTENANCE: 600.0,
    CALLBACK_LATE: 5.0,
    CALLBACK_OUT_OF_ORDER: 5.0,
    CALLBACK_REPLAYED: 1.0,
}
DEFAULT_REASONS = {
    REJECT: "AM04",
    CARD_DECLINE: "05",
    BATCH_PARTIAL_REJECT: "AC04",
    BATCH_ACCEPT_THEN_REJECT: "AC04",
}
DEFAULT_TIMES = 2
CLOSES_HOUR, OPENS_HOUR = 22, 6


@dataclass(frozen=True)
class NewFault:
    """A switch to set; `direction` and `account` narrow what it may strike."""

    fault: str
    probability: float
    seed: int
    count: int | None
    direction: str | None
    account: str | None
    reason: str | None
    delay_seconds: float
    hold_seconds: float
    times: int
    closes_hour: int | None = None
    opens_hour: int | None = None


@dataclass(frozen=True)
class Fired:
    """A fault that strikes the present call."""

    id: int
    fault: str
    draw: int
    seed: int
    reason: str
    delay_seconds: float
    hold_seconds: float
    times: int


@dataclass(frozen=True)
class Call:
    """What a fault looks at: what the call is and the account it is about, where it has them."""

    direction: str | None = None
    account: str | None = None
    # Struck only by faults that name its direction.
    only_named: bool = False


def set_fault(connection: sqlite3.Connection, slug: str, wanted: NewFault) -> dict[str, object]:
    """Set a switch and return it as `list_faults` shows it."""
    cursor = connection.execute(
        "INSERT INTO faults (bank, fault, probability, seed, remaining, direction, account,"
        " reason, delay_seconds, hold_seconds, times, closes_hour, opens_hour)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            slug,
            wanted.fault,
            wanted.probability,
            wanted.seed,
            wanted.count,
            wanted.direction,
            wanted.account,
            wanted.reason or DEFAULT_REASONS.get(wanted.fault),
            wanted.delay_seconds,
            wanted.hold_seconds,
            wanted.times,
            wanted.closes_hour,
            wanted.opens_hour,
        ),
    )
    row = connection.execute("SELECT * FROM faults WHERE id = ?", (cursor.lastrowid,)).fetchone()
    return _shown(row)


def list_faults(connection: sqlite3.Connection, slug: str) -> list[dict[str, object]]:
    """Return the bank's switches with how often each was drawn and fired."""
    query = "SELECT * FROM faults WHERE bank = ? ORDER BY id"
    return [_shown(row) for row in connection.execute(query, (slug,))]


def clear_faults(connection: sqlite3.Connection, slug: str, fault_id: int | None) -> int:
    """Remove one switch, or all of the bank's; returns how many.

    Raises:
        Refusal: `not_found` when the one asked for is not set.
    """
    if fault_id is None:
        return connection.execute("DELETE FROM faults WHERE bank = ?", (slug,)).rowcount
    query = "DELETE FROM faults WHERE bank = ? AND id = ?"
    removed = connection.execute(query, (slug, fault_id)).rowcount
    if not removed:
        raise not_found("That fault")
    return removed


def find_switch(connection: sqlite3.Connection, slug: str, fault: str) -> sqlite3.Row | None:
    """Return the row of a switch that is on, the one set last."""
    query = "SELECT * FROM faults WHERE bank = ? AND fault = ? ORDER BY id DESC LIMIT 1"
    row: sqlite3.Row | None = connection.execute(query, (slug, fault)).fetchone()
    return row


def is_set(connection: sqlite3.Connection, slug: str, fault: str) -> bool:
    """Tell whether the bank has a switch of this name, fired out or not."""
    query = "SELECT 1 FROM faults WHERE bank = ? AND fault = ?"
    return connection.execute(query, (slug, fault)).fetchone() is not None


def draw(
    connection: sqlite3.Connection, slug: str, names: Sequence[str], call: Call
) -> Fired | None:
    """Draw the faults that could strike this call; return the one that does."""
    if not names:
        return None
    marks = ", ".join("?" * len(names))
    rows = connection.execute(
        f"SELECT * FROM faults WHERE bank = ? AND fault IN ({marks})"  # noqa: S608  # only marks
        " AND (remaining IS NULL OR remaining > 0)"
        " AND (direction = ? OR direction IS NULL AND NOT ?)"
        " AND (account IS NULL OR account = ?) ORDER BY id",
        (slug, *names, call.direction, call.only_named, call.account),
    ).fetchall()
    return next((fired for row in rows if (fired := try_fault(connection, row))), None)


def try_fault(connection: sqlite3.Connection, row: sqlite3.Row) -> Fired | None:
    """Take the fault's next number, and one from its count if it fires."""
    number = row["draws"] + 1
    fires = chance.fraction(row["seed"], number) < row["probability"]
    connection.execute(
        "UPDATE faults SET draws = ?, fired = fired + ?, remaining = remaining - ? WHERE id = ?",
        (number, fires, fires, row["id"]),
    )
    if not fires:
        return None
    return Fired(
        id=row["id"],
        fault=row["fault"],
        draw=number,
        seed=row["seed"],
        reason=row["reason"] or "",
        delay_seconds=row["delay_seconds"],
        hold_seconds=row["hold_seconds"],
        times=row["times"],
    )


def _shown(row: sqlite3.Row) -> dict[str, object]:
    return {name: row[name] for name in row.keys() if name != "bank"}  # noqa: SIM118  # a Row

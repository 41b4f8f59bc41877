"""How faults spoil a statement: which line they strike, and what becomes of it.

Which days a fault strikes is decided once and stored, so that asking again reads the same
bytes. The lines then pass through one step for each fault that struck, in the order in which
the faults were set; no step needs more than one line and the one before it.
"""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from bank_simulator import chance, faults
from bank_simulator.lines import Group, Line, Span, group_of, read
from bank_simulator.store import Store

OVERLAPPING = faults.OVERLAPPING
REISSUED = faults.REISSUED
CUT_SHORT = faults.STATEMENT_CUT_SHORT
LONGEST_CHANGE_MINOR = 100
_LENGTHENS = {faults.DOUBLED_LINE: 1, faults.UNKNOWN_LINE: 1, faults.MISSING_LINE: -1}


@dataclass(frozen=True)
class Spoil:
    """One fault that struck a day.

    Attributes:
        fault: Its name.
        place: Which line of those that the step meets, from 0.
        change_minor: By how much amounts lie, in minor units.
    """

    fault: str
    place: int
    change_minor: int


def has(spoils: tuple[Spoil, ...], fault: str) -> bool:
    """Tell whether the day was struck by `fault`."""
    return any(spoil.fault == fault for spoil in spoils)


def spoils_of(
    connection: sqlite3.Connection, slug: str, day: date, count: int
) -> tuple[Spoil, ...]:
    """Return what struck a day that has `count` lines; an empty day is never struck."""
    if count == 0:
        return ()
    marks = ", ".join("?" * len(faults.STATEMENT_FAULTS))
    rows = connection.execute(
        f"SELECT * FROM faults WHERE bank = ? AND fault IN ({marks}) ORDER BY id",  # noqa: S608
        (slug, *faults.STATEMENT_FAULTS),
    ).fetchall()
    spoils = []
    for row in rows:
        number = _spoiling_draw(connection, row, day)
        if number is not None and count:
            place = int(chance.fraction(row["seed"], -number) * count)
            if row["fault"] in faults.REPEATED and count > 1:
                place = max(place, 1)  # The first line has none before it to repeat.
            spoils.append(Spoil(row["fault"], place, 1 + number % LONGEST_CHANGE_MINOR))
            count += _LENGTHENS.get(row["fault"], 0)
    return tuple(spoils)


def spoiled(
    store: Store, span: Span, true: Iterator[Line], spoils: tuple[Spoil, ...]
) -> Iterator[Line | Group]:
    """Yield the lines as the bank tells them."""
    told = true
    for spoil in spoils:
        if spoil.fault in _CHANGES:
            told = _struck(told, spoil)
    together = next((each for each in spoils if each.fault in faults.BOOKED_TOGETHER), None)
    return _grouped(store, span, told, together) if together else told


def _spoiling_draw(connection: sqlite3.Connection, row: sqlite3.Row, day: date) -> int | None:
    """Decide once per fault and day whether it strikes; return the number of its draw."""
    key = (row["id"], day.isoformat())
    query = "SELECT * FROM spoiled_days WHERE fault = ? AND date = ?"
    known = connection.execute(query, key).fetchone()
    if known is None and row["remaining"] == 0:
        return None
    if known is None:
        fired = faults.try_fault(connection, row)
        number = fired.draw if fired else 0
        connection.execute(
            "INSERT INTO spoiled_days VALUES (?, ?, ?, ?)", (*key, fired is not None, number)
        )
        return number or None
    return int(known["draw"]) if known["is_spoiled"] else None


def _struck(told: Iterator[Line], spoil: Spoil) -> Iterator[Line]:
    """Change the line at the spoil's place."""
    before: Line | None = None
    for place, line in enumerate(told):
        if place == spoil.place:
            yield from _CHANGES[spoil.fault](line, before, spoil.change_minor)
        else:
            yield line
        before = line


def _charge(line: Line, change_minor: int) -> Line:
    """Let the bank keep a fee: less comes in, or more goes out."""
    fee = min(change_minor, line.amount_minor - 1) if line.is_credit else change_minor
    amount = line.amount_minor - fee if line.is_credit else line.amount_minor + fee
    return replace(line, amount_minor=amount, fee_minor=fee)


def _unknown(line: Line, change_minor: int) -> Line:
    """Make up a line that nobody asked for."""
    return replace(
        line,
        kind="debit",
        amount_minor=change_minor,
        bank_reference=f"{line.bank_reference[:16]}X{line.id:011d}",
        instruction_id="",
        end_to_end_id="NOTPROVIDED",
        message_id=None,
        payment_information_id=None,
        remittance="deposit",
        return_reason=None,
    )


_Change = Callable[[Line, Line | None, int], list[Line]]
_CHANGES: dict[str, _Change] = {
    faults.MISSING_LINE: lambda line, before, minor: [],  # noqa: ARG005
    faults.DOUBLED_LINE: lambda line, before, minor: [line, line],  # noqa: ARG005
    faults.CHANGED_AMOUNT: lambda line, before, minor: [  # noqa: ARG005
        replace(line, amount_minor=line.amount_minor + minor)
    ],
    faults.FEE_LADEN_LINE: lambda line, before, minor: [_charge(line, minor)],  # noqa: ARG005
    faults.UNKNOWN_LINE: lambda line, before, minor: [line, _unknown(line, minor)],  # noqa: ARG005
    faults.REPEATED_END_TO_END_ID: lambda line, before, minor: [  # noqa: ARG005
        replace(line, end_to_end_id=(before or line).end_to_end_id)
    ],
    faults.REPEATED_BANK_REFERENCE: lambda line, before, minor: [  # noqa: ARG005
        replace(line, bank_reference=(before or line).bank_reference)
    ],
}


def _grouped(
    store: Store, span: Span, told: Iterator[Line], spoil: Spoil
) -> Iterator[Line | Group]:
    """Book everything of the struck line's kind and file as one."""
    with_lines = spoil.fault == faults.BATCH_BOOKED
    struck = _line_at(store, span, spoil.place)
    is_told = False
    for line in told:
        if struck is None or (line.kind, line.message_id) != (struck.kind, struck.message_id):
            yield line
        elif not is_told:
            is_told = True
            yield group_of(store, span, line, with_lines=with_lines)


def _line_at(store: Store, span: Span, place: int) -> Line | None:
    return next((line for at, line in enumerate(read(store, span)) if at == place), None)

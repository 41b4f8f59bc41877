"""Customer accounts, their opaque tokens, and the code that proves who holds them."""

import hmac
import re
import sqlite3
from dataclasses import dataclass

from bank_simulator import chance, clock
from bank_simulator.banks import CLEARING, Bank
from bank_simulator.errors import Refusal, not_found

CARDS = frozenset({"debit_card", "prepaid_card", "credit_card"})
KINDS = CARDS | {"bank_account"}
MOST_WRONG_CODES = 5


@dataclass(frozen=True)
class NewAccount:
    """What a customer opens an account with; amounts in minor units."""

    kind: str
    balance_minor: int
    holder_name: str
    holder_tax_id: str
    limit_minor: int | None


def open_account(
    connection: sqlite3.Connection, bank: Bank, wanted: NewAccount
) -> dict[str, object]:
    """Open a customer account and return what the customer is given."""
    token, code, last4 = chance.account_names(connection)
    while _row(connection, bank.slug, token) is not None:
        token, code, last4 = chance.account_names(connection)
    connection.execute(
        "INSERT INTO accounts (bank, token, kind, holder_name, holder_tax_id, last4,"
        " verification_code, limit_minor, balance_minor) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            bank.slug,
            token,
            wanted.kind,
            wanted.holder_name,
            bare_tax_id(wanted.holder_tax_id),
            last4,
            code,
            wanted.limit_minor,
            wanted.balance_minor,
        ),
    )
    return {
        "token": token,
        "verification_code": code,
        "last4": last4,
        "kind": wanted.kind,
        "currency": bank.currency,
    }


def verify_account(
    connection: sqlite3.Connection, bank: Bank, token: str, code: str, holder_tax_id: str
) -> dict[str, object] | None:
    """Check the customer's code and tax id; None is a refusal that has been counted.

    The refusal never says which of the two was wrong, nor that the account is locked. After
    five refusals in a row nothing unlocks the account.
    """
    row = _customer(connection, bank.slug, token)
    is_right = hmac.compare_digest(row["verification_code"].encode(), code.encode())
    is_holder = row["holder_tax_id"] == bare_tax_id(holder_tax_id)
    if row["wrong_codes"] >= MOST_WRONG_CODES or row["is_closed"] or not (is_right and is_holder):
        _set(connection, row, wrong_codes=row["wrong_codes"] + 1)
        return None
    _set(connection, row, wrong_codes=0)
    return {
        "verified": True,
        "last4": row["last4"],
        "kind": row["kind"],
        "holder_name": row["holder_name"],
    }


def renew_code(connection: sqlite3.Connection, bank: Bank, token: str) -> dict[str, object]:
    """Show the customer a fresh code, as a bank's own app does; the code before ends."""
    code = chance.new_code()
    row = _customer(connection, bank.slug, token)
    connection.execute(
        "UPDATE accounts SET verification_code = ? WHERE bank = ? AND token = ?",
        (code, row["bank"], row["token"]),
    )
    return {"verification_code": code}


def verification_failed() -> Refusal:
    """Return the one refusal of a verification."""
    return Refusal(422, "verification_failed", "The account could not be verified.")


def close_account(connection: sqlite3.Connection, bank: Bank, token: str) -> None:
    """Close a customer account: every later debit or credit is rejected with AC04."""
    _set(connection, _customer(connection, bank.slug, token), is_closed=1)


def describe_account(connection: sqlite3.Connection, bank: Bank, token: str) -> dict[str, object]:
    """Return an account's balance in minor units and how many movements touched it."""
    row = _row(connection, bank.slug, token)
    if row is None:
        raise not_found("That account")
    query = "SELECT count(*) FROM movements WHERE bank = ?"
    values: tuple[str, ...] = (bank.slug,)
    if token != CLEARING:
        query, values = query + " AND token = ?", (bank.slug, token)
    described = {
        "balance_minor": row["balance_minor"],
        "currency": bank.currency,
        "entries": connection.execute(query, values).fetchone()[0],
    }
    if row["kind"] in CARDS:
        described["held_minor"] = held_minor(connection, bank.slug, token)
    return described


def held_minor(connection: sqlite3.Connection, slug: str, token: str) -> int:
    """Return what authorisations hold on a card now, in minor units; expired ones hold nothing."""
    row = connection.execute(
        "SELECT coalesce(sum(amount_minor - captured_minor), 0) FROM authorisations"
        " WHERE bank = ? AND token = ? AND state = 'authorised' AND expires_at > ?",
        (slug, token, clock.written(clock.now(connection))),
    ).fetchone()
    return int(row[0])


def bare_tax_id(written: str) -> str:
    """Drop the punctuation people write tax ids with."""
    return re.sub(r"[\s./-]", "", written).upper()


def _row(connection: sqlite3.Connection, slug: str, token: str) -> sqlite3.Row | None:
    query = "SELECT * FROM accounts WHERE bank = ? AND token = ?"
    row: sqlite3.Row | None = connection.execute(query, (slug, token)).fetchone()
    return row


def _customer(connection: sqlite3.Connection, slug: str, token: str) -> sqlite3.Row:
    row = _row(connection, slug, token)
    if row is None or token == CLEARING:
        raise not_found("That account")
    return row


def _set(
    connection: sqlite3.Connection,
    row: sqlite3.Row,
    *,
    wrong_codes: int | None = None,
    is_closed: int | None = None,
) -> None:
    connection.execute(
        "UPDATE accounts SET wrong_codes = coalesce(?, wrong_codes),"
        " is_closed = coalesce(?, is_closed) WHERE bank = ? AND token = ?",
        (wrong_codes, is_closed, row["bank"], row["token"]),
    )

"""The books refuse to be changed, and run the SQL that is in the repository."""

from pathlib import Path

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from payments import ledger
from payments.enums import LedgerKind, TransferKind
from payments.ledger import Line, Owned
from tests.payments.test_ledger_post import CLEARING, NOW, brl

SQL = Path(__file__).resolve().parents[2] / "payments" / "sql"


def write_a_line() -> None:
    line = Line(TransferKind.COLLECT, CLEARING, Owned(LedgerKind.IN_FLIGHT, 1), brl(100))
    ledger.post_journal("pay_1", [line], NOW)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payments_ledgertransfer SET amount_minor = 1",
        "DELETE FROM payments_ledgertransfer",
        "TRUNCATE payments_ledgertransfer",
    ],
)
def test_a_line_is_never_changed_even_by_the_owner(statement: str) -> None:
    write_a_line()
    with (
        pytest.raises(DatabaseError) as refused,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert getattr(refused.value.__cause__, "sqlstate", "") == "TR001"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "statement",
    [
        (
            "INSERT INTO payments_ledgeraccount (kind, currency, bank, balance, takes_inbox)"
            " VALUES ('suspense', 'BRL', '', 5, true)"
        ),
        "UPDATE payments_ledgeraccount SET balance = balance + 1",
        "DELETE FROM payments_ledgerinbox",
        "UPDATE payments_ledgertransfer SET amount_minor = 1",
    ],
)
def test_the_application_may_not_write_the_books_past_the_functions(
    app_role_dsn: str, statement: str
) -> None:
    write_a_line()
    with (
        psycopg.connect(app_role_dsn) as strange,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        strange.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_the_application_may_call_the_functions(app_role_dsn: str) -> None:
    write_a_line()
    clearing = ledger.account("bank_clearing", "BRL", bank_id=CLEARING.bank)
    with psycopg.connect(app_role_dsn) as app:
        folded = app.execute("SELECT ledger_fold_v1(%s)", [clearing]).fetchone()
    assert folded == (-100,)


@pytest.mark.django_db
@pytest.mark.parametrize("path", sorted(SQL.glob("*.sql")), ids=lambda path: path.stem)
def test_the_database_runs_the_file(path: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT prosrc, proconfig FROM pg_proc WHERE proname = %s"
            " AND pronamespace = 'public'::regnamespace",
            [path.stem],
        )
        found = cursor.fetchall()
    assert len(found) == 1
    source, config = found[0]
    assert source in path.read_text(encoding="utf-8")
    assert any(setting.startswith("search_path=") for setting in config)

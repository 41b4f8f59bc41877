"""The books refuse to be changed, and run the SQL that is in the repository."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from launcher.databases import APPLICATION
from payments import ledger
from payments.enums import LedgerKind, TransferKind
from payments.ledger import Line, Owned
from payments.services.checking import run_checks
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


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payments_ledgeraccount SET kind = kind",
        "UPDATE payments_ledgeraccount SET currency = currency, balance = 0",
        "UPDATE payments_ledgeraccount SET party_id = 7",
        "UPDATE payments_ledgeraccount SET bank = 'bank-b'",
    ],
)
def test_an_account_stays_what_it_was_opened_as(statement: str) -> None:
    write_a_line()
    with (
        pytest.raises(DatabaseError) as refused,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert getattr(refused.value.__cause__, "sqlstate", "") == "TR001"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        (("in_flight", "brl", 7, "", 0, 0, 0), "currency_iso4217"),
        (("in_flight", "BR", 7, "", 0, 0, 0), "currency_iso4217"),
        (("in_flight", "BRL", 7, "bank-a", 0, 0, 0), "one_owner"),
        (("in_flight", "BRL", 7, "", -1, 0, 0), "floor_holds"),
        (("in_flight", "BRL", 7, "", 5, 0, 6), "floor_holds"),
        (("suspense", "BRL", None, "", 5, None, -1), "floor_holds"),
    ],
)
def test_no_account_is_opened_that_the_chart_does_not_know(
    values: tuple[str | int | None, ...], constraint: str
) -> None:
    with (
        pytest.raises(IntegrityError) as refused,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO payments_ledgeraccount"
            " (kind, currency, party_id, bank, balance, floor, held, takes_inbox)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, false)",
            values,
        )
    cause = refused.value.__cause__
    assert isinstance(cause, psycopg.Error)
    assert cause.diag.constraint_name == f"payments_ledgeraccount_{constraint}"


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


@contextmanager
def as_superuser(does: str, takes_back: str) -> Iterator[None]:
    """Let the cluster's superuser do something for the lines inside."""
    with psycopg.connect(os.environ["TROCO_TEST_SUPERUSER_URL"], autocommit=True) as superuser:
        superuser.execute(does.encode())
        try:
            yield
        finally:
            superuser.execute(takes_back.encode())


@pytest.mark.django_db(transaction=True)
def test_somebody_who_may_only_read_may_not_call_the_functions(app_role_dsn: str) -> None:
    write_a_line()
    clearing = ledger.account("bank_clearing", "BRL", bank_id=CLEARING.bank)
    reader = app_role_dsn.replace(APPLICATION, "reader")
    with (
        as_superuser("CREATE ROLE reader LOGIN", "DROP ROLE reader"),
        psycopg.connect(reader) as strange,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        strange.execute("SELECT ledger_fold_v1(%s)", [clearing])


def rights_found() -> tuple[str, ...]:
    found = {each.check.name: each.offenders for each in run_checks()}
    return found["lines_do_not_change"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (
            "GRANT UPDATE (balance) ON payments_ledgeraccount TO troco_app",
            ("troco_app may UPDATE some of payments_ledgeraccount",),
        ),
        (
            "GRANT INSERT ON payments_ledgertransfer TO troco_app",
            ("troco_app may INSERT some of payments_ledgertransfer",),
        ),
        (
            "GRANT EXECUTE ON FUNCTION ledger_fold_v1(bigint) TO PUBLIC",
            ("everybody may call ledger_fold_v1(bigint)",),
        ),
    ],
)
def test_a_right_that_nobody_should_have_is_found(statement: str, found: tuple[str, ...]) -> None:
    assert rights_found() == ()
    with connection.cursor() as cursor:
        cursor.execute(statement)
    assert rights_found() == found


@pytest.mark.django_db
def test_an_application_that_may_become_the_owner_is_found() -> None:
    become = "ALTER ROLE troco_app NOINHERIT; GRANT troco_owner TO troco_app"
    takes_back = "REVOKE troco_owner FROM troco_app; ALTER ROLE troco_app INHERIT"
    with as_superuser(become, takes_back):
        assert rights_found() == ("troco_app may become troco_owner",)
    assert rights_found() == ()


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

"""The audit trail cannot be changed unseen."""

import io
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from core.transactions import OwnershipError, owns_block
from people.models import AuditEntry, AuditHead
from people.services.audit import chain_entries, record, verify_chain
from people.tasks import chain_audit

pytestmark = pytest.mark.django_db(transaction=True)


def write_entries(count: int) -> None:
    with owns_block("acts"):
        for number in range(count):
            record(
                actor=None,
                action="hold.imposed",
                object_ref=f"BR/purchase/{number}",
                before={"holds": number, "why": "é ব \u2028"},
                after={"holds": number + 1, "list": [1, {"b": None, "a": True}]},
                reason="The regulator asked for it.",
            )


def tamper(statement: str) -> None:
    """Change rows as somebody does who owns the database and stills its triggers."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement)


def verify_command() -> str:
    said = io.StringIO()
    call_command("verify_audit", stdout=said)
    return said.getvalue()


def test_entries_wait_and_are_chained_in_order() -> None:
    write_entries(3)
    assert verify_chain().waiting == 3
    assert chain_entries(limit=2) == 2
    assert chain_entries() == 1
    assert chain_entries() == 0
    rows = list(AuditEntry.objects.order_by("id"))
    assert [row.seq for row in rows] == [1, 2, 3]
    assert bytes(rows[0].prev_hash or b"") == bytes(32)
    assert bytes(rows[1].prev_hash or b"") == bytes(rows[0].hash or b"")
    head = AuditHead.objects.get()
    assert (head.seq, bytes(head.hash)) == (3, bytes(rows[2].hash or b""))
    report = verify_chain()
    assert (report.checked, report.waiting, report.problems) == (3, 0, ())
    assert verify_command() == "The audit trail holds (3 entries chained, 0 waiting).\n"


def test_the_task_chains_everything_that_waits() -> None:
    write_entries(1203)
    assert chain_audit() == 1203
    assert verify_chain().problems == ()


def test_an_act_is_recorded_only_within_its_transaction() -> None:
    with pytest.raises(OwnershipError):
        record(actor=None, action="a.b", object_ref="x", before={}, after={}, reason="")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE people_auditentry SET reason = 'x' WHERE seq = 3",
        "UPDATE people_auditentry SET after = '{\"holds\": 9}' WHERE seq = 1",
        "UPDATE people_auditentry SET at = at + interval '1 microsecond' WHERE seq = 2",
        "UPDATE people_auditentry SET actor_login = 'bruno' WHERE seq = 5",
        "UPDATE people_auditentry SET hash = decode(repeat('ab', 32), 'hex') WHERE seq = 4",
        "UPDATE people_auditentry SET prev_hash = decode(repeat('ab', 32), 'hex') WHERE seq = 4",
        "DELETE FROM people_auditentry WHERE seq = 1",
        "DELETE FROM people_auditentry WHERE seq = 3",
        "DELETE FROM people_auditentry WHERE seq = 5",
        "DELETE FROM people_auditentry",
        "UPDATE people_auditentry SET seq = NULL, prev_hash = NULL, hash = NULL WHERE seq = 5",
        "UPDATE people_audithead SET seq = 4",
        "DELETE FROM people_audithead",
        (
            "UPDATE people_auditentry a SET action = b.action, object_ref = b.object_ref,"
            " before = b.before, after = b.after FROM people_auditentry b"
            " WHERE a.seq = 2 AND b.seq = 3"
        ),
        (
            "UPDATE people_auditentry SET seq = seq + 100 WHERE seq = 2;"
            " UPDATE people_auditentry SET seq = 2 WHERE seq = 3;"
            " UPDATE people_auditentry SET seq = 3 WHERE seq = 102"
        ),
    ],
)
def test_a_changed_deleted_or_moved_entry_is_found(statement: str) -> None:
    write_entries(5)
    chain_entries()
    assert verify_chain().problems == ()
    tamper(statement)
    assert verify_chain().problems != ()
    with pytest.raises(CommandError):
        verify_command()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE people_auditentry SET reason = 'x'",
        "UPDATE people_auditentry SET seq = seq + 10",
        "UPDATE people_auditentry SET seq = NULL, prev_hash = NULL, hash = NULL",
        "DELETE FROM people_auditentry",
        "TRUNCATE people_auditentry",
    ],
)
@pytest.mark.parametrize("chained", [True, False])
def test_not_even_the_owner_changes_an_entry(statement: str, *, chained: bool) -> None:
    write_entries(2)
    if chained:
        chain_entries()
    with pytest.raises(DatabaseError, match="people_auditentry"):
        tamper_as_owner(statement)
    assert AuditEntry.objects.count() == 2


def tamper_as_owner(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE people_auditentry SET reason = 'x'",
        "DELETE FROM people_auditentry",
        "TRUNCATE people_auditentry",
        "DELETE FROM people_audithead",
        "INSERT INTO people_audithead (id, seq, hash) VALUES (2, 0, '')",
    ],
)
def test_the_application_has_no_right_to(statement: str, app_role_dsn: str) -> None:
    write_entries(1)
    with psycopg.connect(app_role_dsn) as session:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute(statement.encode())
        session.rollback()


def test_the_application_may_write_and_chain(app_role_dsn: str) -> None:
    write_entries(1)
    with psycopg.connect(app_role_dsn) as session:
        session.execute(
            "INSERT INTO people_auditentry"
            " (actor_login, action, object_ref, before, after, reason, at)"
            " VALUES ('', 'a.b', 'x', '{}', '{}', '', '2026-11-23T00:00:00Z')"
        )
        chained = session.execute(
            "UPDATE people_auditentry SET seq = 1, prev_hash = %s, hash = %s WHERE action <> 'a.b'",
            [bytes(32), bytes(32)],
        )
        assert chained.rowcount == 1
        session.execute("UPDATE people_audithead SET seq = 1")
        session.rollback()


def test_of_ten_chainers_at_once_each_place_is_given_once(
    in_threads: Callable[..., list[Any]],
) -> None:
    write_entries(60)
    in_threads(lambda: chain_entries(limit=7), times=10)
    while chain_entries():
        pass
    report = verify_chain()
    assert (report.checked, report.waiting, report.problems) == (60, 0, ())

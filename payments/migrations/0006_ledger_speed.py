"""Functions for each use of the books, holds, and tables laid out for many small changes."""

from pathlib import Path

import django.db.models.expressions
from django.db import migrations, models
from django.db.models import F, Q

SQL = Path(__file__).resolve().parents[1] / "sql"
# In the order in which they call each other, which Postgres does not ask for but readers do.
FUNCTIONS = (
    "ledger_note_wait_v1",
    "ledger_transfer_v1",
    "ledger_accounts_v2",
    "ledger_journal_v1",
    "ledger_batch_v1",
    "ledger_fold_many_v1",
    "ledger_hold_v1",
    "ledger_capture_v1",
    "ledger_void_v1",
)
REMOVED = """
DROP FUNCTION ledger_void_v1(uuid, timestamptz);
DROP FUNCTION ledger_capture_v1(uuid, uuid, uuid, text, bigint, bigint, text, timestamptz);
DROP FUNCTION ledger_hold_v1(uuid, bigint, bigint, text, text, timestamptz);
DROP FUNCTION ledger_fold_many_v1(integer);
DROP FUNCTION ledger_batch_v1(uuid[], uuid[], text[], bigint[], bigint[], bigint[], text, text[],
                              timestamptz);
DROP FUNCTION ledger_journal_v1(uuid[], text[], bigint[], uuid, text, text, timestamptz, text[],
                                bigint[], text[], bigint[], boolean[]);
DROP FUNCTION ledger_accounts_v2(text[], bigint[], text[], text[], bigint[], boolean[]);
DROP FUNCTION ledger_transfer_v1(uuid, uuid, text, bigint, bigint, bigint, text, text, timestamptz);
DROP FUNCTION ledger_note_wait_v1(bigint);
"""
# Half-empty pages let a balance change in place (HOT): no index is touched and nothing is left
# for vacuum. The inbox is filled and emptied all day, so it is vacuumed by rows, not by share.
LAYOUT = """
ALTER TABLE payments_ledgeraccount SET (fillfactor = 50);
ALTER TABLE payments_ledgerinbox SET (autovacuum_vacuum_scale_factor = 0,
                                      autovacuum_vacuum_threshold = 2000);
"""
USUAL_LAYOUT = """
ALTER TABLE payments_ledgeraccount RESET (fillfactor);
ALTER TABLE payments_ledgerinbox RESET (autovacuum_vacuum_scale_factor,
                                        autovacuum_vacuum_threshold);
"""
GRANTS = """
DO $grants$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'troco_app') THEN
        REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON payments_ledgerhold FROM troco_app;
    END IF;
END
$grants$
"""


def body(name: str) -> str:
    """Return the text of one version of a function."""
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """Tables first, then the functions that write them, then the grants."""

    dependencies = [("payments", "0005_requests")]
    operations = [
        migrations.AddField("ledgeraccount", "held", models.BigIntegerField(db_default=0)),
        migrations.AddField("ledgeraccount", "waits", models.IntegerField(db_default=0)),
        migrations.AddField("ledgeraccount", "waits_since", models.DateTimeField(null=True)),
        migrations.RemoveConstraint("ledgeraccount", "payments_ledgeraccount_floor_holds"),
        migrations.AddConstraint(
            "ledgeraccount",
            models.CheckConstraint(
                condition=Q(
                    ("floor__isnull", True),
                    (
                        "balance__gte",
                        django.db.models.expressions.CombinedExpression(F("floor"), "+", F("held")),
                    ),
                    _connector="OR",
                ),
                name="payments_ledgeraccount_floor_holds",
            ),
        ),
        migrations.AddConstraint(
            "ledgeraccount",
            models.CheckConstraint(
                condition=Q(("held__gte", 0)), name="payments_ledgeraccount_held_not_negative"
            ),
        ),
        migrations.CreateModel(
            name="LedgerHold",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("account_id", models.BigIntegerField()),
                ("amount_minor", models.BigIntegerField()),
                ("captured_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("state", models.CharField(max_length=8)),
                ("payment_ref", models.CharField(max_length=40)),
                ("at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=Q(("state", "held")),
                        fields=["account_id"],
                        name="payments_hold_of_account",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(("amount_minor__gt", 0)),
                        name="payments_ledgerhold_amount_positive",
                    ),
                    models.CheckConstraint(
                        condition=Q(
                            ("captured_minor__gte", 0), ("captured_minor__lte", F("amount_minor"))
                        ),
                        name="payments_ledgerhold_captured_within",
                    ),
                    models.CheckConstraint(
                        condition=Q(("state__in", ["held", "captured", "voided"])),
                        name="payments_ledgerhold_state_known",
                    ),
                ],
            },
        ),
        migrations.RunSQL(LAYOUT, USUAL_LAYOUT),
        migrations.RunSQL([(body(name), None) for name in FUNCTIONS], REMOVED),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
    ]

"""The functions that write the books, and the triggers and grants that keep others from it."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"
FUNCTIONS = (
    "ledger_refuse_change_v1",
    "ledger_accounts_v1",
    "ledger_fold_v1",
    "ledger_post_v1",
    "limits_take_v1",
    "limits_release_v1",
)
NUMBERED = "ALTER TABLE payments_ledgertransfer ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY"
NOT_NUMBERED = "ALTER TABLE payments_ledgertransfer ALTER COLUMN seq DROP IDENTITY"
APPEND_ONLY = """
CREATE TRIGGER payments_ledgertransfer_append_only
BEFORE UPDATE OR DELETE OR TRUNCATE ON payments_ledgertransfer
FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change_v1()
"""
NOT_APPEND_ONLY = "DROP TRIGGER payments_ledgertransfer_append_only ON payments_ledgertransfer"
# The functions run as their owner, so the application needs no right to write the tables.
GRANTS = """
DO $grants$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'troco_app') THEN
        REVOKE INSERT, UPDATE, DELETE, TRUNCATE
            ON payments_ledgertransfer, payments_ledgeraccount, payments_ledgerinbox
          FROM troco_app;
    END IF;
END
$grants$
"""
REMOVED = """
DROP FUNCTION limits_release_v1(bigint[], bigint[]);
DROP FUNCTION limits_take_v1(bigint[], bigint[], text[], bigint[], bigint[]);
DROP FUNCTION ledger_post_v1(uuid[], uuid[], text[], bigint[], bigint[], bigint[], text[], text[],
                             timestamptz);
DROP FUNCTION ledger_fold_v1(bigint);
DROP FUNCTION ledger_accounts_v1(text[], bigint[], text[], text[], bigint[], boolean[]);
DROP FUNCTION ledger_refuse_change_v1();
"""


def body(name: str) -> str:
    """Return the text of one version of a function."""
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """Functions first, then the triggers that call them."""

    dependencies = [("payments", "0001_payments")]
    operations = [
        migrations.RunSQL([(body(name), None) for name in FUNCTIONS], REMOVED),
        migrations.RunSQL(NUMBERED, NOT_NUMBERED),
        migrations.RunSQL(APPEND_ONLY, NOT_APPEND_ONLY),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
    ]

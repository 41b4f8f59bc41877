"""Refunds are counted in their payment by a trigger; histories and entries are append-only."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"
FUNCTIONS = ("refunds_count_v1",)
HISTORY = ("refundmove", "payableentry", "payoutentry")

GUARDS = """
CREATE TRIGGER payments_refund_counted
BEFORE INSERT OR UPDATE ON payments_refund
FOR EACH ROW EXECUTE FUNCTION refunds_count_v1();
"""
NO_GUARDS = "DROP TRIGGER payments_refund_counted ON payments_refund;"
REMOVED = "DROP FUNCTION refunds_count_v1();"


def body(name: str) -> str:
    """Return the text of one version of a function."""
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


def keep(table: str) -> str:
    """Make a table append-only, by trigger and for the application also by right."""
    return f"""
CREATE TRIGGER payments_{table}_append_only
BEFORE UPDATE OR DELETE OR TRUNCATE ON payments_{table}
FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change_v1();
DO $grants$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'troco_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON payments_{table} FROM troco_app;
    END IF;
END
$grants$;
"""


def let_go(table: str) -> str:
    """Undo ``keep``."""
    return f"DROP TRIGGER payments_{table}_append_only ON payments_{table};"


class Migration(migrations.Migration):
    """Functions first, then the triggers that call them."""

    dependencies = [("payments", "0008_refunds")]

    operations = [
        migrations.RunSQL([(body(name), None) for name in FUNCTIONS], REMOVED),
        migrations.RunSQL(GUARDS, NO_GUARDS),
        *[migrations.RunSQL(keep(table), let_go(table)) for table in HISTORY],
    ]

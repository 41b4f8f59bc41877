"""The triggers and grants that keep lines, moves and notes of orders as they were written."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"
FUNCTION = "merchants_history_guard_v1"
HISTORY = ("orderline", "ordermove", "ordernote")
GRANTS = """
DO $grants$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'troco_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE
            ON merchants_orderline, merchants_ordermove, merchants_ordernote FROM troco_app;
        GRANT UPDATE (most_recent) ON merchants_ordermove TO troco_app;
        REVOKE DELETE, TRUNCATE
            ON merchants_order, merchants_stockreservation, merchants_product, merchants_shop,
               merchants_teammember FROM troco_app;
    END IF;
END
$grants$
"""


def body() -> str:
    """Return the text of the function."""
    return (SQL / f"{FUNCTION}.sql").read_text(encoding="utf-8")


def keep(table: str) -> str:
    """Make a table's rows unchangeable."""
    return f"""
CREATE TRIGGER merchants_{table}_append_only
BEFORE UPDATE OR DELETE ON merchants_{table}
FOR EACH ROW EXECUTE FUNCTION {FUNCTION}();
"""


def let_go(table: str) -> str:
    """Undo ``keep``."""
    return f"DROP TRIGGER merchants_{table}_append_only ON merchants_{table};"


class Migration(migrations.Migration):
    """The function first, then the triggers that call it."""

    dependencies = [("merchants", "0001_merchants")]
    operations = [
        # As a list, because the text goes to the database as it stands in its file.
        migrations.RunSQL([(body(), None)], f"DROP FUNCTION {FUNCTION}();"),
        *(migrations.RunSQL(keep(table), let_go(table)) for table in HISTORY),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
    ]

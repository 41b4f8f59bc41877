"""The trigger and the grants that keep what a shop is paid by as it was written."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"
FUNCTION = "merchants_means_guard_v1"
TRIGGER = f"""
CREATE TRIGGER merchants_externalmeans_append_only
BEFORE UPDATE OR DELETE ON merchants_externalmeans
FOR EACH ROW EXECUTE FUNCTION {FUNCTION}();
"""
GRANTS = """
DO $grants$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'troco_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON merchants_externalmeans FROM troco_app;
        GRANT UPDATE (removed_at, removed_by_id) ON merchants_externalmeans TO troco_app;
    END IF;
END
$grants$
"""


def body() -> str:
    """Return the text of the function."""
    return (SQL / f"{FUNCTION}.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """The function first, then the trigger that calls it."""

    dependencies = [("merchants", "0005_external_means")]
    operations = [
        # As a list, because the text goes to the database as it stands in its file.
        migrations.RunSQL([(body(), None)], f"DROP FUNCTION {FUNCTION}();"),
        migrations.RunSQL(
            TRIGGER, "DROP TRIGGER merchants_externalmeans_append_only ON merchants_externalmeans;"
        ),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
    ]

"""The history of a dispute is append-only."""

from django.db import migrations

KEPT = """
CREATE TRIGGER payments_disputemove_append_only
BEFORE UPDATE OR DELETE OR TRUNCATE ON payments_disputemove
FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change_v1();
DO $grants$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'troco_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON payments_disputemove FROM troco_app;
    END IF;
END
$grants$;
"""
LET_GO = "DROP TRIGGER payments_disputemove_append_only ON payments_disputemove;"


class Migration(migrations.Migration):
    """One trigger and its rights."""

    dependencies = [("payments", "0013_disputes")]
    operations = [migrations.RunSQL(KEPT, LET_GO)]

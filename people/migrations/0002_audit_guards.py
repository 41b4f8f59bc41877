"""Keeps audit entries as they were written, and lays the beginning of their chain."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"
TRIGGERS = """
CREATE TRIGGER people_auditentry_guard
BEFORE UPDATE OR DELETE ON people_auditentry
FOR EACH ROW EXECUTE FUNCTION people_audit_guard_v1();
CREATE TRIGGER people_auditentry_guard_all
BEFORE TRUNCATE ON people_auditentry
FOR EACH STATEMENT EXECUTE FUNCTION people_audit_guard_v1();
"""
REMOVED = """
DROP TRIGGER people_auditentry_guard_all ON people_auditentry;
DROP TRIGGER people_auditentry_guard ON people_auditentry;
DROP FUNCTION people_audit_guard_v1();
"""
HEAD = """
INSERT INTO people_audithead (id, seq, hash)
VALUES (1, 0, decode(repeat('00', 32), 'hex'))
"""
# The application inserts entries and gives them their places; it moves the head, and no more.
GRANTS = """
DO $grants$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'troco_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON people_auditentry FROM troco_app;
        GRANT UPDATE (seq, prev_hash, hash) ON people_auditentry TO troco_app;
        REVOKE INSERT, DELETE, TRUNCATE ON people_audithead FROM troco_app;
    END IF;
END
$grants$
"""


class Migration(migrations.Migration):
    """The function first, then the triggers that call it."""

    dependencies = [("people", "0001_people")]
    operations = [
        migrations.RunSQL(
            (SQL / "people_audit_guard_v1.sql").read_text(encoding="utf-8"),
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(TRIGGERS, REMOVED),
        migrations.RunSQL(HEAD, "DELETE FROM people_audithead"),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
    ]

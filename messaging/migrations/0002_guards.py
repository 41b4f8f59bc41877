"""The triggers and grants that keep messages and the feed as they were written."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"
FUNCTIONS = ("messaging_message_guard_v1", "messaging_feed_guard_v1")
TRIGGERS = """
CREATE TRIGGER messaging_message_append_only
BEFORE UPDATE OR DELETE ON messaging_message
FOR EACH ROW EXECUTE FUNCTION messaging_message_guard_v1();
CREATE TRIGGER messaging_feedrow_append_only
BEFORE UPDATE ON messaging_feedrow
FOR EACH ROW EXECUTE FUNCTION messaging_feed_guard_v1();
"""
GRANTS = """
DO $grants$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'troco_app') THEN
        REVOKE DELETE, TRUNCATE ON messaging_message, messaging_feedrow,
               messaging_conversation, messaging_member FROM troco_app;
        REVOKE UPDATE ON messaging_feedrow, messaging_message FROM troco_app;
        GRANT UPDATE (content, edited_at) ON messaging_message TO troco_app;
    END IF;
END
$grants$
"""
REMOVED = """
DROP TRIGGER messaging_feedrow_append_only ON messaging_feedrow;
DROP TRIGGER messaging_message_append_only ON messaging_message;
DROP FUNCTION messaging_feed_guard_v1();
DROP FUNCTION messaging_message_guard_v1();
"""


def body(name: str) -> str:
    """Return the text of one version of a function."""
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """Functions first, then the triggers that call them."""

    dependencies = [("messaging", "0001_messaging")]
    operations = [
        migrations.RunSQL([(body(name), None) for name in FUNCTIONS], REMOVED),
        migrations.RunSQL(TRIGGERS, migrations.RunSQL.noop),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
    ]

"""Many messages, or many markers, in one statement; and room for rows that change with each."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"
FUNCTIONS = ("messaging_send_v1", "messaging_deliver_v1")
REMOVED = """
DROP FUNCTION messaging_send_v1(
    bytea[], text[], text[], text[], text[], text[], text[], timestamptz, timestamptz);
DROP FUNCTION messaging_deliver_v1(bigint[], bigint[], bigint[], timestamptz);
"""
# A message changes its conversation's counter and its sender's markers; on half-empty pages the
# new version lies beside the old one, and no index is touched.
ROOMY = """
ALTER TABLE messaging_conversation SET (fillfactor = 50);
ALTER TABLE messaging_member SET (fillfactor = 50);
"""
TIGHT = """
ALTER TABLE messaging_conversation RESET (fillfactor);
ALTER TABLE messaging_member RESET (fillfactor);
"""


def body(name: str) -> str:
    """Return the text of one version of a function."""
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """Two functions, and how full pages are."""

    dependencies = [("messaging", "0010_changes")]
    operations = [
        migrations.RunSQL([(body(name), None) for name in FUNCTIONS], REMOVED),
        migrations.RunSQL(ROOMY, TIGHT),
    ]

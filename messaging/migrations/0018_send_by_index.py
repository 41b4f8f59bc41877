"""Storing what is said looks into each table by one index, however few rows there were at first."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"
REMOVED = """
DROP FUNCTION messaging_send_v2(
    bytea[], text[], text[], text[], text[], text[], text[], timestamptz, timestamptz);
"""


class Migration(migrations.Migration):
    """The next version of one function."""

    dependencies = [("messaging", "0017_media_shown_by_message")]
    operations = [
        migrations.RunSQL(
            [((SQL / "messaging_send_v2.sql").read_text(encoding="utf-8"), None)], REMOVED
        ),
    ]

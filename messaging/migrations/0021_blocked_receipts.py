"""What lies between two of whom one blocks the other is not told to have been delivered."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"
REMOVED = "DROP FUNCTION messaging_deliver_v2(bigint[], bigint[], bigint[], timestamptz);"


class Migration(migrations.Migration):
    """The next version of one function."""

    dependencies = [("messaging", "0020_holds")]
    operations = [
        migrations.RunSQL(
            [((SQL / "messaging_deliver_v2.sql").read_text(encoding="utf-8"), None)], REMOVED
        ),
    ]

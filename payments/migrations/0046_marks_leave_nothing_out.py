"""A mark leaves out no line that was written when it was made, and not committed yet."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("payments", "0045_marks")]

    operations = [
        migrations.RunSQL(
            [((SQL / "ledger_mark_v2.sql").read_text(encoding="utf-8"), None)],
            "DROP FUNCTION ledger_mark_v2(bigint[], timestamptz);",
        ),
    ]

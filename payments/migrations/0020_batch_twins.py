"""A batch in which an id comes twice fails alone for the second, not as a whole."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0019_refused_back"),
    ]

    operations = [
        migrations.RunSQL(
            (SQL / "ledger_batch_v2.sql").read_text(encoding="utf-8"),
            "DROP FUNCTION ledger_batch_v2(uuid[], uuid[], text[], bigint[], bigint[], bigint[], text,"
            " text[], timestamptz)",
        ),
    ]

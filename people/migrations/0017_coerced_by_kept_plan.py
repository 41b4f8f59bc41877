"""Whether a payer is under duress is asked by a plan that is kept."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("people", "0016_trail_found")]

    operations = [
        migrations.RunSQL(
            (SQL / "people_coerced_since_v2.sql").read_text(encoding="utf-8"),
            "DROP FUNCTION people_coerced_since_v2(bigint)",
        ),
    ]

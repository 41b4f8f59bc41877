"""A key's turn and its kept answer in one statement."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0002_tick"),
    ]

    operations = [
        migrations.RunSQL(
            (SQL / "core_take_key_v1.sql").read_text(encoding="utf-8"),
            "DROP FUNCTION core_take_key_v1(bigint, bigint, bigint, text)",
        ),
    ]

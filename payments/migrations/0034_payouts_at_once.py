"""Payouts are moved, and a statement's lines added up, by plans that no statistics change."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0033_chargebacks"),
    ]

    operations = [
        migrations.RunSQL(
            (SQL / "payouts_move_v1.sql").read_text(encoding="utf-8"),
            "DROP FUNCTION payouts_move_v1(bigint[], text, text[], text[], text, timestamptz)",
        ),
        migrations.RunSQL(
            (SQL / "statements_moved_v1.sql").read_text(encoding="utf-8"),
            "DROP FUNCTION statements_moved_v1(bigint)",
        ),
    ]

"""Payouts are moved and posted, and lines added up, by plans that no statistics change."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0035_payment_in_fewer_statements"),
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
        migrations.RunSQL(
            (SQL / "ledger_post_v2.sql").read_text(encoding="utf-8"),
            "DROP FUNCTION ledger_post_v2(uuid[], uuid[], text[], bigint[], bigint[], bigint[],"
            " text[], text[], timestamptz)",
        ),
        migrations.RunSQL(
            (SQL / "ledger_accounts_v3.sql").read_text(encoding="utf-8"),
            "DROP FUNCTION ledger_accounts_v3(text[], bigint[], text[], text[], bigint[],"
            " boolean[])",
        ),
    ]

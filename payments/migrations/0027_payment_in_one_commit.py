"""A payment by passkey in one commit: the proof is written with it, its limits are read with it."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"
DROP_AUTHORIZE = (
    "DROP FUNCTION payments_authorize_v2(text, bigint, bigint, text, text, text, timestamptz,"
    " timestamptz, text, bigint, bigint, bigint, bigint, bigint, bigint[], bigint[], text[],"
    " bigint[], bigint[], text[], text[], text[], text[], uuid[], text[], bigint[], uuid, text,"
    " text, timestamptz, text[], bigint[], text[], bigint[], boolean[])"
)


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0026_batch_files"),
        ("people", "0015_passkeys_in_payments"),
    ]

    operations = [
        migrations.RunSQL(
            (SQL / "payments_begin_v1.sql").read_text(encoding="utf-8"),
            "DROP FUNCTION payments_begin_v1(bigint, text, text, bigint, bytea, integer, integer)",
        ),
        migrations.RunSQL(
            (SQL / "payments_situation_v3.sql").read_text(encoding="utf-8"),
            "DROP FUNCTION payments_situation_v3(bigint, bigint, text, text[], timestamptz, text[])",
        ),
        migrations.RunSQL(
            (SQL / "payments_standing_v4.sql").read_text(encoding="utf-8"),
            "DROP FUNCTION payments_standing_v4(bigint, text, text, text[], timestamptz)",
        ),
        migrations.RunSQL(
            (SQL / "payments_authorize_v2.sql").read_text(encoding="utf-8"),
            DROP_AUTHORIZE,
        ),
    ]

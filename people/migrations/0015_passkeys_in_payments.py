"""A passkey's proof is written with what it is used for."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0014_names_found"),
    ]

    operations = [
        migrations.RunSQL(
            (SQL / "people_payment_facts_v2.sql").read_text(encoding="utf-8"),
            "DROP FUNCTION people_payment_facts_v2(bigint, bigint, text[])",
        ),
        migrations.RunSQL(
            (SQL / "people_passkey_facts_v1.sql").read_text(encoding="utf-8"),
            "DROP FUNCTION people_passkey_facts_v1(bigint, bytea)",
        ),
        migrations.RunSQL(
            (SQL / "people_accept_passkey_v1.sql").read_text(encoding="utf-8"),
            "DROP FUNCTION people_accept_passkey_v1(text, bigint, bigint, bytea, bigint, bigint,"
            " bigint, timestamptz, text)",
        ),
    ]

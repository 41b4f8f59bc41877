"""A payment in fewer statements: facts as JSON at once, counters together, rows together."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"
# In the order in which they call each other.
FUNCTIONS = {
    "limits_told_v1": "bigint, bigint, text, text[], text, text",
    "payments_openness_v1": "text, text, timestamptz",
    "payments_situation_v4": "bigint, bigint, text, text[], timestamptz, text[]",
    "payments_standing_v6": "bigint, text, text, text[], timestamptz",
    "ledger_journal_v2": (
        "uuid[], text[], bigint[], uuid, text, text, timestamptz, text[], bigint[], text[],"
        " bigint[], boolean[]"
    ),
    "payments_authorize_v3": (
        "text, bigint, bigint, text, text, text, timestamptz, timestamptz, text, bigint, bigint,"
        " bigint, bigint, bigint, bigint[], bigint[], text[], bigint[], bigint[], text[], text[],"
        " text[], text[], uuid[], text[], bigint[], uuid, text, text, timestamptz, text[],"
        " bigint[], text[], bigint[], boolean[]"
    ),
}


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0034_account_guards"),
        ("people", "0017_coerced_by_kept_plan"),
    ]

    operations = [
        migrations.RunSQL(
            (SQL / f"{name}.sql").read_text(encoding="utf-8"),
            f"DROP FUNCTION {name}({arguments})",
        )
        for name, arguments in FUNCTIONS.items()
    ]

"""A payment asks whether its payee has closed, and none is accepted while it closes."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"
# In the order in which they call each other.
FUNCTIONS = {
    "payments_situation_v5": "bigint, bigint, text, text[], timestamptz, text[]",
    "payments_standing_v7": "bigint, text, text, text[], timestamptz",
}


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0046_marks_leave_nothing_out"),
        ("people", "0021_parties_close"),
    ]

    operations = [
        migrations.RunSQL(
            [((SQL / f"{name}.sql").read_text(encoding="utf-8"), None)],
            f"DROP FUNCTION {name}({arguments})",
        )
        for name, arguments in FUNCTIONS.items()
    ]

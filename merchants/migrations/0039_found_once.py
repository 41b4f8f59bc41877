"""An order that holds a name in two lines takes one place of a page of what was found."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"
SIGNATURE = "bigint, text, text[], timestamptz, timestamptz, bigint, boolean, integer"


class Migration(migrations.Migration):
    dependencies = [("merchants", "0038_events_about")]

    operations = [
        migrations.RunSQL(
            [((SQL / "merchants_find_orders_v2.sql").read_text(encoding="utf-8"), None)],
            f"DROP FUNCTION merchants_find_orders_v2({SIGNATURE});",
        ),
    ]

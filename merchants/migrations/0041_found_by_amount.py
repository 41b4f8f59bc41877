"""Orders are found by what they come to, also among those that hold a name."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).resolve().parents[1] / "sql"
SIGNATURE = (
    "bigint, text, text[], timestamptz, timestamptz, bigint, bigint, bigint, boolean, integer"
)


class Migration(migrations.Migration):
    dependencies = [("merchants", "0040_counter_sales")]

    operations = [
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                fields=["shop", "total_minor", "-id"], name="merchants_order_by_total"
            ),
        ),
        migrations.RunSQL(
            [((SQL / "merchants_find_orders_v3.sql").read_text(encoding="utf-8"), None)],
            f"DROP FUNCTION merchants_find_orders_v3({SIGNATURE});",
        ),
    ]

"""Orders are found by the names in them along indexes: a line says whose it is."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).resolve().parents[1] / "sql"
SIGNATURE = "bigint, text, text[], timestamptz, timestamptz, bigint, boolean, integer"
# What was ordered does not change by this, so its guard looks away once.
FILL = """
ALTER TABLE merchants_orderline DISABLE TRIGGER merchants_orderline_append_only;
UPDATE merchants_orderline AS line
   SET shop_id = placed.shop_id
  FROM merchants_order AS placed
 WHERE placed.id = line.order_id;
ALTER TABLE merchants_orderline ENABLE TRIGGER merchants_orderline_append_only;
"""
TRIGGER = """
CREATE TRIGGER merchants_orderline_of_a_shop
BEFORE INSERT ON merchants_orderline
FOR EACH ROW EXECUTE FUNCTION merchants_orderline_shop_v1();
"""


def body(name: str) -> str:
    """Return the text of one version of a function."""
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("merchants", "0034_holidays")]

    operations = [
        migrations.AddField(
            model_name="orderline",
            name="shop_id",
            field=models.BigIntegerField(editable=False, null=True),
        ),
        migrations.RunSQL([(FILL, None)], migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="orderline",
            name="shop_id",
            field=models.BigIntegerField(editable=False),
        ),
        migrations.AddIndex(
            model_name="orderline",
            index=models.Index(
                fields=["shop_id", "name", "order"], name="merchants_orderline_by_name"
            ),
        ),
        migrations.RunSQL(
            [(body("merchants_orderline_shop_v1"), None)],
            "DROP FUNCTION merchants_orderline_shop_v1();",
        ),
        migrations.RunSQL(
            TRIGGER, "DROP TRIGGER merchants_orderline_of_a_shop ON merchants_orderline;"
        ),
        migrations.RunSQL(
            [(body("merchants_find_orders_v1"), None)],
            f"DROP FUNCTION merchants_find_orders_v1({SIGNATURE});",
        ),
    ]

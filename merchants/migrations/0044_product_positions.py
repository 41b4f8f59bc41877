"""No two products of a shop stand at the same place; the top may be below zero."""

from django.db import migrations, models

# Those that stood at one place keep the order in which they were shown.
PART = """
UPDATE merchants_product AS product
   SET position = placed.place
  FROM (SELECT id, row_number() OVER (PARTITION BY shop_id ORDER BY position, id) AS place
          FROM merchants_product) AS placed
 WHERE placed.id = product.id AND placed.place <> product.position;
"""


class Migration(migrations.Migration):
    dependencies = [("merchants", "0043_product_terms")]

    operations = [
        migrations.AlterField("product", "position", models.IntegerField()),
        migrations.RunSQL([(PART, None)], migrations.RunSQL.noop),
        migrations.AddConstraint(
            "product",
            models.UniqueConstraint(
                fields=["shop", "position"],
                name="merchants_product_position_once",
                deferrable=models.Deferrable.IMMEDIATE,
            ),
        ),
    ]

"""Links of the keypad stand apart from those that a shop made as links."""

from django.db import migrations, models

# Nothing but the keypad gave a link to one sale and less than a day.
FILL = """
UPDATE merchants_paymentlink
   SET is_counter_sale = true
 WHERE most_uses = 1 AND amount_minor IS NOT NULL AND created_by_id IS NOT NULL
   AND expires_at <= created_at + interval '15 minutes';
"""


class Migration(migrations.Migration):
    dependencies = [("merchants", "0039_found_once")]

    operations = [
        migrations.AddField(
            model_name="paymentlink",
            name="is_counter_sale",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.RunSQL([(FILL, None)], migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="paymentlink",
            index=models.Index(
                condition=models.Q(("is_counter_sale", False)),
                fields=["shop", "-id"],
                name="merchants_link_not_counter",
            ),
        ),
    ]

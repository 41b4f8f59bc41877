"""What is in a payout is read in its order along an index, however much other payouts hold."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0043_refund_payees")]

    operations = [
        migrations.AddIndex(
            model_name="payoutitem",
            index=models.Index(fields=["payout", "id"], name="payments_payoutitem_in_order"),
        ),
        migrations.AddIndex(
            model_name="payoutentry",
            index=models.Index(fields=["payout", "id"], name="payments_payoutentry_in_order"),
        ),
        migrations.AlterField(
            model_name="payoutitem",
            name="payout",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="items",
                to="payments.payout",
            ),
        ),
        migrations.AlterField(
            model_name="payoutentry",
            name="payout",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="payments.payout",
            ),
        ),
    ]

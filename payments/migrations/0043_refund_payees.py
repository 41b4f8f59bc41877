"""A refund says whose sale it gives back, so that a shop's refunds are read along an index."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).resolve().parents[1] / "sql"

# The old trigger lets it be filled in: what it guards does not change.
FILL = """
UPDATE payments_refund AS refund
   SET payee_id = payment.payee_id
  FROM payments_payment AS payment
 WHERE payment.id = refund.payment_id
"""
GUARD = """
CREATE OR REPLACE TRIGGER payments_refund_counted
BEFORE INSERT OR UPDATE ON payments_refund
FOR EACH ROW EXECUTE FUNCTION refunds_count_{}();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0042_not_sold")]

    operations = [
        migrations.AddField(
            model_name="refund",
            name="payee_id",
            field=models.BigIntegerField(editable=False, null=True),
        ),
        migrations.RunSQL([(FILL, None)], migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="refund",
            name="payee_id",
            field=models.BigIntegerField(editable=False),
        ),
        migrations.AddIndex(
            model_name="refund",
            index=models.Index(fields=["payee_id", "-id"], name="payments_refund_by_payee"),
        ),
        migrations.RunSQL(
            [((SQL / "refunds_count_v2.sql").read_text(encoding="utf-8"), None)],
            "DROP FUNCTION refunds_count_v2();",
        ),
        migrations.RunSQL([(GUARD.format("v2"), None)], GUARD.format("v1")),
    ]

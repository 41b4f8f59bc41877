"""No foreign keys on what every payment writes, and no index that another makes unnecessary."""

from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models


# Nobody searches ids by pattern; Django makes these beside every unique text.
UNUSED = "DROP INDEX IF EXISTS payments_payment_proof_id_4a83ef6f_like, payments_payment_public_id_0c37c47c_like, payments_quote_public_id_b517e475_like"
SQL = Path(__file__).resolve().parents[1] / "sql"
FUNCTIONS = ("limits_of_v1",)
REMOVED = "DROP FUNCTION limits_of_v1(bigint, text, text[], text, text)"


def body(name: str) -> str:
    """Return the text of one version of a function."""
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0016_warnings"),
    ]

    operations = [
        # Where a field gives up its own index, Django would take a partial unique one of the same
        # column for it; so these step aside.
        migrations.RemoveConstraint("payment", "payments_payment_one_live_per_demand"),
        migrations.RemoveConstraint("paymentmove", "payments_paymentmove_one_newest"),
        migrations.AlterField(
            model_name="attempt",
            name="leg",
            field=models.OneToOneField(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="attempt",
                to="payments.leg",
            ),
        ),
        migrations.AlterField(
            model_name="leg",
            name="payment",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="legs",
                to="payments.payment",
            ),
        ),
        migrations.AlterField(
            model_name="payment",
            name="demand",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="payments",
                to="payments.demand",
            ),
        ),
        migrations.AlterField(
            model_name="payment",
            name="quote",
            field=models.OneToOneField(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="payment",
                to="payments.quote",
            ),
        ),
        migrations.AlterField(
            model_name="payment",
            name="source",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="payments.fundingsource",
            ),
        ),
        migrations.AlterField(
            model_name="paymentmove",
            name="payment",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="moves",
                to="payments.payment",
            ),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("demand__isnull", False)),
                fields=["demand"],
                name="payments_payment_of_demand",
            ),
        ),
        migrations.AddConstraint(
            "payment",
            models.UniqueConstraint(
                fields=["demand"],
                condition=~models.Q(state__in=["failed", "cancelled", "returned"]),
                name="payments_payment_one_live_per_demand",
            ),
        ),
        migrations.AddConstraint(
            "paymentmove",
            models.UniqueConstraint(
                fields=["payment"],
                condition=models.Q(most_recent=True),
                name="payments_paymentmove_one_newest",
            ),
        ),
        migrations.RunSQL(UNUSED, migrations.RunSQL.noop),
        migrations.RunSQL([(body(name), None) for name in FUNCTIONS], REMOVED),
    ]

"""Staff find payments by how they ended and by day, at a million as at ten."""

import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # The indexes are built while the table lives.

    dependencies = [
        ("payments", "0030_payout_stops"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="payment",
            index=models.Index(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "failed",
                            "cancelled",
                            "returned",
                            "partially_refunded",
                            "refunded",
                            "disputed",
                        ],
                    )
                ),
                fields=["state", "-id"],
                name="payments_payment_ended",
            ),
        ),
        AddIndexConcurrently(
            model_name="payment",
            index=django.contrib.postgres.indexes.BrinIndex(
                autosummarize=True,
                fields=["created_at"],
                name="payments_payment_by_day",
                pages_per_range=32,
            ),
        ),
    ]

"""The payments of a shop that came to nothing, found by their day."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("payments", "0041_functions_for_few")]

    operations = [
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                fields=["payee_id", "created_at"],
                condition=Q(state="failed"),
                name="payments_payment_not_sold",
            ),
        ),
    ]

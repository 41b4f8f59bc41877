"""What waits for staff: money that its payer's bank would not take back."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0018_duress"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("failure_code", "return_refused")),
                fields=["id"],
                name="payments_payment_refused_back",
            ),
        ),
    ]

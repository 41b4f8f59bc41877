"""What banks told by themselves, each message once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0028_reconciliation"),
    ]

    operations = [
        migrations.CreateModel(
            name="BankCallback",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("message_id", models.CharField(max_length=128)),
                ("kind", models.CharField(max_length=64)),
                ("bank", models.CharField(max_length=32)),
                ("about", models.CharField(max_length=35)),
                ("sent_at", models.DateTimeField()),
                ("received_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("bank", "message_id"), name="payments_bankcallback_counts_once"
                    ),
                ],
            },
        ),
    ]

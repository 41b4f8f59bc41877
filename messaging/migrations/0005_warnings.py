"""A message may carry warnings for whoever receives it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0004_payment_bubble"),
    ]

    operations = [
        migrations.AddField(
            model_name="message",
            name="warnings",
            field=models.JSONField(db_default=models.Value([], models.JSONField()), default=list),
        ),
    ]

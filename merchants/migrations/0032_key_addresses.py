import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("merchants", "0031_proposal_guard"),
    ]

    operations = [
        migrations.AddField(
            model_name="shopkey",
            name="addresses",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=43), blank=True, default=list, size=None
            ),
        ),
        migrations.AddConstraint(
            model_name="shopkey",
            constraint=models.CheckConstraint(
                condition=models.Q(("addresses__len__lte", 50)),
                name="merchants_shopkey_addresses_few",
            ),
        ),
    ]

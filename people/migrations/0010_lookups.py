"""How many numbers a party may still look up."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0009_hot_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="LookupBucket",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("milli_tokens", models.IntegerField()),
                ("filled_at", models.DateTimeField()),
                (
                    "party",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.party",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("milli_tokens__gte", 0), ("milli_tokens__lte", 100000)),
                        name="people_lookupbucket_between_empty_and_full",
                    )
                ],
            },
        ),
    ]

"""What a marker passed and one transaction does not tell of, is owed."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("merchants", "0028_links_used_up"),
        ("people", "0019_web_sessions"),
    ]

    operations = [
        migrations.CreateModel(
            name="MarksOwed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("conversation", models.CharField(max_length=40)),
                ("kind", models.CharField(max_length=40)),
                ("after_seq", models.BigIntegerField()),
                ("seq", models.BigIntegerField()),
                (
                    "reader",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.party",
                    ),
                ),
                (
                    "shop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="merchants.shop",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "marks owed",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("after_seq__lt", models.F("seq"))),
                        name="merchants_marksowed_is_owed",
                    )
                ],
            },
        ),
    ]

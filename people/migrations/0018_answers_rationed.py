"""How often one party asks what another can still receive."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0017_coerced_by_kept_plan"),
    ]

    operations = [
        migrations.CreateModel(
            name="AnswerBucket",
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
                    "about",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="people.party",
                    ),
                ),
                (
                    "party",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="people.party",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("party", "about"), name="people_answerbucket_one_per_pair"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("milli_tokens__gte", 0), ("milli_tokens__lte", 100000)),
                        name="people_answerbucket_between_empty_and_full",
                    ),
                ],
            },
        ),
    ]

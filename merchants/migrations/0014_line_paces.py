import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("merchants", "0013_team_invites"),
        ("people", "0017_coerced_by_kept_plan"),
    ]

    operations = [
        migrations.AddField(
            model_name="line",
            name="has_summaries",
            field=models.BooleanField(default=True),
        ),
        migrations.CreateModel(
            name="LinePace",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("free_at", models.DateTimeField()),
                (
                    "party",
                    models.ForeignKey(
                        blank=True,
                        null=True,
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
                "constraints": [
                    models.UniqueConstraint(
                        fields=("shop", "party"),
                        name="merchants_linepace_one_for_each",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
    ]

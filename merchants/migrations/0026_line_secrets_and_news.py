"""A number's secret is changed without a gap, and a program's marketing is counted."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("merchants", "0025_monthly_statements"),
        ("people", "0019_web_sessions"),
    ]

    operations = [
        migrations.CreateModel(
            name="LineNews",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sent_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="line",
            name="old_app_secret",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddField(
            model_name="line",
            name="old_app_secret_hash",
            field=models.BinaryField(blank=True, max_length=32, null=True),
        ),
        migrations.AddField(
            model_name="line",
            name="old_app_secret_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="line",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("old_app_secret", ""),
                        ("old_app_secret_hash__isnull", True),
                        ("old_app_secret_until__isnull", True),
                    ),
                    models.Q(
                        models.Q(("old_app_secret", ""), _negated=True),
                        ("old_app_secret_hash__isnull", False),
                        ("old_app_secret_until__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="merchants_line_old_secret_is_whole",
            ),
        ),
        migrations.AddField(
            model_name="linenews",
            name="party",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.party"
            ),
        ),
        migrations.AddField(
            model_name="linenews",
            name="shop",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="merchants.shop"
            ),
        ),
        migrations.AddIndex(
            model_name="linenews",
            index=models.Index(fields=["party", "sent_at"], name="merchants_linenews_reached"),
        ),
    ]

"""Warnings of a quote are kept with it; what chats asked for is known to payments."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0015_returns"),
        ("people", "0008_recoveries"),
    ]

    operations = [
        migrations.AddField(
            model_name="quote",
            name="warnings",
            field=models.JSONField(default=list),
        ),
        migrations.CreateModel(
            name="AskedElsewhere",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("message_ref", models.CharField(max_length=40, unique=True)),
                ("at", models.DateTimeField()),
                (
                    "about",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.party",
                    ),
                ),
                (
                    "warned",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.party",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "asked elsewhere",
                "indexes": [models.Index(fields=["warned", "-at"], name="payments_asked_newest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("warned", models.F("about")), _negated=True),
                        name="payments_askedelsewhere_two_parties",
                    )
                ],
            },
        ),
    ]

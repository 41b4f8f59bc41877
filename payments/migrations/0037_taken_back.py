"""What banks had denied and then showed to be executed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0036_payouts_at_once"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="TakenBack",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("said", models.CharField(max_length=12)),
                ("shown_by", models.CharField(max_length=12)),
                ("found_at", models.DateTimeField()),
                ("is_mistaken", models.BooleanField(default=False)),
                ("looked_at", models.DateTimeField(blank=True, null=True)),
                ("finding", models.CharField(blank=True, default="", max_length=500)),
                (
                    "attempt",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="taken_back",
                        to="payments.attempt",
                    ),
                ),
                (
                    "bank",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.bank",
                    ),
                ),
                (
                    "looked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "payout",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="taken_back",
                        to="payments.payout",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "taken back",
                "indexes": [
                    models.Index(
                        condition=models.Q(("looked_at__isnull", True)),
                        fields=["found_at"],
                        name="payments_takenback_to_look_at",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("attempt__isnull", False), ("payout__isnull", False), _connector="XOR"
                        ),
                        name="payments_takenback_is_of_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("shown_by__in", ["statement", "notification"])),
                        name="payments_takenback_words_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("is_mistaken", False), ("looked_at__isnull", True)),
                            models.Q(("looked_at__isnull", False), ("looked_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="payments_takenback_looked_at_by_somebody",
                    ),
                ],
            },
        ),
    ]

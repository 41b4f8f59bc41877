"""What fails with one bank, what is too large for it, and where proofs count on from."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0037_taken_back"),
    ]

    operations = [
        migrations.AddField(
            model_name="dayproof",
            name="books_seq",
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name="BankTrouble",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "work",
                    models.CharField(
                        choices=[
                            ("claim", "Claim"),
                            ("statement", "Statement"),
                            ("notification", "Notification"),
                        ],
                        max_length=12,
                    ),
                ),
                ("error", models.CharField(max_length=300)),
                ("since_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                ("times", models.IntegerField(default=1)),
                (
                    "bank",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="troubles",
                        to="payments.bank",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("bank", "work"), name="payments_banktrouble_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("work__in", ["claim", "statement", "notification"]),
                            ("times__gt", 0),
                            models.Q(("error", ""), _negated=True),
                        ),
                        name="payments_banktrouble_says_what",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TooLarge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("party_id", models.BigIntegerField()),
                ("amount_minor", models.BigIntegerField()),
                ("limit_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("since_at", models.DateTimeField()),
                (
                    "bank",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.bank",
                    ),
                ),
                (
                    "entry",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.payableentry",
                    ),
                ),
                (
                    "payment",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.payment",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "too large",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("payment__isnull", False), ("entry__isnull", False), _connector="XOR"
                        ),
                        name="payments_toolarge_is_of_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__gt", models.F("limit_minor"))),
                        name="payments_toolarge_is_above",
                    ),
                ],
            },
        ),
    ]

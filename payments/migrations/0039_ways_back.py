"""Money that goes back to whoever paid it in: the instruction to the bank."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0038_troubles"),
    ]

    operations = [
        migrations.CreateModel(
            name="WayBack",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("return_id", models.CharField(max_length=35, unique=True)),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("sent", "Sent"),
                            ("unknown", "Unknown"),
                            ("executed", "Executed"),
                            ("refused", "Refused"),
                            ("shown", "Shown"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("bank_reference", models.CharField(blank=True, default="", max_length=64)),
                ("reason", models.CharField(blank=True, default="", max_length=140)),
                ("asked_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("look_ups", models.SmallIntegerField(default=0)),
                ("look_up_at", models.DateTimeField(blank=True, null=True)),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ways_back",
                        to="payments.statementline",
                    ),
                ),
            ],
            options={
                "verbose_name": "way back to a sender",
                "verbose_name_plural": "ways back to senders",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["refused", "shown"]), _negated=True),
                        fields=["id"],
                        name="payments_wayback_open",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "refused"), _negated=True),
                        fields=("line",),
                        name="payments_wayback_one_of_a_line",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__gt", 0)),
                        name="payments_wayback_amount_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ["waiting", "sent", "unknown", "executed", "refused", "shown"],
                            )
                        ),
                        name="payments_wayback_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("sent_at__isnull", False),
                            ("state__in", ["waiting", "refused", "shown"]),
                            _connector="OR",
                        ),
                        name="payments_wayback_sent_has_a_moment",
                    ),
                ],
            },
        ),
    ]

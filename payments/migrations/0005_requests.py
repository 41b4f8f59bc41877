"""Requests for money between people, and the bills they are parts of."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0004_bank_guards"),
        ("people", "0002_audit_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="Split",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.CharField(max_length=40, unique=True)),
                ("mode", models.CharField(max_length=8)),
                ("total_minor", models.BigIntegerField()),
                ("own_minor", models.BigIntegerField(default=0)),
                ("currency", models.CharField(max_length=3)),
                ("note", models.CharField(blank=True, default="", max_length=140)),
                ("created_at", models.DateTimeField()),
                (
                    "payee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.party",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PaymentRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.CharField(max_length=40, unique=True)),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("note", models.CharField(blank=True, default="", max_length=140)),
                ("conversation_ref", models.CharField(blank=True, max_length=64, null=True)),
                ("state", models.CharField(max_length=12)),
                ("means", models.CharField(blank=True, default="", max_length=12)),
                ("payment_ref", models.CharField(blank=True, default="", max_length=40)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("reminders", models.SmallIntegerField(default=0)),
                ("reminded_at", models.DateTimeField(blank=True, null=True)),
                (
                    "payee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.party",
                    ),
                ),
                (
                    "payer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.party",
                    ),
                ),
                (
                    "split",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="requests",
                        to="payments.split",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RequestMove",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("from_state", models.CharField(blank=True, default="", max_length=12)),
                ("to_state", models.CharField(max_length=12)),
                ("at", models.DateTimeField()),
                ("actor", models.CharField(max_length=40)),
                ("reason", models.CharField(blank=True, default="", max_length=200)),
                ("most_recent", models.BooleanField(default=True)),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="moves",
                        to="payments.paymentrequest",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("most_recent", True)),
                        fields=("request",),
                        name="payments_requestmove_one_newest",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("from_state", models.F("to_state")), _negated=True),
                        name="payments_requestmove_moves",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="split",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("own_minor__gte", 0), ("own_minor__lt", models.F("total_minor"))
                ),
                name="payments_split_own_part_within_total",
            ),
        ),
        migrations.AddConstraint(
            model_name="split",
            constraint=models.CheckConstraint(
                condition=models.Q(("mode__in", ["equal", "amounts", "shares"])),
                name="payments_split_mode_known",
            ),
        ),
        migrations.AddIndex(
            model_name="paymentrequest",
            index=models.Index(fields=["payee", "-id"], name="payments_request_sent"),
        ),
        migrations.AddIndex(
            model_name="paymentrequest",
            index=models.Index(fields=["payer", "-id"], name="payments_request_received"),
        ),
        migrations.AddIndex(
            model_name="paymentrequest",
            index=models.Index(
                condition=models.Q(("state", "open")),
                fields=["expires_at", "id"],
                name="payments_request_expiring",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)),
                name="payments_paymentrequest_amount_positive",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("payer", models.F("payee")), _negated=True),
                name="payments_paymentrequest_two_parties",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["open", "paid", "declined", "cancelled", "expired"]),
                    ("means__in", ["", "troco", "otherwise"]),
                ),
                name="payments_paymentrequest_words_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "paid"), models.Q(("means", ""), _negated=True)),
                    models.Q(models.Q(("state", "paid"), _negated=True), ("means", "")),
                    _connector="OR",
                ),
                name="payments_paymentrequest_paid_says_how",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("means", "troco"), models.Q(("payment_ref", ""), _negated=True)),
                    models.Q(models.Q(("means", "troco"), _negated=True), ("payment_ref", "")),
                    _connector="OR",
                ),
                name="payments_paymentrequest_payment_named",
            ),
        ),
    ]

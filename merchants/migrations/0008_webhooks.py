"""Keys of shops, the addresses that hear their news, and how telling them went."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("merchants", "0007_reviews"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="WebhookEndpoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.CharField(max_length=40, unique=True)),
                (
                    "dialect",
                    models.CharField(
                        choices=[("standard", "Standard"), ("cloud", "Cloud")], max_length=8
                    ),
                ),
                ("url", models.CharField(max_length=2000)),
                ("description", models.CharField(blank=True, default="", max_length=200)),
                (
                    "kinds",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("secret", models.TextField()),
                ("old_secret", models.TextField(blank=True, default="")),
                ("old_secret_until", models.DateTimeField(blank=True, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("enabled", "Enabled"),
                            ("disabled", "Disabled"),
                            ("removed", "Removed"),
                        ],
                        default="enabled",
                        max_length=8,
                    ),
                ),
                (
                    "stop",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "None"),
                            ("gone", "Gone"),
                            ("exhausted", "Exhausted"),
                            ("shop", "Shop"),
                            ("staff", "Staff"),
                        ],
                        default="",
                        max_length=10,
                    ),
                ),
                ("stopped_at", models.DateTimeField(blank=True, null=True)),
                ("is_proven", models.BooleanField(default=False)),
                ("exhausted", models.PositiveSmallIntegerField(default=0)),
                ("made_at", models.DateTimeField()),
                ("lease_token", models.UUIDField(blank=True, null=True)),
                ("leased_until", models.DateTimeField(blank=True, null=True)),
                (
                    "shop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="webhook_endpoints",
                        to="merchants.shop",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WebhookEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.CharField(max_length=40, unique=True)),
                ("kind", models.CharField(max_length=40)),
                ("ref", models.CharField(max_length=64)),
                ("facts", models.JSONField()),
                ("at", models.DateTimeField()),
                (
                    "shop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.shop",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WebhookDelivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.CharField(max_length=40, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("aside", "Aside"),
                            ("delivered", "Delivered"),
                            ("parked", "Parked"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("body", models.BinaryField(null=True)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("begun_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "endpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="merchants.webhookendpoint",
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="merchants.webhookevent",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "webhook deliveries",
            },
        ),
        migrations.CreateModel(
            name="ShopKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.CharField(max_length=40, unique=True)),
                ("name", models.CharField(max_length=80)),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=16), size=None
                    ),
                ),
                ("hint", models.CharField(max_length=16)),
                ("token_hash", models.BinaryField(max_length=32, unique=True)),
                ("made_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "revoked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "shop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="keys",
                        to="merchants.shop",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["shop", "-id"], name="merchants_shopkey_of_shop")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "scopes__contained_by",
                                ["messages", "orders", "payments", "catalogue", "webhooks"],
                            ),
                            ("scopes__len__gt", 0),
                        ),
                        name="merchants_shopkey_scopes_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="WebhookAttempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("answered", "Answered"),
                            ("connect", "Connect"),
                            ("timeout", "Timeout"),
                            ("broken", "Broken"),
                            ("refused_address", "Refused Address"),
                            ("too_large", "Too Large"),
                            ("unmakeable", "Unmakeable"),
                        ],
                        max_length=16,
                    ),
                ),
                ("http_status", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("took_ms", models.PositiveIntegerField()),
                ("answer", models.TextField(blank=True, default="")),
                (
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attempts",
                        to="merchants.webhookdelivery",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("http_status__isnull", False), ("outcome", "answered")),
                            models.Q(
                                models.Q(("outcome", "answered"), _negated=True),
                                ("http_status__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="merchants_webhookattempt_answer_has_status",
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="webhookendpoint",
            index=models.Index(fields=["shop", "-id"], name="merchants_endpoint_of_shop"),
        ),
        migrations.AddConstraint(
            model_name="webhookendpoint",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "enabled"), ("stop", "")),
                    models.Q(
                        models.Q(("state", "enabled"), _negated=True),
                        models.Q(("stop", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="merchants_webhookendpoint_stopped_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="webhookendpoint",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("dialect__in", ["standard", "cloud"]),
                    ("state__in", ["enabled", "disabled", "removed"]),
                ),
                name="merchants_webhookendpoint_words_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="webhookendpoint",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("leased_until__isnull", True), ("lease_token__isnull", False), _connector="OR"
                ),
                name="merchants_webhookendpoint_lease_has_token",
            ),
        ),
        migrations.AddIndex(
            model_name="webhookevent",
            index=models.Index(fields=["shop", "-id"], name="merchants_webhookevent_of_shop"),
        ),
        migrations.AddIndex(
            model_name="webhookevent",
            index=models.Index(fields=["at"], name="merchants_webhookevent_by_age"),
        ),
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(
                condition=models.Q(("state", "waiting")),
                fields=["endpoint", "event"],
                name="merchants_delivery_in_line",
            ),
        ),
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(
                condition=models.Q(("state", "aside")),
                fields=["due_at"],
                name="merchants_delivery_aside",
            ),
        ),
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(fields=["endpoint", "-id"], name="merchants_delivery_log"),
        ),
        migrations.AddConstraint(
            model_name="webhookdelivery",
            constraint=models.UniqueConstraint(
                fields=("endpoint", "event"), name="merchants_webhookdelivery_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="webhookdelivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("state__in", ["waiting", "aside"])),
                    models.Q(("ended_at__isnull", False), ("state__in", ["delivered", "parked"])),
                    _connector="OR",
                ),
                name="merchants_webhookdelivery_ends_once",
            ),
        ),
    ]

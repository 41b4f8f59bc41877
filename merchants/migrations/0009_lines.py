"""A shop's own number, what programs made under it, and what an order costs beside its lines."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("merchants", "0008_webhooks"),
        ("people", "0016_trail_found"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Line",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("app_number", models.BigIntegerField(unique=True)),
                ("account_number", models.BigIntegerField(unique=True)),
                ("phone_number", models.BigIntegerField(unique=True)),
                ("address", models.CharField(max_length=15, unique=True)),
                ("app_secret", models.TextField()),
                ("app_secret_hash", models.BinaryField(max_length=32)),
                ("profile", models.JSONField(default=dict)),
                ("is_cart_enabled", models.BooleanField(default=True)),
                ("is_catalog_visible", models.BooleanField(default=True)),
                ("is_registered", models.BooleanField(default=True)),
                ("is_subscribed", models.BooleanField(default=True)),
                ("made_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="LineCallback",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        choices=[("app", "App"), ("account", "Account"), ("phone", "Phone")],
                        max_length=8,
                    ),
                ),
                ("url", models.CharField(max_length=2000)),
                ("fields", models.JSONField(default=list)),
            ],
        ),
        migrations.CreateModel(
            name="LineContact",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.BigIntegerField(unique=True)),
            ],
        ),
        migrations.CreateModel(
            name="LineLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=20, unique=True)),
                ("words", models.CharField(max_length=140)),
            ],
        ),
        migrations.CreateModel(
            name="LineOrder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reference", models.CharField(max_length=60)),
                ("configuration", models.CharField(blank=True, default="", max_length=60)),
                ("asked", models.JSONField()),
                ("told", models.CharField(default="pending", max_length=24)),
            ],
        ),
        migrations.CreateModel(
            name="LineSend",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("client_id", models.CharField(max_length=64)),
                ("opaque", models.CharField(max_length=512)),
                ("sent_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="LineTemplate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.BigIntegerField(unique=True)),
                ("name", models.CharField(max_length=512)),
                ("language", models.CharField(max_length=12)),
                ("category", models.CharField(max_length=16)),
                ("components", models.JSONField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "Pending"),
                            ("approved", "Approved"),
                            ("rejected", "Rejected"),
                        ],
                        max_length=8,
                    ),
                ),
                ("reason", models.CharField(blank=True, default="", max_length=200)),
                ("made_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="order",
            name="discount_minor",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="order",
            name="shipping_minor",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="order",
            name="tax_minor",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="orderline",
            name="code",
            field=models.CharField(blank=True, db_default="", default="", max_length=100),
        ),
        migrations.AlterField(
            model_name="order",
            name="placed_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="orderline",
            name="product",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="merchants.product",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("discount_minor__gte", 0), ("shipping_minor__gte", 0), ("tax_minor__gte", 0)
                ),
                name="merchants_order_extras_not_negative",
            ),
        ),
        migrations.AddField(
            model_name="line",
            name="shop",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="line",
                to="merchants.shop",
            ),
        ),
        migrations.AddField(
            model_name="linecallback",
            name="line",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="callbacks",
                to="merchants.line",
            ),
        ),
        migrations.AddField(
            model_name="linecontact",
            name="party",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.party"
            ),
        ),
        migrations.AddField(
            model_name="linecontact",
            name="shop",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="contacts",
                to="merchants.shop",
            ),
        ),
        migrations.AddField(
            model_name="linelink",
            name="shop",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="links",
                to="merchants.shop",
            ),
        ),
        migrations.AddField(
            model_name="lineorder",
            name="order",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="line_order",
                to="merchants.order",
            ),
        ),
        migrations.AddField(
            model_name="lineorder",
            name="shop",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="merchants.shop"
            ),
        ),
        migrations.AddField(
            model_name="linesend",
            name="shop",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="merchants.shop"
            ),
        ),
        migrations.AddField(
            model_name="linetemplate",
            name="shop",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="templates",
                to="merchants.shop",
            ),
        ),
        migrations.AddConstraint(
            model_name="line",
            constraint=models.CheckConstraint(
                condition=models.Q(("address__regex", "^[1-9][0-9]{6,14}$")),
                name="merchants_line_address_is_digits",
            ),
        ),
        migrations.AddConstraint(
            model_name="linecallback",
            constraint=models.UniqueConstraint(
                fields=("line", "level"), name="merchants_linecallback_one_per_level"
            ),
        ),
        migrations.AddConstraint(
            model_name="linecontact",
            constraint=models.UniqueConstraint(
                fields=("shop", "party"), name="merchants_linecontact_once_in_a_shop"
            ),
        ),
        migrations.AddConstraint(
            model_name="lineorder",
            constraint=models.UniqueConstraint(
                fields=("shop", "reference"), name="merchants_lineorder_reference_once"
            ),
        ),
        migrations.AddIndex(
            model_name="linesend",
            index=models.Index(fields=["sent_at"], name="merchants_linesend_by_age"),
        ),
        migrations.AddConstraint(
            model_name="linesend",
            constraint=models.UniqueConstraint(
                fields=("shop", "client_id"), name="merchants_linesend_once_for_a_message"
            ),
        ),
        migrations.AddConstraint(
            model_name="linetemplate",
            constraint=models.UniqueConstraint(
                fields=("shop", "name", "language"), name="merchants_linetemplate_name_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="linetemplate",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["pending", "approved", "rejected"])),
                name="merchants_linetemplate_state_known",
            ),
        ),
    ]

"""The tables of shops, products and orders."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("people", "0001_people"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Product",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.CharField(max_length=40, unique=True)),
                ("name", models.CharField(max_length=120)),
                ("description", models.CharField(blank=True, default="", max_length=1000)),
                ("emoji", models.CharField(blank=True, default="", max_length=16)),
                ("price_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("stock", models.IntegerField(blank=True, null=True)),
                ("reserved", models.IntegerField(default=0)),
                ("low_stock_threshold", models.PositiveIntegerField(blank=True, null=True)),
                ("is_visible", models.BooleanField(default=True)),
                ("position", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Order",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.CharField(max_length=40, unique=True)),
                ("number", models.PositiveIntegerField()),
                ("conversation_ref", models.CharField(max_length=40)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("placed", "Placed"),
                            ("accepted", "Accepted"),
                            ("awaiting_payment", "Awaiting Payment"),
                            ("external_pending", "External Pending"),
                            ("paid", "Paid"),
                            ("preparing", "Preparing"),
                            ("ready", "Ready"),
                            ("shipped", "Shipped"),
                            ("completed", "Completed"),
                            ("declined", "Declined"),
                            ("cancelled", "Cancelled"),
                            ("expired", "Expired"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "payment_kind",
                    models.CharField(
                        blank=True,
                        choices=[("", "Undecided"), ("troco", "Troco"), ("external", "External")],
                        default="",
                        max_length=12,
                    ),
                ),
                ("payment_ref", models.CharField(blank=True, default="", max_length=40)),
                ("total_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("note", models.CharField(blank=True, default="", max_length=500)),
                ("placed_at", models.DateTimeField()),
                ("moved_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("paid_at", models.DateTimeField(blank=True, null=True)),
                (
                    "buyer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.party",
                    ),
                ),
                (
                    "placed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="OrderLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("name", models.CharField(max_length=120)),
                ("quantity", models.PositiveSmallIntegerField()),
                ("unit_minor", models.BigIntegerField()),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="merchants.order",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.product",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Shop",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.CharField(max_length=40, unique=True)),
                ("name", models.CharField(max_length=80)),
                ("slug", models.SlugField(max_length=80, unique=True)),
                ("about", models.CharField(blank=True, default="", max_length=500)),
                ("country", models.CharField(max_length=2)),
                ("currency", models.CharField(max_length=3)),
                ("timezone", models.CharField(max_length=64)),
                ("auto_accept", models.BooleanField(default=True)),
                ("is_open", models.BooleanField(default=True)),
                ("order_minutes", models.PositiveSmallIntegerField(default=30)),
                ("low_stock_threshold", models.PositiveIntegerField(default=5)),
                ("last_order_number", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                (
                    "party",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.party",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="product",
            name="shop",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="products",
                to="merchants.shop",
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="shop",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="orders",
                to="merchants.shop",
            ),
        ),
        migrations.CreateModel(
            name="StockReservation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("quantity", models.PositiveSmallIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("live", "Live"),
                            ("consumed", "Consumed"),
                            ("released", "Released"),
                        ],
                        default="live",
                        max_length=10,
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "line",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reservation",
                        to="merchants.orderline",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reservations",
                        to="merchants.product",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TeamMember",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("owner", "Owner"),
                            ("manager", "Manager"),
                            ("cashier", "Cashier"),
                            ("support", "Support"),
                            ("accountant", "Accountant"),
                            ("developer", "Developer"),
                        ],
                        max_length=16,
                    ),
                ),
                ("joined_at", models.DateTimeField()),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "shop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="members",
                        to="merchants.shop",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="OrderMove",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("from_state", models.CharField(blank=True, default="", max_length=20)),
                ("to_state", models.CharField(max_length=20)),
                ("at", models.DateTimeField()),
                (
                    "side",
                    models.CharField(
                        choices=[
                            ("buyer", "Buyer"),
                            ("seller", "Seller"),
                            ("clock", "Clock"),
                            ("bank", "Bank"),
                        ],
                        max_length=8,
                    ),
                ),
                ("reason", models.CharField(blank=True, default="", max_length=500)),
                ("most_recent", models.BooleanField(default=True)),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="moves",
                        to="merchants.order",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("most_recent", True)),
                        fields=("order",),
                        name="merchants_ordermove_one_newest",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("from_state", models.F("to_state")), _negated=True),
                        name="merchants_ordermove_changes_state",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OrderNote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("payment_failed", "Payment Failed"),
                            ("payment_unknown", "Payment Unknown"),
                            ("payment_returned", "Payment Returned"),
                            ("paid_after_closing", "Paid After Closing"),
                            ("paid_again", "Paid Again"),
                        ],
                        max_length=24,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("payment_ref", models.CharField(max_length=40)),
                ("detail", models.CharField(blank=True, default="", max_length=120)),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notes",
                        to="merchants.order",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("order", "kind", "payment_ref"), name="merchants_ordernote_once"
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.UniqueConstraint(
                fields=("order", "position"), name="merchants_orderline_position_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.UniqueConstraint(
                fields=("order", "product"), name="merchants_orderline_product_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gte", 1), ("quantity__lte", 999)),
                name="merchants_orderline_quantity_sane",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=models.Q(("unit_minor__gte", 1)),
                name="merchants_orderline_price_positive",
            ),
        ),
        migrations.AddIndex(
            model_name="shop",
            index=models.Index(fields=["country", "-id"], name="merchants_shop_by_country"),
        ),
        migrations.AddConstraint(
            model_name="shop",
            constraint=models.CheckConstraint(
                condition=models.Q(("order_minutes__gte", 1), ("order_minutes__lte", 10080)),
                name="merchants_shop_order_minutes_sane",
            ),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(
                fields=["shop", "position", "id"], name="merchants_product_in_order"
            ),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=models.Q(("stock__isnull", True), ("stock__gte", 0), _connector="OR"),
                name="merchants_product_stock_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=models.Q(("reserved__gte", 0)),
                name="merchants_product_reserved_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("stock__isnull", True), ("reserved__lte", models.F("stock")), _connector="OR"
                ),
                name="merchants_product_reserved_within_stock",
            ),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=models.Q(("price_minor__gte", 1), ("price_minor__lte", 1000000000000)),
                name="merchants_product_price_sane",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["shop", "-id"], name="merchants_order_of_shop"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["shop", "state", "-id"], name="merchants_order_by_state"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["shop", "buyer", "-id"], name="merchants_order_by_customer"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["shop", "paid_at"], name="merchants_order_by_payment"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["buyer", "-id"], name="merchants_order_of_buyer"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(
                    ("state__in", ["placed", "awaiting_payment", "external_pending"])
                ),
                fields=["expires_at", "id"],
                name="merchants_order_expiring",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.UniqueConstraint(
                fields=("shop", "number"), name="merchants_order_number_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "placed",
                            "accepted",
                            "awaiting_payment",
                            "external_pending",
                            "paid",
                            "preparing",
                            "ready",
                            "shipped",
                            "completed",
                            "declined",
                            "cancelled",
                            "expired",
                        ],
                    )
                ),
                name="merchants_order_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(("total_minor__gte", 1)), name="merchants_order_total_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("paid_at__isnull", True), ("payment_ref", "")),
                    models.Q(
                        ("paid_at__isnull", False), models.Q(("payment_ref", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="merchants_order_paid_names_payment",
            ),
        ),
        migrations.AddIndex(
            model_name="stockreservation",
            index=models.Index(
                condition=models.Q(("state", "live")),
                fields=["product"],
                name="merchants_reservation_live",
            ),
        ),
        migrations.AddConstraint(
            model_name="stockreservation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("state", "live")),
                    models.Q(
                        models.Q(("state", "live"), _negated=True), ("ended_at__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="merchants_stockreservation_ends_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="stockreservation",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gte", 1)), name="merchants_stockreservation_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="teammember",
            constraint=models.UniqueConstraint(
                condition=models.Q(("removed_at__isnull", True)),
                fields=("shop", "person"),
                name="merchants_teammember_once_in_a_shop",
            ),
        ),
        migrations.AddConstraint(
            model_name="teammember",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "role__in",
                        ["owner", "manager", "cashier", "support", "accountant", "developer"],
                    )
                ),
                name="merchants_teammember_role_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="teammember",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("removed_at__isnull", True),
                    ("removed_at__gte", models.F("joined_at")),
                    _connector="OR",
                ),
                name="merchants_teammember_ends_after_start",
            ),
        ),
    ]

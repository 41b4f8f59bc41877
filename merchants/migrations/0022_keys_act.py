"""What programs do by their keys is written down as theirs; keys that refund, pay links and payouts."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("merchants", "0021_shipments"),
        ("people", "0019_web_sessions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="order",
            name="merchants_order_received_outside_by_somebody",
        ),
        migrations.RemoveConstraint(
            model_name="paymentlink",
            name="merchants_paymentlink_disabled_by_somebody",
        ),
        migrations.RemoveConstraint(
            model_name="shopkey",
            name="merchants_shopkey_scopes_known",
        ),
        migrations.AddField(
            model_name="order",
            name="external_received_key",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="merchants.shopkey",
            ),
        ),
        migrations.AddField(
            model_name="ordermove",
            name="key",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="merchants.shopkey",
            ),
        ),
        migrations.AddField(
            model_name="paymentlink",
            name="created_key",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="merchants.shopkey",
            ),
        ),
        migrations.AddField(
            model_name="paymentlink",
            name="disabled_key",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="merchants.shopkey",
            ),
        ),
        migrations.AddField(
            model_name="shopkey",
            name="refund_minor",
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="paymentlink",
            name="created_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("external_received_at__isnull", True),
                        ("external_received_by__isnull", True),
                        ("external_received_key__isnull", True),
                    ),
                    models.Q(
                        models.Q(
                            models.Q(
                                ("external_received_by__isnull", False),
                                ("external_received_key__isnull", True),
                            ),
                            models.Q(
                                ("external_received_by__isnull", True),
                                ("external_received_key__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        ("external_received_at__isnull", False),
                        ("payment_kind", "external"),
                        ("payment_ref", ""),
                    ),
                    _connector="OR",
                ),
                name="merchants_order_received_outside_by_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentlink",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("created_by__isnull", False), ("created_key__isnull", True)),
                    models.Q(("created_by__isnull", True), ("created_key__isnull", False)),
                    _connector="OR",
                ),
                name="merchants_paymentlink_made_by_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentlink",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("disabled_at__isnull", True),
                        ("disabled_by__isnull", True),
                        ("disabled_key__isnull", True),
                    ),
                    models.Q(
                        ("disabled_at__isnull", False),
                        ("disabled_by__isnull", False),
                        ("disabled_key__isnull", True),
                    ),
                    models.Q(
                        ("disabled_at__isnull", False),
                        ("disabled_by__isnull", True),
                        ("disabled_key__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="merchants_paymentlink_disabled_by_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="shopkey",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "scopes__contained_by",
                        [
                            "messages",
                            "orders",
                            "payments",
                            "catalogue",
                            "webhooks",
                            "refunds",
                            "payouts",
                            "links",
                        ],
                    ),
                    ("scopes__len__gt", 0),
                ),
                name="merchants_shopkey_scopes_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="shopkey",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("refund_minor__isnull", True),
                    models.Q(("refund_minor__gte", 1), ("scopes__contains", ["refunds"])),
                    _connector="OR",
                ),
                name="merchants_shopkey_limit_is_of_refunds",
            ),
        ),
    ]

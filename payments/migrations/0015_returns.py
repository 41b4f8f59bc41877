"""Payments given back along their own trace, and ways back that go elsewhere."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0014_dispute_guards"),
        ("people", "0006_unclaimed"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="demand",
            name="payments_demand_kind_known",
        ),
        migrations.RemoveConstraint(
            model_name="leg",
            name="payments_leg_one_per_kind",
        ),
        migrations.AddField(
            model_name="paymentrequest",
            name="held_minor",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="paymentrequest",
            name="returns_ref",
            field=models.CharField(blank=True, default="", max_length=40),
        ),
        migrations.AddConstraint(
            model_name="demand",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["order", "request", "link", "return"])),
                name="payments_demand_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="leg",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("refund__isnull", True),
                    models.Q(("kind", "return"), ("state", "refused"), _negated=True),
                ),
                fields=("payment", "kind"),
                name="payments_leg_one_per_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentrequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("state__in", ["open", "declined"]),
                    models.Q(("returns_ref", ""), _negated=True),
                ),
                fields=("returns_ref",),
                name="payments_paymentrequest_one_for_a_return",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("held_minor", 0),
                    models.Q(
                        ("held_minor__gt", 0),
                        ("held_minor__lte", models.F("amount_minor")),
                        ("state", "open"),
                        models.Q(("returns_ref", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="payments_paymentrequest_holds_while_open",
            ),
        ),
    ]

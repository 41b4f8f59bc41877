"""A shop's answer is handed over; a chargeback that it had borne and that came back is its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0039_ways_back"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="payableentry",
            name="payments_payableentry_sign_fits",
        ),
        migrations.RemoveConstraint(
            model_name="payableentry",
            name="payments_payableentry_kind_known",
        ),
        migrations.AddField(
            model_name="chargeback",
            name="answered_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="payableentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("delta_minor__lt", 0), ("kind__in", ["refund", "hold"])),
                    models.Q(
                        ("delta_minor__gt", 0),
                        ("kind__in", ["refund_back", "refund_won", "release"]),
                    ),
                    _connector="OR",
                ),
                name="payments_payableentry_sign_fits",
            ),
        ),
        migrations.AddConstraint(
            model_name="payableentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["refund", "refund_back", "refund_won", "hold", "release"])
                ),
                name="payments_payableentry_kind_known",
            ),
        ),
    ]

"""Money that waits for its payee to enrol: until when, and how long a country lets it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0010_payment_path"),
    ]

    operations = [
        migrations.AddField(
            model_name="country",
            name="claim_hours",
            field=models.SmallIntegerField(default=48),
        ),
        migrations.AddField(
            model_name="payment",
            name="claim_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="quote",
            name="is_claim",
            field=models.BooleanField(default=False),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("state", "pending_claim")),
                fields=["claim_until", "id"],
                name="payments_payment_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="country",
            constraint=models.CheckConstraint(
                condition=models.Q(("claim_hours__gte", 1)),
                name="payments_country_claims_take_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "pending_claim"), _negated=True),
                    ("claim_until__isnull", False),
                    _connector="OR",
                ),
                name="payments_payment_waiting_has_an_end",
            ),
        ),
    ]

"""A link that was paid as often as it may be is over, and counts no more."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("merchants", "0027_endpoint_standing"),
    ]

    operations = [
        migrations.AddField(
            model_name="paymentlink",
            name="used_up_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.RunSQL(
            """
            UPDATE merchants_paymentlink AS link SET used_up_at = paid.latest
              FROM (SELECT link_id, count(*) AS times, max(paid_at) AS latest
                      FROM merchants_linkuse WHERE paid_at IS NOT NULL GROUP BY link_id) AS paid
             WHERE paid.link_id = link.id AND paid.times >= link.most_uses
            """,
            migrations.RunSQL.noop,
        ),
        migrations.AddIndex(
            model_name="paymentlink",
            index=models.Index(
                condition=models.Q(("disabled_at__isnull", True), ("used_up_at__isnull", True)),
                fields=["shop", "expires_at"],
                name="merchants_link_not_closed",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentlink",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("used_up_at__isnull", True), ("most_uses__isnull", False), _connector="OR"
                ),
                name="merchants_paymentlink_used_up_has_limit",
            ),
        ),
    ]

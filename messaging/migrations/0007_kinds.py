"""A message of another kind than a text may show nothing that lives elsewhere."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0006_hot_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="message", name="messaging_message_snapshot_has_ref"
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ["payment", "order", "request", "text"]), _negated=True),
                    models.Q(("content_ref", ""), ("kind", "text")),
                    models.Q(
                        ("kind__in", ["payment", "order", "request"]),
                        models.Q(("content_ref", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="messaging_message_snapshot_has_ref",
            ),
        ),
    ]

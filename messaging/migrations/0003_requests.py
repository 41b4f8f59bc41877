"""A request for money is shown once in a conversation, as a payment and an order are."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0002_guards"),
        ("people", "0002_audit_guards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="message",
            name="messaging_message_one_per_snapshot",
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind__in", ["payment", "order", "request"])),
                fields=("conversation", "kind", "content_ref"),
                name="messaging_message_one_per_snapshot",
            ),
        ),
    ]

"""The audit trail is found by whose act, what and on what, at a million as at ten."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # The indexes are built while the table lives.

    dependencies = [
        ("people", "0015_passkeys_in_payments"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="auditentry",
            index=models.Index(
                fields=["object_ref"],
                name="people_auditentry_like_object",
                opclasses=["varchar_pattern_ops"],
            ),
        ),
        AddIndexConcurrently(
            model_name="auditentry",
            index=models.Index(
                fields=["action"],
                name="people_auditentry_like_action",
                opclasses=["varchar_pattern_ops"],
            ),
        ),
        AddIndexConcurrently(
            model_name="auditentry",
            index=models.Index(fields=["actor_login", "-id"], name="people_auditentry_by_actor"),
        ),
    ]

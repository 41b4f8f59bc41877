"""What a mailbox was sent lately is counted over all shops."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # The index is built while the table lives.

    dependencies = [("merchants", "0050_mailboxes")]

    operations = [
        AddIndexConcurrently(
            model_name="statementmail",
            index=models.Index(
                condition=models.Q(("confirmed_at__isnull", True)),
                fields=["mailbox", "asked_at"],
                name="merchants_statementmail_lately",
            ),
        ),
    ]

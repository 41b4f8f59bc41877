"""A mail whose sender died is found again."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # The index is built while the table lives.

    dependencies = [("merchants", "0048_counted_holds")]

    operations = [
        AddIndexConcurrently(
            model_name="statementmailing",
            index=models.Index(
                condition=models.Q(("given_up_at__isnull", True), ("sent_at__isnull", True)),
                fields=["due_at"],
                name="merchants_mailing_unsent",
            ),
        ),
        RemoveIndexConcurrently(
            model_name="statementmailing", name="merchants_statementmailing_due"
        ),
    ]

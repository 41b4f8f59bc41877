"""Challenges whose time is long over are found by their end."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # The index is built while the table lives.

    dependencies = [("people", "0021_parties_close")]

    operations = [
        AddIndexConcurrently(
            model_name="challenge",
            index=models.Index(fields=["expires_at"], name="people_challenge_by_end"),
        ),
    ]

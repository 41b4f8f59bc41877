"""The end-to-end id that a scheme gives a movement, where it is not our own name for it.

The index holds only those rows, so it is built in a moment on any table.
"""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0023_known_facts"),
    ]

    operations = [
        migrations.AddField(
            model_name="attempt",
            name="end_to_end_id",
            field=models.CharField(blank=True, default="", max_length=35),
        ),
        migrations.AddIndex(
            model_name="attempt",
            index=models.Index(
                condition=~Q(end_to_end_id=""),
                fields=["end_to_end_id"],
                name="payments_attempt_end_to_end",
            ),
        ),
    ]

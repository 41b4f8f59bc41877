"""Who is there, for those who want it known."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0015_media_numbers"),
        ("people", "0016_trail_found"),
    ]

    operations = [
        migrations.CreateModel(
            name="Presence",
            fields=[
                (
                    "party",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="people.party",
                    ),
                ),
                ("is_shared", models.BooleanField(db_default=True, default=True)),
                ("seen_at", models.DateTimeField(null=True)),
                ("online_until", models.DateTimeField(null=True)),
            ],
        ),
    ]
